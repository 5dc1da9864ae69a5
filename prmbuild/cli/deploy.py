"""``prmbuild deploy``."""

import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from prmbuild.cli.options import FINDINGS, format_option, repository_option, request_options
from prmbuild.cli.progress import progress
from prmbuild.cli.stores import (
    by,
    clock,
    edge_of,
    edge_option,
    owner,
    require_present,
    store_of,
    take_over_option,
    to_option,
)

if TYPE_CHECKING:
    from prmbuild.publish.plan import Plan
    from prmbuild.publish.stale import ApprovedPlan
    from prmbuild.request import Request


@click.command("deploy")
@repository_option
@to_option
@edge_option
@click.option("--plan", "only_plan", is_flag=True, help="Say what would happen, and change nothing.")
@click.option(
    "--approve",
    "approved",
    default=None,
    metavar="DIGEST|FILE",
    help="Apply exactly this plan: its digest, or the file that --plan --format json wrote.",
)
@click.option(
    "--most-pages",
    type=click.IntRange(0),
    default=20,
    show_default=True,
    help="Pages that a portal may lose unseen; more, and more than --most-share, need --approve.",
)
@click.option(
    "--most-share",
    type=click.IntRange(0, 100),
    default=30,
    show_default=True,
    help="Percent of its pages that a portal may lose unseen.",
)
@click.option(
    "--unmerged", is_flag=True, help="Deploy although the commit is not on the publishing branch; the records say so."
)
@take_over_option
@request_options
@format_option("text", "markdown", "json")
def deploy_command(
    repo: Path,
    to: str | None,
    edge_arn: str | None,
    only_plan: bool,
    approved: str | None,
    most_pages: int,
    most_share: int,
    unmerged: bool,
    over: bool,
    request: "Request",
    form: str,
) -> None:
    """Build the portals and make them the ones that partners see, all at once.

    Objects are put and proven before one pointer turns all portals over. A portal that would go, or lose many of its
    pages, needs a person who approves the plan.
    """
    from prmbuild.publish.last_deployment import still_live
    from prmbuild.source.git import opened

    if not only_plan:
        require_present(request.now)
    named = _named(approved) if approved is not None else None
    store = store_of(repo, to, request.revision)
    edge = edge_of(repo, to, edge_arn, request.revision)
    if form == "text" and approved is None:
        with opened(repo) as repository:
            last = still_live(repository, request, store, edge)
        if last is not None:
            click.echo(f"Nothing to do: {last.revision[:10]} is live")
            return

    from prmbuild.cache import PLANS
    from prmbuild.check.formats import render_findings, summary
    from prmbuild.publish.deploy import RefusedError, deploy, planned
    from prmbuild.publish.gains import gains_of
    from prmbuild.publish.guard import Limits
    from prmbuild.publish.last_deployment import remember, sessions_known
    from prmbuild.publish.site import site_of
    from prmbuild.publish.stale import note, recalled
    from prmbuild.publishable import publishable, stops

    wanted = recalled(named, store, request.cache.folder / PLANS) if isinstance(named, str) else named
    shown = progress()
    with opened(repo) as repository, publishable(repository, request, shown) as outcome:
        if outcome.built is None:
            shown.close()
            serious = [finding for finding in outcome.diagnostics if stops(finding)]
            click.echo(render_findings(serious, "text"), nl=False, err=form != "text")
            click.echo(f"nothing is deployed: {summary(outcome.diagnostics)}", err=True)
            sys.exit(FINDINGS)
        assert outcome.state is not None
        if outcome.unmerged is not None and not unmerged:
            click.echo(f"prmbuild: {outcome.unmerged.message}, so no merge approved it", err=True)
            if not only_plan:
                shown.close()
                click.echo("nothing is deployed: merge it first, or add --unmerged, which goes on record", err=True)
                sys.exit(FINDINGS)
        site = site_of(outcome.built, outcome.state)
        gains = gains_of(repository, outcome.state, site, request, shown)
        if only_plan:
            plan = planned(site, store, gains, edge)
            shown.close()
            note(plan, request.cache.folder / PLANS)
            _tell(plan, form)
            return
        limits = Limits(pages=most_pages, share=most_share)
        sessions = sessions_known(store, edge)
        try:
            done = deploy(
                site,
                store,
                owner=owner(),
                by=by(),
                clock=clock,
                limits=limits,
                gains_of=gains,
                edge=edge,
                approved=wanted,
                over=over,
                command=f"prmbuild deploy{_typed(_PLACE)}",
                repeated=_state(site.revision),
                progress=shown,
                told=lambda plan: _tell(plan, form),
            )
        except RefusedError as refused:
            shown.close()
            reasons = "".join(f"\n  {reason}" for reason in refused.reasons)
            click.echo(f"prmbuild: {refused.what}{':' if reasons else ''}{reasons}\n{refused.hint}", err=True)
            sys.exit(FINDINGS)
        due = outcome.state.catalog.due
        remember(repository, request, store, edge, live=done.live, sessions=sessions, due=due)
        shown.close()
        if done.deployment is not None:
            followed = f" and at {edge.name}" if edge is not None else ""
            click.echo(f"deployment {done.deployment.id} is live in {store.url}{followed}", err=True)


_PLACE = {"repo": "--repo", "to": "--to", "edge_arn": "--edge", "unmerged": "--unmerged"}
"""Parameters that say where to → their options, which an approval has to repeat."""


def _typed(options: Mapping[str, str]) -> str:
    """Return those of some options that were given, as they are typed; each after a space."""
    said = ""
    for name, option in options.items():
        value = click.get_current_context().params[name]
        if _given(name):
            said += f" {option}" if value is True else f" {option} {quote(str(value))}"
    return said


def _state(revision: str) -> str:
    """Return the options that make a state again where it is not that of the branch and of the present."""
    at = f" --at {revision[:12]}" if _given("revision") else ""
    moment: datetime | None = click.get_current_context().params["moment"] if _given("moment") else None
    return f"{at} --now {moment:%Y-%m-%dT%H:%M:%SZ}" if moment is not None else at


def _given(parameter: str) -> bool:
    return click.get_current_context().get_parameter_source(parameter) is ParameterSource.COMMANDLINE


def _named(given: str) -> "ApprovedPlan | str":
    """Return the plan that a person names by its file, or the digest of one; fail as a usage error."""
    from prmbuild.errors import StoreError
    from prmbuild.publish.stale import approved_in, is_digest

    if not given.strip():
        raise click.UsageError("--approve names no plan: it is empty")
    try:
        if Path(given).is_file():
            return approved_in(Path(given).read_bytes(), given)
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{given[:80]} cannot be read: {error}") from error
    except StoreError as error:
        raise click.BadParameter(f"{error.message}; {error.hint}") from error
    if not is_digest(given):
        raise click.BadParameter(f"there is no file {given[:80]}, and a plan's digest is 32 of 0-9 and a-f")
    return given


def _tell(plan: "Plan", form: str) -> None:
    from prmbuild.publish.report import as_json, as_markdown, as_text

    click.echo({"text": as_text, "markdown": as_markdown, "json": as_json}[form](plan), nl=False)
