"""Texts that a document puts side by side, and that read across like something hidden.

A table of contents has the heading "Resources for our people team" above "Resources for sales", and so the letters of
a hidden "People team resources". Nobody betrayed that: both headings are the page's own. So what stands across texts is
no leak where everybody who has the file is told each of these texts as a whole elsewhere: as a line of a page, a title,
a label, or by the interface. A part of a line is no such text. And a table's cells, like words that are marked up,
stand in one line: rows that leak are made of short cells, which stand in many tables.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from prmbuild.audit.allowed import baseline
from prmbuild.audit.letters import letters
from prmbuild.audit.permitted import Voice
from prmbuild.audit.premises import Premises
from prmbuild.audit.prose import prose
from prmbuild.audit.scanner import Place
from prmbuild.audit.work import Suspect, confirm

_DIGITS = re.compile(r"\d+")
_COUNT = re.compile(r"\d{1,4}")
"""How much of something there is."""

_STRINGS = re.compile(r"[<>\"'`\n]+")
"""Between what the interface says in its templates, lists of texts and scripts."""

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_CAPTION = re.compile(r"^\s*/{3,}[^|\n]*\|(.*)$", re.MULTILINE)
"""The title of a block in Markdown."""


class _Text(Struct, frozen=True):
    """What some portals say, in lines.

    Attributes:
        portals: those that say it.
        bare: its letters.
        starts: where in them a line begins.
        ends: where one ends.
    """

    portals: int
    bare: str
    starts: frozenset[int]
    ends: frozenset[int]

    @classmethod
    def of(cls, portals: int, lines: Iterable[str]) -> "_Text":
        spelt = [letters(line) for line in lines]
        places = [0]
        for line in spelt:
            places.append(places[-1] + len(line))
        return cls(portals, "".join(spelt), frozenset(places[:-1]), frozenset(places[1:]))

    def has(self, run: str) -> bool:
        """Whether a run of letters is one line of it, or several in a row."""
        at = self.bare.find(run)
        while at >= 0:
            if at in self.starts and at + len(run) in self.ends:
                return True
            at = self.bare.find(run, at + 1)
        return False


class Neighbours:
    """Tells which texts may stand side by side.

    Args:
        premises: of the audit.
        voices: what portals show.
    """

    def __init__(self, premises: Premises, voices: Sequence[Voice]) -> None:
        self._premises, self._voices = premises, voices
        self._known: dict[str, int] = {}

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
            for text in self._texts:
                if text.portals & ~found and text.has(bare):
                    found |= text.portals
            self._known[bare] = found
        return self._known[bare]

    @cached_property
    def _interface(self) -> frozenset[str]:
        """Letters of what every portal may say, without the numbers that stand in it; months are among it."""
        said = baseline(self._premises.state, self._premises.contents)
        strings = (part for text in said for part in _STRINGS.split(text))
        return frozenset(_DIGITS.sub("", letters(_PLACEHOLDER.sub("", part))) for part in strings) - {""}

    @cached_property
    def _texts(self) -> Sequence[_Text]:
        return tuple(_Text.of(voice.portals, _lines(voice)) for voice in self._voices)


def _lines(voice: Voice) -> Iterator[str]:
    saying = voice.saying()
    for text in (*saying.texts, *saying.titles):
        yield from text.split("\n")
        yield from text.split("/")  # the folders of an address
    if saying.markdown is not None:
        yield from _CAPTION.findall(saying.markdown)
        yield from (line for _, line in prose(saying.markdown))
