"""Where and when given bytes were published: looked up in the manifests that a store keeps."""

from collections.abc import Mapping

from msgspec import Struct

from prmbuild.errors import StoreError
from prmbuild.records.history import Span, history
from prmbuild.records.live import Untold, manifests_kept, shown
from prmbuild.records.recorded import deployment, known
from prmbuild.records.transfers import every
from prmbuild.store.store import Store


class Whereabouts(Struct, frozen=True, kw_only=True):
    """Bytes that a portal had.

    Attributes:
        portal: its id.
        path: of the file.
        spans: how long partners saw a deployment with it, one for each turn, oldest first.
    """

    portal: str
    path: str
    spans: tuple[Span, ...]


class Search(Struct, frozen=True, kw_only=True):
    """What was found, and how much was looked through.

    Attributes:
        found: sorted by path and portal.
        deployments: how many were looked through.
        lost: how many releases could not be, as their manifests are gone or were changed.
        unrecorded: how many deployments could not be, as their records are.
    """

    found: tuple[Whereabouts, ...]
    deployments: int
    lost: int
    unrecorded: int


def whereabouts(store: Store, digest: str) -> Search:
    """Look bytes up in everything that partners ever saw.

    Args:
        store: where it was published.
        digest: SHA-256 of the bytes, hexadecimal.

    Raises:
        StoreError: the store does not answer, or a record was changed.
    """
    spans = spans_of(store)
    names = list(spans)
    shown_in: dict[tuple[str, str, str], list[Span]] = {}
    unrecorded = 0
    for name, one in zip(names, every(lambda name: known(deployment, store, name), names), strict=True):
        if one is None:
            unrecorded += 1
            continue
        for portal, published in one.portals.items():
            shown_in.setdefault((portal, published.release, one.headers), []).extend(spans[name])
    lost, kept = 0, manifests_kept(store)
    found: dict[tuple[str, str], list[Span]] = {}
    releases = list(shown_in)
    for release, files in zip(releases, every(lambda one: kept(*one), releases), strict=True):
        if isinstance(files, Untold):
            lost += 1
            continue
        for path, other in files.items():
            if other == digest:
                found.setdefault((path, release[0]), []).extend(shown_in[release])
    return Search(
        found=tuple(
            Whereabouts(portal=portal, path=path, spans=tuple(sorted(some, key=lambda span: span.since)))
            for (path, portal), some in sorted(found.items())
        ),
        deployments=len(names) - unrecorded,
        lost=lost,
        unrecorded=unrecorded,
    )


def spans_of(store: Store) -> Mapping[str, list[Span]]:
    """Return id of a deployment → how long partners saw it, for all that partners ever saw.

    Raises:
        StoreError: nothing was ever deployed there, the store does not answer, or a record was changed.
    """
    now = shown(store)
    if now is None:
        raise StoreError(f"nothing was ever deployed to {store.url}")
    found: dict[str, list[Span]] = {}
    for span in history(store, now.live).spans:
        found.setdefault(span.turn.deployment, []).append(span)
    return found
