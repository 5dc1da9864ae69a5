"""``prmbuild audit``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prmbuild.cli.options import (
    FINDINGS,
    FINE,
    format_option,
    repository_option,
    request_options,
)
from prmbuild.cli.progress import progress

if TYPE_CHECKING:
    from prmbuild.request import Request


@click.command("audit")
@repository_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path("public"),
    show_default=True,
    help="Folder that `prmbuild build` wrote.",
)
@request_options
@format_option("text", "json", "github", "sarif")
def audit_command(
    repo: Path,
    out: Path,
    request: "Request",
    form: str,
) -> None:
    """Prove that nothing in a built folder is visible to somebody it may not be visible to.

    Reads every byte of every file. Name the same --at and --now that the folder was built with.
    """
    from prmbuild.audit.audit import audit_directory
    from prmbuild.check.formats import render_findings
    from prmbuild.publishable import checked
    from prmbuild.source.git import opened

    shown = progress()
    with opened(repo) as repository, checked(repository, request, shown) as (_, state, diagnostics):
        if state is None:
            shown.close()
            click.echo(render_findings(diagnostics, form), nl=False)
            sys.exit(FINDINGS)
        report = audit_directory(out, state, shown, request.jobs)
        shown.close()
        click.echo(render_findings(report.diagnostics(), form), nl=False)
        click.echo(report.summary(), err=True)
    sys.exit(FINDINGS if report.leaks else FINE)
