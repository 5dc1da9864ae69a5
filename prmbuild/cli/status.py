"""``prmbuild status``."""

import json
from pathlib import Path

import click

from prmbuild.cli.options import format_option, repository_option
from prmbuild.cli.stores import clock, edge_of, edge_option, store_of, to_option

_SHOWN = 10


@click.command("status")
@repository_option
@to_option
@edge_option
@click.option("--all", "everything", is_flag=True, help="List every deployment that is on record.")
@format_option("text", "json")
def status_command(repo: Path, to: str | None, edge_arn: str | None, everything: bool, form: str) -> None:
    """Say which deployment partners see, and which were before it.

    A deployment that is still whole can be gone back to with `prmbuild rollback`.
    """
    from prmbuild.publish.collect import whole
    from prmbuild.publish.edges import Edges
    from prmbuild.publish.live import chain, shown

    store, edge = store_of(repo, to), edge_of(repo, to, edge_arn)
    now = shown(store)
    if now is None:
        click.echo("null" if form == "json" else f"nothing was ever deployed to {store.url}")
        return
    names = dict.fromkeys(one.id for start in (now.live.deployment, now.live.before) for one in chain(store, start))
    known = [one for start in (now.live.deployment, now.live.before) for one in chain(store, start)]
    records = {one.id: one for one in known}
    listed = [records[name] for name in names][: None if everything else _SHOWN]
    rows = [
        {
            "id": one.id,
            "at": one.at,
            "revision": one.revision,
            "portals": len(one.portals),
            "live": one.id == now.live.deployment,
            "whole": whole(store, one),
        }
        for one in listed
    ]
    drifted = [{"key": one.key, "found": one.found} for one in Edges(store, edge, clock).drift()]
    if form == "json":
        said = {"version": 1, "pinned": now.live.pinned, "deployments": rows, "edges": drifted}
        click.echo(json.dumps(said, indent=2))
        return
    pinned = ", put back by a person and pinned" if now.live.pinned else ""
    click.echo(f"{store.url}: deployment {now.live.deployment} is live{pinned}")
    for row in rows:
        mark = "live" if row["live"] else "kept" if row["whole"] else "gone"
        click.echo(f"  {mark}  {row['id']}  {row['at']}  {str(row['revision'])[:10]}  {row['portals']} portals")
    for one in drifted[:_SHOWN]:
        click.echo(f"  edge  {one['key']} {one['found']}")
    if drifted:
        what = f"{len(drifted)} entries of edges are not what the store says"
        click.echo(f"  edge  {what}; prmbuild deploy or prmbuild gc puts them right")
    if len(names) > len(rows):
        click.echo(f"  and {len(names) - len(rows)} more; --all lists them")
