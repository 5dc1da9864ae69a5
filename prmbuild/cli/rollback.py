"""``prmbuild rollback``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from prmbuild.records.records import Deployment


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
        live = let_go(store, owner=owner(), by=by(), clock=clock, edge=edge, over=over)
    else:
        try:
            live = roll_back(
                store, deployment or "", owner=owner(), by=by(), clock=clock, edge=edge, over=over, told=_tell
            )
        except RefusedError as refused:
            could = "".join(f"\n  {one}" for one in refused.reasons)
            click.echo(f"prmbuild: {refused.what}{could}\n{refused.hint}", err=True)
            sys.exit(FINDINGS)
    click.echo(f"deployment {live.deployment} is live in {store.url}" + ("" if unpin else ", and pinned"), err=True)


def _tell(was: "Deployment | None", now: "Deployment") -> None:
    """Say whose view a way back opens or closes: partners left, or came, since."""
    from prmbuild.publish.gains import names_of

    if was is None:
        what = "the record of what was live is lost, so nobody can tell who sees a portal again, or none any more"
        click.echo(f"{what}; look at partners.yaml of commit {now.revision[:10]}", err=True)
        return
    before, after = was.edition().portals, now.edition().portals
    everybody = before.keys() | after.keys()
    again = tuple(sorted(after.keys() - before.keys()))
    none = tuple(sorted(before.keys() - after.keys()))
    others = tuple(sorted(viewer for viewer in before.keys() & after.keys() if before[viewer] != after[viewer]))
    for viewers, what in ((again, "a portal again"), (none, "no portal any more"), (others, "another portal")):
        if viewers:
            click.echo(f"{what}: {names_of(viewers, everybody)}", err=True)
