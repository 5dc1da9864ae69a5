"""``prmbuild rollback``."""

import sys
from pathlib import Path

import click

from prmbuild.cli.options import FINDINGS, repository_option
from prmbuild.cli.stores import (
    by,
    clock,
    edge_of,
    edge_option,
    owner,
    require_begun,
    store_of,
    take_over_option,
    to_option,
)


@click.command("rollback")
@click.argument("deployment", required=False)
@repository_option
@to_option
@edge_option
@click.option("--unpin", is_flag=True, help="Change nothing that partners see, but let deployments go on.")
@take_over_option
def rollback_command(
    deployment: str | None, repo: Path, to: str | None, edge_arn: str | None, unpin: bool, over: bool
) -> None:
    """Make an earlier deployment the one that partners see, at once.

    Without DEPLOYMENT, the one that was live before, unless what is live was gone back to already. It is pinned: until
    `prmbuild rollback --unpin`, deployments are refused, so that CI does not undo it.
    """
    from prmbuild.publish.deploy import RefusedError, roll_back
    from prmbuild.publish.deploy import unpin as let_go

    if deployment is not None and not deployment.strip():
        raise click.UsageError("DEPLOYMENT names none: it is empty")
    if unpin and deployment:
        raise click.UsageError("--unpin goes back to no deployment")
    store, edge = store_of(repo, to), edge_of(repo, to, edge_arn)
    require_begun(store)
    if unpin:
        live = let_go(store, owner=owner(), by=by(), clock=clock, over=over)
    else:
        try:
            live = roll_back(store, deployment or "", owner=owner(), by=by(), clock=clock, edge=edge, over=over)
        except RefusedError as refused:
            could = "".join(f"\n  {one}" for one in refused.reasons)
            click.echo(f"prmbuild: {refused.what}{could}\n{refused.hint}", err=True)
            sys.exit(FINDINGS)
    click.echo(f"deployment {live.deployment} is live in {store.url}" + ("" if unpin else ", and pinned"), err=True)
