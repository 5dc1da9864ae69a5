"""Whether the passing of time asks for publishing."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.calendar.calendar import calendar
from prmbuild.calendar.forecast import forecast
from prmbuild.calendar.formats import counted
from prmbuild.ci.document import items_at, text_at
from prmbuild.ci.github import GitHub, RefusedError
from prmbuild.ci.steps import SCHEDULED, Outcome, Work
from prmbuild.ci.summary import calendar_table
from prmbuild.desired import consider, read_authored

WORKFLOWS = ("publish.yml", "scheduled.yml")
"""The workflows that publish; a success of either means that what was due then is out."""

DAILY = "43 3 * * *"
"""The schedule at which publishing runs whatever is due, and compares what is live with what should be."""

AHEAD = timedelta(days=30)
"""How far ahead the calendar looks."""


class Published(Struct, frozen=True, kw_only=True):
    """The last time that publishing succeeded.

    Attributes:
        since: when that run began, UTC: what became due later may not be out.
        commit: full object name; None where it is not known.
    """

    since: datetime
    commit: str | None = None


def last_published(github: GitHub, branch: str) -> Published | None:
    """Return when publishing last succeeded; None where it never did.

    Source: https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-workflow

    Raises:
        HostError: GitHub does not answer or refuses.
    """
    found = (_newest(github, workflow, branch) for workflow in WORKFLOWS)
    return max((run for run in found if run is not None), key=lambda run: run.since, default=None)


def due_step(work: Work, published: Published | None, *, daily: bool = False) -> tuple[Outcome, bool]:
    """Tell whether there is something to publish that was not there when publishing last succeeded.

    Args:
        work: what would be published.
        published: None where that is not known: then there is.
        daily: whether this is the run of the day that publishes in any case.

    Raises:
        SourceError: git cannot answer.
    """
    due, why = (True, "once a day, what is live is compared") if daily else _due(work, published)
    said = why if due is None else f"{'publish' if due else 'nothing to publish'}: {why}"
    outcome = Outcome(
        step=SCHEDULED, title="due", said=said, failed=due is None, markdown=f"{said[:1].upper()}{said[1:]}.\n"
    )
    return outcome, bool(due)


def calendar_step(work: Work) -> Outcome:
    """Say what dates will do within 30 days, and what is overdue.

    Raises:
        SourceError: git cannot answer.
    """
    title = "calendar"
    authored = read_authored(work.repository, work.request)
    if authored.programme is None:
        return Outcome(step=SCHEDULED, title=title, said="the configuration has errors", failed=True)
    entries = calendar(consider(authored, work.request, work.progress), work.request.now + AHEAD)
    return Outcome(step=SCHEDULED, title=title, said=counted(entries), markdown=calendar_table(entries))


def _due(work: Work, published: Published | None) -> tuple[bool | None, str]:
    if published is None:
        return True, "it is not known when publishing last succeeded"
    commit = work.repository.resolve(work.request.revision)
    if published.commit not in (None, commit):
        return True, f"commit {commit[:10]} was not published yet"
    then = replace(work.request, now=published.since)
    authored = read_authored(work.repository, then)
    if authored.programme is None:
        return None, "the configuration has errors"
    moments = forecast(consider(authored, then, work.progress))
    instant = next((moment.at for moment in moments if moment.changes), None)
    if instant is None:
        return False, "no date is to come"
    if instant <= work.request.now:
        return True, f"a date has passed at {_said(instant)}"
    return False, f"the next date is {_said(instant)}"


def _newest(github: GitHub, workflow: str, branch: str) -> Published | None:
    try:
        answer = github.get(f"actions/workflows/{workflow}/runs", branch=branch, status="success", per_page=1)
    except RefusedError as error:
        if error.status != 404:
            raise
        return None
    runs: tuple[object, ...] = items_at(answer, "workflow_runs")
    return _read(runs[0]) if runs else None


def _read(run: object) -> Published | None:
    try:
        since = datetime.fromisoformat(text_at(run, "run_started_at"))
    except ValueError:
        return None
    return Published(since=since.astimezone(UTC), commit=text_at(run, "head_sha") or None)


def _said(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
