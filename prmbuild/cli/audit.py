"""``prmbuild audit``."""

import sys
from datetime import datetime
from pathlib import Path

import click

from prmbuild.audit.audit import audit_directory
from prmbuild.cache import DirectoryCache
from prmbuild.check.formats import render_findings
from prmbuild.cli.options import (
    FINDINGS,
    FINE,
    cache_option,
    format_option,
    jobs_option,
    now,
    repository_option,
    state_options,
)
from prmbuild.cli.progress import progress
from prmbuild.desired import Request
from prmbuild.publishable import checked
from prmbuild.source.git import opened


@click.command("audit")
@repository_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path("public"),
    show_default=True,
    help="Folder that `prmbuild build` wrote.",
)
@state_options
@jobs_option
@cache_option
@format_option("text", "json", "github", "sarif")
def audit_command(
    repo: Path,
    out: Path,
    revision: str,
    moment: datetime | None,
    worktree: bool,
    jobs: int,
    cache: DirectoryCache | None,
    form: str,
) -> None:
    """Prove that nothing in a built folder is visible to somebody it may not be visible to.

    Reads every byte of every file. Name the same --at and --now that the folder was built with.
    """
    shown = progress()
    request = Request(revision=revision, now=moment or now(), worktree=worktree, jobs=jobs, cache=cache)
    with opened(repo) as repository, checked(repository, request, shown) as (_, state, diagnostics):
        if state is None:
            shown.close()
            click.echo(render_findings(diagnostics, form), nl=False)
            sys.exit(FINDINGS)
        report = audit_directory(out, state, shown)
        shown.close()
        click.echo(render_findings(report.diagnostics(), form), nl=False)
        click.echo(report.summary(), err=True)
    sys.exit(FINDINGS if report.leaks else FINE)
