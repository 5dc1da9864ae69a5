"""What a store shows now."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from functools import cache

from msgspec import Struct
from msgspec.structs import fields, replace

from prmbuild.errors import ChangedError
from prmbuild.manifest import releases
from prmbuild.records import recorded
from prmbuild.records.deployments import told_of
from prmbuild.records.history import recorded_turns, turns_from
from prmbuild.records.last import last_recorded
from prmbuild.records.layout import LIVE, collected_manifest_key, manifest_key, release_folder
from prmbuild.records.records import (
    BACKUP,
    CHANGED,
    LOST,
    UNREADABLE,
    Deployment,
    Live,
    ManifestOf,
    Turn,
    named,
    read_live,
    read_manifest,
    read_manifest_of,
    release_names,
)
from prmbuild.records.transfers import every
from prmbuild.store.store import Store


class Predecessor(Struct, frozen=True, kw_only=True):
    """What the next turn goes on from.

    Attributes:
        live: the pointer.
        tag: of the pointer; None where that is lost.
        deployment: the one that partners see; None where the record of it is not what was written.
    """

    live: Live
    tag: str | None
    deployment: Deployment | None


class Shown(Predecessor, frozen=True, kw_only=True):
    """What a store shows, all of it proven.

    Attributes:
        deployment: the one that partners see.
    """

    deployment: Deployment


class UnprovenError(ChangedError):
    """It cannot be told what partners see.

    The pointer does not say what the turn says that it names, or went back to an earlier one; or it is lost, or that
    turn, or the record of the deployment, or one of them was changed.
    """


class UnlistedError(ChangedError):
    """The list of files of a release of what is live is lost or was changed."""


def shown(store: Store) -> Shown | None:
    """Return what a store shows; None where nothing was ever deployed to it.

    Raises:
        UnprovenError: the records do not say that it should show that, or what it is.
        StoreError: the store does not answer, or what it holds was not written by prmbuild.
    """
    found = _proven(store)
    if found is None:
        return None
    live, tag = found
    one = recorded.or_why(recorded.deployment, store, live.deployment)
    if isinstance(one, ChangedError):
        raise UnprovenError(one.key, f"{one.found}, and that deployment is live", hint=_out_of(store, live)) from one
    return Shown(live=live, tag=tag, deployment=one)


def predecessor(store: Store) -> Predecessor | None:
    """Return what a deployment goes on from; None where nothing was ever deployed to a store.

    Raises:
        UnprovenError: the records do not say that the pointer is right.
        StoreError: the store does not answer, or what it holds was not written by prmbuild.
    """
    found = _proven(store)
    if found is None:
        return None
    live, tag = found
    return Predecessor(live=live, tag=tag, deployment=recorded.known(recorded.deployment, store, live.deployment))


def to_turn(store: Store, reached: int = 0) -> Predecessor | None:
    """Return what a store should show, for a person who says what it is to show from now on.

    Where the pointer was changed, that is what the last turn says; where that turn is lost, what the pointer says; and
    where the pointer is lost or was put back, what the records say last, be it of a first turn that no pointer came to
    name. `Live.record` names a turn that was live for certain, so that the next turn tells of no other as a fact. None
    where nothing was ever deployed.

    Args:
        store: where.
        reached: number of a turn that was live for certain, as an edge shows it.

    Raises:
        StoreError: the store does not answer, or what it holds was not written by prmbuild.
    """
    found = store.get(LIVE)
    live = last = None
    with suppress(ChangedError):
        live = read_live(found[0]) if found is not None else None
    if live is None or live.turn < reached or _later(store, live) is not None:
        last = last_recorded(store, pointed=True)
    if last is not None and (live is None or last.number > live.turn):
        live = replace(last.live(reached), fence=live.fence if live is not None else 0)
    elif live is not None:
        with suppress(UnprovenError):
            live = _by_turns(store, _named_again(store, live))
    if live is None:
        return None
    tag = found[1].tag if found is not None else None
    return Predecessor(live=live, tag=tag, deployment=recorded.known(recorded.deployment, store, live.deployment))


def pointer(store: Store) -> Live | None:
    """Return what says which deployment is live; None where nothing was ever deployed to a store.

    Raises:
        UnprovenError: the records do not say that it is.
        StoreError: the store does not answer, or what it holds was not written by prmbuild.
    """
    live = claimed(store)
    if live is not None:
        _require_as_recorded(store, live)
    return live


def claimed(store: Store) -> Live | None:
    """Return what the pointer says, whether or not the records say so; None where nothing was ever deployed to a store.

    Raises:
        UnprovenError: it is lost, or cannot be read.
        StoreError: the store does not answer, or what it holds was not written by prmbuild.
    """
    found = _pointed(store)
    return found[0] if found is not None else None


def require_proven(store: Store, live: Live) -> None:
    """Require that a pointer says what the turn says that it names, and that this is the last one.

    Raises:
        UnprovenError: it does not, or it is not, or that turn is lost or was changed.
        StoreError: the store does not answer.
    """
    _require_as_recorded(store, live)
    last = _later(store, live)
    if last is not None:
        raise UnprovenError(
            LIVE,
            f"went back: it names turn {live.turn}, though turn {last.number} is on record, which came after it, for "
            f"deployment {last.deployment}",
            hint=_back(last.deployment),
        )


def _require_as_recorded(store: Store, live: Live) -> None:
    proven = _by_turns(store, live)
    wrong = [one.name for one in fields(Live) if getattr(live, one.name) != getattr(proven, one.name)]
    if wrong:
        raise UnprovenError(
            LIVE,
            f"was changed: turn {proven.turn} says otherwise about {' and '.join(wrong)}, "
            f"and that deployment {proven.deployment} is live",
            hint=_back(proven.deployment),
        )


def _by_turns(store: Store, live: Live) -> Live:
    """Return the pointer as it was written, by the turn that it names and those before."""
    if not live.record:
        raise UnprovenError(LIVE, f"{CHANGED}: it names no turn", hint=_back(live.deployment, LIVE))
    last = recorded.or_why(recorded.turn, store, live.record)
    if isinstance(last, ChangedError):
        raise UnprovenError(last.key, last.found, hint=_back(_recorded(store, live), last.key)) from last
    before = before_turn(store, last, live.before)
    return replace(live, deployment=last.deployment, before=before, turn=last.number, pinned=last.pinned)


def before_turn(store: Store, last: Turn, otherwise: str) -> str:
    """Return the id of what was live before what a turn made live, as the pointer has to name it; empty for nothing.

    Args:
        store: where.
        last: the turn.
        otherwise: what is taken for it where the records do not go back so far.

    Raises:
        StoreError: the store does not answer.
    """
    oldest = last
    # of what was long ago, what is lost proves nothing; that it is lost is for `prmbuild.records.trail` to say
    for oldest in turns_from(store, last.previous):
        if oldest.deployment != last.deployment:
            return oldest.deployment
    return otherwise if oldest.number != 1 else ""


def _named_again(store: Store, live: Live) -> Live:
    """Return a pointer with the turn that made it so, where it names one that is not on record."""
    if live.record and recorded.known(recorded.turn, store, live.record) is not None:
        return live
    fits = [one for one in recorded_turns(store) if (one.number, one.deployment) == (live.turn, live.deployment)]
    last = max(fits, key=lambda one: one.at, default=None)
    return replace(live, record=last.id) if last is not None else live


def _later(store: Store, live: Live) -> Turn | None:
    """Return the last turn on record, where it proves that the pointer went back; None where it did not.

    The next turn alone proves nothing: a run may die before the pointer names it. One after that was recorded once the
    pointer had named the next one. How many there are says nothing, as some may be lost.
    """
    last = max(recorded_turns(store, but=live.record), key=lambda one: (one.number, one.at), default=None)
    if last is None or last.number <= live.turn + 1:
        return None
    # whoever turned it over meanwhile
    found = store.get(LIVE)
    if found is not None:
        with suppress(ChangedError):
            if read_live(found[0]).turn > live.turn:
                return None
    return last


def _back(name: str, lost: str = "", others: Sequence[str] = ()) -> str:
    first = f"put '{lost}' back from a backup, or " if lost else ""
    instead = "".join(f", or prmbuild rollback {other} where that never was live" for other in others)
    return f"{first}make live what should be: prmbuild rollback {name}{instead}, then prmbuild rollback --unpin"


def _recorded(store: Store, live: Live) -> str:
    """Return the id of what is live; of one before it, where the record of that is not what was written."""
    if recorded.known(recorded.deployment, store, live.deployment) is None:
        return next((one.id for one in others_kept(store, live)), live.deployment)
    return live.deployment


def _out_of(store: Store, live: Live) -> str:
    """Return what to do where the record of what is live is not what was written, for people."""
    goes_on = "prmbuild deploy goes on without it, once a person has approved the plan"
    other = next(others_kept(store, live), None)
    back = f"; or prmbuild rollback {other.id}, then prmbuild rollback --unpin" if other is not None else ""
    return f"{BACKUP}; or {goes_on}{back}"


def others_kept(store: Store, live: Live) -> Iterator[Deployment]:
    """Yield the other deployments that can be gone back to, by the look of it, as `told_of` orders them.

    Raises:
        StoreError: the store does not answer.
    """
    for one in told_of(store, live):
        places = ((portal, published.release) for portal, published in one.portals.items())
        if one.id != live.deployment and all(store.head(manifest_key(*place)) is not None for place in places):
            yield one


def _proven(store: Store) -> tuple[Live, str] | None:
    """Return what the pointer says, and its tag, where the records say so; None where nothing was ever deployed."""
    found = _pointed(store)
    if found is not None:
        require_proven(store, found[0])
    return found


def _pointed(store: Store) -> tuple[Live, str] | None:
    """Return what the pointer says, and its tag; None where nothing was ever deployed to a store."""
    found = store.get(LIVE)
    if found is not None:
        with suppress(ChangedError):
            return read_live(found[0]), found[1].tag
    last = last_recorded(store, pointed=found is not None)
    if last is None:
        if found is None:
            return None
        raise ChangedError(LIVE, UNREADABLE, hint="it was not written by prmbuild: publish to an empty place")
    first, *others = last.candidates
    what = f"{LOST if found is None else UNREADABLE}, and {last.told}"
    raise UnprovenError(LIVE, what, hint=_back(first, LIVE, others))


def manifests(store: Store, one: Deployment | None, at_once: Iterable[tuple[str, str]] = ()) -> ManifestOf:
    """Return what finds the manifests of a deployment in a store, each read once.

    Args:
        store: where.
        one: whose; None where nothing was ever deployed, so that there are none.
        at_once: portal and release of those that will be asked for; they are read now, together and not one by one.

    Raises:
        StoreError: the store does not answer.

    The function that is returned may raise:
        UnlistedError: there is none, or it was changed.
        StoreError: the store does not answer.
    """
    kept = manifests_kept(store)
    known = _proven_together(store, tuple(at_once), one.headers) if one is not None else {}

    def manifest_of(portal: str, release: str) -> Mapping[str, str]:
        if (portal, release) in known:
            return known[portal, release]
        found = kept(portal, release, one.headers if one is not None else "")
        if isinstance(found, Untold):
            what = CHANGED if found is Untold.CHANGED else LOST
            hint = "prmbuild mend puts right what is live"
            raise UnlistedError(manifest_key(portal, release), what, hint=hint)
        return found

    return manifest_of


def _proven_together(
    store: Store, places: Sequence[tuple[str, str]], headers: str
) -> Mapping[tuple[str, str], Mapping[str, str]]:
    """Return portal and release → path → SHA-256, of the manifests that are what their releases are named by.

    Portals have most files in common, so that all digests together cost little more than those of one manifest.
    """
    read: dict[tuple[str, str], Mapping[str, str]] = {}
    keys = [manifest_key(*place) for place in places]
    for place, key, found in zip(places, keys, every(store.get, keys), strict=True):
        # what is wrong with one is said when it is asked for
        with suppress(ChangedError):
            if found is not None:
                read[place] = read_manifest(key, found[0])
    sets: dict[str, dict[str, int]] = defaultdict(dict)
    for number, files in enumerate(read.values()):
        for path, digest in files.items():
            sets[path][digest] = sets[path].get(digest, 0) | 1 << number
    held = {path: tuple((numbers, digest) for digest, numbers in some.items()) for path, some in sets.items()}
    try:
        digests = releases(held, len(read))
    except ValueError:  # some digest is none, and so each is looked at by itself
        return {}
    named_by = zip(read.items(), digests, strict=True)
    return {place: files for (place, files), digest in named_by if place[1] in release_names(named(digest, headers))}


class Untold(Enum):
    """Why it cannot be told which files a release had."""

    COLLECTED = "is kept no more"
    LOST = "is lost, though the files are there"
    CHANGED = "was changed since"
    UNRECORDED = "is not known, as the record of the deployment is lost or was changed"
    UNTURNED = "is not known, as turns are lost or were changed that say what was live"


ManifestKept = Callable[[str, str, str], Mapping[str, str] | Untold]
"""Returns path → SHA-256 of a portal's release, by the headers that it is served with."""


def manifests_kept(store: Store) -> ManifestKept:
    """Return what finds manifests in a store, those of collected releases included, each read and proven once."""

    @cache
    def manifest_of(portal: str, release: str, headers: str) -> Mapping[str, str] | Untold:
        for name in (manifest_key(portal, release), collected_manifest_key(portal, release)):
            found = store.get(name)
            if found is not None:
                try:
                    return read_manifest_of(release, headers, name, found[0])
                except ChangedError:
                    return Untold.CHANGED
        there = next(iter(store.listed(release_folder(portal, release))), None) is not None
        return Untold.LOST if there else Untold.COLLECTED

    return manifest_of
