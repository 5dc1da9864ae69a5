"""``prmbuild calendar``."""

import json
import re
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prmbuild.cli.options import FINDINGS, FINE, closed, format_option, now, repository_option, state_options
from prmbuild.cli.progress import progress

if TYPE_CHECKING:
    from prmbuild.desired import Considered

_SPAN = re.compile(r"([1-9][0-9]{0,4})([hdw])\Z", re.ASCII)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_DEFAULT = timedelta(days=90)

NOTHING = FINDINGS
"""The exit code of ``--next`` where nothing is due: as `grep` answers where it finds nothing."""


class Span(click.ParamType[timedelta]):
    """A number of hours, days or weeks."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read the span, or fail as a usage error."""
        if isinstance(value, timedelta):
            return value
        found = _SPAN.match(str(value))
        if found is None:
            self.fail(f"'{value}' is not a span such as 12h, 90d or 12w", param, ctx)
        return int(found[1]) * _UNITS[found[2]]


@click.command("calendar")
@repository_option
@state_options
@click.option("--within", type=Span(), metavar="SPAN", help="How far to look, such as 12h, 90d or 12w. Default: 90d.")
@click.option("--owner", metavar="ADDRESS", help="Only what this owner answers for.")
@click.option("--by-owner", is_flag=True, help="Group the text by owner, to send to each.")
@click.option(
    "--next",
    "only_next",
    is_flag=True,
    help="Print only the next instant at which what partners see changes; exit code 1 where there is none.",
)
@format_option("text", "json", "ics")
def calendar_command(
    repo: Path,
    revision: str,
    moment: datetime | None,
    worktree: bool,
    within: timedelta | None,
    owner: str | None,
    by_owner: bool,
    only_next: bool,
    form: str,
) -> None:
    """Say what is overdue, due and coming: dates of publication, expiry and review, and whom they concern.

    Dates come from the newest version of each page and course. A date of publication that nobody approved is listed
    as such: nothing happens on it.
    """
    if only_next and (owner or by_owner or form == "ics"):
        raise click.UsageError("--next goes with neither --owner nor --by-owner nor ics")
    from prmbuild.check.formats import render_findings
    from prmbuild.desired import consider, read_authored
    from prmbuild.request import Request
    from prmbuild.source.git import opened

    shown = progress()
    with closed(None) as kept, opened(repo) as repository:
        request = Request(revision=revision, now=moment or now(), worktree=worktree, cache=kept)
        authored = read_authored(repository, request)
        if authored.programme is None:
            shown.close()
            click.echo(render_findings(authored.diagnostics, "text"), nl=False)
            sys.exit(FINDINGS)
        state = consider(authored, request, shown)
        shown.stage("looking ahead")
        if only_next:
            _next(state, within, form, shown.close)
        else:
            _list(state, within or _DEFAULT, owner, form, by_owner, shown.close)


def _next(state: "Considered", within: timedelta | None, form: str, done: Callable[[], None]) -> None:
    from prmbuild.calendar.forecast import forecast
    from prmbuild.calendar.formats import instant

    until = state.catalog.now + within if within else None
    found = next((moment.at for moment in forecast(state, until) if moment.changes), None)
    done()
    if form == "json":
        click.echo(json.dumps({"next": instant(found) if found else None}))
    elif found is not None:
        click.echo(instant(found))
    else:
        click.echo("no date changes what partners see" + (" in that time" if within else ""), err=True)
    sys.exit(FINE if found else NOTHING)


def _list(
    state: "Considered", within: timedelta, owner: str | None, form: str, by_owner: bool, done: Callable[[], None]
) -> None:
    from prmbuild.calendar.calendar import calendar, owners
    from prmbuild.calendar.formats import as_json, as_letters, as_text, counted

    now = state.catalog.now
    until = now + within
    entries = calendar(state, until)
    done()
    if owner is not None:
        from prmbuild.authored.text import suggestion

        known = owners(state)
        if owner.casefold() not in {name.casefold() for name in known}:
            raise click.UsageError(f"nothing names '{owner}' as its owner. {suggestion(owner, known)}".strip())
        entries = tuple(entry for entry in entries if (entry.owner or "").casefold() == owner.casefold())
    readership = state.views.readership
    if form == "json":
        click.echo(as_json(entries, readership, now, until), nl=False)
    elif form == "ics":
        from prmbuild.calendar.ics import as_icalendar

        click.echo(as_icalendar(entries, readership, state.catalog), nl=False)
    else:
        write = as_letters if by_owner else as_text
        click.echo(write(entries, readership, now.date()), nl=False)
        click.echo(counted(entries), err=True)
