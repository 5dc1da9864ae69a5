"""What an edge has, compared with what the store says that it should have."""

from collections.abc import Iterator

from prmbuild.access.entries import LIVE, NOBODY, SINCE, TURN, deployment_of
from prmbuild.edge.edge import Edge
from prmbuild.publish.edge_contents import knows, live_of, wanted_of
from prmbuild.publish.edge_owner import stranger
from prmbuild.publish.edge_updates import turn_of
from prmbuild.publish.live import pointer
from prmbuild.publish.verify import Drift
from prmbuild.store.store import Store


def drift(store: Store, edge: Edge) -> Iterator[Drift]:
    """Yield what differs between an edge and the store that it follows, entry by entry. No secret is in it.

    Raises:
        StoreError: the store or the edge fails.
    """
    there = edge.entries()
    other = stranger(store, there)
    if other:
        yield Drift(key=edge.name, found=f"follows {other}, and not {store.url}")
        return
    now = pointer(store)
    wanted = wanted_of(store, now)
    # what is looked up has to be right; entries of deployments that were live once stay until they are collected
    on_record = dict.fromkeys(wanted.get(LIVE, "").split(), False)
    if now is not None and there.get(LIVE) == live_of(now) != wanted[LIVE]:
        # the record of the one before was lost since, so that its entries can be compared with nothing
        wanted[LIVE], on_record[now.before] = there[LIVE], True

    def known(name: str) -> bool:
        one = deployment_of(name)
        if one is not None and one not in on_record:
            on_record[one] = knows(store, one, now)
        return one is not None and on_record[one]

    # a turn that shows nothing else, such as an --unpin, is not told to the edge
    if turn_of(edge, there) > (now.turn if now is not None else 0):
        yield Drift(key=f"{edge.name} {TURN}", found="is ahead of the store")
    for name in sorted((wanted.keys() | there.keys()) - {SINCE, TURN}):
        if name not in there:
            yield Drift(key=f"{edge.name} {name}", found="is missing")
        elif name not in wanted:
            if not known(name) and there[name] != NOBODY:
                yield Drift(key=f"{edge.name} {name}", found="was not put there by a deployment")
        elif there[name] != wanted[name]:
            yield Drift(key=f"{edge.name} {name}", found="says something else than the store")
