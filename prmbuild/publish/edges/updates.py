"""Changing an edge in as many updates as it takes, again where somebody else changed it meanwhile, and never back."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice

from prmbuild.access.entries import LIVE, TURN
from prmbuild.edge.edge import Edge
from prmbuild.errors import StoreError
from prmbuild.records.records import Live

_ATTEMPTS = 8

_PAUSE = 0.02
"""Seconds; all pauses together are some five."""


class AheadError(StoreError):
    """An edge shows a later turn than the store names: what was read is out of date, or the store was put back."""


def chained(
    edge: Edge,
    tag: str | None,
    *,
    puts: Mapping[str, str] | None = None,
    deletes: Collection[str] = (),
    beat: Callable[[], None] = lambda: None,
) -> str | None:
    """Change an edge in as many updates as it takes, what is deleted first: the last tag.

    Returns:
        None where somebody else changed the edge since `tag`; some of it may be done.
    """
    left_puts, left_deletes = iter((puts or {}).items()), iter(deletes)
    known = tag
    while known is not None:
        gone = list(islice(left_deletes, edge.at_once))
        come = dict(islice(left_puts, edge.at_once - len(gone)))
        if not gone and not come:
            return known
        known = edge.update(known, come, gone)
        beat()
    return None


def attempts(edge: Edge) -> Iterator[int]:
    """Yield until the loop is left, after pauses that grow: who is told of a change may hear of it a little later.

    Raises:
        StoreError: it is not, as others change the edge all the time.
    """
    yield 0
    for number in range(1, _ATTEMPTS):
        time.sleep(_PAUSE * 2**number)
        yield number
    raise StoreError(f"others change {edge.name} all the time", hint="run it again")


def turn_of(edge: Edge, there: Mapping[str, str]) -> int:
    """Return the number of the turn that an edge shows; 0 where it shows nothing."""
    number = there.get(TURN, "0") if there.get(LIVE) else "0"
    if not (number.isascii() and number.isdigit()):
        raise StoreError(f"the entry '{TURN}' of {edge.name} is no number", hint="delete its entry 'live' first")
    return int(number)


def require_newer(edge: Edge, there: Mapping[str, str], now: Live | None) -> None:
    """Refuse to turn an edge back: what was read of the store may be out of date."""
    shown, read = turn_of(edge, there), now.turn if now is not None else 0
    if shown > read:
        hint = (
            "run it again in a minute; was the store itself put back, make live what should be: "
            f"prmbuild rollback {there[LIVE].split(' ')[0]} is what the edge shows"
        )
        raise AheadError(f"{edge.name} shows turn {shown}, and the store names {read}, which is earlier", hint=hint)
