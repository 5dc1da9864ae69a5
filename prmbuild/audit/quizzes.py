"""Quizzes: nothing in a portal may tell which answers are right."""

import re
from collections.abc import Iterator
from html import unescape

from prmbuild.audit.layers import TAG
from prmbuild.catalog.catalog import Course

_MARK = r"(?:is[-_]?)?(?:correct|right[-_]answers?|answer[-_]?key|solutions?|explanations?)"
_IN_DATA = re.compile(rf"[\"']{_MARK}(?:[-_]?\w+)?[\"']\s*:", re.IGNORECASE)
_IN_TAG = re.compile(
    rf"(?<![\w-])(?:data-)?{_MARK}(?:-[\w-]+)?\s*(?:=|(?=[\s/>]))|\bclass\s*=\s*\"[^\"]*\b{_MARK}\b", re.IGNORECASE
)
_CHOICE = re.compile(
    r"(?P<label><label\b[^>]*>)?\s*(?P<input><input\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>)\s*(?P<text><span\b[^>]*>)?",
    re.IGNORECASE,
)
_PIECES = re.compile(rf"(<(?:script|style)\b.*?</(?:script|style)\s*>|{TAG.pattern})", re.DOTALL | re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([a-zA-Z][\w:-]*)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_NUMBERED = frozenset({"id", "for", "value"})
"""Attributes in which the options of one question may differ."""


def betrayals(text: str, course: Course) -> Iterator[str]:
    """Yield what in a quiz document marks an answer as right, or sets one option apart from the others.

    Args:
        text: HTML.
        course: the course whose quiz it is.
    """
    marks = [*_IN_DATA.finditer(_without_own(text, course))]
    marks += [mark for tag in TAG.findall(text) for mark in _IN_TAG.finditer(tag)]
    for mark in marks:
        yield f"marks right answers ({mark[0].strip()})"
    for name, options in _choices(text).items():
        if len({shape for shape, _ in options}) > 1:
            yield f"sets an option of question {name} apart from the others"
        if [value for _, value in options] != [str(number) for number in range(len(options))]:
            yield f"does not number the options of question {name} in their order"


def _without_own(text: str, course: Course) -> str:
    """Return a quiz document, entities decoded, without what its readers are meant to read that looks like a mark.

    A question about JSON has one. It is left out where it stands as text, and nowhere else: a script that has the same
    letters is read.
    """
    own = [said for said in _read(course) if _IN_DATA.search(said)]
    if not own:
        return unescape(text)
    pieces = [unescape(piece) for piece in _PIECES.split(text)]  # text in even places
    for place in range(0, len(pieces), 2):
        for said in own:
            pieces[place] = " ".join(pieces[place].split()).replace(" ".join(said.split()), " ")
    return "".join(pieces)


def _read(course: Course) -> Iterator[str]:
    yield course.source.title
    for question in course.quiz.questions if course.quiz else ():
        yield question.question
        yield from (option.text for option in question.options)


def unseen(text: str, course: Course) -> bool:
    """Tell whether the options of a quiz are not where `betrayals` looks for them."""
    questions = course.quiz.questions if course.quiz else ()
    return sorted(map(len, _choices(text).values())) != sorted(len(question.options) for question in questions)


_Shape = tuple[tuple[tuple[str, str], ...], ...]


def _choices(text: str) -> dict[str, list[tuple[_Shape, str]]]:
    """Return, for each question, how each option is marked up, and its value. The theme's own choices begin with __."""
    found: dict[str, list[tuple[_Shape, str]]] = {}
    for choice in _CHOICE.finditer(text):
        attributes = _attributes(choice["input"])
        name = attributes.get("name", "")
        if attributes.get("type") in ("radio", "checkbox") and name and not name.startswith("__"):
            shape = tuple(
                tuple(sorted((key, value) for key, value in _attributes(tag or "").items() if key not in _NUMBERED))
                for tag in choice.group("label", "input", "text")
            )
            found.setdefault(name, []).append((shape, attributes.get("value", "")))
    return found


def _attributes(tag: str) -> dict[str, str]:
    inner = tag.strip("<>/").partition(" ")[2]
    return {
        found[1].lower(): next((group for group in found.groups()[1:] if group is not None), "")
        for found in _ATTRIBUTE.finditer(inner)
    }
