"""``prmbuild rollback``."""

from pathlib import Path

import click

from prmbuild.cli.options import repository_option
from prmbuild.cli.stores import clock, edge_of, edge_option, owner, store_of, to_option


@click.command("rollback")
@click.argument("deployment", default="")
@repository_option
@to_option
@edge_option
@click.option("--unpin", is_flag=True, help="Change nothing that partners see, but let deployments go on.")
def rollback_command(deployment: str, repo: Path, to: str | None, edge_arn: str | None, unpin: bool) -> None:
    """Make an earlier deployment the one that partners see, at once.

    Without DEPLOYMENT, the one that was live before. It is pinned: until `prmbuild rollback --unpin`, deployments are
    refused, so that CI does not undo it.
    """
    from prmbuild.errors import StoreError
    from prmbuild.publish.deploy import roll_back
    from prmbuild.publish.live import shown

    if unpin and deployment:
        raise click.UsageError("--unpin goes back to no deployment")
    store, edge = store_of(repo, to), edge_of(repo, to, edge_arn)
    if unpin:
        now = shown(store)
        if now is None or not now.live.pinned:
            raise StoreError(f"nothing is pinned in {store.url}")
        deployment = now.live.deployment
    live = roll_back(store, deployment, owner=owner(), clock=clock, edge=edge, pinned=not unpin)
    click.echo(f"deployment {live.deployment} is live in {store.url}" + ("" if unpin else ", and pinned"), err=True)
