"""``prmbuild check``."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prmbuild.cli.options import (
    FINDINGS,
    FINE,
    format_option,
    repository_option,
    request_options,
    say_uncommitted,
)
from prmbuild.cli.progress import progress
from prmbuild.diagnostics import Diagnostic, Severity, has_errors, ordered

if TYPE_CHECKING:
    from prmbuild.request import Request

COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


def coloured(diagnostics: Iterable[Diagnostic]) -> str:
    """Return findings as text, each code in the colour of its severity; colours go where there is no terminal."""
    return "".join(
        str(finding).replace(finding.code, click.style(finding.code, fg=COLOURS[finding.severity], bold=True), 1) + "\n"
        for finding in diagnostics
    )


@click.command("check")
@repository_option
@request_options
@format_option("text", "json", "github", "gitlab", "sarif")
@click.option(
    "--base",
    default=None,
    metavar="REV",
    help="Also ask for the approval of what the change shows to more partners; REV is the branch it is for.",
)
def check_command(
    repo: Path,
    request: "Request",
    form: str,
    base: str | None,
) -> None:
    """Report everything that is wrong with the programme, at file:line:col.

    Files are read from the commit, not from your folder; add --worktree to check what you have not committed yet.
    """
    from prmbuild.check.formats import render_findings, summary
    from prmbuild.publishable import checked
    from prmbuild.source.git import opened
    from prmbuild.widening.check import check_widening

    shown = progress()
    with opened(repo) as repository, checked(repository, request, shown) as (_, state, diagnostics):
        if base is not None and state is not None:
            diagnostics = ordered((*diagnostics, *check_widening(repository, base, request, shown)))
        shown.close()
        click.echo(coloured(diagnostics) if form == "text" else render_findings(diagnostics, form), nl=False)
        if form == "text":
            click.echo(summary(diagnostics), err=True)
        say_uncommitted(repository, worktree=request.worktree)
    sys.exit(FINDINGS if has_errors(diagnostics) else FINE)
