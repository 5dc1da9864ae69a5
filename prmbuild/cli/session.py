"""``prmbuild session``."""

import re
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from prmbuild.cli.options import FINDINGS, repository_option
from prmbuild.cli.stores import clock, edge_of, edge_option, store_of, to_option, warn_of_differences

_SPAN = re.compile(r"([1-9][0-9]{0,2})([mh])\Z", re.ASCII)
_SECONDS = {"m": 60, "h": 3600}


class Life(click.ParamType[int]):
    """A number of minutes or hours, in seconds."""

    name = "life"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the span, or fail as a usage error."""
        if isinstance(value, int):
            return value
        from prmbuild.access.tokens import LONGEST_LIFE

        found = _SPAN.match(str(value))
        seconds = int(found[1]) * _SECONDS[found[2]] if found is not None else 0
        if not 0 < seconds <= LONGEST_LIFE:
            self.fail(f"'{value}' is not a time such as 15m or 2h, of {LONGEST_LIFE // 3600}h at most", param, ctx)
        return seconds


@click.command("session")
@repository_option
@to_option
@edge_option
@click.option("--partner", required=True, metavar="ID", help="The partner to be signed in for.")
@click.option("--role", required=True, metavar="ID", help="What to be there.")
@click.option("--for", "lasts", type=Life(), default="15m", show_default=True, metavar="SPAN", help="How long.")
@click.option(
    "--user", "sub", default="test", show_default=True, metavar="SUB", help="Who, as the gateway names people."
)
def session_command(
    repo: Path, to: str | None, edge_arn: str | None, partner: str, role: str, lasts: int, sub: str
) -> None:
    """Print a cookie that is signed in as somebody of a partner, to try what is live.

    Whoever may read the store's keys can do that, and nobody else. `prmbuild revoke` ends it.
    """
    from prmbuild.access.rule import COOKIE
    from prmbuild.access.tokens import OPAQUE
    from prmbuild.authored.text import suggestion
    from prmbuild.records.live import shown
    from prmbuild.sessions.minting import minted
    from prmbuild.sessions.state import read_sessions

    store = store_of(repo, to)
    now = shown(store)
    viewers = [viewer for one in now.deployment.portals.values() for viewer in one.viewers] if now is not None else []
    partners = sorted({known for known, _ in viewers})
    roles = sorted({known for name, known in viewers if name == partner})
    if partner not in partners:
        _refuse(f"no partner '{partner}' sees anything in {store.url}. {suggestion(partner, partners)}")
    if role not in roles:
        _refuse(f"partner '{partner}' has no role '{role}'; it is one of {', '.join(roles)}")
    if not OPAQUE.fullmatch(sub):
        raise click.UsageError("--user is letters, digits, - and _, as the gateway names people")
    sid = secrets.token_urlsafe(12)
    known = read_sessions(store)
    token, session = minted(known, sub=sub, sid=sid, partner=partner, role=role, now=clock(), lasts=lasts)
    click.echo(f"{COOKIE}={token}")
    until = f"{datetime.fromtimestamp(session.exp, UTC):%Y-%m-%dT%H:%M:%SZ}"
    click.echo(f"session {sid} holds until {until}; prmbuild revoke --session {sid} ends it", err=True)
    warn_of_differences(store, edge_of(repo, to, edge_arn), known)


def _refuse(why: str) -> None:
    click.echo(f"prmbuild: {why.strip()}", err=True)
    sys.exit(FINDINGS)
