"""``prmbuild preview``."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prmbuild.cli.options import Instant, cache_option, closed, jobs_option, repository_option
from prmbuild.cli.out import Folder

if TYPE_CHECKING:
    from prmbuild.cache import Cache


@click.command("preview")
@click.argument("path", required=False)
@click.option(
    "--as", "viewer", metavar="PARTNER[:ROLE]", help="Who opens it. Without it: in how many ways who sees it."
)
@click.option("--changed", is_flag=True, help="Write every portal that differs from BASE to --out, instead of a page.")
@click.option("--base", metavar="REV", help="What --changed compares with. Default: where the branch left prm.yaml's.")
@repository_option
@click.option("--at", "revision", help="Commit, branch or tag to work at, without uncommitted files.")
@click.option("--now", "moment", type=Instant(), help="Date or time to work at, UTC. Default: the present.")
@click.option(
    "--worktree/--no-worktree",
    default=None,
    help="Whether uncommitted files are shown. Default: yes, unless --at names a commit or --changed is given.",
)
@click.option("--published", is_flag=True, help="Show what partners read now: a draft does not count as approved.")
@click.option(
    "--out",
    type=Folder(),
    help="Write instead of serving: a name with a suffix is one file with all inside, any other a folder.",
)
@click.option("--open/--no-open", "browse", default=None, help="Open a browser. Default: on a terminal.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1. Default: 0 picks one.")
@jobs_option
@cache_option
def preview_command(
    path: str | None,
    viewer: str | None,
    changed: bool,
    base: str | None,
    repo: Path,
    revision: str | None,
    moment: datetime | None,
    worktree: bool | None,
    published: bool,
    out: Path | None,
    browse: bool | None,
    port: int,
    jobs: int,
    cache: "Cache | None",
) -> None:
    """Open PATH as one viewer would get it, while you write it: uncommitted and not yet approved.

    PATH is a page, course or asset in the repository, or its address in a portal. The browser loads it again whenever
    you save.
    """
    if changed and (path or viewer or out is None):
        raise click.UsageError("--changed takes --out DIR, and neither a PATH nor --as")
    if not changed and path is None:
        raise click.UsageError("name a PATH, such as content/index.md; or --changed to write every changed portal")
    if base is not None and not changed:
        raise click.UsageError("--base is for --changed")
    from prmbuild.cli.previewing import Options, preview_changed, preview_page

    with closed(cache) as kept:
        options = Options(
            repo=repo,
            revision=revision or "HEAD",
            moment=moment,
            worktree=False if changed and worktree is None else worktree,
            frozen=revision is not None,
            jobs=jobs,
            cache=kept,
            out=out,
            browse=sys.stdout.isatty() and not changed if browse is None else browse,
            port=port,
        )
        if changed:
            assert out is not None
            preview_changed(options, base)
        else:
            assert path is not None
            preview_page(options, path, viewer, assume=not published)
