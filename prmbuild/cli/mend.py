"""``prmbuild mend``."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prmbuild.cli.options import FINDINGS, cache_option, closed, jobs_option, repository_option
from prmbuild.cli.progress import progress
from prmbuild.cli.stores import clock, owner, require_begun, store_of, take_over_option, to_option

if TYPE_CHECKING:
    from prmbuild.cache import Cache
    from prmbuild.publish.site import Site
    from prmbuild.records.records import Deployment
    from prmbuild.records.verify import Drift


@click.command("mend")
@repository_option
@to_option
@jobs_option
@cache_option
@take_over_option
def mend_command(repo: Path, to: str | None, jobs: int, cache: "Cache | None", over: bool) -> None:
    """Put right what was lost or changed in the store since it was deployed; what partners see is never turned over.

    What is live is built again from the commit and the instant that its record names, so a clone with its history is
    needed. What nobody deployed is deleted.
    """
    from prmbuild.build import build
    from prmbuild.desired import desired, read_authored
    from prmbuild.publish.mending import mend
    from prmbuild.publish.site import site_of
    from prmbuild.request import Request
    from prmbuild.source.git import opened

    store = store_of(repo, to)
    require_begun(store)
    shown = progress()
    with closed(cache) as kept, opened(repo) as repository:

        def rebuilt(deployment: "Deployment") -> "Site":
            now = datetime.fromisoformat(deployment.instant)
            request = Request(revision=deployment.revision, now=now, jobs=jobs, cache=kept)
            authored = read_authored(repository, request)
            with desired(authored, request, shown) as state:
                return site_of(build(state, shown), state)

        done = mend(store, rebuilt, owner=owner(), clock=clock, over=over, progress=shown)
    shown.close()
    for one in done.mended:
        click.echo(f"{one.key}: {one.found}; put right")
    for one in done.left:
        click.echo(f"{one.key}: {one.found}")
    if done.left:
        click.echo(f"{len(done.left)} objects cannot be put right: {_way_out(done.left)}", err=True)
        sys.exit(FINDINGS)
    click.echo(f"{len(done.mended)} objects put right; partners see what was deployed", err=True)


def _way_out(left: "Sequence[Drift]") -> str:
    from prmbuild.records.layout import is_manifest

    if any(is_manifest(one.key) for one in left):
        return "prmbuild deploy goes on without these lists of files, once a person has approved the plan"
    strangers = "delete what was not deployed by the tools of the store"
    return f"{strangers}; where other objects are wrong, deploy to an empty place"
