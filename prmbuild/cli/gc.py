"""``prmbuild gc``."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prmbuild.cli.options import repository_option
from prmbuild.cli.progress import progress
from prmbuild.cli.stores import clock, edge_of, edge_option, owner, require_begun, store_of, take_over_option, to_option

if TYPE_CHECKING:
    from prmbuild.edge.edge import Edge
    from prmbuild.store.store import Store

_MOST_DAYS = 36_500
"""More than anybody means, and few enough for a calendar."""


@click.command("gc")
@repository_option
@to_option
@edge_option
@click.option(
    "--days",
    type=click.IntRange(1, _MOST_DAYS),
    default=30,
    show_default=True,
    help="Days for which a deployment can be gone back to.",
)
@click.option(
    "--tell-days",
    type=click.IntRange(365, _MOST_DAYS),
    default=1095,
    show_default=True,
    help="Days for which prmbuild seen can tell which files partners saw.",
)
@click.option("--forget-edge", metavar="ARN", help="Let this KeyValueStore follow no more, and drop nothing.")
@take_over_option
def gc_command(
    repo: Path, to: str | None, edge_arn: str | None, days: int, tell_days: int, forget_edge: str | None, over: bool
) -> None:
    """Drop releases that nobody can see any more and nobody will go back to.

    What is live stays, and what was live before it. So do all records of deployments, and for --tell-days the lists of
    the files that were in them. Plans that waited for an approval go once they can have none. Edges are put right,
    entry by entry, and keys and revocations go that no session can need any more.
    """
    from prmbuild.publish.collect import collect
    from prmbuild.publish.edges.edges import Edges

    store, edge = store_of(repo, to), edge_of(repo, to, edge_arn)
    if forget_edge is not None:
        _forget(store, edge_of(repo, to, forget_edge, option="--forget-edge"))
        return
    require_begun(store)
    edges = Edges(store, edge, clock)
    edges.join()
    shown = progress()
    keep, tell = timedelta(days=days), timedelta(days=max(days, tell_days))
    done = collect(
        store,
        keep=keep,
        tell=tell,
        owner=owner(),
        clock=clock,
        over=over,
        read_elsewhere=edges.named,
        progress=shown,
    )
    shown.stage("putting edges right")
    edges.tidy(owner())
    shown.close()
    click.echo(f"{done.objects} objects dropped", err=True)
    for key in done.strays:
        click.echo(
            f"{key}: was not put there by prmbuild, and is left alone; delete it where nobody needs it", err=True
        )
    for one in done.lost:
        click.echo(
            f"{one.key}: {one.found}, so nobody knows which files partners saw by it, and none are dropped as long "
            f"as somebody could go back to them; {one.hint}",
            err=True,
        )
    for one in done.unsure:
        click.echo(
            f"{one.key}: {one.found}, so nobody knows which files partners saw by it, and no list of files is dropped "
            f"as long as prmbuild seen may be asked about that time; {one.hint}",
            err=True,
        )
    for name in done.deployments:
        click.echo(f"deployment {name} can no longer be gone back to", err=True)


def _forget(store: "Store", edge: "Edge | None") -> None:
    """Let an edge follow a store no more, whatever else is wrong there."""
    from prmbuild.publish.edges.owner import forget
    from prmbuild.sessions.state import PLACE

    assert edge is not None
    done = forget(edge, store, clock)
    if done.untold:
        click.echo(f"{edge.name} is forgotten, but could not be told: {done.untold}", err=True)
        click.echo(
            f"is {store.url} a copy of another store, who signs in here is let in there, too: delete '{PLACE}' here, "
            f"then prmbuild keys rotate --to {store.url}",
            err=True,
        )
    else:
        click.echo(f"{edge.name} follows {store.url} no more", err=True)
    if done.renewed:
        click.echo(
            f"it goes on following {done.other}, which has the keys that {store.url} had; that has a new one now, so "
            "that nobody who signs in here is let in there: everybody signs in again here",
            err=True,
        )
