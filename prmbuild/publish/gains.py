"""What partners gain and lose by a plan: what they see live, compared with what they will see.

What they see live is what was published of the deployed commit at the instant that it was built for. So dates that
passed since count too: a page whose `publish_at` came gains its readers although nobody edited anything.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.desired import Desired
from prmbuild.errors import SourceError
from prmbuild.exposure.compare import exposed
from prmbuild.exposure.gathering import gathered
from prmbuild.exposure.model import Change, Effect, Exposure
from prmbuild.exposure.naming import everyone, named
from prmbuild.exposure.wording import because, plain
from prmbuild.progress import Progress
from prmbuild.publish.site import Site
from prmbuild.records.records import Deployment, ManifestOf, Viewer
from prmbuild.request import Request
from prmbuild.source.git import GitRepository

DATA = ("search/", "navigation", "assets/")
"""Where files lie that nobody opens by themselves."""


class Basis(Enum):
    """What gains and losses were worked out from."""

    NOTHING = "nothing"
    """Nobody gains, loses or sees anything else, as no portal and no viewer's portal changes."""
    FIRST = "first"
    """Nothing is live: everybody gains all that they see."""
    UNKNOWN = "unknown"
    """Something is live, and the record of it is lost, or is not what an edge shows: nobody can tell."""
    HISTORY = "history"
    """The history of the repository: pages, blocks, files and courses, and why."""
    FILES = "files"
    """The files of the portals, where the history cannot tell."""


class Direction(Enum):
    """Where the history leads from the commit that is live to the one that was built."""

    ONWARD = "onward"
    """To what came after it; or nothing is live, or no portal changes."""
    BACK = "back"
    """Back to what was before it."""
    ASIDE = "aside"
    """From a branch to another one."""
    UNKNOWN = "unknown"
    """The repository has no such commit, or nobody knows what is live."""


class Thing(Struct, frozen=True, kw_only=True):
    """What is gained, lost, changed or moved.

    Attributes:
        kind: ``page``, ``block``, ``asset`` or ``course``, with a repository path; ``file``, with a path in the portal.
        path: see `kind`.
        line: of a block, counted from 1.
        title: as authored; it may hold anything.
        moved_from: its path before, where that was another one.
        before: object name of the version that is live, or digest of a file; empty for none.
        after: likewise of the version that is to be.
    """

    kind: str
    path: str
    line: int | None = None
    title: str = ""
    moved_from: str = ""
    before: str = ""
    after: str = ""


class Group(Struct, frozen=True, kw_only=True):
    """What the same viewers gain, lose or see changed for the same reasons.

    Attributes:
        who: the viewers in words.
        viewers: all of them, sorted.
        counted: how much, in words.
        folder: the folder that all things stand in; empty where they have none in common.
        because: reasons, for people; empty where they are not known.
        things: at least one.
    """

    effect: Effect
    who: str
    viewers: tuple[Viewer, ...]
    counted: str
    folder: str
    because: tuple[str, ...]
    things: tuple[Thing, ...]


class Gains(Struct, frozen=True, kw_only=True):
    """What partners gain and lose.

    Attributes:
        basis: what it was worked out from.
        direction: where the history leads.
        undone: the first of the dates that had passed when what is live was built, and are still to come for what was
            built now, ISO 8601 UTC; empty for none.
        lacking: why the history could not tell, for people; empty where it did.
        groups: by effect, in the order of `Effect`; those that reach most first.
    """

    basis: Basis
    direction: Direction = Direction.ONWARD
    undone: str = ""
    lacking: str = ""
    groups: tuple[Group, ...] = ()

    def of(self, effect: Effect) -> tuple[Group, ...]:
        """Return the groups of one effect."""
        return tuple(group for group in self.groups if group.effect is effect)

    def document(self) -> Mapping[str, object]:
        """Return all of it for JSON; sets of viewers once, and groups naming them by number."""
        sets = {viewers: number for number, viewers in enumerate(dict.fromkeys(one.viewers for one in self.groups))}
        return {
            "basis": self.basis.value,
            "direction": self.direction.value,
            "undone": self.undone or None,
            "lacking": self.lacking or None,
            "sets": [[list(viewer) for viewer in viewers] for viewers in sets],
            "groups": [
                {
                    "effect": one.effect.value,
                    "who": one.who,
                    "set": sets[one.viewers],
                    "because": list(one.because),
                    "things": [
                        {
                            "kind": thing.kind,
                            "path": thing.path,
                            "line": thing.line,
                            "title": thing.title or None,
                            "moved_from": thing.moved_from or None,
                            "before": thing.before or None,
                            "after": thing.after or None,
                        }
                        for thing in one.things
                    ],
                }
                for one in self.groups
            ],
        }


GainsOf = Callable[[Deployment, ManifestOf], Gains]
"""Works out what partners gain and lose where something else is live than was built."""


def gains_of(repository: GitRepository, state: Desired, site: Site, request: Request, progress: Progress) -> GainsOf:
    """Return what compares a deployment with a site.

    Args:
        repository: holds the commit that was built, and hopefully the one that is live.
        state: what was built; must stay open.
        site: the same as files.
        request: how it was asked for.
        progress: hears of the stages.
    """

    def compare(live: Deployment, manifest_of: ManifestOf) -> Gains:
        lacking = f"commit {live.revision[:10]}, which is live, is not in this repository"
        direction = _direction(repository, live.revision, site.revision)
        then = datetime.fromisoformat(live.instant)
        undone = _undone(state, then)
        if direction is not Direction.UNKNOWN:
            exposure = exposed(repository, state, live.revision, then, request, progress)
            if exposure.base.missing is None:
                groups = tuple(_groups(exposure))
                return Gains(basis=Basis.HISTORY, direction=direction, undone=undone, groups=groups)
            lacking = f"commit {live.revision[:10]}, which is live, cannot be read: {plain(exposure.base.missing)}"
        return replace(gains_by_files(live, site, manifest_of, direction, lacking), undone=undone)

    return compare


def gains_by_files(live: Deployment, site: Site, manifest_of: ManifestOf, direction: Direction, lacking: str) -> Gains:
    """Compare the files of the portals that viewers have with those that they will have.

    Args:
        live: what is live.
        site: what was built.
        manifest_of: reads manifests.
        direction: where the history leads.
        lacking: why it could not tell more.
    """
    groups = tuple(_by_files(live, site, manifest_of))
    return Gains(basis=Basis.FILES, direction=direction, lacking=lacking, groups=groups)


def _undone(state: Desired, then: datetime) -> str:
    """Return the first date that had passed at an instant and is still to come; empty for none.

    Clocks that differ by less than there is between two dates make no difference to what anybody sees.
    """
    due = state.catalog.due
    return f"{due:%Y-%m-%dT%H:%M:%SZ}" if due is not None and due <= then else ""


def _direction(repository: GitRepository, live: str, built: str) -> Direction:
    """Return where the history leads from the commit that is live to the one that was built."""
    try:
        if repository.resolve(live) != live:
            return Direction.UNKNOWN
    except SourceError:
        return Direction.UNKNOWN
    parted = repository.merge_base(live, built)
    if parted == live:
        return Direction.ONWARD
    return Direction.BACK if parted == built else Direction.ASIDE


def _groups(exposure: Exposure) -> Iterator[Group]:
    viewers = exposure.viewers
    for effect in Effect:
        for one in gathered(exposure, effect):
            yield Group(
                effect=effect,
                who=named(viewers, one.viewers, everyone(viewers, effect)),
                viewers=tuple(sorted((pair.partner, pair.role) for pair in viewers.of(one.viewers))),
                counted=one.counted,
                folder=one.folder if len(one.changes) > 1 else "",
                because=tuple(because(cause) for cause in one.causes),
                things=tuple(map(_thing, one.changes)),
            )


def _thing(change: Change) -> Thing:
    subject = change.subject
    return Thing(
        kind=subject.kind.value,
        path=subject.path,
        line=subject.line,
        title=subject.title,
        moved_from=change.moved_from or "",
        before=(change.before.blob or "") if change.before is not None else "",
        after=(change.after.blob or "") if change.after is not None else "",
    )


def _by_files(live: Deployment, site: Site, manifest_of: ManifestOf) -> Iterator[Group]:
    """Yield what the files of the portals tell: viewers who had one portal and will have another alike are together."""
    before = {viewer: portal for portal, one in live.portals.items() for viewer in one.viewers}
    after = {viewer: portal.id for portal in site.portals for viewer in portal.viewers}
    files = {portal.id: portal for portal in site.portals}
    alike: dict[tuple[str | None, str | None], list[Viewer]] = defaultdict(list)
    for viewer in sorted({*before, *after}):
        alike[before.get(viewer), after.get(viewer)].append(viewer)
    found: dict[tuple[Effect, Thing], list[Viewer]] = defaultdict(list)
    for (was, will), viewers in alike.items():
        if was is not None and will is not None and live.portals[was].release == files[will].release:
            continue
        old = manifest_of(was, live.portals[was].release) if was is not None else {}
        new = files[will].files if will is not None else {}
        for path in sorted({*old, *new}):
            if old.get(path) != new.get(path) and not path.startswith(DATA):
                effect = Effect.CHANGED if path in old and path in new else _one_sided(path, old)
                thing = Thing(kind="file", path=path, before=old.get(path, ""), after=new.get(path, ""))
                found[effect, thing] += viewers
    yield from _gathered_files(found, {*before, *after})


def _one_sided(path: str, old: Mapping[str, str]) -> Effect:
    return Effect.LOSES if path in old else Effect.GAINS


def _gathered_files(found: Mapping[tuple[Effect, Thing], list[Viewer]], everybody: set[Viewer]) -> Iterator[Group]:
    groups: dict[tuple[Effect, tuple[Viewer, ...]], list[Thing]] = defaultdict(list)
    for (effect, thing), some in found.items():
        groups[effect, tuple(sorted(some))].append(thing)
    order = {effect: number for number, effect in enumerate(Effect)}
    ordered = sorted(groups, key=lambda key: (order[key[0]], -len(key[1]), key[1]))
    for effect, viewers in ordered:
        things = groups[effect, viewers]
        yield Group(
            effect=effect,
            who=names_of(viewers, everybody),
            viewers=viewers,
            counted="1 file" if len(things) == 1 else f"{len(things)} files",
            folder="",
            because=(),
            things=tuple(sorted(things, key=lambda thing: thing.path)),
        )


_NAMED = 5


def names_of(viewers: tuple[Viewer, ...], everybody: set[Viewer]) -> str:
    """Name viewers by partner, and by role where not all of a partner's are meant.

    Args:
        viewers: whom; not empty.
        everybody: all that there are.
    """
    if len(viewers) == len(everybody):
        return "everyone"
    roles: dict[str, list[str]] = defaultdict(list)
    for partner, role in viewers:
        roles[partner].append(role)
    all_of: dict[str, int] = defaultdict(int)
    for partner, _ in everybody:
        all_of[partner] += 1
    names = [
        partner if len(some) == all_of[partner] else f"{partner} ({', '.join(some)})" for partner, some in roles.items()
    ]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED + 1 else ""
    return f"{', '.join(names[:_NAMED] if more else names)}{more}"
