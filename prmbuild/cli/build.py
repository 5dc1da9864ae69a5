"""``prmbuild build``."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import click

from prmbuild.cli.options import (
    FINDINGS,
    format_option,
    repository_option,
    request_options,
)
from prmbuild.cli.profile import profiled
from prmbuild.cli.progress import Timed, progress

if TYPE_CHECKING:
    from prmbuild.build import Built
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
@click.option(
    "--profile",
    "profile",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a cProfile of the main process to this file.",
)
@request_options
@format_option("text", "json", "github", "sarif")
def build_command(
    repo: Path,
    out: Path,
    profile: Path | None,
    request: "Request",
    form: str,
) -> None:
    """Build every portal into a folder, after the checks and an audit for leaks.

    Nothing is written where an error other than a broken link was found, or where the audit is not clean.
    """
    from prmbuild.check.formats import as_json, render_findings, summary
    from prmbuild.diagnostics import Severity
    from prmbuild.output import write
    from prmbuild.publishable import publishable
    from prmbuild.source.git import opened

    shown = progress()
    timed = Timed(shown)
    with profiled(profile), opened(repo) as repository, publishable(repository, request, timed) as outcome:
        if outcome.built is not None:
            write(outcome.built, out, timed)
        timed.end()
        shown.close()
        serious = [finding for finding in outcome.diagnostics if finding.severity is Severity.ERROR]
        counts = _counts(outcome.built, timed)
        if form == "json":
            click.echo(as_json(serious, {"counts": counts, **timed.document()}), nl=False)
        else:
            click.echo(render_findings(serious, form), nl=False)
        if outcome.built is None:
            click.echo(f"nothing was built: {summary(outcome.diagnostics)}", err=True)
            sys.exit(FINDINGS)
        click.echo(_told(counts, out, summary(outcome.diagnostics)), err=True)


class _Counts(TypedDict):
    """What was built: numbers of portals, files and distinct pages, and how many articles and pages were made anew."""

    portals: int
    files: int
    pages: int
    rendered: Mapping[str, int]
    reused: Mapping[str, int]


def _counts(built: "Built | None", timed: Timed) -> _Counts:
    from prmbuild.progress import ARTICLES, PAGES

    files = built.files if built else {}
    stages = {"articles": timed.named(ARTICLES), "pages": timed.named(PAGES)}
    return {
        "portals": len(built.portals) if built else 0,
        "files": sum(portals.bit_count() for held in files.values() for portals, _ in held),
        "pages": len({digest for path, held in files.items() if path.endswith(".html") for _, digest in held}),
        "rendered": {what: sum(stage.done for stage in found) for what, found in stages.items()},
        "reused": {what: sum(stage.reused for stage in found) for what, found in stages.items()},
    }


def _told(counts: _Counts, out: Path, found: str) -> str:
    return (
        f"{counts['portals']} portals with {counts['files']} files in {out}; {counts['pages']} distinct pages, "
        f"{counts['rendered']['pages']} of them rendered now; audit clean; {found}"
    )
