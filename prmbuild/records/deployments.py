"""The deployments that are on record, whatever of the records is lost."""

from collections.abc import Iterator

from prmbuild.records import recorded
from prmbuild.records.history import recorded_turns, seen_deployments
from prmbuild.records.layout import DEPLOYMENTS, recorded_deployment
from prmbuild.records.records import Deployment, Live
from prmbuild.records.transfers import every
from prmbuild.store.store import Store


def told_of(store: Store, live: Live) -> Iterator[Deployment]:
    """Yield the deployments that the pointer or a turn tells of, once each, as far as their records are there.

    What the pointer names comes first; then what it leads to, latest first; then what other turns tell of, those after
    the pointer's included, as it may have been put back.

    Raises:
        StoreError: the store does not answer.
    """
    told = {live.deployment}
    first = recorded.known(recorded.deployment, store, live.deployment) if live.deployment else None
    if first is not None:
        yield first
    for _, one in seen_deployments(store, live):
        if one.id not in told:
            told.add(one.id)
            yield one
    for turn in sorted(recorded_turns(store), key=lambda turn: (turn.number, turn.at), reverse=True):
        if turn.deployment not in told:
            told.add(turn.deployment)
            known = recorded.known(recorded.deployment, store, turn.deployment)
            if known is not None:
                yield known


def on_record(store: Store, live: Live) -> Iterator[Deployment]:
    """Yield every deployment whose record is what was written, once each.

    Those that turns tell of come first, see `told_of`; then the others, the newest first.

    Raises:
        StoreError: the store does not answer.
    """
    told = set()
    for one in told_of(store, live):
        told.add(one.id)
        yield one
    listed = (recorded_deployment(found.key) for found in store.listed(DEPLOYMENTS))
    names = [name for name in listed if name is not None and name not in told]
    read = every(lambda name: recorded.known(recorded.deployment, store, name), names)
    yield from sorted((one for one in read if one is not None), key=lambda one: one.at, reverse=True)
