"""Whether the records are what was written: each is proven by the one that names it, back to the first."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from prmbuild.errors import ChangedError
from prmbuild.progress import Progress
from prmbuild.publish.history import turns
from prmbuild.publish.layout import (
    collected_manifest_key,
    deployment_key,
    evidence_key,
    manifest_key,
    plan_key,
    turn_key,
)
from prmbuild.publish.live import UnprovenError, require_proven
from prmbuild.publish.records import Deployment, Live, Turn, read_deployment, read_manifest_of
from prmbuild.publish.transfers import every
from prmbuild.publish.verify import Drift
from prmbuild.store.store import Store

_GONE, _CHANGED = "is missing", "was changed"


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
    try:
        require_proven(store, live)
    except UnprovenError as error:
        yield Drift(key=error.key, found=error.found)
    chain: list[Turn] = []
    try:
        for turn in turns(store, live):
            chain.append(turn)
            progress.advance()
    except ChangedError:
        if chain:
            yield Drift(key=turn_key(chain[-1].previous), found=_CHANGED)
    else:
        if chain and chain[-1].previous:
            yield Drift(key=turn_key(chain[-1].previous), found=_GONE)
        elif chain and chain[-1].number != 1:
            yield Drift(key=turn_key(chain[-1].id), found="names no turn before it, and is not the first")
    yield from _misnumbered(chain)
    names = dict.fromkeys((*(turn.deployment for turn in chain), live.deployment))
    progress.stage("proving deployments", len(names))
    known: dict[str, Deployment] = {}
    for name, found in zip(names, every(lambda name: _deployment(store, name), names), strict=True):
        progress.advance()
        if isinstance(found, Drift):
            yield found
        else:
            known[name] = found
            yield from _named_by(store, found, names)
    places = {
        (portal, release, one.headers)
        for one in known.values()
        for portal, published in one.portals.items()
        for release in (published.release, published.place.base, published.place.delta)
        if release
    }
    progress.stage("proving manifests", len(places))
    for drifted in every(lambda place: _manifest(store, *place), sorted(places)):
        progress.advance()
        if drifted is not None:
            yield drifted


def _misnumbered(chain: Sequence[Turn]) -> Iterator[Drift]:
    for number, turn in enumerate(chain):
        expected = chain[0].number - number
        if turn.number != expected:
            yield Drift(key=turn_key(turn.id), found=f"has the number {turn.number}, and should have {expected}")


def _deployment(store: Store, name: str) -> Deployment | Drift:
    found = store.get(deployment_key(name))
    if found is None:
        return Drift(key=deployment_key(name), found=_GONE)
    try:
        return read_deployment(name, found[0])
    except ChangedError:
        return Drift(key=deployment_key(name), found=_CHANGED)


def _named_by(store: Store, one: Deployment, known: Iterable[str]) -> Iterator[Drift]:
    """Prove what the record of a deployment names by its digest."""
    if one.previous and one.previous not in known:
        yield Drift(key=deployment_key(one.previous), found="was live before another, and no turn says so")
    for key, digest in ((plan_key(one.plan), one.plan), (evidence_key(one.evidence), one.evidence)):
        found = store.get(key)
        if found is None:
            yield Drift(key=key, found=_GONE)
        elif sha256(found[0]).hexdigest()[: len(digest)] != digest:
            yield Drift(key=key, found=_CHANGED)


def _manifest(store: Store, portal: str, release: str, headers: str) -> Drift | None:
    for key in (manifest_key(portal, release), collected_manifest_key(portal, release)):
        found = store.get(key)
        if found is not None:
            try:
                read_manifest_of(release, headers, key, found[0])
            except ChangedError:
                return Drift(key=key, found=_CHANGED)
            return None
    return None
