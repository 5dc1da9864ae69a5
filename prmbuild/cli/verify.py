"""``prmbuild verify``."""

import sys
from pathlib import Path

import click

from prmbuild.cli.options import FINDINGS, repository_option
from prmbuild.cli.progress import progress
from prmbuild.cli.stores import store_of, to_option


@click.command("verify")
@repository_option
@to_option
def verify_command(repo: Path, to: str | None) -> None:
    """Read everything that partners see and compare it with what was deployed, byte by byte."""
    from prmbuild.publish.live import shown
    from prmbuild.publish.verify import drift

    store = store_of(repo, to)
    now = shown(store)
    if now is None:
        click.echo(f"nothing was ever deployed to {store.url}")
        return
    seen = progress()
    found = list(drift(store, now, seen))
    seen.close()
    for one in found:
        click.echo(f"{one.key}: {one.found}")
    if found:
        click.echo(f"{len(found)} objects are not what was deployed; roll back, or publish to an empty place", err=True)
        sys.exit(FINDINGS)
    click.echo(f"deployment {now.live.deployment} is what was deployed", err=True)
