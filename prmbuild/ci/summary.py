"""What a person reads on the page of a run."""

from collections.abc import Sequence

from prmbuild import codes
from prmbuild.calendar.calendar import Entry
from prmbuild.check.formats import summary
from prmbuild.ci.inert import escaped
from prmbuild.diagnostics import Diagnostic, Severity

LONGEST = 1024 * 1024
"""Bytes of the longest summary of a step.

Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
"""

CUT = "\n\n> The rest is cut off here; the whole of it is among what the run keeps.\n"

_SIGNS = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.INFO: "ℹ️"}  # noqa: RUF001


def findings_table(diagnostics: Sequence[Diagnostic]) -> str:
    """Return findings as a Markdown table, the worst first; authored text in it does nothing."""
    if not diagnostics:
        return "No findings.\n"
    rows = "".join(_row(finding) for finding in worst_first(diagnostics))
    return f"{summary(diagnostics)}.\n\n| | where | what |\n|---|---|---|\n{rows}"


def calendar_table(entries: Sequence[Entry]) -> str:
    """Return dates as a Markdown table; authored text in it does nothing."""
    if not entries:
        return "No date is near.\n"
    rows = (
        f"| {entry.day:%Y-%m-%d} | {entry.urgency.value} | {entry.kind.value} | {escaped(entry.path)} "
        f"| {escaped(entry.owner or '')} |\n"
        for entry in entries
    )
    return f"| day | | what | where | who |\n|---|---|---|---|---|\n{''.join(rows)}"


def worst_first(diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return errors, then warnings, then notes: a host shows the first few alone."""
    order = list(_SIGNS)
    return tuple(sorted(diagnostics, key=lambda one: order.index(one.severity)))


def bounded(markdown: str, room: int = LONGEST) -> str:
    """Return Markdown that takes no more than ``room`` bytes of UTF-8, cut between lines."""
    data = markdown.encode("utf-8", "replace")
    if len(data) <= room:
        return data.decode()
    kept = data[: max(0, room - len(CUT.encode()))].rpartition(b"\n")[0]
    return kept.decode("utf-8", "ignore") + CUT


def _row(finding: Diagnostic) -> str:
    code = codes.ALL[finding.code]
    told = escaped(finding.message) + (f"<br>{escaped(finding.hint)}" if finding.hint else "")
    where = escaped(f"{finding.path}:{finding.line}:{finding.column}")
    return f"| {_SIGNS[finding.severity]} {code.id} | {where} | {told} |\n"
