"""Findings about authored content, as values: collected, sorted and reported together."""

from collections.abc import Iterable
from enum import Enum
from operator import attrgetter

from msgspec import Struct


class Severity(Enum):
    """How much a finding matters. Only `ERROR` makes a command fail."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Code(Struct, frozen=True, kw_only=True):
    """A kind of finding, stable for ever.

    Attributes:
        id: ``PRM`` and three digits; never used again for something else.
        severity: how much it matters.
        title: a few words, lower case.
        meaning: what was found and why it matters, for the documentation page.
        remedy: what to do about it, for the documentation page.
    """

    id: str
    severity: Severity
    title: str
    meaning: str
    remedy: str

    def at(self, path: str, message: str, *, line: int = 1, column: int = 1, hint: str = "") -> "Diagnostic":
        """Return a finding of this kind at a place.

        Args:
            path: relative to the repository's root, with ``/``.
            message: lower case, names what is wrong.
            line: counted from 1.
            column: counted from 1, in characters.
            hint: what to do, lower case; may be empty.
        """
        return Diagnostic(
            path=path, line=line, column=column, code=self.id, severity=self.severity, message=message, hint=hint
        )


class Diagnostic(Struct, frozen=True, kw_only=True, order=True):
    """One finding. Sorts by place, then code."""

    path: str
    line: int
    column: int
    code: str
    message: str
    hint: str = ""
    severity: Severity

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.path}:{self.line}:{self.column}: {self.code} {self.message}{hint}"


_PLACE = attrgetter("path", "line", "column", "code", "message", "hint")
"""What findings sort by; quicker to compare than they are."""


def ordered(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the findings without repetitions, by path, line, column and code."""
    return tuple(sorted(set(diagnostics), key=_PLACE))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Tell whether any of the findings makes a command fail."""
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)
