"""What is live, for people and for machines."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from prmbuild.publish.plan import Plan, PortalPlan
from prmbuild.publish.status import Happened, Status
from prmbuild.records.evidence import UNPROVEN
from prmbuild.records.layout import TURNS
from prmbuild.records.records import BACKUP, Kind

_PORTALS = 20

_ENTRIES = 10


def as_json(status: Status, *, objects: bool) -> str:
    """Return a status as JSON.

    Args:
        status: what is live.
        objects: whether to name every object that differs from what is desired.
    """
    now, one = status.now.live, status.now.deployment
    turn = status.happened[0].turn
    document = {
        "version": 1,
        "live": {
            "deployment": now.deployment,
            "commit": one.revision,
            "built_for": one.instant,
            "deployed_at": one.at,
            "deployed_by": one.by,
            "live_since": turn.at,
            "live_by": turn.by,
            "plan": one.plan,
            "plan_approved": one.approved,
            "approvals": dict(status.approvals),
            "pinned": now.pinned,
            "portals": {portal: published.release for portal, published in one.portals.items()},
        },
        "desired": _desired(status.desired, objects=objects) if status.desired is not None else None,
        "edges": [{"key": one.key, "found": one.found} for one in status.edges],
        "records": [{"key": one.key, "found": one.found} for one in status.lost],
        "turns": [_turn(happened) for happened in status.happened],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _desired(plan: Plan, *, objects: bool) -> Mapping[str, object]:
    return {
        "commit": plan.revision,
        "same": plan.same,
        "portals": [
            {
                "id": one.portal,
                "state": _state(one),
                "added": list(one.added) if objects else len(one.added),
                "changed": list(one.changed) if objects else len(one.changed),
                "dropped": list(one.dropped) if objects else len(one.dropped),
            }
            for one in plan.portals
        ],
    }


def _state(one: PortalPlan) -> str:
    if one.after is None:
        return "goes"
    return "new" if one.before is None else "same" if one.same else "differs"


def _turn(happened: Happened) -> Mapping[str, object]:
    turn = happened.turn
    return {
        "id": turn.id,
        "number": turn.number,
        "at": turn.at,
        "kind": turn.kind.value,
        "by": turn.by,
        "deployment": turn.deployment,
        "commit": happened.deployment.revision if happened.deployment is not None else None,
        "pinned": turn.pinned,
        "whole": happened.whole,
    }


def as_text(status: Status, url: str, *, objects: bool) -> str:
    """Return a status as lines of text; see `as_json`."""
    return "\n".join(_lines(status, url, objects=objects)) + "\n"


def _lines(status: Status, url: str, *, objects: bool) -> Iterator[str]:
    now, live = status.now.live, status.now.deployment
    pinned = ", put back by a person and pinned: prmbuild rollback --unpin lets deployments go on" if now.pinned else ""
    yield f"{url}: deployment {now.deployment} is live{pinned}"
    yield f"  commit    {live.revision[:10]}, with the dates of {_time(live.instant)}"
    last = status.happened[0].turn
    yield f"  live      since {_time(last.at)} by {last.by} ({last.kind.value})"
    if last.kind is not Kind.DEPLOY:
        yield f"  deployed  {_time(live.at)} by {live.by}"
    how = "approved by a person" if live.approved else "within the limits, not asked about"
    yield f"  plan      {live.plan}, {how}"
    if status.approvals:
        approved = ", ".join(
            f"{number} not known to have been merged" if kind == UNPROVEN else f"{number} by {kind}"
            for kind, number in status.approvals.items()
        )
        yield f"  approved  files: {approved}"
    yield from (f"  edge      {found.key} {found.found}" for found in status.edges[:_ENTRIES])
    yield from (f"  edge      {one}" for one in dict.fromkeys(one.way_out for one in status.edges if one.way_out))
    wrong = sum(not one.way_out for one in status.edges)
    if wrong:
        yield f"  edge      {wrong} entries of edges are not what the store says; prmbuild gc puts them right"
    yield from (f"  record    {one.key} {one.found}" for one in status.lost)
    if status.lost:
        yield f"  record    {BACKUP}; prmbuild verify looks at all"
    if status.desired is not None:
        yield ""
        yield from _differing(status.desired, objects=objects)
    yield ""
    yield "what partners saw, newest first"
    for happened in status.happened:
        turn, one = happened.turn, happened.deployment
        kept = "lost" if one is None else "kept" if happened.whole else "gone"
        mark = "live" if happened is status.happened[0] else kept
        what = f"{turn.kind.value:<8}  {turn.deployment}  {one.revision[:10] if one is not None else '?' * 10}"
        yield f"  {mark}  {_time(turn.at)}  {what}  by {turn.by}"
    if status.more:
        untold = any(one.key.startswith(f"{TURNS}/") for one in status.lost)
        yield f"  and {status.more} more{', before a record that is lost' if untold else '; --all lists them'}"


def _differing(plan: Plan, *, objects: bool) -> Iterator[str]:
    commit = plan.revision[:10]
    differing = [one for one in plan.portals if not one.same]
    if plan.same:
        yield f"{commit} is live, as it should be"
        return
    if not differing:
        others = " and some viewers have another portal" if plan.moved else ""
        yield f"{commit} is not live; no portal differs from what is live{others}"
        return
    some = f"{len(differing)} of {len(plan.portals)} portals differ"
    yield f"{commit} is not live: {some}; prmbuild deploy --plan says what partners gain and lose"
    for one in differing if objects else differing[:_PORTALS]:
        yield f"  {one.portal}: {_what(one)}"
        if objects:
            for sign, paths in (("+", one.added), ("~", one.changed), ("-", one.dropped)):
                yield from (f"    {sign} {path}" for path in paths)
    if not objects and len(differing) > _PORTALS:
        yield f"  and {len(differing) - _PORTALS} more; --objects names them all"


def _what(one: PortalPlan) -> str:
    if one.after is None:
        return "goes"
    if one.before is None:
        return f"is new, with {len(one.added)} files"
    return f"{len(one.added)} files come, {len(one.changed)} change, {len(one.dropped)} go"


def _time(at: str) -> str:
    return f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M:%S} UTC"
