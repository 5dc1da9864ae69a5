"""What has to happen in a store so that it shows what was built."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import asdict, replace

from prmbuild.access.entries import Location
from prmbuild.catalog.address import address_of
from prmbuild.errors import StoreError
from prmbuild.publish.gains import Basis, Direction, Gains, GainsOf, Thing
from prmbuild.publish.lock import MARKED, Place, may_go
from prmbuild.publish.site import PortalSite, Site
from prmbuild.records.layout import release_folder
from prmbuild.records.records import Deployment, ManifestOf, Published, Viewer, canonical, release_names

_DIGEST = 32

_MOST = 2
"""A delta holds at most one in so many of a portal's files; beyond that a base of its own is simpler and as cheap."""


class Object(Struct, frozen=True, kw_only=True):
    """An object that a new release needs.

    Attributes:
        path: in the portal.
        digest: SHA-256 of its bytes.
        source: key of the object in the store that has the same bytes and headers; None where it has to be put.
    """

    path: str
    digest: str
    source: str | None


class PortalPlan(Struct, frozen=True, kw_only=True):
    """What happens to one portal.

    Attributes:
        before: its release that is live; None for a new portal.
        after: as it will be recorded; None for a portal that goes.
        objects: what its new release needs; empty where it does not change.
        added: paths that are new.
        changed: paths whose bytes are others.
        dropped: paths that are no longer there.
        pages: how many pages it had and has.
    """

    portal: str
    before: str | None
    after: Published | None
    objects: tuple[Object, ...] = ()
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    pages: tuple[int, int] = (0, 0)

    @property
    def same(self) -> bool:
        """Whether its bytes stay."""
        return self.after is not None and self.before == self.after.release

    def document(self) -> Mapping[str, object]:
        """Return what a person approves of it, for JSON."""
        return {
            "id": self.portal,
            "before": self.before,
            "after": self.after.release if self.after is not None else None,
            "place": asdict(self.after.place) if self.after is not None else None,
            "viewers": [list(viewer) for viewer in self.after.viewers] if self.after is not None else [],
            "put": sum(item.source is None for item in self.objects),
            "copied": sum(item.source is not None for item in self.objects),
            "added": list(self.added),
            "changed": list(self.changed),
            "dropped": list(self.dropped),
        }


class Moved(Struct, frozen=True, kw_only=True):
    """Viewers who get another portal than they have.

    Attributes:
        before: id of the portal they have; None where they have none.
        after: id of the one they will have; None where they will have none.
        viewers: sorted.
        had: how many pages they have.
        lost: how many of them they will not have.
    """

    before: str | None
    after: str | None
    viewers: tuple[Viewer, ...]
    had: int
    lost: int


class Plan(Struct, frozen=True, kw_only=True, dict=True):
    """What has to happen.

    Attributes:
        live: id of the deployment that is live, be the record of it lost; empty for none.
        revision: the commit that was built.
        portals: sorted by id, those that stay as they are included.
        moved: who gets another portal; nobody where nothing is live.
        gains: what partners gain and lose.
        files: portal → path → digest of every release that is new.
        same: whether nothing has to happen at all.
        pinned: whether a person put back what is live, so that no plan is applied until that is let go.
    """

    live: str
    revision: str
    portals: tuple[PortalPlan, ...]
    moved: tuple[Moved, ...]
    gains: Gains
    files: Mapping[str, Mapping[str, str]]
    same: bool
    pinned: bool = False

    @cached_property
    def document(self) -> Mapping[str, object]:
        """All that a person approves, for JSON: where it starts from, and all that it makes."""
        return {
            "version": 1,
            "live": self.live,
            "revision": self.revision,
            "same": self.same,
            "portals": [one.document() for one in self.portals],
            "moved": [
                {
                    "before": one.before,
                    "after": one.after,
                    "viewers": [list(viewer) for viewer in one.viewers],
                    "had": one.had,
                    "lost": one.lost,
                }
                for one in self.moved
            ],
            "gains": self.gains.document(),
            "otherwise": {
                "pages": len({path for some in self.otherwise.values() for path in some}),
                "portals": len(self.otherwise),
            },
        }

    @cached_property
    def otherwise(self) -> Mapping[str, tuple[str, ...]]:
        """Portal → its pages that change although nothing that its viewers gain, lose or see changed tells why.

        The look, a name, the software, links, or lists of pages that came or went make them others.
        """
        told = [(frozenset(one.viewers), frozenset(map(_file, one.things))) for one in self.gains.groups]
        found: dict[str, tuple[str, ...]] = {}
        for one in self.portals:
            viewers = one.after.viewers if one.after is not None else ()
            known = [files for some, files in told if not some.isdisjoint(viewers)]
            pages = (path for path in one.changed if path.endswith(".html"))
            untold = tuple(path for path in pages if not any(path in files for files in known))
            if untold:
                found[one.portal] = untold
        return found

    def text(self) -> bytes:
        """Return the plan as it is stored."""
        return canonical(self.document)

    @cached_property
    def digest(self) -> str:
        """The digest of all that a person approves: 128 bits of SHA-256, so that nobody prepares two plans with one."""
        return digest_of(self.document)


def _file(thing: Thing) -> str:
    """Return the file of a portal that shows a thing."""
    return thing.path if thing.kind == "file" else address_of(thing.path).file


def digest_of(document: Mapping[str, object]) -> str:
    """Return the digest of a plan as JSON, without the digest that may stand in it."""
    return sha256(canonical({key: value for key, value in document.items() if key != "digest"})).hexdigest()[:_DIGEST]


def plan(
    site: Site,
    live: Deployment | None,
    manifest_of: ManifestOf,
    gains_of: GainsOf,
    *,
    lost: str = "",
    unknown: str = "",
    pinned: bool = False,
    going: Collection[Place] = (),
) -> Plan:
    """Plan how a store comes to show a site.

    Args:
        site: what was built.
        live: what the store shows; None for nothing.
        manifest_of: reads manifests; asked about portals alone that change.
        gains_of: tells what partners gain and lose; asked only where some portal, or somebody's portal, changes.
        lost: id of what partners see, where `live` is None and `unknown` says why; empty for nothing.
        unknown: why nobody can tell what partners see, for people; empty where `live` is that.
        pinned: see `Plan.pinned`.
        going: releases that a run may still delete, see `prmbuild.publish.lock.Lock.going`.

    Raises:
        StoreError: a manifest cannot be read, or no name is left for a release.
    """
    known = live.portals if live is not None else {}
    alike = live is not None and live.headers == site.headers
    named = [_named(portal, known.get(portal.id), going) for portal in site.portals]
    found = [_portal(portal, known.get(portal.id), manifest_of, alike=alike) for portal in named]
    here = {portal.id for portal in site.portals}
    for gone in known.keys() - here:
        before = manifest_of(gone, known[gone].release)
        found.append(
            PortalPlan(
                portal=gone,
                before=known[gone].release,
                after=None,
                dropped=tuple(sorted(before)),
                pages=(_pages(before), 0),
            )
        )
    planned = tuple(sorted(found, key=lambda one: one.portal))
    after = {one.portal: one.after for one in planned if one.after is not None}
    moved = tuple(_moved(site, live, manifest_of)) if live is not None else ()
    if unknown:
        gains = Gains(basis=Basis.UNKNOWN, direction=Direction.UNKNOWN, lacking=unknown)
    elif live is None:
        gains = Gains(basis=Basis.FIRST)
    elif moved or not all(one.same for one in planned):
        gains = gains_of(live, manifest_of)
    else:
        gains = Gains(basis=Basis.NOTHING)
    return Plan(
        live=live.id if live is not None else lost,
        revision=site.revision,
        portals=planned,
        moved=moved,
        gains=gains,
        files={portal.id: portal.files for portal, one in zip(site.portals, found, strict=False) if not one.same},
        pinned=pinned,
        same=live is not None and live.revision == site.revision and after == dict(known),
    )


def replaced(site: Site, live: Deployment | None) -> Sequence[tuple[str, str]]:
    """Return portal and release of the manifests that a plan is made from: of what changes, and of what it lies on."""
    new = {portal.id: portal.release for portal in site.portals}
    return [
        (portal, release)
        for portal, one in (live.portals.items() if live is not None else ())
        if new.get(portal) != one.release
        for release in dict.fromkeys((one.release, one.place.base))
    ]


def _moved(site: Site, live: Deployment, manifest_of: ManifestOf) -> Iterator[Moved]:
    before = {viewer: portal for portal, one in live.portals.items() for viewer in one.viewers}
    after = {viewer: portal.id for portal in site.portals for viewer in portal.viewers}
    found: dict[tuple[str | None, str | None], list[Viewer]] = defaultdict(list)
    for viewer in sorted({*before, *after}):
        if before.get(viewer) != after.get(viewer):
            found[before.get(viewer), after.get(viewer)].append(viewer)
    files = {portal.id: portal.files for portal in site.portals}
    for (was, will), viewers in found.items():
        had = _pages_of(manifest_of(was, live.portals[was].release)) if was is not None else frozenset()
        will_have = _pages_of(files[will]) if will is not None else frozenset()
        yield Moved(before=was, after=will, viewers=tuple(viewers), had=len(had), lost=len(had - will_have))


def _named(portal: PortalSite, live: Published | None, going: Collection[Place]) -> PortalSite:
    """Return a portal by the name that its release has in the store, or is to have: one that nobody may delete.

    What is live is deleted by nobody, so its release keeps the name that it has.
    """
    names = release_names(portal.release)
    for name in (live.release, live.place.base) if live is not None else ():
        if name in names:
            return replace(portal, release=name)
    free = next((name for name in names if not may_go(portal.id, name, going)), None)
    if free is None:
        hint = f"they are waited for {MARKED // 86_400} days; a change to any page of it gives it new names"
        raise StoreError(f"runs that ended halfway may still delete what portal {portal.id} needs", hint=hint)
    return replace(portal, release=free)


def _portal(portal: PortalSite, live: Published | None, manifest_of: ManifestOf, *, alike: bool) -> PortalPlan:
    if live is not None and live.release == portal.release:
        after = Published(release=live.release, place=live.place, viewers=portal.viewers)
        return PortalPlan(portal=portal.id, before=live.release, after=after)
    files = portal.files
    before = manifest_of(portal.id, live.release) if live is not None else {}
    # where files are served otherwise than before, nothing that is there can be used again
    usable = live.place if live is not None and alike else None
    place = _place(portal, usable, manifest_of)
    there = usable is not None and place == Location(base=usable.base)
    own = set(place.folders) if place.delta else None
    wanted = () if there else (path for path in sorted(files) if own is None or _folder(path) in own)
    return PortalPlan(
        portal=portal.id,
        before=live.release if live is not None else None,
        after=Published(release=portal.release, place=place, viewers=portal.viewers),
        objects=tuple(
            Object(
                path=path,
                digest=files[path],
                source=_key(portal.id, usable, path) if usable and before.get(path) == files[path] else None,
            )
            for path in wanted
        ),
        added=tuple(sorted(files.keys() - before.keys())),
        changed=tuple(sorted(path for path in files.keys() & before.keys() if files[path] != before[path])),
        dropped=tuple(sorted(before.keys() - files.keys())),
        pages=(_pages(before), _pages(files)),
    )


def _place(portal: PortalSite, live: Location | None, manifest_of: ManifestOf) -> Location:
    """Return where a new release is to lie: beside the base of the live one where little differs from that."""
    whole = Location(base=portal.release)
    if live is None or live.base == portal.release:
        return whole
    base, files = manifest_of(portal.id, live.base), portal.files
    differing = {path for path in base.keys() | files.keys() if base.get(path) != files.get(path)}
    folders = tuple(sorted({_folder(path) for path in differing}))
    place = Location(base=live.base, delta=portal.release, folders=folders)
    own = set(folders)
    moved = sum(_folder(path) in own for path in files)
    fits = place.fits({_folder(path) for path in base.keys() | files.keys()})
    return place if fits and moved * _MOST <= len(files) else whole


def _key(portal: str, place: Location, path: str) -> str:
    release = place.delta if _folder(path) in place.folders else place.base
    return f"{release_folder(portal, release)}/{path}"


def _folder(path: str) -> str:
    return path[: path.rfind("/") + 1]


def _pages_of(files: Mapping[str, str]) -> frozenset[str]:
    return frozenset(path for path in files if path.endswith(".html"))


def _pages(files: Mapping[str, str]) -> int:
    return len(_pages_of(files))
