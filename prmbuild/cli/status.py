"""``prmbuild status``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from prmbuild.cli.options import format_option, repository_option, request_options
from prmbuild.cli.progress import progress
from prmbuild.cli.stores import clock, edge_of, edge_option, store_of, to_option

if TYPE_CHECKING:
    from prmbuild.publish.edges.edges import Edges
    from prmbuild.publish.status import Status
    from prmbuild.request import Request
    from prmbuild.store.store import Store

_SHOWN = 10


@click.command("status")
@repository_option
@to_option
@edge_option
@click.option("--all", "everything", is_flag=True, help="List every turn that is on record.")
@click.option("--objects", is_flag=True, help="Name every object that differs from what should be live.")
@click.option("--stored", is_flag=True, help="Say what the store knows; build nothing to compare it with.")
@request_options
@format_option("text", "json")
def status_command(
    repo: Path,
    to: str | None,
    edge_arn: str | None,
    everything: bool,
    objects: bool,
    stored: bool,
    request: "Request",
    form: str,
) -> None:
    """Say what partners see, who deployed it and when, and how it differs from what should be live.

    What should be live is built from --at. What partners saw before is listed too: `live`, `kept` (prmbuild rollback
    can go back to it), `gone`, or `lost` with its record.
    """
    from prmbuild.publish.edges.edges import Edges
    from prmbuild.publish.status_report import as_json, as_text
    from prmbuild.records.live import shown

    if objects and stored:
        raise click.UsageError("--objects compares with what should be live, which --stored does not build")
    store = store_of(repo, to, request.revision)
    if shown(store) is None:
        click.echo("null" if form == "json" else f"nothing was ever deployed to {store.url}")
        return
    most = None if everything else _SHOWN
    edges = Edges(store, edge_of(repo, to, edge_arn, request.revision), clock)
    found = _stored(store, edges, most) if stored else _compared(store, edges, repo, request, most)
    click.echo(
        as_json(found, objects=objects) if form == "json" else as_text(found, store.url, objects=objects), nl=False
    )


def _stored(store: "Store", edges: "Edges", most: int | None) -> "Status":
    from prmbuild.publish.status import status
    from prmbuild.records.live import shown

    now = shown(store)
    assert now is not None
    return status(store, edges, now, None, most)


def _compared(store: "Store", edges: "Edges", repo: Path, request: "Request", most: int | None) -> "Status":
    """Build what should be live, and compare."""
    from prmbuild.check.formats import summary
    from prmbuild.publish.site import site_of
    from prmbuild.publish.status import status
    from prmbuild.publishable import publishable
    from prmbuild.records.live import shown
    from prmbuild.source.git import opened

    seen = progress()
    with opened(repo) as repository, publishable(repository, request, seen) as outcome:
        site = None
        if outcome.built is not None and outcome.state is not None:
            site = site_of(outcome.built, outcome.state)
        now = shown(store)
        assert now is not None
        found = status(store, edges, now, site, most)
        seen.close()
        if site is None:
            click.echo(
                f"what should be live cannot be built, so nothing is compared: {summary(outcome.diagnostics)}; "
                "prmbuild check lists them",
                err=True,
            )
    return found
