"""Quizzes: nothing in a portal may tell which answers are right."""

import re
from collections.abc import Iterator
from html import unescape

from prmbuild.audit.layers import TAG
from prmbuild.authored.resource import QuizSource

_MARK = r"(?:is[-_]?)?(?:correct|right[-_]answers?|answer[-_]?key|solutions?|explanations?)"
_IN_DATA = re.compile(rf"[\"']{_MARK}(?:[-_]?\w+)?[\"']\s*:", re.IGNORECASE)
_IN_TAG = re.compile(
    rf"(?<![\w-])(?:data-)?{_MARK}(?:-[\w-]+)?\s*(?:=|(?=[\s/>]))|\bclass\s*=\s*\"[^\"]*\b{_MARK}\b", re.IGNORECASE
)
_CHOICE = re.compile(
    r"(?P<label><label\b[^>]*>)?\s*(?P<input><input\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>)\s*(?P<text><span\b[^>]*>)?",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"([a-zA-Z][\w:-]*)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
_NUMBERED = frozenset({"id", "for", "value"})
"""Attributes in which the options of one question may differ."""


def betrayals(text: str) -> Iterator[str]:
    """Yield what in a quiz document marks an answer as right, or sets one option apart from the others."""
    marks = [*_IN_DATA.finditer(unescape(text))]
    marks += [mark for tag in TAG.findall(text) for mark in _IN_TAG.finditer(tag)]
    for mark in marks:
        yield f"marks right answers ({mark[0].strip()})"
    for name, options in _choices(text).items():
        if len({shape for shape, _ in options}) > 1:
            yield f"sets an option of question {name} apart from the others"
        if [value for _, value in options] != [str(number) for number in range(len(options))]:
            yield f"does not number the options of question {name} in their order"


def unseen(text: str, quiz: QuizSource) -> bool:
    """Tell whether the options of a quiz are not where `betrayals` looks for them."""
    return sorted(map(len, _choices(text).values())) != sorted(len(question.options) for question in quiz.questions)


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
