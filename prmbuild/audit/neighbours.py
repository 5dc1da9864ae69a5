"""Texts that a document puts side by side, and that read across like something hidden.

A table of contents has the heading "Resources for our people team" above "Resources for sales", and so the letters of
a hidden "People team resources". Nobody betrayed that: both headings are the page's own. So what stands across texts is
no leak where everybody who has the file is told each of these texts as a whole elsewhere: as a line of a page, a title,
a label, by the interface, or as a text that an article shows and its page's source bears out (`prmbuild.audit.own`).
A part of a line is no such text. And a table's cells, like words that are marked up, stand in one line: rows that leak
are made of short cells, which stand in many tables.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache

from prmbuild.audit.allowed import baseline
from prmbuild.audit.canaries import SHORTEST_TEXT
from prmbuild.audit.letters import letters
from prmbuild.audit.lines import Lines
from prmbuild.audit.own import OwnTexts, renderers_own
from prmbuild.audit.permitted import Voice
from prmbuild.audit.premises import Premises
from prmbuild.audit.prose import prose
from prmbuild.audit.scanner import Place
from prmbuild.audit.work import Suspect, confirm

_DIGITS = re.compile(r"\d+")
_COUNT = re.compile(r"\d{1,4}|(?:19|20)\d{6}")
"""How much of something there is, or a date in ISO 8601."""

_STRINGS = re.compile(r"[<>\"'`\n]+")
"""Between what the interface says in its templates, lists of texts and scripts."""

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_AT_HAND = 64
"""Articles whose texts are at hand."""

_HINT = 4
"""Letters at an end of a text that tell whether a page may say it."""

_CAPTION = re.compile(r"^\s*/{3,}[^|\n]*\|(.*)$", re.MULTILINE)
"""The title of a block in Markdown."""


class Neighbours:
    """Tells which texts may stand side by side.

    Args:
        premises: of the audit.
        voices: what portals show.
    """

    def __init__(self, premises: Premises, voices: Sequence[Voice]) -> None:
        self._premises, self._voices = premises, voices
        self._known: dict[str, int] = {}
        self._own = lru_cache(maxsize=_AT_HAND)(self._own_texts)

    def standing(self, suspect: Suspect, denied: Mapping[int, int], places: Mapping[int, Place]) -> Mapping[int, Place]:
        """Return the places of canaries, without those that only neighbours look like.

        Args:
            suspect: the file.
            denied: canary → the portals that must not hold it.
            places: what `confirm` found.
        """
        if not any(place.across for place in places.values()):
            return places
        return confirm(suspect, lambda number, runs: self.may_stand(runs, denied[number]))

    def may_stand(self, runs: Iterable[str], portals: int) -> bool:
        """Tell whether portals say each of some texts as a whole."""
        return all(not portals & ~self._sayers(run) for run in runs)

    def _sayers(self, run: str) -> int:
        """Return the portals that say a text as a whole."""
        bare = letters(run)
        if not bare or _COUNT.fullmatch(bare):
            return self._premises.everyone
        if bare not in self._known:
            found = self._premises.everyone if _DIGITS.sub("", bare) in self._interface else 0
            for voice, lines in zip(self._voices, self._lines, strict=True):
                if voice.portals & ~found and lines.has(bare):
                    found |= voice.portals
            for number, lines in enumerate(self._lines):
                portals = self._voices[number].portals
                near = bare[:_HINT] in lines.bare or bare[-_HINT:] in lines.bare  # most articles need not be opened
                if portals & ~found and near and self._own(number).has(bare):
                    found |= portals
            self._known[bare] = found
        return self._known[bare]

    def page_of(self, runs: Iterable[str], portal: int) -> str:
        """Return the path of a page that a portal shows and that says one of some texts; empty where none does.

        A text that the interface has, too, or that is short, tells no page.
        """
        for bare in filter(None, map(letters, runs)):
            if len(bare) < SHORTEST_TEXT or _DIGITS.sub("", bare) in self._interface:
                continue
            for number, lines in enumerate(self._lines):
                seen = self._voices[number].seen
                if seen is not None and self._voices[number].portals >> portal & 1 and bare in lines.bare:
                    return seen.page.path
        return ""

    def line_of(self, runs: Iterable[str], path: str) -> int:
        """Return the line of a page, counted from 1, that says the longest of some texts; 0 where none is found."""
        seen = next((voice.seen for voice in self._voices if voice.seen and voice.seen.page.path == path), None)
        blob = seen.page.version.blob if seen else None
        lines = self._premises.contents.text(blob).splitlines() if blob else ()
        wanted = sorted(filter(None, map(letters, runs)), key=len, reverse=True)
        return next((number for bare in wanted for number, line in enumerate(lines, 1) if bare in letters(line)), 0)

    def _own_texts(self, number: int) -> OwnTexts:
        seen = self._voices[number].seen
        return OwnTexts("") if seen is None else OwnTexts.of(seen, self._premises.state.engine.body(seen.input.key))

    @cached_property
    def _interface(self) -> frozenset[str]:
        """Letters of what every portal may say, without the numbers that stand in it; months are among it."""
        said = baseline(self._premises.state, self._premises.contents)
        strings = (part for text in (*said, *renderers_own()) for part in _STRINGS.split(text))
        return frozenset(_DIGITS.sub("", letters(_PLACEHOLDER.sub("", part))) for part in strings) - {""}

    @cached_property
    def _lines(self) -> Sequence[Lines]:
        return tuple(Lines(_said_in(voice)) for voice in self._voices)


def _said_in(voice: Voice) -> Iterator[str]:
    saying = voice.saying()
    for text in (*saying.texts, *saying.titles):
        yield from text.split("\n")
        yield from text.split("/")  # the folders of an address
    if saying.markdown is not None:
        yield from _CAPTION.findall(saying.markdown)
        yield from (line for _, line in prose(saying.markdown))
