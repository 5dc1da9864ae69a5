"""``prmbuild revoke``."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prmbuild.cli.options import FINDINGS, format_option, repository_option
from prmbuild.cli.stores import clock, edge_of, edge_option, require_begun, store_of, to_option, warn_of_differences

if TYPE_CHECKING:
    from prmbuild.store.store import Store


@click.command("revoke")
@repository_option
@to_option
@edge_option
@click.option("--session", "sids", multiple=True, metavar="SID", help="End this session; repeat it for more.")
@click.option("--user", "subs", multiple=True, metavar="SUB", help="End all sessions of this person; repeat it.")
@click.option("--partner", "partners", multiple=True, metavar="ID", help="End all sessions of this partner; repeat it.")
@click.option("--everybody", is_flag=True, help="End all sessions.")
@click.option("--list", "only_list", is_flag=True, help="Say what is revoked, and change nothing.")
@format_option("text", "json")
def revoke_command(
    repo: Path,
    to: str | None,
    edge_arn: str | None,
    sids: tuple[str, ...],
    subs: tuple[str, ...],
    partners: tuple[str, ...],
    everybody: bool,
    only_list: bool,
    form: str,
) -> None:
    """End sessions at once: of one browser, a person, a partner, or of everybody.

    Who still has access can sign in again. To take a partner's access away, change partners.yaml and deploy.
    """
    from prmbuild.access.entries import REVOKED_EVERYBODY, revoked_partner, revoked_session, revoked_user
    from prmbuild.publish.edges.edges import Edges
    from prmbuild.publish.sessions import revoke
    from prmbuild.sessions.state import read_sessions

    wanted = bool(sids or subs or partners or everybody)
    if wanted == only_list:
        raise click.UsageError("name a --session, --user or --partner, or say --everybody, or --list alone")
    store, edge = store_of(repo, to), edge_of(repo, to, edge_arn)
    require_begun(store, edge)
    if only_list:
        sessions = read_sessions(store)
        _tell(sessions.tidied(clock()).revoked, form)
        warn_of_differences(store, edge, sessions)
        return
    _require_ids((*sids, *subs))
    _require_partners(store, repo, partners)
    names = (
        *map(revoked_session, sids),
        *map(revoked_user, subs),
        *map(revoked_partner, partners),
        *((REVOKED_EVERYBODY,) if everybody else ()),
    )
    said: list[str] = []
    revoked = revoke(store, Edges(store, edge, clock), names, clock, said.append)
    _tell({name: revoked[name] for name in names}, form)
    click.echo(f"these sessions hold no more in {store.url}", err=True)
    if edge is not None:
        click.echo(f"nor at {edge.name}, whose replicas hear of it within seconds", err=True)
    for warning in said:
        click.echo(f"prmbuild: warning: {warning}", err=True)


def _require_ids(names: tuple[str, ...]) -> None:
    """Refuse what is no id of a session or a person, before anybody thinks that it was revoked."""
    from prmbuild.access.tokens import OPAQUE

    for name in names:
        if not OPAQUE.fullmatch(name):
            why = "the gateway knows sessions and people by letters, digits, - and _, never by address or name"
            _refuse(f"'{name}' is no id: {why}")


def _require_partners(store: "Store", repo: Path, partners: tuple[str, ...]) -> None:
    """Refuse a partner that nobody could have a session of; one of which that is not known passes, with a warning."""
    from prmbuild.access.tokens import NAME
    from prmbuild.authored.text import suggestion

    known = _authored(repo)
    if known.issuperset(partners):
        return
    found, unread = _with_sessions(store)
    known |= found
    unknown = {partner: suggestion(partner, sorted(known)) for partner in partners if partner not in known}
    for partner, near in unknown.items():
        if unread is None or not NAME.fullmatch(partner):
            near = near or "prmbuild explain --partner lists what a partner sees"
            _refuse(f"there is no partner '{partner}'; {near}")
    for partner, near in unknown.items():
        why = f"'{partner}' is no partner of the programme, and who else was one is not known: {unread}"
        click.echo(f"prmbuild: warning: {why}{near and f'; {near}'}", err=True)


def _with_sessions(store: "Store") -> tuple[set[str], str | None]:
    """Return the partners of all deployments that a session can be as old as, and why there may be more."""
    from prmbuild.access.tokens import LONGEST_LIFE
    from prmbuild.errors import StoreError
    from prmbuild.records.history import turns
    from prmbuild.records.layout import turn_key
    from prmbuild.records.live import claimed
    from prmbuild.records.recorded import deployment

    oldest = datetime.fromtimestamp(clock() - LONGEST_LIFE, UTC)
    found: set[str] = set()
    unread = None
    try:
        live = claimed(store)  # revoking waits for no repair
        before = live.record if live else ""
        for turn in turns(store, live) if live else ():
            before = turn.previous
            try:
                portals = deployment(store, turn.deployment).portals
                found |= {partner for published in portals.values() for partner, _ in published.viewers}
            except StoreError as error:  # what others saw is known all the same
                unread = error.message
            if datetime.fromisoformat(turn.at) < oldest:
                break
        else:
            if before:
                unread = f"'{turn_key(before)}' in the store is missing, or was changed"
    except StoreError as error:
        unread = error.message
    return found, unread


def _authored(repo: Path) -> set[str]:
    """Return the partners that the programme names; none where it cannot be read, as revoking cannot wait for that."""
    from prmbuild.authored.reading import PROGRAMME_FILES, read_programme
    from prmbuild.errors import SourceError
    from prmbuild.source.git import opened

    try:
        with opened(repo, history=False) as repository:
            tree = repository.tree(repository.resolve("HEAD"), PROGRAMME_FILES)
            programme, _ = read_programme({name: repository.read(file.blob) for name, file in tree.items()})
    except SourceError:
        return set()
    return {partner.id for partner in programme.partners} if programme is not None else set()


def _refuse(why: str) -> None:
    click.echo(f"prmbuild: {why}", err=True)
    click.echo("nothing was revoked", err=True)
    sys.exit(FINDINGS)


_KINDS = {"x/s/": "session ", "x/u/": "person ", "x/p/": "partner "}


def _tell(revoked: Mapping[str, int], form: str) -> None:
    from prmbuild.sessions.clocks import forgotten_at

    rows = [
        {
            "revoked": f"{_KINDS.get(name[:4], '')}{name[4:]}" if name[:4] in _KINDS else "everybody",
            "until": _instant(until),
            "forgotten": _instant(forgotten_at(until)),
        }
        for name, until in sorted(revoked.items())
    ]
    if form == "json":
        click.echo(json.dumps({"version": 1, "revoked": rows}, indent=2))
        return
    for row in rows:
        click.echo(f"{row['revoked']}: sessions that began until {row['until']}; forgotten at {row['forgotten']}")
    if not rows:
        click.echo("nothing is revoked")


def _instant(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
