"""Changing an edge in as many updates as it takes, again where somebody else changed it meanwhile."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice

from prmbuild.edge.edge import Edge
from prmbuild.errors import StoreError

_ATTEMPTS = 8

_PAUSE = 0.02
"""Seconds; all pauses together are some five."""


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
