"""``prmbuild diff``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from prmbuild.cli.options import FINDINGS, format_option, repository_option, request_options, say_uncommitted
from prmbuild.cli.progress import progress

if TYPE_CHECKING:
    from prmbuild.request import Request


@click.command("diff")
@click.argument("base", required=False)
@repository_option
@request_options
@format_option("text", "markdown", "json", "html")
def diff_command(base: str | None, repo: Path, request: "Request", form: str) -> None:
    """Say who gains, loses or sees changed what, compared with BASE.

    BASE is any commit, branch or tag; without it, the commit at which --at left the publishing branch. Both states are
    judged at --now. What the branch does not have yet counts as approved: that is to be decided. Exit code 0, whatever
    changes; 1 where the configuration has errors and nothing can be said.
    """
    from prmbuild.check.formats import render_findings
    from prmbuild.desired import read_authored
    from prmbuild.exposure.compare import compared
    from prmbuild.exposure.markdown import as_markdown_findings
    from prmbuild.exposure.report import whole_report
    from prmbuild.exposure.since import as_proposed, merge_base, proposal
    from prmbuild.source.git import opened

    shown = progress()
    with opened(repo) as repository:
        start = repository.resolve(base) if base is not None else None
        authored = read_authored(repository, request)
        if authored.programme is None or authored.look is None:
            shown.close()
            markdown = form == "markdown"
            found = authored.diagnostics
            other = "json" if form == "json" else "text"
            click.echo(as_markdown_findings(found) if markdown else render_findings(found, other), nl=False)
            click.echo("nothing is compared: the configuration has errors", err=True)
            sys.exit(FINDINGS)
        say_uncommitted(repository, worktree=request.worktree)
        if start is None:
            branch = authored.programme.settings.branch
            start = merge_base(repository, request.revision, branch, worktree=request.worktree)
            if start == authored.snapshot.revision.id and not request.worktree:
                click.echo(f"{branch} has all of this already; name what to compare with, such as HEAD~1", err=True)
        if proposal(repository, authored, start):
            request = replace(request, proposed_to=start)
            authored = as_proposed(repository, authored, start, request)
        with compared(repository, authored, start, request, shown) as comparison:
            written = whole_report(comparison, form, request.cache)
            shown.close()
            click.echo(written.encode("utf-8", "backslashreplace") if form == "html" else written, nl=False)
