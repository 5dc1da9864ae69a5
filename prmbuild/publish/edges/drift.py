"""What an edge has, compared with what the store says that it should have."""

from collections.abc import Iterator

from prmbuild.access.entries import LIVE, NOBODY, SESSIONS, SINCE, TURN, deployment_of, is_of_sessions
from prmbuild.edge.edge import Edge
from prmbuild.publish.edges.contents import knows, live_of, wanted_of
from prmbuild.publish.edges.owner import stranger
from prmbuild.publish.edges.sessions import is_ahead, way_out
from prmbuild.publish.edges.shows import apart, reached
from prmbuild.records.live import pointer
from prmbuild.records.verify import Drift
from prmbuild.sessions.state import read_sessions
from prmbuild.store.store import Store


def drift(store: Store, edge: Edge) -> Iterator[Drift]:
    """Yield what differs between an edge and the store that it follows, entry by entry. No secret is in it.

    Raises:
        ChangedError: the record of what is live is not what was written.
        StoreError: the store or the edge fails.
    """
    there = edge.entries()
    other = stranger(store, there)
    if other:
        yield Drift(
            key=edge.name,
            found=f"follows {other}, and not {store.url}",
            way_out=f"name the edge of {store.url}, or let this one go: prmbuild gc --to {other} "
            f"--forget-edge {edge.name}",
        )
        return
    now = pointer(store)
    shows = reached(there).shows
    unlike = set[str]()
    led = apart(edge, store, there, now)
    if led is not None:
        yield Drift(key=f"{edge.name} {LIVE if led.shows else TURN}", found=led.found, way_out=led.hint)
    elif now is not None and not shows:
        way = f"prmbuild rollback {now.deployment}" if now.pinned else "prmbuild deploy, once its plan is approved,"
        found = "is missing, so partners see nothing"
        yield Drift(key=f"{edge.name} {LIVE}", found=found, way_out=f"{way} puts it there")
    if led is not None or not shows:
        # what it has of deployments is not what it will have
        unlike |= {LIVE, *(name for name in there if deployment_of(name) is not None)}
        shows = ()
    wanted = wanted_of(store, now, shows)
    sessions = read_sessions(store)
    if is_ahead(there, sessions):
        what = "has keys or revocations that the store does not know"
        yield Drift(key=f"{edge.name} {SESSIONS}", found=what, way_out=way_out(edge, store))
        unlike |= {name for name in (*wanted, *there) if is_of_sessions(name) or name == SESSIONS}
    # what is looked up has to be right; entries of deployments that were live once stay until they are collected
    on_record = dict.fromkeys(wanted.get(LIVE, "").split(), False)
    if LIVE in wanted and now is not None and there.get(LIVE) == live_of(now) != wanted[LIVE]:
        # the record of the one before was lost since, so that its entries can be compared with nothing
        wanted[LIVE], on_record[now.before] = there[LIVE], True

    def known(name: str) -> bool:
        one = deployment_of(name)
        if one is not None and one not in on_record:
            on_record[one] = knows(store, one, now)
        return one is not None and on_record[one]

    # a turn that shows nothing else, such as an --unpin, is not told to the edge
    for name in sorted((wanted.keys() | there.keys()) - {SINCE, TURN} - unlike):
        if name not in there:
            yield Drift(key=f"{edge.name} {name}", found="is missing")
        elif name not in wanted:
            if not known(name) and there[name] != NOBODY:
                yield Drift(key=f"{edge.name} {name}", found="was not put there by a deployment")
        elif there[name] != wanted[name]:
            yield Drift(key=f"{edge.name} {name}", found="says something else than the store")
