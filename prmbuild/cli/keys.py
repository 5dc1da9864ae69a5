"""``prmbuild keys``."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from prmbuild.cli.options import FINDINGS, format_option, repository_option
from prmbuild.cli.stores import (
    clock,
    edge_of,
    edge_option,
    require_begun,
    store_of,
    to_option,
    warn_of_differences,
)

if TYPE_CHECKING:
    from prmbuild.edge.edge import Edge
    from prmbuild.sessions.state import Key, Sessions
    from prmbuild.store.store import Store

_Command = TypeVar("_Command", bound=Callable[..., object])


def _places(command: _Command) -> _Command:
    return repository_option(to_option(edge_option(command)))


@click.group("keys")
def keys_command() -> None:
    """Look at the keys that sign sessions, and let others take over. Secrets are never shown."""


@keys_command.command("list")
@_places
@format_option("text", "json")
def listing(repo: Path, to: str | None, edge_arn: str | None, form: str) -> None:
    """Say which keys there are, which of them signs, and until when the others are needed."""
    from prmbuild.sessions.state import read_sessions

    store = store_of(repo, to)
    sessions = read_sessions(store)
    _tell(store, sessions, form)
    warn_of_differences(store, edge_of(repo, to, edge_arn), sessions)


def _tell(store: "Store", sessions: "Sessions", form: str) -> None:
    now = clock()
    if form == "json":
        signing = sessions.signing(now)
        keys = [
            {
                "kid": key.kid,
                "signs": key is signing,
                "from": _instant(key.signs),
                "needed_until": _instant(sessions.needed_until(key.kid)),
            }
            for key in sessions.keys
        ]
        click.echo(json.dumps({"version": 1, "keys": keys}, indent=2))
        return
    if not sessions.keys:
        click.echo(f"{store.url} has no key, so nobody can sign in; prmbuild keys rotate makes one")
    for key in sessions.keys:
        click.echo(f"{key.kid}  {_told(key, sessions, now)}")


@keys_command.command("rotate")
@_places
def rotate(repo: Path, to: str | None, edge_arn: str | None) -> None:
    """Make a key that takes over from the one that signs, or the first one.

    It signs once all edges have it. What the key before it signed holds on, so nobody has to sign in again. Where one
    is about to take over already, that one is told of. Keys that nobody needs any more go.
    """
    from prmbuild.publish.edges.edges import Edges
    from prmbuild.publish.sessions import rotate

    store = store_of(repo, to)
    key = rotate(store, Edges(store, edge_of(repo, to, edge_arn), clock), clock)
    click.echo(key.kid)
    click.echo(f"key {key.kid} signs sessions from {_instant(key.signs)} on", err=True)


@keys_command.command("retire")
@click.argument("kid", required=False)
@_places
@click.option("--at-once", is_flag=True, help="Also where sessions still need it: they end.")
def retire(kid: str | None, repo: Path, to: str | None, edge_arn: str | None, at_once: bool) -> None:
    """Drop the key KID; without KID, every key that no session needs any more.

    A key that got into wrong hands goes with `prmbuild keys rotate` and then `prmbuild keys retire KID --at-once`.
    """
    from prmbuild.authored.text import suggestion
    from prmbuild.publish.edges.edges import Edges
    from prmbuild.publish.sessions import retire
    from prmbuild.sessions.keys import LastKeyError
    from prmbuild.sessions.state import read_sessions

    if at_once and kid is None:
        raise click.UsageError("name the KID that goes at once")
    store, edge = store_of(repo, to), edge_of(repo, to, edge_arn)
    require_begun(store, edge)
    sessions = _known(store) if at_once else read_sessions(store)
    known = [key.kid for key in sessions.keys]
    # one that was retired is retired again: the edge may not have heard of it
    if kid is not None and kid not in (*known, *sessions.retired) and not _has(edge, store, kid):
        read_sessions(store)  # where it cannot be read, nobody knows that
        _refuse(f"there is no key '{kid}'. {suggestion(kid, known)}".strip())
    until = sessions.needed_until(kid) if kid is not None else None
    if kid in known and not at_once and (until is None or until > clock()):
        when = f"sessions need {kid} until {_instant(until)}" if until else f"{kid} signs sessions, or will"
        _refuse(f"{when}; --at-once ends those that it signed")
    if kid is not None and kid not in known and not at_once:
        _refuse(f"{store.url} has no key {kid} any more; --at-once makes sure that it is at no edge, either")
    said: list[str] = []
    try:
        retire(store, Edges(store, edge, clock), [kid] if kid is not None else [], clock, said.append)
    except LastKeyError as error:
        _refuse(f"{error.message}; {error.hint}")
    left = {key.kid for key in read_sessions(store).keys}
    for gone in [kid] if kid is not None else [one for one in known if one not in left]:
        click.echo(f"key {gone} is gone", err=True)
    for warning in said:
        click.echo(f"prmbuild: warning: {warning}", err=True)


def _known(store: "Store") -> "Sessions":
    """Return what a store knows of sessions; nothing where it cannot be read, as a key that leaked cannot wait."""
    from prmbuild.sessions.state import Sessions, UnreadableError, read_sessions

    try:
        return read_sessions(store)
    except UnreadableError:
        return Sessions()


def _has(edge: "Edge | None", store: "Store", kid: str) -> bool:
    """Tell whether the edge of a store has a key."""
    from prmbuild.access.entries import STORE, key_name
    from prmbuild.access.tokens import KID

    if edge is None or not KID.fullmatch(kid):
        return False
    there = edge.get(STORE, key_name(kid))
    return there.get(STORE) == store.place and key_name(kid) in there


@keys_command.command("recover")
@_places
def recover(repo: Path, to: str | None, edge_arn: str | None) -> None:
    """Take keys and revocations from the edge, where the store's file of them was lost or put back from a backup.

    No key but the edge's stays, and none that the store says was retired; all revocations stay, those of both. A new
    key signs from then on: whether the others were retired is not known any more, so they only check what they signed,
    for twelve hours at most. Where the edge knows no more than the store, nothing changes.
    """
    from prmbuild.publish.edges.edges import Edges
    from prmbuild.publish.sessions import recover

    store = store_of(repo, to)
    sessions = recover(store, Edges(store, edge_of(repo, to, edge_arn), clock), clock)
    known = " and ".join(
        f"{number} {what}{'' if number == 1 else 's'}"
        for number, what in ((len(sessions.keys), "key"), (len(sessions.revoked), "revocation"))
    )
    click.echo(f"{store.url} knows what its edge knows: {known}; prmbuild keys list names the keys", err=True)
    if unsure := [key.kid for key in sessions.keys if key.checks]:
        click.echo(
            f"these sign no more: {', '.join(unsure)}. Was one of them retired, and the edge had not heard of it, then "
            "nobody knows that now, and what it signed holds: prmbuild keys retire KID --at-once ends that",
            err=True,
        )


def _refuse(why: str) -> None:
    click.echo(f"prmbuild: {why}", err=True)
    sys.exit(FINDINGS)


def _told(key: "Key", sessions: "Sessions", now: int) -> str:
    if key.signs is None:
        return "is not at every edge; prmbuild keys rotate finishes that"
    if key is sessions.signing(now):
        return "signs"
    until = sessions.needed_until(key.kid)
    if key.checks:
        return f"signs no more; needed until {_instant(sessions.needed_until(key.kid))}"
    if key.signs > now:
        return f"signs from {_instant(key.signs)} on"
    return f"signed; needed until {_instant(until)}" if until is None or until > now else "is no longer needed"


def _instant(seconds: int | None) -> str | None:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}" if seconds is not None else None
