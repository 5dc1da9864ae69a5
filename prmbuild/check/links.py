"""Links and embeddings, anchors, and what becomes of them in the portals."""

import html
import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from prmbuild import codes
from prmbuild.authored.text import listed, quoted, suggestion
from prmbuild.catalog.catalog import Catalog, is_page
from prmbuild.check.shown import Mask, Shown, ShownPage
from prmbuild.check.targets import Meaning, Targets, is_readable
from prmbuild.check.viewers import in_words
from prmbuild.check.written import Written, WrittenPage
from prmbuild.desired import Desired
from prmbuild.diagnostics import Code, Diagnostic
from prmbuild.render.article import Article
from prmbuild.source.approval import Absence

_WHY = {
    Absence.NEVER_APPROVED: "was never approved",
    Absence.RETIRED: "is retired",
    Absence.EXPIRED: "has expired",
}

FEW = 12
"""Up to so many headings are all named where none is near."""

_SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)
"""A scheme other than that of pages on the web."""


def check_links(written: Written, targets: Targets) -> Iterator[Diagnostic]:
    """Find links to nothing, and those that no portal may hold, on every page of the revision."""
    for path, page in written.pages.items():
        if page.retired:
            continue
        article = targets.article(path)
        if article is None:
            yield from _unrenderable(page, targets)
            continue
        for meaning in targets.links(path):
            yield from _to_nothing(page, meaning, targets)
        yield from _download(page, targets)
        yield from _undone(page, article)


def check_followed(written: Written, targets: Targets, shown: Shown, state: Desired) -> Iterator[Diagnostic]:
    """Find links on published pages that some or all of their readers cannot follow."""
    for path in state.catalog.pages:
        if path in written.pages:
            for meaning in targets.links(path):
                yield from _to_unpublished(written.pages[path], meaning, targets, state.catalog)
    in_short = lru_cache(maxsize=None)(lambda portals: in_words(shown.viewers(portals), state.catalog.programme))
    for (path, meaning), use in _uses(shown, targets).items():
        if use.without:
            yield from _for_some(path, meaning, use, in_short, written, targets, state)


def _unrenderable(page: WrittenPage, targets: Targets) -> Iterator[Diagnostic]:
    unreadable = [place for place in page.links if not is_readable(place.url)]
    for place in unreadable:
        message = f"the address {quoted(place.url)} cannot be read, so the page cannot be rendered"
        hint = "correct it, or remove the link"
        yield codes.UNRENDERABLE.at(page.path, message, line=place.line, column=place.column, hint=hint)
    if not unreadable:
        message = targets.unrenderable[page.path].removeprefix(f"{page.path}: ")
        yield codes.UNRENDERABLE.at(page.path, message, line=page.facts.body_line)


def _places(page: WrittenPage, meaning: Meaning, targets: Targets) -> list[tuple[int, int]]:
    found = [(place.line, place.column) for place in targets.places(page.path, meaning)]
    return found or [(page.facts.body_line, 1)]


def _each(
    page: WrittenPage, meaning: Meaning, targets: Targets, code: Code, message: str, hint: str
) -> Iterator[Diagnostic]:
    for line, column in _places(page, meaning, targets):
        yield code.at(page.path, message, line=line, column=column, hint=hint)


def _to_nothing(page: WrittenPage, meaning: Meaning, targets: Targets) -> Iterator[Diagnostic]:
    if meaning.target is None:
        asset = _is_file(meaning.written)
        code = codes.MISSING_ASSET if asset else codes.BROKEN_LINK
        message = (
            f"there is no file {quoted(meaning.written)}"
            if asset
            else f"the link {quoted(meaning.written)} leads to nothing"
        )
        hint = targets.suggested(meaning.written, page.path) or "correct the path, or remove the link"
        yield from _each(page, meaning, targets, code, message, hint)
    elif meaning.fragment and is_page(meaning.target):
        article = targets.article(meaning.target)
        if article is not None and meaning.fragment not in article.anchors and _authored(meaning.fragment, page):
            where = "this page" if meaning.target == page.path else meaning.target
            message = f"there is no heading {quoted('#' + meaning.fragment)} on {where}"
            hint = _near_anchor(meaning.fragment, article)
            yield from _each(page, meaning, targets, codes.BROKEN_ANCHOR, message, hint)


def _near_anchor(fragment: str, article: Article) -> str:
    known = sorted(anchor for anchor in article.anchors if not anchor.startswith("__"))
    near = suggestion(fragment, known)
    if near or not known:
        return near or "the page has no headings"
    return listed(known) if len(known) <= FEW else "correct the part behind '#'"


def _authored(text: str, page: WrittenPage) -> bool:
    """Tell whether a URL or a part of it stands on the page; extensions of Markdown write some by themselves."""
    return any(form in page.body for form in (text, quote(text), html.escape(text)))


def _is_file(written: str) -> bool:
    """Tell whether a link that leads to nothing names a picture or download, by its suffix."""
    suffix = posixpath.splitext(re.split(r"[?#]", written)[0])[1].lower() if "//" not in written else ""
    return suffix not in ("", ".md", ".html", ".htm", ".yaml", ".yml") and not suffix[1:].isdigit()


def _download(page: WrittenPage, targets: Targets) -> Iterator[Diagnostic]:
    file = page.facts.file
    if file is not None and file not in targets.addresses:
        line, column = page.place("file")
        hint = targets.suggested(file, page.path) or "correct the path, or add the file"
        yield codes.MISSING_ASSET.at(page.path, f"there is no file {quoted(file)}", line=line, column=column, hint=hint)


def _undone(page: WrittenPage, article: Article) -> Iterator[Diagnostic]:
    written = page.links if article.undone else ()
    for url, embedded in article.undone.items():
        if not _authored(url, page):
            continue
        same = [place for place in written if place.url.strip() == url.strip()]
        places = [place for place in same if place.embedded is embedded] or same
        remote = embedded and _SCHEME.match(url.strip()) is None
        for line, column in [(place.line, place.column) for place in places] or [(page.facts.body_line, 1)]:
            if remote:
                message = f"{quoted(url)} would be loaded from another site, so it is left out"
                hint = "save the file beside the page and show that"
                yield codes.FOREIGN_EMBED.at(page.path, message, line=line, column=column, hint=hint)
            else:
                message = f"{quoted(url)} may not stand in a portal, so it is taken out"
                hint = "link to a page of the programme, or use https, mailto or tel"
                yield codes.LINK_UNDONE.at(page.path, message, line=line, column=column, hint=hint)


def _to_unpublished(page: WrittenPage, meaning: Meaning, targets: Targets, catalog: Catalog) -> Iterator[Diagnostic]:
    target = meaning.target
    if target is None or target in catalog.addresses:
        return
    ruling = catalog.absent.get(target)
    if ruling is not None and ruling.absence is Absence.NOT_YET and ruling.due is not None:
        message = f"'{target}' is published on {ruling.due.date().isoformat()}; until then the link is plain text"
        yield from _each(page, meaning, targets, codes.LINK_TO_SCHEDULED, message, "")
        return
    why = _WHY.get(ruling.absence, "is not published") if ruling and ruling.absence else "is not published"
    message = f"'{target}' {why}, so the link is plain text"
    yield from _each(page, meaning, targets, codes.LINK_TO_UNPUBLISHED, message, "publish it, or remove the link")


@dataclass(slots=True)
class _Use:
    """The portals that show a link, and those of them in which it cannot be followed."""

    readers: Mask = 0
    without: Mask = 0


def _uses(shown: Shown, targets: Targets) -> dict[tuple[str, Meaning], _Use]:
    uses: dict[tuple[str, Meaning], _Use] = {}
    for path, variants in shown.pages.items():
        for page in variants:
            followed: dict[Meaning, Mask] = {}
            for target, fragment in _named(page):
                if target in targets.addresses:
                    meaning = Meaning(target, fragment)
                    followed[meaning] = followed.get(meaning, page.portals) & shown.leads(target, fragment)
            for meaning, follows in followed.items():
                use = uses.setdefault((path, meaning), _Use())
                use.readers |= page.portals
                use.without |= page.portals & ~follows
    return uses


def _named(page: ShownPage) -> Iterator[tuple[str, str]]:
    """Yield repository path and fragment of all that a page links to and presents."""
    for reference in page.article.references:
        if reference.target is not None:
            yield reference.target, reference.fragment
    file = page.seen.page.source.meta.file
    if file is not None:
        yield file, ""


def _for_some(
    path: str,
    meaning: Meaning,
    use: _Use,
    in_short: Callable[[Mask], str],
    written: Written,
    targets: Targets,
    state: Desired,
) -> Iterator[Diagnostic]:
    page, published = written.pages.get(path), state.catalog.pages[path]
    target = meaning.target or ""
    if page is None or _dangles(meaning, targets):
        return
    if target in state.catalog.assets and state.catalog.asset(published, target) is None:
        return
    linked = targets.places(path, meaning)
    shown = page.facts.file == target
    if not linked and not shown and published.version.blob != written.snapshot.files[path].blob:
        return
    place = page.place("file") if shown and not linked else None
    name = f"'{target}#{meaning.fragment}'" if meaning.fragment else f"'{target}'"
    what = f"the download {name} is left out" if place else f"the link to {name} is plain text"
    if use.without == use.readers:
        code, message = codes.LINK_FOR_NOBODY, f"{what} for everyone who reads the page"
        hint = "they may not see it: widen its audience, or remove the link"
    else:
        code, message = codes.LINK_FOR_SOME, f"{what} for {in_short(use.without)}"
        hint = "they may not see it"
    for line, column in [(place.line, place.column)] if place else _places(page, meaning, targets):
        yield code.at(path, message, line=line, column=column, hint=hint)


def _dangles(meaning: Meaning, targets: Targets) -> bool:
    """Tell whether the fragment names nothing on the whole page, which is reported as an error."""
    article = targets.article(meaning.target) if meaning.target and meaning.fragment else None
    return article is not None and meaning.fragment not in article.anchors
