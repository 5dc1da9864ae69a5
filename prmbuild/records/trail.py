"""Whether the records are what was written: each is proven by the one that names it, back to the first."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import pairwise

from prmbuild.errors import ChangedError
from prmbuild.progress import Progress
from prmbuild.records import recorded
from prmbuild.records.history import BEFORE_ANOTHER, Known, known_of, turns
from prmbuild.records.layout import (
    collected_manifest_key,
    deployment_key,
    evidence_key,
    manifest_key,
    plan_key,
    turn_key,
)
from prmbuild.records.live import UnprovenError, require_proven
from prmbuild.records.recorded import or_why
from prmbuild.records.records import CHANGED, LOST, UNREADABLE, Deployment, Live, Turn, read_manifest_of
from prmbuild.records.transfers import every
from prmbuild.records.verify import Drift
from prmbuild.store.store import Store

_NOT_LED_TO = ", and nothing leads to it; delete it where no backup has it"


def unproven(store: Store, live: Live, progress: Progress) -> Iterator[Drift]:
    """Yield the records that are missing, or are not what was written.

    The manifest of a release that was collected may be missing: it is told for a time, and not for ever.

    Args:
        store: where.
        live: its pointer, believed or not.
        progress: hears of the stages.

    Raises:
        StoreError: the store does not answer.
    """
    progress.stage("proving records")
    refused = ""
    try:
        require_proven(store, live)
    except UnprovenError as error:
        refused = error.key
        yield _drift(error)
    known = known_of(store, live)
    wrong = {one.key: one for one in known.unread}
    chain: list[Turn] = []
    for turn in turns(store, live):
        chain.append(turn)
        progress.advance()
    if chain and chain[-1].previous:
        lost = or_why(recorded.turn, store, chain[-1].previous)
        if isinstance(lost, ChangedError):
            wrong[lost.key] = lost
    elif chain and not known.is_first(chain[-1]):
        yield Drift(key=turn_key(chain[-1].id), found="names no turn before it, and is not the first")
    led = {turn_key(live.record), *(turn_key(turn.previous) for turn in known.turns.values())}
    led |= {deployment_key(turn.deployment) for turn in known.turns.values()}
    for key, one in wrong.items():
        if key != refused:
            nobody = one.found in (CHANGED, UNREADABLE) and key not in led
            yield Drift(key=key, found=f"{one.found}{_NOT_LED_TO if nobody else ''}")
    said = {refused, *wrong}
    yield from _misnumbered(known, chain)
    names = dict.fromkeys((*(turn.deployment for turn in chain), live.deployment))
    told = {turn.deployment for turn in known.turns.values()}.union(names)
    progress.stage("proving deployments", len(names))
    read = list(every(lambda name: or_why(recorded.deployment, store, name), names))
    there = [one for one in read if not isinstance(one, ChangedError)]
    for found in read:
        progress.advance()
        if isinstance(found, ChangedError):
            yield from () if found.key in said else (_drift(found),)
        elif found.previous and found.previous not in told and deployment_key(found.previous) not in said:
            yield Drift(key=deployment_key(found.previous), found=BEFORE_ANOTHER)
    # deployments may share them
    named = dict.fromkeys(pair for one in there for pair in _named_by(one))
    for unlike in every(lambda pair: _unlike(store, *pair), named):
        if unlike is not None:
            yield unlike
    places = {
        (portal, release, one.headers)
        for one in there
        for portal, published in one.portals.items()
        for release in (published.release, published.place.base, published.place.delta)
        if release
    }
    progress.stage("proving manifests", len(places))
    for drifted in every(lambda place: _manifest(store, *place), sorted(places)):
        progress.advance()
        if drifted is not None:
            yield drifted


def _misnumbered(known: Known, chain: Sequence[Turn]) -> Iterator[Drift]:
    for turn, before in pairwise(chain):
        if not known.follows(turn, before):
            what = f"has the number {turn.number}, and names turn {before.number} before it; what came between is lost"
            yield Drift(key=turn_key(turn.id), found=what)


def _named_by(one: Deployment) -> Iterator[tuple[str, str]]:
    """Yield what the record of a deployment names by its digest: the key, and the digest."""
    yield plan_key(one.plan), one.plan
    yield evidence_key(one.evidence), one.evidence


def _unlike(store: Store, key: str, digest: str) -> Drift | None:
    """Return what is wrong with an object that has to have a digest, of which so many digits are known."""
    found = store.get(key)
    if found is None:
        return Drift(key=key, found=LOST)
    return None if sha256(found[0]).hexdigest()[: len(digest)] == digest else Drift(key=key, found=CHANGED)


def _drift(error: ChangedError) -> Drift:
    return Drift(key=error.key, found=error.found)


def _manifest(store: Store, portal: str, release: str, headers: str) -> Drift | None:
    for key in (manifest_key(portal, release), collected_manifest_key(portal, release)):
        found = store.get(key)
        if found is not None:
            try:
                read_manifest_of(release, headers, key, found[0])
            except ChangedError as error:
                return _drift(error)
            return None
    return None
