"""``prmbuild build``."""

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
from prmbuild.cli.progress import progress

if TYPE_CHECKING:
    from prmbuild.desired import Request


@click.command("build")
@repository_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("public"),
    show_default=True,
    help="Folder to write portals/ and build.json to.",
)
@request_options
@format_option("text", "json", "github", "sarif")
def build_command(
    repo: Path,
    out: Path,
    request: "Request",
    form: str,
) -> None:
    """Build every portal into a folder, after the checks and an audit for leaks.

    Nothing is written where an error other than a broken link was found, or where the audit is not clean.
    """
    from prmbuild.check.formats import render_findings, summary
    from prmbuild.diagnostics import Severity
    from prmbuild.output import write
    from prmbuild.publishable import publishable
    from prmbuild.source.git import opened

    shown = progress()
    with opened(repo) as repository, publishable(repository, request, shown) as outcome:
        serious = [finding for finding in outcome.diagnostics if finding.severity is Severity.ERROR]
        if outcome.built is None:
            shown.close()
            click.echo(render_findings(serious, form), nl=False)
            click.echo(f"nothing was built: {summary(outcome.diagnostics)}", err=True)
            sys.exit(FINDINGS)
        write(outcome.built, out, shown)
        shown.close()
        click.echo(render_findings(serious, form), nl=False)
        files = outcome.built.files
        pages = {digest for path, held in files.items() if path.endswith(".html") for _, digest in held}
        number = sum(portals.bit_count() for held in files.values() for portals, _ in held)
        click.echo(
            f"{len(outcome.built.portals)} portals with {number} files in {out}; "
            f"{len(pages)} distinct pages, audit clean; {summary(outcome.diagnostics)}",
            err=True,
        )
