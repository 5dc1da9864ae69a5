"""What a plan starts from: what partners see now, or why nobody can tell."""

from collections.abc import Callable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.publish.collect import lacking, whole
from prmbuild.publish.edges.shows import ApartError
from prmbuild.records import recorded
from prmbuild.records.live import Predecessor, UnprovenError, others_kept, predecessor, to_turn
from prmbuild.records.records import Deployment, Live
from prmbuild.store.store import Store


class Start(Struct, frozen=True, kw_only=True):
    """What a plan starts from.

    Attributes:
        before: what a deployment goes on from; None where nothing was ever deployed.
        live: id of the deployment that partners see, as far as that is known; empty for none.
        unknown: why nobody can tell what partners see, for people; empty where it is known. Then nothing of `before` is
            taken for granted, and a person has to approve the plan.
    """

    before: Predecessor | None
    live: str
    unknown: str


def goes_on_from(store: Store, turn_shown: Callable[[], int]) -> Predecessor | None:
    """Return what a deployment goes on from; None where nothing was ever deployed.

    Where what is live cannot be told, that is what the records say last, and nothing of it is taken for granted; but
    only where no deployment is left that a person could make live instead.

    Args:
        store: where.
        turn_shown: returns the number of the last turn that the edge showed; 0 for none.

    Raises:
        UnprovenError: it cannot be told, and there is one.
        StoreError: the store or the edge does not answer.
    """
    try:
        return predecessor(store)
    except UnprovenError:
        found = to_turn(store, turn_shown())
        if found is None or any(_there(store, one) for one in _left(store, found)):
            raise
        return replace(found, deployment=None)


def start_of(store: Store, before: Predecessor | None, led: ApartError | None) -> Start:
    """Return what a plan starts from.

    Args:
        store: where.
        before: what a deployment goes on from.
        led: why the store cannot lead its edge on from what that shows; None where it can.

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
    if shows is not None and _there(store, shows):
        raise led
    if before is None:
        before = Predecessor(live=Live(deployment="", before="", turn=0, record=""), tag=None, deployment=None)
    return Start(before=replace(before, deployment=None), live=led.shows or live, unknown=led.message)


def _left(store: Store, found: Predecessor) -> Iterator[Deployment]:
    if found.deployment is not None:
        yield found.deployment
    yield from others_kept(store, found.live)


def _there(store: Store, one: Deployment) -> bool:
    """Tell whether all is there that a deployment needs."""
    return whole(store, one) and not lacking(store, one)
