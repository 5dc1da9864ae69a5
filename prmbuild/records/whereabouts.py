"""Where and when given bytes were published, or may have been: looked up in the manifests that a store keeps."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from msgspec import Struct

from prmbuild.errors import StoreError
from prmbuild.records.history import History, Maybe, Span, history
from prmbuild.records.live import Untold, manifests_kept, shown
from prmbuild.records.recorded import deployment, known
from prmbuild.records.transfers import every
from prmbuild.store.store import Store

_Time = TypeVar("_Time", Span, Maybe)


class Whereabouts(Struct, frozen=True, kw_only=True):
    """Bytes that a portal had.

    Attributes:
        portal: its id.
        path: of the file.
        spans: how long partners saw a deployment with it, one for each turn, oldest first.
        maybe: how long they may have seen one besides, oldest first; nothing proves it.
    """

    portal: str
    path: str
    spans: tuple[Span, ...]
    maybe: tuple[Maybe, ...]


class Search(Struct, frozen=True, kw_only=True):
    """What was found, and how much was looked through.

    Attributes:
        found: sorted by path and portal.
        deployments: how many were looked through.
        lost: how many releases could not be, as their manifests are gone or were changed.
        unrecorded: how many deployments could not be, as their records are.
        complete: whether no turn is lost, which could tell of more.
    """

    found: tuple[Whereabouts, ...]
    deployments: int
    lost: int
    unrecorded: int
    complete: bool

    @property
    def all_known(self) -> bool:
        """Whether everything was looked through: what was not found never was there."""
        return self.complete and not self.lost and not self.unrecorded


def whereabouts(store: Store, digest: str) -> Search:
    """Look bytes up in everything that partners ever saw, or may have seen.

    Args:
        store: where it was published.
        digest: SHA-256 of the bytes, hexadecimal.

    Raises:
        StoreError: the store does not answer, or a record was changed.
    """
    past = past_of(store)
    times = _times(past)
    names = list(times)
    shown_in: dict[tuple[str, str, str], list[Span | Maybe]] = {}
    unrecorded = 0
    for name, one in zip(names, every(lambda name: known(deployment, store, name), names), strict=True):
        if one is None:
            unrecorded += 1
            continue
        for portal, published in one.portals.items():
            shown_in.setdefault((portal, published.release, one.headers), []).extend(times[name])
    lost, kept = 0, manifests_kept(store)
    found: dict[tuple[str, str], list[Span | Maybe]] = {}
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
            Whereabouts(portal=portal, path=path, spans=_sorted(some, Span), maybe=_sorted(some, Maybe))
            for (path, portal), some in sorted(found.items())
        ),
        deployments=len(names) - unrecorded,
        lost=lost,
        unrecorded=unrecorded,
        complete=past.complete,
    )


def past_of(store: Store) -> History:
    """Return what partners ever saw.

    Raises:
        StoreError: nothing was ever deployed there, the store does not answer, or a record was changed.
    """
    now = shown(store)
    if now is None:
        raise StoreError(f"nothing was ever deployed to {store.url}")
    return history(store, now.live)


def _times(past: History) -> Mapping[str, list[Span | Maybe]]:
    """Return id of a deployment → how long partners saw it, or may have seen it."""
    found: dict[str, list[Span | Maybe]] = {}
    for span in past.spans:
        found.setdefault(span.turn.deployment, []).append(span)
    for one in past.maybe:
        found.setdefault(one.deployment, []).append(one)
    return found


def _sorted(some: Iterable[Span | Maybe], kind: type[_Time]) -> tuple[_Time, ...]:
    return tuple(sorted((one for one in some if isinstance(one, kind)), key=lambda one: one.since))
