"""``prmbuild ci``."""

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource
from msgspec.structs import replace

from prmbuild.ci.document import text_at
from prmbuild.cli.check import coloured
from prmbuild.cli.options import FINDINGS, FINE, Instant, repository_option, request_options
from prmbuild.cli.out import Folder, made, refuse_inside
from prmbuild.cli.progress import progress
from prmbuild.cli.stores import by, clock, edge_of, owner, require_present, store_of

if TYPE_CHECKING:
    from prmbuild.ci.steps import Outcome, Work
    from prmbuild.ci.surroundings import Surroundings
    from prmbuild.request import Request

STEPS = ("check", "report", "publish", "scheduled", "comment", "sarif")


def _begin(ctx: click.Context, param: click.Parameter, step: str | None) -> str | None:
    """Prove who we are before anything, the cache included, is asked of a cloud; only publishing may."""
    if step == "publish":
        from prmbuild.ci.identity import cloud_identity

        ctx.with_resource(cloud_identity(os.environ))
    return step


@click.command("ci")
@click.argument("step", type=click.Choice(STEPS), required=False, is_eager=True, callback=_begin)
@repository_option
@click.option("--base", metavar="REV", help="What to compare with. Default: where it left the publishing branch.")
@click.option(
    "--out",
    type=Folder(),
    default=Path("ci-results"),
    show_default=True,
    help="Folder for what is kept with the run.",
)
@click.option("--to", metavar="dir:PATH|s3://BUCKET", help="publish: where to. Default: publish.to in prm.yaml.")
@click.option(
    "--approve",
    "approved",
    default="",
    metavar="DIGEST",
    envvar="PRMBUILD_APPROVE",
    help="publish: apply exactly the plan of this digest.",
)
@click.option("--since", type=Instant(), default=None, help="scheduled: when publishing last succeeded, UTC.")
@request_options
def ci_command(
    step: str | None,
    repo: Path,
    base: str | None,
    out: Path,
    to: str | None,
    approved: str,
    since: datetime | None,
    request: "Request",
) -> None:
    """Do what the pipeline does: on GitHub, on GitLab, or here before you push.

    Without STEP, everything that runs on a pull request: check and report. publish puts live what was merged, scheduled
    tells whether a date asks for that. comment and sarif run on GitHub only.
    """
    from prmbuild.ci.surroundings import Host, surroundings

    # in a pipeline the variable is there and empty where nobody approved anything
    said = click.get_current_context().get_parameter_source("approved") is ParameterSource.COMMANDLINE
    if said and not approved.strip():
        raise click.UsageError("--approve names no plan: it is empty")
    if step == "publish":
        require_present(request.now)
    here = surroundings(os.environ)
    if step == "comment":
        _comment(here)
        return

    from prmbuild.ci.steps import Work
    from prmbuild.source.git import opened

    shown = progress()
    with opened(repo) as repository:
        refuse_inside(out, repository)
        work = Work(
            repository=repository,
            request=request,
            progress=shown,
            kept=made(out),
            base=base or here.base,
            proposed=here.proposed or (here.host is Host.LOCAL and step in (None, "check", "report")),
            number=here.request,
        )
        if step == "publish":
            outcomes = [_published(work, here, repo, to, approved)]
        else:
            outcomes = _done(step, work, here, since)
        shown.close()
    _keep(outcomes, out)
    _tell(outcomes, here)
    sys.exit(FINDINGS if any(outcome.failed for outcome in outcomes) else FINE)


def _done(step: str | None, work: "Work", here: "Surroundings", since: datetime | None) -> "list[Outcome]":
    """Do the step, or all that runs on a pull request."""
    from prmbuild.ci.exposing import REPORTS
    from prmbuild.ci.scheduled import calendar_step
    from prmbuild.ci.steps import CHECKS, check_step

    if step == "scheduled":
        return [_due(work, here, since), calendar_step(work), replace(check_step(work), failed=False)]
    if step == "sarif":
        return [_scanned(work)]
    wanted = {"check": CHECKS, "report": REPORTS}.get(step or "", (*CHECKS, *REPORTS))
    return [one(work) for one in wanted]


def _published(work: "Work", here: "Surroundings", repo: Path, to: str | None, approved: str) -> "Outcome":
    """Publish to the place that is named; a folder in the checkout of a pipeline is none, as it goes with the run."""
    from prmbuild.ci.publishing import Target, publish_step
    from prmbuild.ci.scheduled import DAILY
    from prmbuild.ci.surroundings import Host
    from prmbuild.desired import read_authored

    if to is None:
        programme = read_authored(work.repository, work.request).programme
        to = programme.settings.publish_to if programme is not None else None
    passing = here.host is not Host.LOCAL and to is not None and to.startswith("dir:") and not to.startswith("dir:/")
    if to is None or passing:
        return publish_step(work, None)
    daily = text_at(here.event, "schedule") == DAILY
    target = Target(
        store=store_of(repo, to),
        edge=edge_of(repo, to, None, work.request.revision),
        owner=owner(),
        by=by(),
        clock=clock,
        approved=approved,
        verify=daily,
    )
    return publish_step(work, target)


def _due(work: "Work", here: "Surroundings", since: datetime | None) -> "Outcome":
    """Tell whether to publish, to people and to the jobs that come after."""
    from prmbuild.ci.github import GitHub
    from prmbuild.ci.scheduled import DAILY, Published, due_step, last_published
    from prmbuild.ci.surroundings import Host

    if since is not None:
        published: Published | None = Published(since=since)
    elif here.host is Host.GITHUB:
        published = last_published(GitHub.here(os.environ), os.environ.get("GITHUB_REF_NAME", ""))
    else:
        published = None
    outcome, due = due_step(work, published, daily=text_at(here.event, "schedule") == DAILY)
    _append(here.outputs, f"publish={'true' if due else 'false'}\n")
    return outcome


def _scanned(work: "Work") -> "Outcome":
    """Hand the findings to GitHub's code scanning; they fail the step ``check``, not this one."""
    from prmbuild.ci.github import GitHub
    from prmbuild.ci.scanning import upload_findings
    from prmbuild.ci.steps import check_step

    outcome = check_step(work)
    upload_findings(
        GitHub.here(os.environ),
        commit=work.repository.resolve(work.request.revision),
        ref=os.environ.get("GITHUB_REF", ""),
        sarif=outcome.files["findings.sarif"],
    )
    return replace(outcome, title="sarif", said=f"uploaded: {outcome.said}", failed=False, findings=())


def _comment(here: "Surroundings") -> None:
    """Post the report of a pull request's run."""
    from prmbuild.ci.comment import comment
    from prmbuild.ci.github import GitHub

    posted = comment(GitHub.here(os.environ), here.event)
    click.echo(posted.done)
    sys.exit(FINDINGS if posted.refused else FINE)


def _keep(outcomes: "Sequence[Outcome]", kept: Path) -> None:
    """Write what is kept with the run: each step's files, and its summary."""
    for step in dict.fromkeys(outcome.step for outcome in outcomes):
        those = [outcome for outcome in outcomes if outcome.step == step]
        files = {name: text for outcome in those for name, text in outcome.files.items()}
        (kept / step).mkdir(parents=True, exist_ok=True)
        for name, text in {**files, "summary.md": _summary(those)}.items():
            (kept / step / name).write_text(text, encoding="utf-8", errors="backslashreplace")


def _tell(outcomes: "Sequence[Outcome]", here: "Surroundings") -> None:
    """Report to people and to the host; text that was authored goes to the host only where it can do nothing."""
    from prmbuild.check.formats import as_github
    from prmbuild.ci.summary import bounded, worst_first
    from prmbuild.ci.surroundings import Host

    _append(here.summary, bounded(_summary(outcomes)))
    for outcome in outcomes:
        if here.host is Host.GITHUB:
            click.echo(as_github(worst_first(outcome.findings)), nl=False)
        else:
            click.echo(coloured(outcome.findings) + outcome.text, nl=False)
        sign = click.style("failed", fg="red", bold=True) if outcome.failed else click.style("ok", fg="green")
        click.echo(f"{outcome.title}: {sign}, {outcome.said}")


def _summary(outcomes: "Sequence[Outcome]") -> str:
    return "".join(f"## {outcome.title}\n\n{outcome.markdown}\n" for outcome in outcomes if outcome.markdown)


def _append(place: Path | None, text: str) -> None:
    """Add to a file that the host gave us, where it did."""
    if place is not None:
        with place.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
