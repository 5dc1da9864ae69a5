"""Strict YAML: plain values with the place of every key and value, and everything that is wrong.

The parser's events are read one by one, without recursion, so neither depth nor aliases can exhaust the reader.
"""

import re
from collections.abc import Collection
from typing import Protocol

import yaml
from msgspec import Struct

from prmbuild import codes
from prmbuild.authored.document import TOP, Document, Marks, Path, Place
from prmbuild.authored.scalars import Doubt, PlainValue, read_plain
from prmbuild.authored.text import MIB, decode, quoted
from prmbuild.diagnostics import Code, Diagnostic

LIMIT = MIB
"""The most bytes a YAML file may have."""

DEPTH = 40
"""How many collections may stand inside each other."""

_LOADER: type[yaml.CSafeLoader] | type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]",
)
_TAB_INDENT = re.compile(r" *\t")


class _Mark(Protocol):
    line: int
    column: int


def read_yaml(path: str, data: bytes, *, dates: Collection[str] = ()) -> Document:
    """Read a YAML file.

    Args:
        path: repository path, for findings.
        data: the file, UTF-8.
        dates: keys whose values may be plain ISO 8601 dates or times; they are kept as text.
    """
    text, problems = decode(path, data, limit=LIMIT)
    if text is None:
        return Document(path=path, value=None, marks=Marks(), diagnostics=problems, complete=False)
    return parse_yaml(path, text, dates=dates)


def parse_yaml(path: str, text: str, *, start: Place = TOP, dates: Collection[str] = ()) -> Document:
    """Parse YAML text; see `read_yaml`.

    Args:
        path: repository path, for findings.
        text: the text, with ``\\n`` line ends.
        start: where in the file the text starts.
        dates: keys whose values may be plain ISO 8601 dates or times.
    """
    builder = _Builder(path, start, frozenset(dates))
    complete = builder.read(text)
    return Document(
        path=path,
        value=builder.root if complete else None,
        marks=Marks(keys=builder.keys, values=builder.values, start=start),
        diagnostics=tuple(builder.diagnostics),
        complete=complete,
    )


class _Stop(Exception):
    """Reading on would be meaningless or dangerous."""


class _Open(Struct):
    """A collection being filled; `waiting` says that a mapping's key has been read and its value has not."""

    value: list[object] | dict[str, object]
    path: Path
    key: str = ""
    waiting: bool = False
    keep: bool = True


class _Builder:
    def __init__(self, path: str, start: Place, dates: frozenset[str]) -> None:
        self.path = path
        self.start = start
        self.dates = dates
        self.root: object = None
        self.keys: dict[Path, Place] = {}
        self.values: dict[Path, Place] = {}
        self.diagnostics: list[Diagnostic] = []
        self.stack: list[_Open] = []
        self.documents = 0
        self.skipped = 0

    def read(self, text: str) -> bool:
        text = self._without_invisible(text)
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                self._take(event)
        except yaml.MarkedYAMLError as error:
            self._syntax(text, error)
            return False
        except yaml.YAMLError as error:
            self._add(codes.YAML_SYNTAX, self.start, f"not valid YAML: {quoted(error)}")
            return False
        except _Stop:
            return False
        return True

    def _place(self, mark: _Mark | None) -> Place:
        if mark is None:
            return self.start
        offset = self.start.column - 1 if mark.line == 0 else 0
        return Place(mark.line + self.start.line, mark.column + 1 + offset)

    def _add(self, code: Code, place: Place, message: str, hint: str = "") -> None:
        self.diagnostics.append(code.at(self.path, message, line=place.line, column=place.column, hint=hint))

    def _without_invisible(self, text: str) -> str:
        for found in _INVISIBLE.finditer(text):
            line = text.count("\n", 0, found.start())
            column = found.start() - (text.rfind("\n", 0, found.start()) + 1)
            place = Place(line + self.start.line, column + 1 + (self.start.column - 1 if line == 0 else 0))
            message = f"the invisible character U+{ord(found[0]):04X} may not stand in this file"
            self._add(codes.CONTROL_CHARACTER, place, message, "delete it")
            if len(self.diagnostics) == 20:
                break
        return _INVISIBLE.sub("\ufffd", text) if self.diagnostics else text

    def _take(self, event: "yaml.Event") -> None:
        match event:
            case yaml.ScalarEvent():
                self._properties(event, event.tag)
                self._scalar(event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._properties(event, event.tag)
                self._open(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                if self.skipped:
                    self.skipped -= 1
                else:
                    self.stack.pop()
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.DocumentStartEvent():
                self._document(event)
            case _:
                pass

    def _document(self, event: "yaml.DocumentStartEvent") -> None:
        self.documents += 1
        place = self._place(event.start_mark)
        if self.documents > 1:
            self._add(codes.SEVERAL_DOCUMENTS, place, "a second document starts here", "keep one document in the file")
            raise _Stop
        if event.version or event.tags:
            self._add(codes.EXPLICIT_TAG, place, "directives (%YAML, %TAG) may not be used", "remove them")

    def _properties(self, event: "yaml.NodeEvent", tag: str | None) -> None:
        place = self._place(event.start_mark)
        if event.anchor is not None:
            message = f"the anchor {quoted(f'&{event.anchor}')} may not be used"
            self._add(codes.ANCHOR_OR_ALIAS, place, message, "remove it, or put quotes around text that starts with &")
        if tag is not None:
            tag = tag.replace("tag:yaml.org,2002:", "!!")
            message = f"the tag {quoted(tag)} may not be used"
            self._add(codes.EXPLICIT_TAG, place, message, "remove it, or put quotes around text that starts with !")

    def _alias(self, event: "yaml.AliasEvent") -> None:
        place = self._place(event.start_mark)
        hint = "write the value out, or put quotes around text that starts with *"
        self._add(codes.ANCHOR_OR_ALIAS, place, f"the alias {quoted(f'*{event.anchor}')} may not be used", hint)
        if self.skipped:
            return
        if self._is_key():
            self._begin_pair(None, place)
        else:
            self._put(None, place)

    def _open(self, event: "yaml.CollectionStartEvent") -> None:
        place = self._place(event.start_mark)
        if len(self.stack) + self.skipped >= DEPTH:
            message = f"lists and mappings stand more than {DEPTH} levels deep"
            self._add(codes.NESTED_TOO_DEEP, place, message, "take some levels out")
            raise _Stop
        if self.skipped:
            self.skipped += 1
            return
        value: list[object] | dict[str, object] = {} if isinstance(event, yaml.MappingStartEvent) else []
        if self._is_key():
            self._add(codes.KEY_NOT_TEXT, place, f"{quoted(value)} cannot be a key", "keys are text")
            self._begin_pair(None, place)
            self.skipped = 1
            return
        path = self._put(value, place)
        self.stack.append(_Open(value=value, path=path))

    def _is_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].value, dict) and not self.stack[-1].waiting

    def _scalar(self, event: "yaml.ScalarEvent") -> None:
        if self.skipped:
            return
        place = self._place(event.start_mark)
        is_key = self._is_key()
        value: PlainValue = event.value
        if event.implicit[0]:
            if is_key and event.value == "<<":
                hint = "write its keys out"
                self._add(codes.ANCHOR_OR_ALIAS, place, "the merge key '<<' may not be used", hint)
                self._begin_pair(None, place)
                return
            read = read_plain(event.value, date_wanted=bool(self.stack) and self.stack[-1].key in self.dates)
            if isinstance(read, Doubt):
                self._add(read.code, place, read.message, read.hint)
            else:
                value = read
        if not is_key:
            self._put(value, place)
            return
        if not isinstance(value, str):
            hint = "put quotes around it" if event.value else "write a key before the colon"
            self._add(codes.KEY_NOT_TEXT, place, f"{quoted(value)} cannot be a key", hint)
        self._begin_pair(event.value, place)

    def _begin_pair(self, key: str | None, place: Place) -> None:
        top = self.stack[-1]
        top.waiting = True
        top.keep = key is not None
        top.key = key or ""
        if key is None:
            return
        path = (*top.path, key)
        if path in self.keys:
            first = self.keys[path].line
            message = f"the key {quoted(key)} is given twice (first on line {first})"
            self._add(codes.DUPLICATE_KEY, place, message, "keep one of the two")
            top.keep = False
            return
        self.keys[path] = place

    def _put(self, value: object, place: Place) -> Path:
        if not self.stack:
            self.root = value
            self.values[()] = place
            return ()
        top = self.stack[-1]
        if isinstance(top.value, list):
            path: Path = (*top.path, len(top.value))
            top.value.append(value)
            self.values[path] = place
            return path
        top.waiting = False
        path = (*top.path, top.key)
        if not top.keep:
            return (*path, "\0")
        top.value[top.key] = value
        self.values[path] = place
        return path

    def _syntax(self, text: str, error: "yaml.MarkedYAMLError") -> None:
        mark = error.problem_mark or error.context_mark
        place = self._place(mark) if mark else self.start
        lines = text.split("\n")
        line = lines[mark.line] if mark and mark.line < len(lines) else ""
        if _TAB_INDENT.match(line):
            self._add(codes.TAB_INDENTATION, place, "the line is indented with a tab", "indent with spaces")
            return
        opened = error.context_mark
        if any(word in (error.context or "") for word in ("alias", "anchor")):
            hint = "put quotes around text that starts with * or &"
            self._add(codes.ANCHOR_OR_ALIAS, self._place(opened), "a value may not start with * or &", hint)
            return
        message, hint = _explained(error, line[mark.column : mark.column + 1] if mark else "")
        bracket = any(word in (error.context or "") for word in ("flow", "quoted"))
        if bracket and opened and mark and opened.line != mark.line:
            hint = f"it began on line {opened.line + self.start.line}; {hint}"
        self._add(codes.YAML_SYNTAX, place, message, hint)


def _explained(error: "yaml.MarkedYAMLError", character: str) -> tuple[str, str]:
    """Return the parser's complaint in words an author can act on."""
    problem, context = error.problem or "", error.context or ""
    if "cannot start any token" in problem:
        return f"a value may not start with {quoted(character)}", "put quotes around the value"
    if "mapping values are not allowed" in problem:
        return "a colon is not expected here", "put quotes around text with a colon, or check the indentation"
    if "quoted scalar" in context:
        if "escape" in problem:
            return "unknown escape in a double-quoted text", "write \\\\ for a backslash, or use single quotes"
        return "a quote is never closed", "close it"
    if "flow mapping" in context:
        return "a mapping in braces is not well-formed", "check that `}` closes it and commas separate its parts"
    if "flow sequence" in context or "flow node" in context:
        return "a list in brackets is not well-formed", "check that `]` closes it and commas separate its parts"
    if "simple key" in context:
        return "a key without a colon", "write a colon and a space after the key"
    if "block collection" in context:
        return "the list ends where it should not", "every entry starts with `- ` in the same column"
    if "block mapping" in context:
        return "the mapping ends where it should not", "keys of a mapping start in the same column"
    if "document start" in problem:
        return "something stands after the end of the document", "remove it"
    return f"not valid YAML: {problem or context}", "check this line and the one before it"
