"""What a plan starts from: what partners see now, or why nobody can tell."""

from collections.abc import Callable, Collection, Iterator

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.publish.edges.shows import ApartError, Reached
from prmbuild.publish.lock import Place, may_go
from prmbuild.records import recorded
from prmbuild.records.deployments import told_of
from prmbuild.records.kept import lacking
from prmbuild.records.live import Predecessor, UnprovenError, predecessor, to_turn
from prmbuild.records.records import Deployment, Live
from prmbuild.records.verify import places
from prmbuild.store.store import Store


class Start(Struct, frozen=True, kw_only=True):
    """What a plan starts from.

    Attributes:
        before: what a deployment goes on from; None where nothing was ever deployed.
        live: id of the deployment that partners see, as far as that is known; empty for none.
        unknown: why nobody can tell what partners see, for people; empty where it is known. Then nothing of `before` is
            taken for granted, and a person has to approve the plan; that also lets go what was pinned.
    """

    before: Predecessor | None
    live: str
    unknown: str


def goes_on_from(store: Store, reached: Callable[[], Reached], marked: Collection[Place]) -> Predecessor | None:
    """Return what a deployment goes on from; None where nothing was ever deployed.

    Where what is live cannot be told, that is what the records say last. A person makes that live again where all of it
    is there, and the edge shows nothing later. Else nothing of it is taken for granted: what could be gone back to is
    earlier, so that whoever left since would read again.

    Args:
        store: where.
        reached: returns how far the edge was led.
        marked: see `to_go_back_to`.

    Raises:
        UnprovenError: it cannot be told, and a person can make that live, which is named.
        StoreError: the store or the edge does not answer.
    """
    try:
        return predecessor(store)
    except UnprovenError as error:
        at = reached()
        found = to_turn(store, at.turn or 0)
        if found is None:
            raise
        last = found.deployment
        unknown = any(recorded.known(recorded.deployment, store, name) is None for name in at.shows[:1])
        if last is None or not kept_whole(store, last, marked) or unknown or (at.turn or 0) > found.live.turn:
            return replace(found, deployment=None)
        if last.id in error.hint:
            raise
        hint = f"make live what should be: prmbuild rollback {last.id}, then prmbuild rollback --unpin"
        raise UnprovenError(error.key, error.found, hint=hint) from error


def start_of(store: Store, before: Predecessor | None, led: ApartError | None, marked: Collection[Place]) -> Start:
    """Return what a plan starts from.

    Args:
        store: where.
        before: what a deployment goes on from.
        led: why the store cannot lead its edge on from what that shows; None where it can.
        marked: see `to_go_back_to`.

    Raises:
        ApartError: that, where what the edge shows can be gone back to.
        StoreError: the store does not answer.
    """
    live = before.live.deployment if before is not None else ""
    if led is None:
        lost = before is not None and before.deployment is None
        unknown = f"what is live is not known, as something of deployment {live} is lost or was changed"
        return Start(before=before, live=live, unknown=unknown if lost else "")
    shows = recorded.known(recorded.deployment, store, led.shows) if led.shows else None
    if shows is not None and kept_whole(store, shows, marked):
        raise led
    if before is None:
        before = Predecessor(live=Live(deployment="", before="", turn=0, record=""), tag=None, deployment=None)
    return Start(before=replace(before, deployment=None), live=led.shows or live, unknown=led.message)


def to_go_back_to(store: Store, live: Live, marked: Collection[Place]) -> Iterator[Deployment]:
    """Yield the deployments that can be gone back to, as `prmbuild.records.deployments.told_of` orders them.

    Args:
        store: where.
        live: what the records say is live.
        marked: releases that a run may still delete.

    Raises:
        StoreError: the store does not answer.
    """
    return (one for one in told_of(store, live) if kept_whole(store, one, marked))


def kept_whole(store: Store, one: Deployment, marked: Collection[Place]) -> bool:
    """Tell whether all is there that a deployment needs, and stays.

    Raises:
        StoreError: the store does not answer.
    """
    return not any(may_go(*place, marked) for place in places(one)) and not lacking(store, one)
