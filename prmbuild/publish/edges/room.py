"""Room at an edge: it holds little, so whatever does not fit makes room first, of what nobody can need any more."""

from collections.abc import Collection, Mapping

from prmbuild.access.entries import LIVE, SESSIONS, deployment_of, is_of_sessions
from prmbuild.edge.edge import Edge, Standing
from prmbuild.edge.limits import check_room, size
from prmbuild.errors import ChangedError
from prmbuild.publish.edges.contents import named_by
from prmbuild.publish.edges.sessions import is_ahead
from prmbuild.publish.edges.updates import chained
from prmbuild.records.live import pointer
from prmbuild.sessions.state import read_sessions
from prmbuild.store.store import Store


def room(
    store: Store, edge: Edge, standing: Standing, puts: Mapping[str, str], *, coming: str = "", spare: int = 0
) -> str | None:
    """Delete what nobody can need any more where entries would not fit else: the tag after that.

    Args:
        store: which the edge follows.
        edge: where they are to be put.
        standing: how it stood before the store was looked at.
        puts: the entries.
        coming: id of the deployment that is about to be shown; empty for none.
        spare: bytes that should stay free.

    Returns:
        None where somebody else changed the edge meanwhile.

    Raises:
        StoreError: they would not fit then, either.
    """
    if standing.size + size(puts) + spare <= edge.holds:
        return standing.tag
    there = edge.entries()
    strays = _strays(store, there, coming)
    left = {name: entry for name, entry in there.items() if name not in strays}
    check_room(size({**left, **puts}), edge.holds, edge.name)
    return chained(edge, standing.tag, deletes=strays)


def _strays(store: Store, there: Mapping[str, str], coming: str) -> Collection[str]:
    """Return the entries of deployments that are not shown nor about to be, and of sessions that are not known."""
    sessions = read_sessions(store)
    # what an edge has that is ahead, or does not say what it has, is nothing that nobody needs
    sure = SESSIONS in there and not is_ahead(there, sessions)
    known = sessions.entries()
    strays = {name for name in there if sure and is_of_sessions(name) and name not in known}
    try:
        now = pointer(store)
    except ChangedError:  # what is shown is not known, so all of it may be
        return strays
    kept = {*there.get(LIVE, "").split(" "), *named_by(now), coming}
    return strays | {name for name in there if (one := deployment_of(name)) is not None and one not in kept}
