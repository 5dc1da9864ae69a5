"""What the interface writes with a value in it: dates, months, counters, numbers of questions and lessons.

Any portal may say these, whatever the value, as it may say the interface's other words. So a hidden title that reads
like one, such as "December 2026", could not be told from the portal's own words and betrays nothing where it stands;
its address and its text do. A title with any other word in it, such as "Price list 2026", is none of these texts.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from prmbuild.audit.letters import words
from prmbuild.audit.needles import Numbers
from prmbuild.audit.table import Canaries
from prmbuild.render.words import Words, spoken

_VALUE = "0"
"""Stands for any number."""

_NUMBER = re.compile(r"(?<![^ ])\d{1,4}(?: \d{1,4})?(?![^ ])")
"""A number as a word, or two where there is a decimal point."""

_DIGITS = re.compile(r"(?<!\d)\d{1,5}(?!\d)")
"""The same among letters alone."""

_DATED = ("updated",)
"""Texts with a date in them."""

_ABOUT_VENDOR = ("home.title",)
_ABOUT_PAGES = ("course.quiz.title", "catalogue.download.from")
"""Texts with a title in them, which are not the interface's own."""

_DOCUMENTS = ("home", "new", "courses", "catalogue", "missing")
"""Titles of documents."""

_AT_READERS = "search."
"""What is filled in where it is read stands in no file."""

_ZERO, _NINE = map(ord, "09")
_NO_LETTERS = b"0123456789 "


@lru_cache(maxsize=8)
def texts(vendor: str) -> tuple[str, ...]:
    """Return the interface's texts with a value in them, in every language, with `_VALUE` for every number.

    Args:
        vendor: whose portals these are.
    """
    return tuple(dict.fromkeys(text for say in spoken() for text in _filled(say, vendor)))


def titled(title: str, vendor: str) -> str:
    """Return what a browser shows as the title of a document."""
    return f"{title} – {vendor}"


def among(canaries: Canaries, numbers: Numbers, vendor: str) -> Numbers:
    """Return those of some canaries that are such a text, or words of one in a row, with whatever number.

    Args:
        canaries: known by their numbers.
        numbers: in ascending order.
        vendor: whose portals these are.
    """
    if not len(canaries.phrases):
        return numbers[:0]
    digits = canaries.phrases - np.uint8(_ZERO) <= _NINE - _ZERO  # smaller ones wrap around
    # of a phrase without letters, which there is none of, the byte after it would be told
    holding = np.logical_or.reduceat(digits, np.minimum(canaries.ends[:-1], len(digits) - 1))
    del digits  # a byte for each letter of all canaries
    in_words, in_letters, bare = _runs(vendor)
    phrases = canaries.phrases.data
    likely = numbers[holding[numbers]]
    starts, ends = canaries.ends[likely].tolist(), canaries.ends[likely + 1].tolist()
    found: list[int] = []
    for number, start, end in zip(likely.tolist(), starts, ends, strict=True):
        # nearly all are told apart by what is left of them without numbers
        if bytes(phrases[start:end]).translate(None, _NO_LETTERS) in bare:
            phrase = canaries.phrase(number)
            spaced = " " in phrase and _NUMBER.sub(_VALUE, phrase) in in_words
            if spaced or _DIGITS.sub(_VALUE, phrase) in in_letters:
                found.append(number)
    return np.array(found, np.int32)


@lru_cache(maxsize=8)
def _runs(vendor: str) -> tuple[frozenset[str], frozenset[str], frozenset[bytes]]:
    """Return the words in a row of every text, those with a number and a word in them.

    Returns:
        With spaces between them, without, and as bytes without their numbers.
    """
    found: set[str] = set()
    for text in texts(vendor):
        told = _NUMBER.sub(_VALUE, " ".join(words(text))).split()
        for first in range(len(told)):
            found.update(" ".join(told[first:last]) for last in range(first + 1, len(told) + 1))
    runs = frozenset(run for run in found if _VALUE in run.split() and run != _VALUE)
    bare = frozenset(run.encode().translate(None, _NO_LETTERS) for run in runs)
    return runs, frozenset(run.replace(" ", "") for run in runs), bare


def _filled(say: Words, vendor: str) -> Iterator[str]:
    dates = (*_dates(say, "date"), *_dates(say, "date.month"))
    yield from dates
    yield from (titled(say(key), vendor) for key in _DOCUMENTS)
    for key, text in say.texts.items():
        if key.startswith(_AT_READERS) or key in _ABOUT_PAGES:
            continue
        if key in _DATED:
            yield from map(text.format, dates)
        elif key in _ABOUT_VENDOR:
            yield text.format(vendor)
        elif key == "quiz.lead":
            for questions in ("course.questions.one", "course.questions.other"):
                yield text.format(f"{say(questions, _VALUE)}.", _VALUE)
        elif "{}" in text:
            yield text.format(*[_VALUE] * text.count("{}"))


def _dates(say: Words, key: str) -> Sequence[str]:
    months = (say.texts[f"month.{number}"] for number in range(1, 13))
    return [say.texts[key].format(day=_VALUE, month=month, year=_VALUE) for month in months]
