"""What was deployed last from this machine to a store, so that a deployment with nothing to do is over at once.

A note says from what it was built and how long that holds. It is believed only while the store's pointer is the very
one that partners were shown when the note was written; and, where an edge follows the store, while the keys and
revocations are those that the edge has certainly heard of: a revocation that ended in between is finished by the
deployment that looks.
"""

import json
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from prmbuild.access.entries import LIVE as LIVE_ENTRY
from prmbuild.edge.edge import Edge
from prmbuild.laid import keep
from prmbuild.last_build import digest_of, until
from prmbuild.publish.edges.shows import in_step
from prmbuild.records.layout import LIVE
from prmbuild.records.records import Live, read_live
from prmbuild.request import Request
from prmbuild.sessions.state import read_sessions
from prmbuild.source.git import GitRepository
from prmbuild.store.store import Store

_FOLDER = "deployed"


class LastDeployment(Struct, frozen=True, kw_only=True):
    """A deployment that is over.

    Attributes:
        revision: the commit that it was built from.
        inputs: see `prmbuild.last_build.digest_of`.
        since: the instant it was built at, ISO 8601 UTC.
        until: the instant from which another build may come out otherwise.
        live: digest of the pointer that made it live.
        sessions: see `sessions_known`.
    """

    revision: str
    inputs: str
    since: str
    until: str
    live: str
    sessions: str


def sessions_known(store: Store, edge: Edge | None) -> str:
    """Return what names the keys and revocations that an edge has to have; empty where there is no edge.

    Raises:
        StoreError: the store does not answer, or what it knows cannot be read.
    """
    return read_sessions(store).digest if edge is not None else ""


def still_live(repository: GitRepository, request: Request, store: Store, edge: Edge | None) -> LastDeployment | None:
    """Return what was deployed last, where it is live and the same would be built again; None where that is not known.

    The pointer alone is looked at: what was lost or changed behind it is for `prmbuild verify` to find.

    Args:
        repository: what would be built from.
        request: what would be built.
        store: where it would be deployed to.
        edge: CloudFront's that follows, if there is one.

    Raises:
        SourceError: git cannot answer.
        StoreError: the store does not answer.
    """
    if request.worktree:
        return None
    try:
        last = LastDeployment(**json.loads(_note(request, store, edge).read_bytes()))
        held = datetime.fromisoformat(last.since) <= request.now < datetime.fromisoformat(last.until)
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    if not held or last.inputs != _inputs(repository, request):
        return None
    found = store.get(LIVE)
    if found is None or sha256(found[0]).hexdigest() != last.live:
        return None
    return last if _in_step(store, edge, read_live(found[0]), last.sessions) else None


def _in_step(store: Store, edge: Edge | None, live: Live, sessions: str) -> bool:
    """Tell whether an edge shows what is live, and has certainly heard of what the store knows of sessions.

    True where there is no edge.
    """
    if edge is None:
        return not sessions
    known = read_sessions(store)
    # the file that says that it follows may be lost
    return edge.name in known.edges and known.digest == sessions and in_step(edge.get(LIVE_ENTRY), live)


def remember(
    repository: GitRepository,
    request: Request,
    store: Store,
    edge: Edge | None,
    *,
    live: Live,
    sessions: str,
    due: datetime | None,
) -> None:
    """Note a deployment that is live now; where that cannot be done, the next one is one like any other.

    Args:
        repository: what it was built from.
        request: what was built.
        store: where it is live.
        edge: as for `still_live`.
        live: the pointer that made it so.
        sessions: see `sessions_known`, from before the deployment that brought the edge in step.
        due: when a date passes that changes what partners see; None for never.

    Raises:
        SourceError: git cannot answer.
    """
    last = LastDeployment(
        revision=repository.resolve(request.revision),
        inputs=_inputs(repository, request),
        since=request.now.isoformat(),
        until=until(request.now, due).isoformat(),
        live=sha256(live.text()).hexdigest(),
        sessions=sessions,
    )
    keep(_note(request, store, edge), asdict(last))


def _inputs(repository: GitRepository, request: Request) -> str:
    return digest_of(repository.resolve(request.revision), repository.branches())


def _note(request: Request, store: Store, edge: Edge | None) -> Path:
    return request.cache.folder / _FOLDER / sha256(f"{store.url} {edge.name if edge else ''}".encode()).hexdigest()[:32]
