"""``prmbuild verify``."""

import sys
from pathlib import Path

import click

from prmbuild.cli.options import FINDINGS, repository_option
from prmbuild.cli.progress import progress
from prmbuild.cli.stores import clock, edge_of, edge_option, store_of, to_option


@click.command("verify")
@repository_option
@to_option
@edge_option
def verify_command(repo: Path, to: str | None, edge_arn: str | None) -> None:
    """Read everything that partners see and compare it with what was deployed, byte by byte and entry by entry.

    Before that, every record is proven by the one that leads to it, from what is live back to the first deployment.
    """
    from prmbuild.errors import StoreError
    from prmbuild.publish.edges.edges import Edges
    from prmbuild.records.live import UnprovenError, claimed, shown
    from prmbuild.records.trail import unproven
    from prmbuild.records.verify import Drift, drift

    store, edge = store_of(repo, to), edge_of(repo, to, edge_arn)
    try:
        live = claimed(store)
    except UnprovenError as lost:
        click.echo(f"{lost.key}: {lost.found}")
        click.echo(f"what partners see cannot be proven: {lost.hint}", err=True)
        sys.exit(FINDINGS)
    if live is None:
        click.echo(f"nothing was ever deployed to {store.url}")
        return
    seen = progress()
    records = list(unproven(store, live, seen))
    found: list[Drift] = []
    strayed: list[Drift] = []
    way_out = "put them back from a backup"
    try:
        now = shown(store)
        assert now is not None
        found = list(drift(store, now, seen))
        seen.stage("reading edges")
        strayed = list(Edges(store, edge, clock).drift())
    except StoreError as error:
        if not (records or found):
            raise
        if isinstance(error, UnprovenError):
            way_out = error.hint
    seen.close()
    # lists of files that are live are made again, all other records are not
    objects = {one.key for one in found}
    records = [one for one in records if one.key not in objects]
    for one in (*records, *found, *strayed):
        click.echo(f"{one.key}: {one.found}")
    if records:
        what = f"{len(records)} records are not what was written; what partners saw cannot be proven"
        click.echo(f"{what}: {way_out}", err=True)
    if found:
        click.echo(f"{len(found)} objects are not what was deployed; prmbuild mend puts them right", err=True)
    for what_to_do in dict.fromkeys(one.way_out for one in strayed if one.way_out):
        click.echo(what_to_do, err=True)
    wrong = sum(not one.way_out for one in strayed)
    if wrong:
        click.echo(f"{wrong} entries of edges are not what the store says; prmbuild gc puts them right", err=True)
    if records or found or strayed:
        sys.exit(FINDINGS)
    click.echo(f"deployment {live.deployment} is what was deployed; every turn is proven back to the first", err=True)
