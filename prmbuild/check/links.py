"""Links and embeddings, anchors, and what becomes of them in the portals."""

import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain

from msgspec import Struct

from prmbuild import codes
from prmbuild.authored.text import listed, quoted, suggestion
from prmbuild.cache.facts import Facts, digest
from prmbuild.catalog.catalog import Catalog, is_page
from prmbuild.check.shown import Mask, Shown, ShownPage
from prmbuild.check.targets import Meaning, Targets, is_readable
from prmbuild.check.undone import is_authored, taken_out
from prmbuild.check.viewers import in_words
from prmbuild.check.written import Broken, Written, WrittenPage
from prmbuild.desired import Desired
from prmbuild.diagnostics import Code, Diagnostic
from prmbuild.render.article import Article, Reference
from prmbuild.source.approval import Absence
from prmbuild.visibility.audience import Viewer, admits

_WHY = {
    Absence.NEVER_APPROVED: "was never approved",
    Absence.RETIRED: "is retired",
    Absence.EXPIRED: "has expired",
}

FEW = 12
"""Up to so many headings are all named where none is near."""


class _Matter(Struct, frozen=True, kw_only=True):
    """Something to tell about a link of a page, before it is known where the link stands.

    Attributes:
        meaning: what the link means; None for the download that the front matter names.
        presented: told instead where only the front matter names it; empty where it does not.
        embedded: told instead where the page does not link to it but shows it.
        old: whether it was found in an older version, and so is told only where the page still has the link.
        unread: lines that none of those read whom it is about.
    """

    code: Code
    meaning: Meaning | None
    message: str
    hint: str
    presented: str = ""
    embedded: str = ""
    old: bool = False
    unread: tuple[int, ...] = ()


def check_links(written: Written, targets: Targets, facts: Facts) -> Iterator[Diagnostic]:
    """Find links to nothing, and those that no portal may hold, on every page of the revision."""

    def find_out(paths: Sequence[str]) -> Mapping[str, tuple[Diagnostic, ...]]:
        found: dict[str, list[Diagnostic]] = {path: [] for path in paths}
        for finding in _to_correct(paths, written, targets, facts):
            found[finding.path].append(finding)
        return {path: tuple(of_page) for path, of_page in found.items()}

    if not targets.anchored:
        yield from _to_correct(tuple(written.pages), written, targets, facts)
        return
    # what is found on a page follows from its text and from what links of all pages can lead to
    pages = {path: written.snapshot.files[path].blob for path in written.pages}
    found = facts.recall("links of", pages, find_out, tuple[Diagnostic, ...], targets.anchored)
    yield from chain.from_iterable(found.values())


def _to_correct(paths: Sequence[str], written: Written, targets: Targets, facts: Facts) -> Iterator[Diagnostic]:
    wrong: dict[str, str] = {}
    for path in paths:
        page = written.pages[path]
        if page.retired:
            continue
        article = targets.article(path)
        if article is None:
            yield from _unrenderable(page, targets)
        elif matters := tuple(_wrong(page, article, targets)):
            wrong[path] = _digest((written.snapshot.files[path].blob, targets.names, matters))

    def find_out(paths: Sequence[str]) -> Mapping[str, tuple[Diagnostic, ...]]:
        return {path: tuple(_found(written.pages[path], targets)) for path in paths}

    for found in facts.recall("links", wrong, find_out, tuple[Diagnostic, ...]).values():
        yield from found


def check_followed(
    written: Written, targets: Targets, shown: Shown, state: Desired, facts: Facts
) -> Iterator[Diagnostic]:
    """Find links on published pages that some or all of their readers cannot follow."""

    def find_out(paths: Sequence[str]) -> Mapping[str, tuple[Diagnostic, ...]]:
        found: dict[str, list[Diagnostic]] = {path: [] for path in paths}
        for finding in _not_followed(paths, written, targets, shown, state, facts):
            found[finding.path].append(finding)
        return {path: tuple(of_page) for path, of_page in found.items()}

    told = (*_led_to(state), *sorted(Broken(written).paths))
    depends = digest(targets.anchored.encode(), *(part.encode("utf-8", "surrogatepass") for part in told))
    pages = {path: _as_shown(path, written, state) for path in state.catalog.pages if path in written.pages}
    found = facts.recall("followed on", pages, find_out, tuple[Diagnostic, ...], depends)
    yield from chain.from_iterable(found.values())


def _led_to(state: Desired) -> Iterator[str]:
    """Yield all that decides, beside `Targets.anchored`, who can follow a link to something, and how they are told."""
    for portal in state.portals:
        yield " ".join((portal.id, *(f"{viewer.partner}/{viewer.role}" for viewer in portal.viewers)))
    for path, ruling in state.catalog.absent.items():
        yield f"{path}\0{ruling.absence}\0{ruling.due}"
    yield state.destinations.mark


def _as_shown(path: str, written: Written, state: Desired) -> str:
    """Return all of a page itself that decides what is found about its links: its text, its looks, and its assets."""
    page, catalog = state.catalog.pages[path], state.catalog
    parts = [written.snapshot.files[path].blob, page.version.blob or "", page.source.meta.file or ""]
    for portals, seen in state.shown.pages.get(path, ()):
        parts += (f"{portals:x}", seen.input.key)
        for target in catalog.assets.intersection(state.articles[seen.input.key].files):
            version = catalog.asset(page, target)
            parts.append(f"{target} {version.blob if version else None}")
    return "\0".join((*parts[:3], *sorted(parts[3:])))


def _not_followed(
    paths: Collection[str], written: Written, targets: Targets, shown: Shown, state: Desired, facts: Facts
) -> Iterator[Diagnostic]:
    in_short = lru_cache(maxsize=None)(lambda portals: in_words(shown.viewers(portals), state.catalog.programme))
    matters: dict[str, list[_Matter]] = {}
    for path in paths:
        article = targets.article(path)
        if article is not None and not _all_published(article, state.catalog):
            found = [
                matter
                for meaning in targets.links(path)
                if (matter := _to_unpublished(meaning, state.catalog)) is not None
            ]
            if found:
                matters[path] = found
    broken = Broken(written)
    for (path, meaning), use in _uses(paths, shown, targets).items():
        if meaning.target != path and (meaning.target or "") in broken:  # which is reported at its place
            continue
        matters.setdefault(path, []).extend(_for_some(path, meaning, use, in_short, shown, written, targets, state))
    wanted = {
        path: _digest((written.snapshot.files[path].blob, targets.names, found))
        for path, found in matters.items()
        if found
    }

    def find_out(paths: Sequence[str]) -> Mapping[str, tuple[Diagnostic, ...]]:
        return {path: tuple(_placed(written.pages[path], matters[path], targets)) for path in paths}

    for placed in facts.recall("followed", wanted, find_out, tuple[Diagnostic, ...]).values():
        yield from placed


def _all_published(article: Article, catalog: Catalog) -> bool:
    """Tell whether everything that an article links to is surely published for somebody."""
    known = all(reference.target is not None for reference in article.doubtful)
    return known and article.targets <= catalog.addresses.keys()


def _digest(what: object) -> str:
    return digest(repr(what).encode("utf-8", "surrogatepass"))


def _placed(page: WrittenPage, matters: Iterable[_Matter], targets: Targets) -> Iterator[Diagnostic]:
    for matter in matters:
        message = matter.message
        written = targets.places(page.path, matter.meaning) if matter.meaning else ()
        places = [place for place in written if place.line not in matter.unread] or written
        if not places and matter.presented:
            message = matter.presented
        elif not places and matter.old:
            continue
        if not places:
            in_front = matter.meaning is None or matter.presented
            line, column = page.place("file") if in_front else (page.facts.body_line, 1)
            yield matter.code.at(page.path, message, line=line, column=column, hint=matter.hint)
        for place in places:
            told = matter.embedded if place.embedded and matter.embedded else message
            yield matter.code.at(page.path, told, line=place.line, column=place.column, hint=matter.hint)


def _unrenderable(page: WrittenPage, targets: Targets) -> Iterator[Diagnostic]:
    unreadable = [place for place in page.links if not is_readable(place.url)]
    for place in unreadable:
        message = f"the address {quoted(place.url)} cannot be read, so the page cannot be rendered"
        hint = "correct it, or remove the link"
        yield codes.UNRENDERABLE.at(page.path, message, line=place.line, column=place.column, hint=hint)
    if not unreadable:
        message = targets.unrenderable[page.path].removeprefix(f"{page.path}: ")
        hint = "simplify what was changed last"
        yield codes.UNRENDERABLE.at(page.path, message, line=page.facts.body_line, hint=hint)


def _wrong(page: WrittenPage, article: Article, targets: Targets) -> Iterator[tuple[object, ...]]:
    """Yield, in short, all that decides what is told about the links of a page; nothing where all are well."""
    doubtful = (targets.of_reference(reference, page.path) for reference in article.doubtful)
    for meaning in dict.fromkeys(doubtful):
        if meaning.target is None:
            yield ("nothing", meaning.written)
        elif meaning.fragment and is_page(meaning.target):
            named = targets.article(meaning.target)
            if named is not None and meaning.fragment not in named.anchors:
                yield ("anchor", *meaning, sorted(named.anchors))
    if page.facts.file is not None and page.facts.file not in targets.addresses:
        yield ("file", page.facts.file)
    if article.undone or article.dropped:
        yield ("undone", sorted(article.undone.items()), article.dropped)


def _found(page: WrittenPage, targets: Targets) -> Iterator[Diagnostic]:
    article = targets.article(page.path)
    assert article is not None
    matters = [matter for meaning in targets.links(page.path) for matter in _to_nothing(page, meaning, targets)]
    yield from _placed(page, (*matters, *_download(page, targets)), targets)
    yield from taken_out(page, article)


def _to_nothing(page: WrittenPage, meaning: Meaning, targets: Targets) -> Iterator[_Matter]:
    if meaning.target is None:
        asset = _is_file(meaning.written)
        code = codes.MISSING_ASSET if asset else codes.BROKEN_LINK
        message = (
            f"there is no file {quoted(meaning.written)}"
            if asset
            else f"the link {quoted(meaning.written)} leads to nothing"
        )
        hint = targets.suggested(meaning.written, page.path) or "correct the path, or remove the link"
        yield _Matter(code=code, meaning=meaning, message=message, hint=hint)
    elif meaning.fragment and is_page(meaning.target):
        article = targets.article(meaning.target)
        if article is not None and meaning.fragment not in article.anchors and is_authored(meaning.fragment, page):
            where = "this page" if meaning.target == page.path else meaning.target
            message = f"there is no heading {quoted('#' + meaning.fragment)} on {where}"
            hint = _near_anchor(meaning.fragment, article)
            yield _Matter(code=codes.BROKEN_ANCHOR, meaning=meaning, message=message, hint=hint)


def _near_anchor(fragment: str, article: Article) -> str:
    known = sorted(anchor for anchor in article.anchors if not anchor.startswith("__"))
    near = suggestion(fragment, known)
    if near or not known:
        return near or "the page has no headings"
    return listed(known) if len(known) <= FEW else "correct the part behind '#'"


def _is_file(written: str) -> bool:
    """Tell whether a link that leads to nothing names a picture or download, by its suffix."""
    suffix = posixpath.splitext(re.split(r"[?#]", written)[0])[1].lower() if "//" not in written else ""
    return suffix not in ("", ".md", ".html", ".htm", ".yaml", ".yml") and not suffix[1:].isdigit()


def _download(page: WrittenPage, targets: Targets) -> Iterator[_Matter]:
    file = page.facts.file
    if file is not None and file not in targets.addresses:
        hint = targets.suggested(file, page.path) or "correct the path, or add the file"
        yield _Matter(code=codes.MISSING_ASSET, meaning=None, message=f"there is no file {quoted(file)}", hint=hint)


def _to_unpublished(meaning: Meaning, catalog: Catalog) -> _Matter | None:
    target = meaning.target
    if target is None or target in catalog.addresses:
        return None
    ruling = catalog.absent.get(target)
    if ruling is not None and ruling.absence is Absence.NOT_YET and ruling.due is not None:
        message = f"'{target}' is published on {ruling.due.date().isoformat()}; until then the link is plain text"
        return _Matter(code=codes.LINK_TO_SCHEDULED, meaning=meaning, message=message, hint="")
    why = _WHY.get(ruling.absence, "is not published") if ruling and ruling.absence else "is not published"
    message = f"'{target}' {why}, so the link is plain text"
    hint = "publish it, or remove the link"
    return _Matter(code=codes.LINK_TO_UNPUBLISHED, meaning=meaning, message=message, hint=hint)


class _Use(Struct):
    """The portals that show a link, and those of them in which it cannot be followed."""

    readers: Mask = 0
    without: Mask = 0


def _uses(paths: Iterable[str], shown: Shown, targets: Targets) -> dict[tuple[str, Meaning], _Use]:
    """Return the links on pages that cannot be followed in some portal that shows them, by page and meaning."""
    uses: dict[tuple[str, Meaning], _Use] = {}
    for path in paths:
        for page in shown.pages.get(path, ()):
            if page.seen.page.source.meta.file is None and not page.portals & ~shown.everywhere(page.article):
                continue
            for target, fragment in _named(page, page.article.outward):
                without = page.portals & ~shown.leads(target, fragment)
                if without and target in targets.addresses:
                    uses.setdefault((path, Meaning(target, fragment)), _Use()).without |= without
    for (path, meaning), use in uses.items():
        for page in shown.pages[path]:
            # a link to the page itself leads somewhere in some variants, and in others does not
            if any(named == (meaning.target, meaning.fragment) for named in _named(page, page.article.references)):
                use.readers |= page.portals
    return uses


def _named(page: ShownPage, references: Iterable[Reference]) -> Iterator[tuple[str, str]]:
    """Yield repository path and fragment of what a page links to with some references, and of what it presents."""
    for reference in references:
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
    shown: Shown,
    written: Written,
    targets: Targets,
    state: Desired,
) -> Iterator[_Matter]:
    page, published = written.pages.get(path), state.catalog.pages[path]
    target = meaning.target or ""
    if page is None or _dangles(meaning, targets) or (target == path and not is_authored(meaning.fragment, page)):
        return
    if target in state.catalog.assets and state.catalog.asset(published, target) is None:
        return
    presented = page.facts.file == target
    name = f"'{target if target != path else ''}#{meaning.fragment}'" if meaning.fragment else f"'{target}'"
    if use.without == use.readers:
        code, whom = codes.LINK_FOR_NOBODY, "everyone who reads the page"
        hint = "they may not see it: widen its audience, or remove the link"
    else:
        code, whom = codes.LINK_FOR_SOME, in_short(use.without)
        hint = "they may not see it"
    yield _Matter(
        code=code,
        meaning=meaning,
        message=f"the link to {name} is plain text for {whom}",
        embedded=f"{name} is not shown to {whom}, who get the words that describe it",
        hint=hint,
        presented=f"the download {name} is left out for {whom}" if presented else "",
        old=published.version.blob != written.snapshot.files[path].blob,
        unread=_unread(page, shown.viewers(use.without)) if page.has_blocks else (),
    )


def _unread(page: WrittenPage, viewers: Collection[Viewer]) -> tuple[int, ...]:
    """Return the lines of a page that none of some viewers reads, because they stand in audience blocks."""
    reads = lru_cache(maxsize=None)(
        lambda audiences: any(all(admits(audience, viewer) for audience in audiences) for viewer in viewers)
    )
    return tuple(line for line, audiences in enumerate(page.around, page.facts.body_line) if not reads(audiences))


def _dangles(meaning: Meaning, targets: Targets) -> bool:
    """Tell whether the fragment names nothing on the whole page, which is reported as an error."""
    article = targets.article(meaning.target) if meaning.target and meaning.fragment else None
    return article is not None and meaning.fragment not in article.anchors
