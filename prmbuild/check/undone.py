"""What may not stand in a portal and is taken out of a page: addresses, scripts, and what loads something unseen."""

import html
import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from prmbuild import codes
from prmbuild.authored.text import quoted
from prmbuild.check.destinations import only_text, place
from prmbuild.check.written import WrittenPage
from prmbuild.diagnostics import Diagnostic
from prmbuild.render.article import Article
from prmbuild.render.attributes import CSS

_SCHEME = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)
"""A scheme other than that of pages on the web."""

_CODE = ("    ", "\t")
"""What lines of code begin with that are in no fence."""

_NOT_LOADED = re.compile(r"\b((?:form)?action|cite|longdesc)\s*=\s*[\"']?$", re.IGNORECASE)
"""Before an address that the browser does not load by itself, though it is none of a link."""


def taken_out(page: WrittenPage, article: Article) -> Iterator[Diagnostic]:
    """Find what an author wrote and no reader gets."""
    for url, embedded in article.undone.items():
        if is_authored(url, page):
            yield from _undone(page, url, embedded)
    text = only_text(page.body) if article.dropped else ""
    for name, value in article.dropped:
        told = f"{name}>" if name.startswith("<") else f"{name}="
        for start in _starts(name, value, text):
            line, column = place(text, start, page.facts.body_line)
            message = f"{quoted(told)} could run or load something unseen, so it is taken out"
            hint = "remove it; a script for all pages belongs into site_overrides/"
            if value and name not in CSS:
                message = f"{quoted(told)} may be read in several ways, so it is taken out"
                hint = "put the value in quotes, and write &lt; and &gt; in it"
            yield codes.SCRIPT_UNDONE.at(page.path, message, line=line, column=column, hint=hint)


def _starts(name: str, value: str, text: str) -> Sequence[int]:
    """Return where a tag or attribute stands in Markdown; what is indented like code only where nothing else is."""
    if name.startswith("<"):
        pattern = rf"{re.escape(name)}(?=[\s/>])"
    else:
        forms = "|".join(re.escape(form) for form in dict.fromkeys((value, html.escape(value))))
        given = rf"\s*=\s*[\"']?(?:{forms})" if value else r"\s*=|[\s/>}]"
        pattern = rf"(?<=[\s\"'/{{]){re.escape(name)}(?={given})"
    found = [match.start() for match in re.finditer(pattern, text, re.IGNORECASE)]
    plain = [start for start in found if not text.startswith(_CODE, text.rfind("\n", 0, start) + 1)]
    return plain or found


def is_authored(text: str, page: WrittenPage) -> bool:
    """Tell whether a URL or a part of it stands on a page; extensions of Markdown write some by themselves."""
    return any(form in page.body for form in (text, quote(text), html.escape(text)))


def _undone(page: WrittenPage, url: str, embedded: bool) -> Iterator[Diagnostic]:
    same = [destination for destination in page.links if destination.url.strip() == url.strip()]
    places = [destination for destination in same if destination.embedded is embedded] or same
    lines = page.body.split("\n")
    for line, column in [(one.line, one.column) for one in places] or [(page.facts.body_line, 1)]:
        attribute = _NOT_LOADED.search(lines[line - page.facts.body_line][: column - 1])
        if attribute is not None:
            message = f"{quoted(url)} may not stand in a portal as {quoted(attribute[1])}, so it is taken out"
            hint = "write a link to it instead"
            yield codes.LINK_UNDONE.at(page.path, message, line=line, column=column, hint=hint)
        elif embedded and _SCHEME.match(url.strip()) is None:
            message = f"{quoted(url)} would be loaded from another site, so it is left out"
            hint = "save the file beside the page and show that"
            yield codes.FOREIGN_EMBED.at(page.path, message, line=line, column=column, hint=hint)
        else:
            message = f"{quoted(url)} may not stand in a portal, so it is taken out"
            hint = "link to a page of the programme, or use https, mailto or tel"
            yield codes.LINK_UNDONE.at(page.path, message, line=line, column=column, hint=hint)
