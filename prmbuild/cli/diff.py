"""``prmbuild diff``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prmbuild.cli.options import FINDINGS, format_option, repository_option, request_options, say_uncommitted
from prmbuild.cli.progress import progress

if TYPE_CHECKING:
    from prmbuild.request import Request


@click.command("diff")
@click.argument("base", required=False)
@repository_option
@request_options
@format_option("text", "markdown", "json")
def diff_command(base: str | None, repo: Path, request: "Request", form: str) -> None:
    """Say who gains, loses or sees changed what, compared with BASE.

    BASE is any commit, branch or tag; without it, the commit at which --at left the publishing branch. Both states are
    judged at --now. Exit code 0, whatever changes; 1 where the configuration has errors and nothing can be said.
    """
    from prmbuild.check.formats import render_findings
    from prmbuild.desired import read_authored
    from prmbuild.exposure.compare import compared
    from prmbuild.exposure.report import report
    from prmbuild.exposure.since import merge_base
    from prmbuild.source.git import opened

    shown = progress()
    with opened(repo) as repository:
        authored = read_authored(repository, request)
        if authored.programme is None or authored.look is None:
            shown.close()
            click.echo(render_findings(authored.diagnostics, "text"), nl=False)
            click.echo("nothing is compared: the configuration has errors", err=True)
            sys.exit(FINDINGS)
        say_uncommitted(repository, worktree=request.worktree)
        branch = authored.programme.settings.branch
        start = base or merge_base(repository, request.revision, branch, worktree=request.worktree)
        with compared(repository, authored, start, request, shown) as comparison:
            shown.close()
            click.echo(report(comparison.exposure, form), nl=False)
