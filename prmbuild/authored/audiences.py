"""Audience expressions: from YAML into `prmbuild.visibility.audience.Audience`."""

from collections.abc import Mapping

from prmbuild import codes
from prmbuild.authored.document import Document, Path, Place
from prmbuild.authored.programme import Programme
from prmbuild.authored.text import listed, quoted, suggestion
from prmbuild.authored.vocabulary import RESERVED_AUDIENCES, RESERVED_KEYS, Vocabulary
from prmbuild.authored.yaml import parse_yaml
from prmbuild.diagnostics import Code, Diagnostic, has_errors
from prmbuild.visibility.audience import AllOf, AnyOf, Audience, Everyone, Named, Nobody, Not, OneOf

PARTS = 1000
"""How many parts an audience may have, written out with all the audiences it names."""

DEPTH = 32
"""How many levels an audience may have, written out."""

_SINGULAR: Mapping[str, str] = {"roles": "role", "segments": "segment", "partners": "partner"}


def read_audience(
    document: Document, path: Path, vocabulary: Vocabulary
) -> tuple[Audience | None, tuple[Diagnostic, ...]]:
    """Read the audience expression at a path of a document.

    Returns:
        The audience, or None where anything about it is wrong; and the findings. None without a finding means that
        it names an audience whose declaration is wrong.
    """
    reader = _Reader(document, vocabulary)
    return reader.read(path), tuple(reader.diagnostics)


def read_declared(
    document: Document, vocabulary: Vocabulary
) -> tuple[Mapping[str, Audience | None], tuple[Diagnostic, ...]]:
    """Read all of ``audiences:``; they may refer to each other in any order.

    Returns:
        name → audience, None where something about it is wrong; and the findings.
    """
    declared = document.value.get("audiences") if isinstance(document.value, dict) else None
    names = tuple(declared) if isinstance(declared, dict) else ()
    reader = _Reader(document, vocabulary, declared=names)
    for name in names:
        reader.declaration(name)
    return {name: reader.done.get(name) for name in names}, tuple(reader.diagnostics)


def parse_inline(
    text: str, programme: Programme, *, path: str, line: int, column: int = 1
) -> tuple[Audience | None, tuple[Diagnostic, ...]]:
    """Read an audience written on one line, as in ``/// show-to | {region: emea}``.

    Args:
        text: the expression, a name or flow YAML.
        programme: what names are checked against.
        path: the page, for findings.
        line: where the expression starts, counted from 1.
        column: where the expression starts, counted from 1.

    Returns:
        The audience, or None where anything about it is wrong; and the findings.
    """
    document = parse_yaml(path, text, start=Place(line, column))
    if not document.complete or has_errors(document.diagnostics):
        return None, document.diagnostics
    return read_audience(document, (), Vocabulary.of(programme))


class _Reader:
    """Reads expressions of one document.

    Args:
        declared: names under ``audiences:`` of this very document, read when first used.
    """

    def __init__(self, document: Document, vocabulary: Vocabulary, declared: tuple[str, ...] = ()) -> None:
        self.document = document
        self.vocabulary = vocabulary
        self.declared = frozenset(declared)
        self.done: dict[str, Audience | None] = {}
        self.diagnostics: list[Diagnostic] = []
        self.open: list[str] = []
        self.depth = 0

    def declaration(self, name: str) -> Audience | None:
        """Return what a name under ``audiences:`` means."""
        if name not in self.done:
            self.open.append(name)
            path = ("audiences", name)
            if name in RESERVED_AUDIENCES:
                self._at_key(path, codes.RESERVED_NAME, f"{quoted(name)} is always there", "choose another name")
                self.done[name] = None
            else:
                self.done[name] = self.read(path)
            self.open.pop()
        return self.done[name]

    def read(self, path: Path) -> Audience | None:
        """Return the audience at a path, or None where anything about it is wrong."""
        value: object = self.document.value
        for part in path:
            value = value[part]  # type: ignore[index]  # the path leads through lists and mappings
        before = len(self.diagnostics)
        audience = self._expression(value, path)
        if len(self.diagnostics) > before:
            return None
        if audience is not None and _too_large(audience):
            self._too_large(path)
            return None
        return audience

    def _expression(self, value: object, path: Path) -> Audience | None:
        if self.depth >= DEPTH:
            self._too_large(path)
            return None
        self.depth += 1
        try:
            match value:
                case str():
                    return self._name(value, path)
                case list():
                    return self._any(value, path)
                case dict():
                    return self._mapping(value, path)
                case None:
                    self._empty(path, "the audience is empty")
                case _:
                    hint = "a name, a list or a mapping"
                    self._at(path, codes.WRONG_TYPE, f"{quoted(value)} is not an audience", hint)
            return None
        finally:
            self.depth -= 1

    def _name(self, name: str, path: Path) -> Audience | None:
        if name == "everyone":
            return Everyone()
        if name == "nobody":
            return Nobody()
        if name in self.open:
            circle = " → ".join((*self.open[self.open.index(name) :], name))
            self._at(path, codes.AUDIENCE_CYCLE, f"the audience {quoted(name)} refers to itself", circle)
            return None
        if name in self.declared:
            meaning = self.declaration(name)
            return None if meaning is None else Named(name, meaning)
        if name in self.vocabulary.audiences:
            meaning = self.vocabulary.audiences[name]
            return None if meaning is None else Named(name, meaning)
        self._unknown_name(name, path)
        return None

    def _unknown_name(self, name: str, path: Path) -> None:
        known = (*self.declared, *self.vocabulary.audiences, *RESERVED_AUDIENCES)
        homes = self.vocabulary.homes(name)
        hint = f"did you mean {{{homes[0]}: {name}}}?" if homes else suggestion(name, sorted(known)) or listed(known)
        if not name.strip():
            self._empty(path, "the audience is empty")
        else:
            self._at(path, codes.UNKNOWN_AUDIENCE, f"unknown audience {quoted(name)}", hint)

    def _parts(self, value: object, path: Path) -> tuple[Audience, ...] | None:
        if not isinstance(value, list):
            hint = "write it in brackets, as in [gold-up, {region: emea}]"
            self._at(path, codes.WRONG_TYPE, f"{quoted(path[-1])} must be a list of audiences", hint)
            return None
        if not value:
            self._empty(path, "the list of audiences is empty")
            return None
        parts = [self._expression(part, (*path, index)) for index, part in enumerate(value)]
        sound = tuple(part for part in parts if part is not None)
        return sound if len(sound) == len(parts) else None

    def _any(self, value: object, path: Path) -> Audience | None:
        parts = self._parts(value, path)
        return None if parts is None else parts[0] if len(parts) == 1 else AnyOf(parts)

    def _mapping(self, value: dict[str, object], path: Path) -> Audience | None:
        if not value:
            self._empty(path, "the audience is empty")
            return None
        parts = [self._pair(key, inner, (*path, key), value) for key, inner in value.items()]
        sound = tuple(part for part in parts if part is not None)
        if len(sound) < len(parts):
            return None
        return sound[0] if len(sound) == 1 else AllOf(sound)

    def _pair(self, key: str, value: object, path: Path, around: dict[str, object]) -> Audience | None:
        match key:
            case "all":
                parts = self._parts(value, path)
                return None if parts is None else parts[0] if len(parts) == 1 else AllOf(parts)
            case "any":
                return self._any(value, path)
            case "not":
                part = self._expression(value, path)
                return None if part is None else Not(part)
        singular = _SINGULAR.get(key, key)
        if singular != key and singular in around:
            message = f"{quoted(key)} and {quoted(singular)} stand together"
            self._at_key(path, codes.AUDIENCE_KEYS_CLASH, message, "keep one of them")
            return None
        dimensions = self.vocabulary.dimensions
        if key not in RESERVED_KEYS and dimensions is not None and key not in dimensions:
            known = (*dimensions, *RESERVED_KEYS)
            hint = suggestion(key, known) or listed(known)
            self._at_key(path, codes.UNKNOWN_DIMENSION, f"unknown dimension {quoted(key)}", hint)
            return None
        values = self._values(singular, value, path)
        return None if values is None else OneOf(singular, values)

    def _values(self, key: str, value: object, path: Path) -> tuple[str, ...] | None:
        """Return the values a key asks for, each of them known."""
        given = (
            [((*path, index), item) for index, item in enumerate(value)] if isinstance(value, list) else [(path, value)]
        )
        if value is None or not given:
            self._empty(path, f"{quoted(path[-1])} has no values")
            return None
        values: list[str] = []
        for place, item in given:
            if not isinstance(item, str):
                hint = "put quotes around it" if isinstance(item, bool | int | float) else "a word, or a list of words"
                self._at(place, codes.WRONG_TYPE, f"{quoted(item)} is not a {key}", hint)
            elif unknown := self.vocabulary.complaint(key, item):
                self._at(place, *unknown)
            elif item in values:
                self._at(place, codes.DUPLICATE_VALUE, f"{quoted(item)} is given twice", "remove one of them")
            else:
                values.append(item)
        return tuple(values) if len(values) == len(given) else None

    def _at(self, path: Path, code: Code, message: str, hint: str = "") -> None:
        self.diagnostics.append(self.document.at_value(path, code, message, hint))

    def _at_key(self, path: Path, code: Code, message: str, hint: str = "") -> None:
        self.diagnostics.append(self.document.at_key(path, code, message, hint))

    def _empty(self, path: Path, message: str) -> None:
        self._at_key(path, codes.EMPTY_AUDIENCE, message, "write everyone or nobody, or say who is meant")

    def _too_large(self, path: Path) -> None:
        message = f"written out, the audience has more than {PARTS} parts or {DEPTH} levels"
        self._at(path, codes.AUDIENCE_TOO_LARGE, message, "say it with fewer parts")


def _too_large(audience: Audience) -> bool:
    """Tell whether an audience, written out, is too large; takes at most `PARTS` steps."""
    waiting: list[tuple[Audience, int]] = [(audience, 1)]
    seen = 0
    while waiting:
        current, depth = waiting.pop()
        seen += 1
        if seen > PARTS or depth > DEPTH or len(waiting) > PARTS:
            return True
        match current:
            case AllOf(parts) | AnyOf(parts):
                waiting.extend((part, depth + 1) for part in parts)
            case Not(part) | Named(_, part):
                waiting.append((part, depth + 1))
            case _:
                pass
    return False
