"""What a store shows now."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from functools import cache

from msgspec import Struct
from msgspec.structs import fields, replace

from prmbuild.errors import ChangedError, StoreError
from prmbuild.manifest import releases
from prmbuild.publish.history import last_recorded, turns
from prmbuild.publish.layout import LIVE, collected_manifest_key, deployment_key, manifest_key, release_folder, turn_key
from prmbuild.publish.records import (
    BACKUP,
    Deployment,
    Live,
    ManifestOf,
    named,
    read_deployment,
    read_live,
    read_manifest,
    read_manifest_of,
    release_names,
)
from prmbuild.publish.transfers import every
from prmbuild.store.store import Store


class Shown(Struct, frozen=True, kw_only=True):
    """What a store shows.

    Attributes:
        live: the pointer.
        tag: of the pointer; None where that is lost.
        deployment: the one that partners see.
    """

    live: Live
    tag: str | None
    deployment: Deployment


class UnprovenError(ChangedError):
    """The pointer does not say what the turn says that it names, or is lost, or that turn is lost or was changed.

    Attributes:
        key: of the object that is not what was written.
        found: what is wrong with it, for people.
    """

    def __init__(self, key: str, found: str, *, hint: str) -> None:
        super().__init__(f"'{key}' in the store {found}", hint=hint)
        self.key = key
        self.found = found


def shown(store: Store) -> Shown | None:
    """Return what a store shows; None where nothing was ever deployed to it.

    Raises:
        UnprovenError: the records do not say that it should show that.
        StoreError: the store does not answer, or what it holds was not written by prmbuild.
    """
    found = _pointed(store)
    if found is None:
        return None
    live, tag = found
    require_proven(store, live)
    return Shown(live=live, tag=tag, deployment=deployment(store, live.deployment))


def to_turn(store: Store, wanted: str) -> Shown | None:
    """Return what a store should show, for a person who says what it is to show from now on.

    Where the pointer was changed, that is what the last turn says; where that turn is lost, what the pointer says; and
    where the pointer is lost, what the last turn says there is a record of.

    Args:
        store: where.
        wanted: id of what it is to show. That stands for what is live where the record of it is not what was written.

    Raises:
        StoreError: the store does not answer, or what it holds was not written by prmbuild.
    """
    found = store.get(LIVE)
    live = None
    if found is not None:
        with suppress(ChangedError):
            live = read_live(found[0])
    if live is None:
        last = last_recorded(store)
        if last is None:
            return None
        live = Live(deployment=last.deployment, before="", turn=last.number, record=last.id, pinned=last.pinned)
    with suppress(UnprovenError):
        live = _by_turns(store, live)
    try:
        current = deployment(store, live.deployment)
    except ChangedError:
        current = deployment(store, wanted)
    return Shown(live=live, tag=found[1].tag if found is not None else None, deployment=current)


def pointer(store: Store) -> Live | None:
    """Return what says which deployment is live; None where nothing was ever deployed to a store.

    Raises:
        UnprovenError: the records do not say that it is.
        StoreError: the store does not answer, or what it holds was not written by prmbuild.
    """
    live = claimed(store)
    if live is not None:
        require_proven(store, live)
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
    """Require that a pointer says what the turn says that it names.

    Raises:
        UnprovenError: it does not, or that turn is lost or was changed.
        StoreError: the store does not answer.
    """
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
    key = turn_key(live.record) if live.record else LIVE
    past = turns(store, live)
    try:
        last = next(past, None)
    except ChangedError as error:
        raise UnprovenError(key, "was changed", hint=_back(live.deployment, key)) from error
    if last is None:
        found = "is missing" if live.record else "was changed: it names no turn"
        raise UnprovenError(key, found, hint=_back(live.deployment, key))
    before, oldest = "", last
    # of what was long ago, what is lost proves nothing; that it is lost is for `prmbuild.publish.trail` to say
    with suppress(ChangedError):
        for oldest in past:
            if oldest.deployment != last.deployment:
                before = oldest.deployment
                break
    if not before and oldest.number != 1:
        before = live.before
    return replace(live, deployment=last.deployment, before=before, turn=last.number, pinned=last.pinned)


def _back(name: str, lost: str = "") -> str:
    first = f"put '{lost}' back from a backup, or " if lost else ""
    return f"{first}make live what should be: prmbuild rollback {name}, then prmbuild rollback --unpin"


def _pointed(store: Store) -> tuple[Live, str] | None:
    """Return what the pointer says, and its tag; None where nothing was ever deployed to a store."""
    found = store.get(LIVE)
    if found is None:
        last = last_recorded(store)
        if last is None:
            return None
        what = f"is missing, and {last.number} turns are on record: {last.deployment} was live"
        raise UnprovenError(LIVE, what, hint=_back(last.deployment, LIVE))
    try:
        return read_live(found[0]), found[1].tag
    except ChangedError as error:
        last = last_recorded(store)
        if last is None:
            raise
        raise UnprovenError(LIVE, "cannot be read", hint=_back(last.deployment, LIVE)) from error


def deployment(store: Store, name: str) -> Deployment:
    """Return a deployment's record.

    Raises:
        ChangedError: there is none, or it was changed.
        StoreError: the store does not answer.
    """
    found = store.get(deployment_key(name))
    if found is None:
        raise ChangedError(f"the store has no deployment '{name}'", hint=f"name one that it has, or {BACKUP}")
    return read_deployment(name, found[0])


def manifests(store: Store, one: Deployment | None, at_once: Iterable[tuple[str, str]] = ()) -> ManifestOf:
    """Return what finds the manifests of a deployment in a store, each read once.

    Args:
        store: where.
        one: whose; None where nothing was ever deployed, so that there are none.
        at_once: portal and release of those that will be asked for; they are read now, together and not one by one.

    Raises:
        StoreError: the store does not answer.

    The function that is returned may raise:
        StoreError: there is none, or it was changed.
    """
    kept = manifests_kept(store)
    known = _proven_together(store, tuple(at_once), one.headers) if one is not None else {}

    def manifest_of(portal: str, release: str) -> Mapping[str, str]:
        if (portal, release) in known:
            return known[portal, release]
        found = kept(portal, release, one.headers if one is not None else "")
        if isinstance(found, Untold):
            what = "was changed" if found is Untold.CHANGED else "is missing"
            hint = "prmbuild mend puts right what is live"
            raise StoreError(f"'{manifest_key(portal, release)}' in the store {what}", hint=hint)
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
