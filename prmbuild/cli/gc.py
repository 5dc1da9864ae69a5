"""``prmbuild gc``."""

from datetime import timedelta
from pathlib import Path

import click

from prmbuild.cli.options import repository_option
from prmbuild.cli.progress import progress
from prmbuild.cli.stores import clock, owner, store_of, to_option


@click.command("gc")
@repository_option
@to_option
@click.option(
    "--days",
    type=click.IntRange(1),
    default=30,
    show_default=True,
    help="Days for which a deployment can be gone back to.",
)
@click.option(
    "--tell-days",
    type=click.IntRange(365),
    default=1095,
    show_default=True,
    help="Days for which prmbuild seen can tell which files partners saw.",
)
def gc_command(repo: Path, to: str | None, days: int, tell_days: int) -> None:
    """Drop releases that nobody can see any more and nobody will go back to.

    What is live stays, and what was live before it. So do all records of deployments, and for --tell-days the lists of
    the files that were in them.
    """
    from prmbuild.publish.collect import collect

    store = store_of(repo, to)
    shown = progress()
    keep, tell = timedelta(days=days), timedelta(days=max(days, tell_days))
    done = collect(store, keep=keep, tell=tell, owner=owner(), clock=clock, progress=shown)
    shown.close()
    click.echo(f"{done.objects} objects dropped", err=True)
    for name in done.deployments:
        click.echo(f"deployment {name} can no longer be gone back to", err=True)
