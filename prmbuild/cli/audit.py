"""``prmbuild audit``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prmbuild.cli.options import (
    FINDINGS,
    format_option,
    repository_option,
    request_options,
)
from prmbuild.cli.out import folder_at, out_option
from prmbuild.cli.progress import progress

if TYPE_CHECKING:
    from prmbuild.request import Request


@click.command("audit")
@repository_option
@out_option("Folder that `prmbuild build` wrote.")
@request_options
@format_option("text", "json", "github", "sarif")
def audit_command(
    repo: Path,
    out: Path | None,
    request: "Request",
    form: str,
) -> None:
    """Prove that nothing in a built folder is visible to somebody it may not be visible to.

    Reads every byte of every file. Name the same --at and --now that the folder was built with. Where the folder is
    not what was built, the next build into it writes everything anew.
    """
    from prmbuild.audit.audit import audit_directory
    from prmbuild.check.formats import render_findings
    from prmbuild.laid import doubt
    from prmbuild.publishable import checked
    from prmbuild.source.git import opened

    shown = progress()
    with opened(repo) as repository:
        folder = folder_at(out, repository)
        if not folder.is_dir():
            raise click.UsageError(f"{folder} is not a folder; run `prmbuild build`, or name another with --out")
        with checked(repository, request, shown) as (_, state, diagnostics):
            if state is None:
                shown.close()
                click.echo(render_findings(diagnostics, form), nl=False)
                sys.exit(FINDINGS)
            report = audit_directory(folder, state, shown, request.jobs)
    shown.close()
    click.echo(render_findings(report.diagnostics(), form), nl=False)
    click.echo(report.summary(), err=True)
    if report.leaks:
        doubt(folder)
        click.echo(f"publish nothing of {folder}; the next `prmbuild build` into it writes everything anew", err=True)
        sys.exit(FINDINGS)
