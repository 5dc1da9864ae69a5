"""What else changed: edits that decide nothing about who sees what, or nothing yet."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from prmbuild.authored.resource import Status
from prmbuild.catalog.catalog import is_page
from prmbuild.desired import Authored
from prmbuild.exposure.edits import some_of
from prmbuild.exposure.model import Change
from prmbuild.exposure.state import JointState
from prmbuild.source.approval import Absence
from prmbuild.source.git import GitRepository
from prmbuild.source.snapshot import OVERRIDES, Snapshot

_MARK = re.compile(rb"^(?:<{7} |>{7} )", re.MULTILINE)
_WORDS = {Status.DRAFT: "a draft", Status.IN_REVIEW: "in review", Status.RETIRED: "retired", None: "a draft"}


def notes(
    before: Authored, after: Authored, base: JointState | None, head: JointState, changes: Iterable[Change]
) -> tuple[str, ...]:
    """Return sentences for people about edits that no change tells of."""
    return tuple(_notes(before, after, base, head, changes))


def parting(repository: GitRepository, base: Snapshot, head: Snapshot) -> tuple[str, ...]:
    """Say so where the head does not go on from the base: what was done there since they parted counts as undone.

    Raises:
        SourceError: git cannot answer.
    """
    one, other = base.revision, head.revision
    common = repository.merge_base(one.id, other.id)
    if common is None:
        return (f"{one.short} and {other.short} have no commit in common",)
    if common != one.id:
        return (
            f"{one.short} is no ancestor of {other.short}, so what only {one.short} has counts as taken away; "
            f"they parted at {common[:10]}",
        )
    return ()


def _notes(
    before: Authored, after: Authored, base: JointState | None, head: JointState, changes: Iterable[Change]
) -> Iterator[str]:
    if base is None:
        return
    was, now = before.snapshot.files, after.snapshot.files
    edited = sorted(path for path, file in now.items() if path not in was or was[path].blob != file.blob)
    if any(path.startswith(f"{OVERRIDES}/") for path in {*was, *now} if was.get(path) != now.get(path)):
        yield f"{OVERRIDES}/ changed: pages look different, and who sees what does not follow from it"
    old, new = base.programme.settings, head.programme.settings
    if (old.vendor, old.portal_url) != (new.vendor, new.portal_url):
        yield "prm.yaml: every page names another vendor or portal_url"
    if (old.evidence, old.approvers) != (new.evidence, new.approvers):
        yield "prm.yaml: what proves an approval, or who may give it, changed"
    gone = {(one.never, one.paths, one.seen_by) for one in base.programme.assertions} - {
        (one.never, one.paths, one.seen_by) for one in head.programme.assertions
    }
    if gone:
        yield f"visibility.yaml: {len(gone)} assertion{'s' if len(gone) > 1 else ''} edited or removed"
    for path in edited:
        line = _conflict(after.snapshot.read_path(path)) if is_page(path) and now[path].regular else None
        if line is not None:
            yield f"{path}:{line}: a merge left its marks there; decide for one side and remove them"
    told = {change.subject.path for change in changes}
    silent: dict[str, list[str]] = defaultdict(list)
    for path in edited:
        if path not in told and is_page(path):
            reason = _reason(head, path)
            if reason:
                silent[reason].append(path)
    for reason, paths in silent.items():
        yield f"{some_of(paths)}: {reason}"


def _conflict(data: bytes) -> int | None:
    """Return the line, counted from 1, of the first mark that git leaves where two sides of a merge differ."""
    found = _MARK.search(data)
    return data.count(b"\n", 0, found.start()) + 1 if found is not None else None


def _reason(head: JointState, path: str) -> str | None:
    """Say why an edited page changes nothing for anybody."""
    page = head.catalog.pages.get(path)
    newest = head.catalog.snapshot.history.at(path, 0)
    if page is not None and newest is not None and page.version.blob != newest.blob:
        standing = head.side.considered.reader.standing(newest)
        if standing.status is Status.APPROVED:
            due = standing.publish_at
            if due is not None and due > head.catalog.now:
                return f"partners keep the approved version until {due:%Y-%m-%d %H:%M}Z (publish_at)"
            return "partners keep the approved version, as nothing proves that the newer one is approved"
        if head.side.considered.reader.page(newest) is None:
            return "partners keep the approved version, as the newer one has errors; run prmbuild check"
        return f"partners keep the approved version, as the newer one is {_WORDS.get(standing.status, 'a draft')}"
    if page is not None:
        return "edited, and no partner sees a difference"
    ruling = head.catalog.absent.get(path)
    if ruling is None:
        return None
    match ruling.absence:
        case Absence.NOT_YET if ruling.due is not None:
            return f"no partner sees it before {ruling.due:%Y-%m-%d %H:%M}Z (publish_at)"
        case Absence.EXPIRED:
            return "no partner sees it, as it expired"
        case Absence.RETIRED:
            return "no partner sees it, as it is retired"
        case _:
            return "no partner sees it, as no version of it is approved"
