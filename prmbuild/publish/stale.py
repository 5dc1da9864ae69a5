"""A plan that was approved, and how the plan of now differs from it.

The approved one may be given as the file that ``deploy --plan --format json`` wrote. A digest alone is enough where the
plan is known: a deployment that asked for an approval left it in the store, and ``--plan`` leaves a note on this
machine.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct

from prmbuild.errors import StoreError
from prmbuild.publish.gains import names_of
from prmbuild.publish.plan import Plan, digest_of
from prmbuild.records.layout import plan_key, waiting_key
from prmbuild.records.records import Viewer
from prmbuild.store.store import Store

_SHOWN = 8
"""So many differences of a kind are told before the others are counted."""

_VERBS = {"gains": "gain", "loses": "lose", "changed": "see a change in", "moved": "find elsewhere"}


class ApprovedPlan(Struct, frozen=True, kw_only=True):
    """A plan that a person approved.

    Attributes:
        digest: its digest.
        document: all of it, see `Plan.document`; None where only the digest is known.
    """

    digest: str
    document: Mapping[str, Any] | None


def approved_in(data: bytes, name: str) -> ApprovedPlan:
    """Read a plan as ``--plan --format json`` writes it.

    Args:
        data: the file's bytes.
        name: the file's, for people.

    Raises:
        StoreError: it is no plan, or was edited.
    """
    try:
        document: dict[str, Any] = json.loads(data, object_pairs_hook=_once)
        digest = document["digest"]
        if document["version"] != 1 or not isinstance(digest, str):
            raise ValueError
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        hint = "prmbuild deploy --plan --format json > plan.json writes one"
        raise StoreError(f"{name} is no plan", hint=hint) from error
    if digest_of(document) != digest:
        raise StoreError(f"{name} was edited: it is not the plan {digest}", hint="approve the plan as it was written")
    return ApprovedPlan(digest=digest, document=document)


def _once(pairs: Sequence[tuple[str, Any]]) -> Mapping[str, Any]:
    """Return an object of JSON whose keys are all different: of two with one name a reader may see the other.

    Raises:
        ValueError: two are the same.
    """
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def note(plan: Plan, folder: Path) -> None:
    """Note a plan on this machine, so that what changed can be told later; where that fails, it cannot."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{plan.digest}.json").write_bytes(plan.text())


def is_digest(name: str) -> bool:
    """Tell whether a text can be the digest of a plan."""
    return re.fullmatch(r"[0-9a-f]{32}", name) is not None


def recalled(digest: str, store: Store, folder: Path | None) -> ApprovedPlan:
    """Return a plan by its digest, with all of it where the store or this machine knows it.

    Raises:
        StoreError: the store does not answer.
    """
    keys = (waiting_key(digest), plan_key(digest)) if is_digest(digest) else ()
    data = next((found[0] for found in map(store.get, keys) if found is not None), None)
    if data is None and folder is not None and is_digest(digest):
        with suppress(OSError):
            data = (folder / f"{digest}.json").read_bytes()
    with suppress(ValueError, AttributeError, RecursionError):
        document = json.loads(data) if data is not None else None
        if document is not None and digest_of(document) == digest:
            return ApprovedPlan(digest=digest, document=document)
    return ApprovedPlan(digest=digest, document=None)


def differences(approved: ApprovedPlan, plan: Plan) -> tuple[str, ...]:
    """Say how a plan differs from the one that was approved; sentences for people, at least one."""
    if approved.document is None:
        return (
            "the approved plan is not known here, so nobody can say what changed: give the file that "
            "--plan --format json wrote instead of its digest",
        )
    before, after = approved.document, json.loads(plan.text())
    try:
        found = tuple(_differences(before, after))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        found = ()
    return found or ("where some files lie in the store",)


def typed(approved: ApprovedPlan, plan: Plan) -> str:
    """Return the options that make the approved plan's state again, where that is another; empty for none."""
    before = approved.document or {}
    revision, gains = before.get("revision"), before.get("gains")
    undone = gains.get("undone") if isinstance(gains, Mapping) else None
    at = f" --at {revision[:12]}" if isinstance(revision, str) and revision != plan.revision else ""
    with suppress(TypeError, ValueError, OverflowError):
        if undone and undone != plan.gains.undone:  # between two dates all instants are alike
            return f"{at} --now {datetime.fromisoformat(undone) - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    return at


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    if before["live"] != after["live"]:
        was = before["live"] or "nothing"
        yield f"{after['live'] or 'nothing'} is live now, and {was} was: somebody deployed or went back meanwhile"
    if before["revision"] != after["revision"]:
        built, was = after["revision"][:10], before["revision"][:10]
        yield f"commit {built} is to be deployed, and the approved plan is for {was}"
    elif before["live"] == after["live"]:
        yield "the commit is the same, so a date passed, or prmbuild itself or its settings are others"
    everybody = _everybody(before) | _everybody(after)
    yield from _who("gains and losses", _gains(before), _gains(after), everybody)
    yield from _who("portals", _moves(before), _moves(after), everybody)
    yield from _portals(before, after)


def _everybody(document: Mapping[str, Any]) -> set[Viewer]:
    """Return who has a portal, or had one: those of every portal, and those who move away from theirs."""
    every = (*document["portals"], *document["moved"])
    return {(partner, role) for one in every for partner, role in one["viewers"]}


def _who(
    what: str, before: Mapping[str, set[Viewer]], after: Mapping[str, set[Viewer]], everybody: set[Viewer]
) -> Iterator[str]:
    new = [
        f"not approved: {names_of(tuple(sorted(some)), everybody)} would {told}"
        for told, viewers in after.items()
        if (some := viewers - before.get(told, set()))
    ]
    gone = [
        f"approved, and not so any more: {names_of(tuple(sorted(some)), everybody)} would {told}"
        for told, viewers in before.items()
        if (some := viewers - after.get(told, set()))
    ]
    yield from _few(new, what)
    yield from _few(gone, what)


def _gains(document: Mapping[str, Any]) -> Mapping[str, set[Viewer]]:
    """Return what viewers gain, lose or see changed, in words → who does."""
    gains = document["gains"]
    found: dict[str, set[Viewer]] = defaultdict(set)
    for group in gains["groups"]:
        viewers = {(partner, role) for partner, role in gains["sets"][group["set"]]}
        for thing in group["things"]:
            place = thing["path"] if thing["line"] is None else f"{thing['path']}:{thing['line']}"
            version = f" (version {thing['after'][:10]})" if thing["after"] else ""
            found[f"{_VERBS[group['effect']]} {place}{version}"] |= viewers
    return found


def _moves(document: Mapping[str, Any]) -> Mapping[str, set[Viewer]]:
    return {
        f"get portal {one['after'] or 'none'} instead of {one['before'] or 'none'}": {
            (partner, role) for partner, role in one["viewers"]
        }
        for one in document["moved"]
    }


def _portals(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    was = {one["id"]: one for one in before["portals"]}
    now = {one["id"]: one for one in after["portals"]}
    yield from _few(
        sorted(f"portal {portal} is not in the approved plan" for portal in now.keys() - was.keys()), "portals"
    )
    yield from _few(
        sorted(f"portal {portal} is in the approved plan alone" for portal in was.keys() - now.keys()), "portals"
    )
    other = (
        f"portal {portal}: {', '.join(_paths(was[portal], now[portal]))}"
        for portal in sorted(was.keys() & now.keys())
        if was[portal]["after"] != now[portal]["after"]
    )
    yield from _few(list(other), "portals")


def _paths(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[str]:
    found = [
        f"{len(paths)} files {verb} that are not approved" if len(paths) > 1 else f"1 file {one} that is not approved"
        for key, verb, one in (("added", "come", "comes"), ("changed", "change", "changes"), ("dropped", "go", "goes"))
        if (paths := set(after[key]) - set(before[key]))
    ]
    return found or ("other bytes than approved",)


def _few(told: Sequence[str], what: str) -> Iterator[str]:
    yield from told[:_SHOWN]
    if len(told) > _SHOWN:
        yield f"and {len(told) - _SHOWN} more {what}"
