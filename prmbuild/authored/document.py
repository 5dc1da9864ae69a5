"""A document as it was read: its value, and where the keys and values of it stand."""

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct, field

from prmbuild.diagnostics import Code, Diagnostic

Path = tuple[str | int, ...]
"""The way from the top of a document to a value: keys and list indexes."""


class Place(NamedTuple):
    """A line and a column, both counted from 1."""

    line: int
    column: int


TOP = Place(1, 1)


class Marks(Struct, frozen=True, kw_only=True):
    """Where keys and values stand, by path; the way to a finding's line and column."""

    keys: Mapping[Path, Place] = field(default_factory=dict)
    values: Mapping[Path, Place] = field(default_factory=dict)
    start: Place = TOP

    def value(self, path: Path) -> Place:
        """Return where the value stands; for one that is not there, where the nearest thing around it stands."""
        for end in range(len(path), -1, -1):
            place = self.values.get(path[:end])
            if place is not None:
                return place
        return self.start

    def key(self, path: Path) -> Place:
        """Return where the key of the value stands, or the value itself in a list."""
        return self.keys.get(path) or self.value(path)


class Document(Struct, frozen=True, kw_only=True):
    """A YAML document.

    Attributes:
        path: repository path.
        value: text, numbers, truth values, None, lists and mappings with text keys; None where `complete` is false.
        complete: whether the whole document could be read; where false, only the findings count.
    """

    path: str
    value: object
    marks: Marks
    diagnostics: tuple[Diagnostic, ...]
    complete: bool

    def at_key(self, path: Path, code: Code, message: str, hint: str = "") -> Diagnostic:
        """Return a finding at a key."""
        line, column = self.marks.key(path)
        return code.at(self.path, message, line=line, column=column, hint=hint)

    def at_value(self, path: Path, code: Code, message: str, hint: str = "") -> Diagnostic:
        """Return a finding at a value."""
        line, column = self.marks.value(path)
        return code.at(self.path, message, line=line, column=column, hint=hint)
