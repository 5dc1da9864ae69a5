"""What a change lets somebody see who could not: at once, and on the days that it names."""

from collections.abc import Iterator, Mapping, Set
from datetime import datetime
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.authored.reading import PARTNERS, PRM, VISIBILITY
from prmbuild.catalog.catalog import Catalog
from prmbuild.desired import Authored
from prmbuild.exposure.compare import Comparison, compared
from prmbuild.exposure.model import Change, Effect, Exposure, SubjectKind
from prmbuild.progress import Progress
from prmbuild.request import Request
from prmbuild.source.git import GitRepository
from prmbuild.source.snapshot import COURSES, PLACES

_Key = tuple[SubjectKind, str, int]


class Gain(Struct, frozen=True, kw_only=True):
    """Something that some viewers gain.

    Attributes:
        change: what and why; its viewers are those who gain it at `since` and not before.
        content: object name of the version that they gain.
        since: the instant from which they do, UTC; None where at once.
    """

    change: Change
    content: str
    since: datetime | None = None


class Widening(Struct, frozen=True, kw_only=True):
    """All that a change lets anybody see who could not.

    Attributes:
        exposure: the comparison at the present, which gives sets of viewers their meaning.
        gains: at once first, then by instant.
    """

    exposure: Exposure
    gains: tuple[Gain, ...]

    @property
    def digest(self) -> str | None:
        """The digest of who gains which bytes: 128 bits of SHA-256, in hexadecimal digits; None where nobody does.

        It does not depend on when, so that it stays the same while time passes, nor on why.
        """
        if not self.gains:
            return None
        seen: dict[tuple[str, str, str, str], int] = {}
        for gain in self.gains:
            subject = gain.change.subject
            key = (subject.kind.value, subject.path, str(subject.line or ""), gain.content)
            seen[key] = seen.get(key, 0) | gain.change.viewers
        found = sha256()
        for key in sorted(seen):
            who = sorted((pair.partner, pair.role) for pair in self.exposure.viewers.of(seen[key]))
            names = (name for pair in who for name in pair)
            found.update("\0".join((*key, str(len(who)), *names, "")).encode("utf-8", "surrogateescape"))
        return found.hexdigest()[:32]


def widening(
    repository: GitRepository, authored: Authored, base: str, request: Request, progress: Progress
) -> Widening:
    """Find what a change widens: everything that it brings counts as approved, as that is what is to be decided.

    Args:
        repository: holds both states.
        authored: the head, as it is proposed to the base; its programme and look must be free of errors.
        base: full object name of the commit that the change starts from.
        request: the same that `authored` was read with.
        progress: hears of the stages.

    Raises:
        SourceError: git cannot answer.
        RenderError: a page cannot be rendered.
    """
    with compared(repository, authored, base, request, progress) as comparison:
        exposure = comparison.exposure
        instants = tuple(sorted(_instants(repository, comparison, base, request.now)))
        files = {path: file.blob for path, file in authored.snapshot.files.items()}
    known: dict[_Key, int] = {}
    gains = list(_new(exposure, known, files, None))
    for instant in instants:
        with compared(repository, authored, base, replace(request, now=instant), progress) as later:
            gains += _new(later.exposure, known, files, instant)
    return Widening(exposure=exposure, gains=tuple(gains))


def _new(
    exposure: Exposure, known: dict[_Key, int], files: Mapping[str, str], since: datetime | None
) -> Iterator[Gain]:
    """Yield what is gained and was not at an earlier instant."""
    before = dict(known)
    for change in exposure.of(Effect.GAINS):
        key = (change.subject.kind, change.subject.path, change.subject.line or 0)
        viewers = change.viewers & ~before.get(key, 0)
        known[key] = known.get(key, 0) | change.viewers
        if viewers:
            content = change.after.blob if change.after is not None else files.get(change.subject.path)
            yield Gain(change=replace(change, viewers=viewers), content=content or "", since=since)


def _instants(repository: GitRepository, comparison: Comparison, base: str, now: datetime) -> set[datetime]:
    """Return when else the two states may differ: at the dates of what changed, at all where what decides did.

    At any other instant a date does the same to both.
    """
    if comparison.base is None:
        return set()
    before, after = comparison.base.catalog, comparison.head.catalog
    earlier, later = before.snapshot.files, after.snapshot.files
    changed = {path for path in {*earlier, *later} if earlier.get(path) != later.get(path)}
    changed |= _touched_since(repository, after.snapshot.revision.id, base)
    wide = bool(changed & {PARTNERS, PRM, VISIBILITY})
    if any(path.startswith(f"{COURSES}/") for path in changed):
        # a course shows once all its parts do, and what it builds on
        changed |= {path for path in {*earlier, *later} if path.startswith(f"{COURSES}/")}
    starts = (
        instant for path, instants in after.approvals.coming.items() if wide or path in changed for instant in instants
    )
    return {instant for instant in (*starts, *_ends(before, changed), *_ends(after, changed)) if instant > now}


def _touched_since(repository: GitRepository, head: str, base: str) -> set[str]:
    """Return the paths that any commit since the base changed, those whose change was undone included."""
    if head == base:
        return set()
    history = repository.history(f"{base}..{head}", PLACES)
    return set(history.versions)


def _ends(catalog: Catalog, paths: Set[str]) -> Iterator[datetime]:
    """Yield the dates at which pages and courses among some paths expire."""
    ends = {path: page.source.meta.expire_at for path, page in catalog.pages.items()}
    ends |= {course.source.path: course.source.expire_at for course in catalog.courses.values()}
    yield from (end for path, end in ends.items() if end is not None and path in paths)
