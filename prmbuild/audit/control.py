"""The positive control: what must be in a portal is found there by the search that looks for leaks.

An audit that finds nothing proves something only where it would have found something.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import unescape
from textwrap import shorten
from typing import NamedTuple

from msgspec import Struct

from prmbuild.audit.allowed import SAMPLE, Said
from prmbuild.audit.inventory import HOME_PAGE, NAVIGATION, SEARCH
from prmbuild.audit.letters import letters, windows, words
from prmbuild.audit.needles import Numbers
from prmbuild.audit.prose import prose
from prmbuild.audit.report import Kind, Leak
from prmbuild.audit.shown import union
from prmbuild.desired import Desired
from prmbuild.portals.views import SeenPage
from prmbuild.render.article import ArticleBody
from prmbuild.visibility.sets import members

_UNSEEN = re.compile(r"<(script|style|pre)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")

_QUOTED = 80
"""The most characters of a page that a finding quotes."""


class ShownPage(NamedTuple):
    """The set of portals that show a page, the page, and the canaries in what it says."""

    portals: int
    seen: SeenPage
    said: Said


class Outcome(Struct, frozen=True, kw_only=True):
    """How a page came out: the number of controls, what was not found, and whether something need not be."""

    made: int
    failed: tuple[Leak, ...] = ()
    excused: bool = False


class Controls:
    """Says what must be found of visible pages, and whether it was.

    A page's title and one of its lines must be found in its own file, in the search data of every portal that shows it,
    and its title in their navigation.

    Args:
        state: the programme and its portals.
        pages: what is controlled.
        letters_of: returns the letters of a canary.

    Attributes:
        wanted: the canaries that controls are made with.
        excused: canaries of lines that were not found where rendering left nothing of them.
    """

    def __init__(self, state: Desired, pages: Sequence[ShownPage], letters_of: Callable[[int], str]) -> None:
        self._state = state
        self._pages = pages
        self._letters_of = letters_of
        self._at: dict[str, list[int]] = defaultdict(list)
        for number, page in enumerate(pages):
            self._at[page.seen.page.address.file].append(number)
        self.wanted = frozenset().union(
            *(numbers.tolist() for page in pages for numbers in (page.said.titles, page.said.sample))
        )
        self.excused: set[int] = set()
        self._in_its_file: dict[int, list[tuple[int, Sequence[bool]]]] = defaultdict(list)
        self._navigation: dict[int, int] = defaultdict(int)
        self._search: dict[int, int] = defaultdict(int)

    def look(self, found: Numbers, uses: Mapping[str, int]) -> None:
        """Hear what was found in a file.

        Args:
            found: the canaries in it.
            uses: path → the portals that have it there.
        """
        inside: frozenset[int] | None = None
        for path, portals in uses.items():
            told, pages = self._told(path), self._at.get(path, ())
            if told is None and not pages:
                continue
            if inside is None:
                inside = self.wanted.intersection(found.tolist())
            for number in pages:
                page = self._pages[number]
                if portals & page.portals:
                    # whether, not what: that would be some 6 KB a page until the end
                    came_out = [not group.isdisjoint(inside) for _, group in _groups(page.said)]
                    self._in_its_file[number].append((portals & page.portals, came_out))
            if told is not None:
                for number in inside:
                    told[number] |= portals

    def outcomes(self) -> Iterator[Outcome]:
        """Yield how each page came out, once all files were looked at."""
        for number, page in enumerate(self._pages):
            controls = [*self._in_files(number, page), *self._in_documents(page)]
            made = [control for control in controls if control is not None]
            failed = tuple(leak for leak in made if leak is not _FOUND)
            yield Outcome(made=len(made), failed=failed, excused=len(made) < len(controls))

    def _told(self, path: str) -> dict[int, int] | None:
        if NAVIGATION.fullmatch(path):
            return self._navigation
        return self._search if SEARCH.fullmatch(path) else None

    def _in_files(self, number: int, page: ShownPage) -> Iterator[Leak | None]:
        path = page.seen.page.address.file
        for portals, came_out in self._in_its_file[number]:
            for (what, group), found in zip(_groups(page.said), came_out, strict=True):
                yield self._outcome(page, what, group, portals, path, found)

    def _in_documents(self, page: ShownPage) -> Iterator[Leak | None]:
        documents = [("search/index.json", self._search)]
        if page.seen.page.path != HOME_PAGE:
            documents.append(("navigation.json", self._navigation))
        for what, group in _groups(page.said):
            for path, told in documents if what == "title" else documents[:1]:
                missing = page.portals & ~union(told.get(number, 0) for number in group)
                yield self._outcome(page, what, group, missing or page.portals, path, not missing)

    def _outcome(
        self, page: ShownPage, what: str, group: frozenset[int], portals: int, path: str, found: bool
    ) -> Leak | None:
        """Return what was not found; `_FOUND` where it was, None where it need not be."""
        if found:
            return _FOUND
        words = self._title(page.seen) if what == "title" else self._rendered(group, page.seen)
        # rendering may leave nothing of the lines that were chosen
        if not words:
            self.excused |= group
            return None
        portal, own = self._state.portals[next(members(portals))], page.seen.page.path
        return blindness(portal.id, path, f"the {what} '{words}' is not found there", owner=own)

    def _title(self, seen: SeenPage) -> str:
        return shorten(self._state.articles[seen.input.key].title, _QUOTED, placeholder=" …") or seen.page.path

    def _rendered(self, group: frozenset[int], seen: SeenPage) -> str:
        """Return one of the lines that must be found; empty where none must be."""
        lines = shown_lines(seen, self._state.engine.body(seen.input.key))
        told = (lines.get(self._letters_of(number), "") for number in sorted(group))
        return shorten(next(filter(None, told), ""), _QUOTED, placeholder=" …")


def blindness(portal: str, file: str, found: str, owner: str = "") -> Leak:
    """Return that the audit does not see what it must; ``owner`` is the page that it belongs to."""
    return Leak(portal=portal, file=file, kind=Kind.BLIND, owner=owner, line=1, found=found)


_FOUND = blindness("", "", "")


def _groups(said: Said) -> Iterator[tuple[str, frozenset[int]]]:
    for what, numbers in (("title", said.titles), ("text", said.sample)):
        if len(numbers):
            yield what, frozenset(numbers.tolist())


def shown_lines(seen: SeenPage, body: ArticleBody) -> Mapping[str, str]:
    """Return letters → words of lines of a page that its article shows and search finds, in parts as canaries are.

    Args:
        seen: the page.
        body: its article.
    """
    said = _said(body)
    lines = [line for _, line in prose(seen.input.text)]
    parts_of_lines = (window for line in lines[:: max(1, len(lines) // SAMPLE)] for window in windows(words(line)))
    return {
        joined: " ".join(window)
        for window in parts_of_lines
        if all((joined := "".join(window)) in text for text in said)
    }


def _said(body: ArticleBody) -> tuple[str, str]:
    """Return the letters that an article's page shows and those that search finds; a diagram or script shows none."""
    shown = _TAG.sub("", _UNSEEN.sub(" ", body.safe))
    found = " ".join(f"{section.title} {section.text}" for section in body.sections)
    return letters(unescape(shown)), letters(found)
