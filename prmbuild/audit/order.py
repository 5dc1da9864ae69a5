"""The lines of Markdown in the order in which they show, where that is not the order in which they are written.

Tabs show all their labels first, then what stands below each. Footnotes show at the end.
"""

import re
from collections.abc import Sequence

_TAB = re.compile(r"^(?P<indent>[ \t]*)={3}(?P<mark>[+!]{1,2})? +\".*?\" *$")
_FOOTNOTE = re.compile(r"^(?P<indent>[ \t]*)\[\^[^\]\n]+\]:")
_INDENT = re.compile(r"[ \t]*")

_DEEPEST = 32
"""How many tabs may stand one in the other; deeper ones stay as they are written."""


def shown_order(markdown: str) -> str | None:
    """Return a Markdown text with its lines in the order in which they show; None where that is how they stand."""
    if '=== "' not in markdown and "[^" not in markdown and '! "' not in markdown and '+ "' not in markdown:
        return None
    lines = markdown.split("\n")
    text, notes = _without_footnotes(lines)
    ordered = [*_labels_first(text, _DEEPEST), *notes]
    return None if ordered == lines else "\n".join(ordered)


def _without_footnotes(lines: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    text: list[str] = []
    notes: list[str] = []
    place = 0
    while place < len(lines):
        found = _FOOTNOTE.match(lines[place])
        end = place + 1 if found is None else _end(lines, place + 1, len(found["indent"]))
        (text if found is None else notes).extend(lines[place:end])
        place = end
    return text, notes


def _labels_first(lines: Sequence[str], deepest: int) -> Sequence[str]:
    ordered: list[str] = []
    place = 0
    while place < len(lines):
        found = _TAB.match(lines[place])
        if found is None or not deepest:
            ordered.append(lines[place])
            place += 1
            continue
        below: list[str] = []
        mark = ""
        depth = len(found["indent"])
        while found is not None and len(found["indent"]) == depth and "!" not in mark:
            ordered.append(lines[place])
            end = _end(lines, place + 1, depth)
            below += _labels_first(lines[place + 1 : end], deepest - 1)
            place = end
            found = _TAB.match(lines[place]) if place < len(lines) else None
            mark = (found["mark"] or "") if found is not None else ""
        ordered += below
    return ordered


def _end(lines: Sequence[str], first: int, depth: int) -> int:
    """Return where the lines end that are blank or stand deeper, from the first one on."""
    for place in range(first, len(lines)):
        indent = _INDENT.match(lines[place])
        if lines[place].strip() and (indent is None or indent.end() <= depth):
            return place
    return len(lines)
