"""``prmbuild serve``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from prmbuild.cli.options import cache_option, closed, jobs_option, now, repository_option
from prmbuild.cli.progress import progress

if TYPE_CHECKING:
    from prmbuild.cache import Cache


@click.command("serve")
@repository_option
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port on 127.0.0.1; 0 picks one."
)
@click.option("--worktree", is_flag=True, help="Show uncommitted files too, and rebuild when one is saved.")
@click.option("--open", "browse", is_flag=True, help="Open the start page in your browser.")
@jobs_option
@cache_option
def serve_command(repo: Path, port: int, worktree: bool, browse: bool, jobs: int, cache: "Cache | None") -> None:
    """Build the portals and read them as any partner, on this machine only.

    The start page is a development sign-in: pick a partner and a role, and see exactly that portal.
    """
    from prmbuild.serve.server import serve

    with closed(cache) as kept:
        serve(
            repo,
            port=port,
            worktree=worktree,
            jobs=jobs,
            cache=kept,
            now=now,
            open_browser=browse,
            progress=progress(),
        )
