"""Findings as what JSON can hold, to be remembered from run to run; see `prmbuild.cache.facts`."""

from collections.abc import Iterable
from typing import Any

from prmbuild import codes
from prmbuild.diagnostics import Diagnostic


def write_findings(found: Iterable[Diagnostic]) -> list[list[object]]:
    """Turn findings into what JSON can hold."""
    return [[each.path, each.line, each.column, each.code, each.message, each.hint] for each in found]


def read_findings(written: Iterable[Any]) -> tuple[Diagnostic, ...]:
    """Turn what JSON held back into findings.

    Raises:
        AttributeError, LookupError, TypeError, ValueError: these are none.
    """
    return tuple(
        codes.ALL[code].at(path, message, line=line, column=column, hint=hint)
        for path, line, column, code, message, hint in written
    )
