"""Every page of the old site as a page of the programme."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct

from prmbuild import codes
from prmbuild.diagnostics import Diagnostic
from prmbuild.migrate.front_matter import Given, Matter, findings, read_matter, write_matter
from prmbuild.migrate.layout import Layout
from prmbuild.migrate.links import Links
from prmbuild.migrate.lists import indented
from prmbuild.migrate.markup import convert, headings
from prmbuild.migrate.placing import Placing


class Page(Struct, frozen=True, kw_only=True):
    """A page of the old site in its new form.

    Attributes:
        path: repository path in the programme.
        text: the whole file.
    """

    path: str
    text: str
    findings: tuple[Diagnostic, ...]


def pages(texts: Mapping[str, str], placing: Placing, status: str, now: datetime) -> Iterator[Page]:
    """Yield every page in its new form.

    Args:
        texts: path of each page in the old site → its text.
        placing: where its files go.
        status: the status of pages that the old site showed.
        now: pages dated later are published then.
    """
    matters = {path: read_matter(text) for path, text in texts.items()}
    slugs = {
        path: address for path, matter in matters.items() if (address := _own_address(path, matter, placing.layout))
    }
    told: set[str] = set()
    links = Links(placing, slugs, {path: matter.body for path, matter in matters.items()})
    for path, matter in matters.items():
        yield _page(path, matter, placing, links, status, now, told)


def _page(
    path: str, matter: Matter, placing: Placing, links: Links, status: str, now: datetime, told: set[str]
) -> Page:
    """Return a page in its new form; ``told`` are the keys of front matter that were told of already."""
    layout, place = placing.layout, placing.places[path]
    title = layout.titles.get(path)
    given = Given(
        status=status,
        title=title or _title_of(path, layout),
        made_up=title is None,
        order=layout.order.get(path),
        now=now,
    )
    body = matter.body if layout.kind == "mkdocs" else indented(matter.body)
    converted = convert(body, layout.kind, jsx=layout.kind == "docusaurus" or path.lower().endswith(".mdx"))
    has_heading = any(level == 1 for level, _ in headings(converted.text))
    front, kept, made_up = write_matter(matter, given, has_heading=has_heading)
    linked = links.change(path, converted.text)
    first = front.count("\n")
    found = [*findings(place, matter, kept, front, told)]
    if made_up:
        message = f"the title was made from the file's name: '{given.title}'"
        found.append(codes.TITLE_MADE_UP.at(place, message, line=2, hint="read it, and correct it"))
    for code, things in ((codes.FOREIGN_MARKUP, converted.foreign), (codes.OLD_ADDRESS, linked.foreign)):
        found += [
            code.at(place, foreign.message, line=foreign.line + first, column=foreign.column, hint=foreign.hint)
            for foreign in things
        ]
    return Page(path=place, text=front + linked.text, findings=tuple(found))


def _own_address(path: str, matter: Matter, layout: Layout) -> str | None:
    """Return the address that a page gave itself, from the top of the pages; None where it has its file's."""
    inner = path.removeprefix(f"{layout.pages}/") if layout.pages else path
    for key in ("slug", "permalink", "url", "id"):
        said = matter.said.get(key)
        if isinstance(said, str) and said.strip():
            return said if said.startswith("/") else posixpath.join(posixpath.dirname(inner), said)
    return None


def _title_of(path: str, layout: Layout) -> str:
    """Return the name of a page's file in words; of its folder, where the file stands for that."""
    stem = posixpath.splitext(posixpath.basename(path))[0]
    if stem in ("index", "_index", "README"):
        stem = posixpath.basename(posixpath.dirname(path)) or "Overview"
    words = re.sub(r"[-_\s]+", " ", re.sub(r"\A\d+[-_. ]+(?=\D)", "", stem)).strip() or stem
    return words[:1].upper() + words[1:]
