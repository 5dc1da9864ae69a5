"""The layout of authored files: one way to indent and to space, that changes neither what they say nor their comments.

Every change is proven before it is made: what comes out must be read as the same values with the same comments, and
must come out of a second run as it is. Otherwise a file keeps its indentation, and in the last resort all its layout.
"""

import re
from collections.abc import Iterator

import yaml
from msgspec import Struct, field

from prmbuild.authored.document import Place
from prmbuild.authored.lifecycle import DATES
from prmbuild.authored.markdown import split_markdown
from prmbuild.authored.reading import PROGRAMME_FILES
from prmbuild.authored.text import decode
from prmbuild.authored.yaml import LIMIT, parse_yaml
from prmbuild.diagnostics import Diagnostic, has_errors

_LOADER: type[yaml.CSafeLoader] | type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

INDENT = 2
"""Columns by which what belongs to a key stands further in; entries of a list too."""

_BLANKS = re.compile(r"\n{3,}")
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*$", re.MULTILINE)


def is_laid_out(path: str) -> bool:
    """Tell whether a file, by its repository path, is one that `laid_out` is for."""
    if path in PROGRAMME_FILES:
        return True
    endings = {"content": (".md",), "courses": (".md", ".yaml")}.get(path.split("/")[0], ())
    return "/" in path and path.endswith(endings or ("\0",))


def laid_out(path: str, data: bytes) -> tuple[bytes | None, tuple[Diagnostic, ...]]:
    """Return an authored file in its canonical layout.

    Args:
        path: repository path; one that ends in ``.md`` is a page, whose front matter alone is laid out.
        data: the file.

    Returns:
        The file, with ``\\n`` line ends; or None where it cannot be read, and what is wrong.
    """
    if not path.endswith(".md"):
        text, problems = decode(path, data, limit=LIMIT)
        if text is None:
            return None, problems
        made, problems = _yaml(path, text, Place(1, 1))
        return (None if made is None else made.encode()), problems
    parts, problems = split_markdown(path, data)
    if parts is None:
        return None, problems
    body = parts.body.rstrip("\n") + "\n" if parts.body.strip("\n") else ""
    if parts.front is None:
        return body.encode(), ()
    front, problems = _yaml(path, parts.front, Place(2, 1))
    return (None if front is None else f"---\n{front}---\n{body}".encode()), problems


def _yaml(path: str, text: str, start: Place) -> tuple[str | None, tuple[Diagnostic, ...]]:
    document = parse_yaml(path, text, start=start, dates=DATES)
    if not document.complete or has_errors(document.diagnostics):
        return None, document.diagnostics
    for made in _candidates(text):
        again = parse_yaml(path, made, dates=DATES)
        if again.complete and again.value == document.value and comments(made) == comments(text):
            return made, ()
    return text, ()


def _candidates(text: str) -> Iterator[str]:
    """Yield layouts, the best first."""
    spaced = _spaced(text)
    indented = _indented(spaced)
    if indented is not None:
        try:
            indented = _spaced(indented)
            settled = _indented(indented) in (None, indented)
        except yaml.YAMLError:  # collections that begin on one line, which cannot be told apart once they are moved
            settled = False
        if settled:
            yield indented
    yield spaced


def comments(text: str) -> list[str]:
    """Return the comments of YAML text, in order."""
    masked = list(text)
    for token in yaml.scan(text, Loader=_LOADER):
        if isinstance(token, yaml.ScalarToken):
            begin = token.start_mark.index
            if token.style in ("|", ">"):
                begin = text.find("\n", begin) + 1 or len(text)
            for index in range(begin, token.end_mark.index):
                masked[index] = "x" if masked[index] != "\n" else "\n"
    return [found.rstrip() for found in _COMMENT.findall("".join(masked))]


def _spaced(text: str) -> str:
    """Take blanks out of the ends of lines, and out of the file's start and end, wherever they are no text."""
    lines = text.split("\n")
    literal = _lines_of_text(text)
    kept: list[str] = []
    for number, line in enumerate(lines):
        bare = line if number in literal else line.rstrip()
        if bare or number in literal or (kept and kept[-1]):
            kept.append(bare)
    made = "\n".join(kept).strip("\n")
    return f"{made}\n" if made else ""


def _lines_of_text(text: str) -> frozenset[int]:
    """Return the lines, counted from 0, that are within a text of several lines."""
    found: set[int] = set()
    for token in yaml.scan(text, Loader=_LOADER):
        if isinstance(token, yaml.ScalarToken) and token.style:
            last = token.end_mark.line - (1 if token.style in ("|", ">") and token.end_mark.column == 0 else 0)
            found.update(range(token.start_mark.line + (token.style in ("|", ">")), last + 1))
    return frozenset(found)


class _Lines(Struct):
    """Lines being moved.

    Attributes:
        columns: line → column of its first word, before and after.
        shifts: line → by how many columns it moves with the line that it continues.
    """

    lines: list[str]
    columns: dict[int, tuple[int, int]] = field(default_factory=dict)
    shifts: dict[int, int] = field(default_factory=dict)
    rewritten: dict[int, str] = field(default_factory=dict)


class _Unusual(Exception):
    """The text is laid out in a way that is not worth to be understood."""


def _indented(text: str) -> str | None:
    """Indent anew; None where that cannot be done."""
    root = yaml.compose(text, Loader=_LOADER)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        return None
    moved = _Lines(text.split("\n"))
    try:
        _place(root, 0, moved)
        return "\n".join(_moved(moved))
    except _Unusual:
        return None


def _place(node: yaml.Node, column: int, moved: _Lines) -> None:
    """Have the entries of a block collection start in a column."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            line = key.start_mark.line
            if key.end_mark.line != line:
                raise _Unusual
            moved.columns.setdefault(line, (key.start_mark.column, column))
            _close_gap(key.end_mark, value.start_mark, moved, value.start_mark.index == value.end_mark.index)
            _place_value(value, line, column - key.start_mark.column, column + INDENT, moved)
        return
    dash = node.start_mark.column
    for item in node.value:
        line = item.start_mark.line
        words = moved.lines[line]
        if words[dash : dash + 1] != "-" or words[dash + 1 : item.start_mark.column].strip():
            raise _Unusual
        moved.columns.setdefault(line, (dash, column))
        if item.start_mark.column > dash + 1 and line not in moved.rewritten:
            moved.rewritten[line] = words[: dash + 1] + " " + words[item.start_mark.column :]
        delta = column + INDENT - item.start_mark.column
        _place_value(item, line, delta, column + INDENT, moved)


def _place_value(value: yaml.Node, line: int, delta: int, column: int, moved: _Lines) -> None:
    if isinstance(value, yaml.CollectionNode) and not value.flow_style:
        _place(value, column, moved)
        return
    if value.start_mark.line != line:
        first = value.start_mark.line
        moved.columns.setdefault(first, (value.start_mark.column, column))
        line, delta = first, column - value.start_mark.column
    last = value.end_mark.line - (1 if value.end_mark.column == 0 and value.end_mark.line > line else 0)
    moved.shifts.update((number, delta) for number in range(line + 1, last + 1))


def _close_gap(end: yaml.Mark, start: yaml.Mark, moved: _Lines, empty: bool) -> None:
    """Leave one space between a key and its value."""
    words = moved.rewritten.get(end.line, moved.lines[end.line])
    if start.line != end.line or empty or words != moved.lines[end.line]:
        return
    gap = words[end.column : start.column]
    if gap.strip() == ":":
        moved.rewritten[end.line] = f"{words[: end.column]}: {words[start.column :]}"


def _moved(moved: _Lines) -> Iterator[str]:
    upcoming: tuple[int, int] | None = None
    beneath: dict[int, tuple[int, int] | None] = {}
    for number in range(len(moved.lines) - 1, -1, -1):
        upcoming = moved.columns.get(number, upcoming)
        beneath[number] = upcoming
    seen: dict[int, int] = {}
    for number, line in enumerate(moved.lines):
        words = moved.rewritten.get(number, line)
        if number in moved.columns:
            before, after = moved.columns[number]
            if words[:before].strip():
                raise _Unusual
            seen[before] = after
            yield " " * after + words[before:]
        elif number in moved.shifts and line.strip():
            delta = moved.shifts[number]
            if delta < 0 and line[:-delta].strip():
                raise _Unusual
            yield " " * delta + line if delta > 0 else line[-delta:]
        elif line.lstrip().startswith("#"):
            column = len(line) - len(line.lstrip())
            following = beneath[number]
            if following is not None and following[0] == column:
                column = following[1]
            else:
                column = seen.get(column, column)
            yield " " * column + line.lstrip()
        else:
            yield line
