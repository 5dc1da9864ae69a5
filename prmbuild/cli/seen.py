"""``prmbuild seen``."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import click

from prmbuild.cli.options import Instant, format_option, in_a_zone, now, repository_option
from prmbuild.cli.stores import store_of, to_option


class _Time(click.ParamType[tuple[datetime, datetime]]):
    """A day of UTC, or an instant: from when until when."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[datetime, datetime]:
        """Read the time, or fail as a usage error."""
        try:
            start = datetime.combine(date.fromisoformat(str(value)), time(), UTC)
        except ValueError:
            if begins := in_a_zone(str(value)):
                message = f"'{value}' is a day of another zone; name one of UTC, or an instant such as {begins}"
                self.fail(message, param, ctx)
            at = Instant().convert(value, param, ctx)
            return at, at
        try:
            return start, start + timedelta(days=1)
        except OverflowError:
            self.fail(f"'{value}' is later than any day that can be asked about", param, ctx)


@click.command("seen")
@click.argument("path", required=False)
@click.option("--partner", required=True, help="Whose view.")
@click.option("--role", help="Only this role's.")
@click.option(
    "--on",
    "when",
    type=_Time(),
    required=True,
    metavar="DATE|TIME",
    help="A day, such as 2026-11-25, of UTC; or an instant, such as 2026-11-25T14:30+01:00.",
)
@repository_option
@to_option
@format_option("text", "markdown", "json")
def seen_command(
    path: str | None,
    partner: str,
    role: str | None,
    when: tuple[datetime, datetime],
    repo: Path,
    to: str | None,
    form: str,
) -> None:
    """Say what a partner could see on a day, or at an instant, and whether PATH was part of it.

    PATH is a page's URL, a file's path in the portal, or its path in the repository. The answer comes from the records
    of deployments alone, rollbacks included; no repository is asked, so it holds whatever became of the history.
    """
    from prmbuild.authored.text import suggestion
    from prmbuild.errors import StoreError
    from prmbuild.publish.seen_report import Question, answered, listed
    from prmbuild.records.live import shown
    from prmbuild.records.seen import Past, UnknownError, is_path

    start, end = when
    if path is not None and not is_path(path):
        raise click.UsageError(f"{path!r} is no page's URL, and no path in a portal or a repository")
    if start > now():
        raise click.UsageError(
            f"--on {start:%Y-%m-%d %H:%M} UTC is still to come; prmbuild explain tells what would be"
        )
    store = store_of(repo, to)
    live = shown(store)
    if live is None:
        raise StoreError(f"nothing was ever deployed to {store.url}")
    past = Past(store, live)
    try:
        roles = past.roles_of(partner, role, start, end)
    except UnknownError as error:
        raise click.UsageError(f"{error.message}. {suggestion(error.asked, error.known)}".strip()) from error
    question = Question(
        partner=partner,
        role=role,
        path=path,
        start=start,
        end=end,
        day=start != end,
        begins=past.begins,
        complete=past.complete,
        aside=past.aside(start, end),
        gaps=past.gaps(start, end),
    )
    if path is None:
        click.echo(listed(question, past.intervals(partner, roles, start, end), form), nl=False)
    else:
        click.echo(answered(question, past.answers(partner, roles, path, start, end), form), nl=False)
