"""What else changed: edits that decide nothing about who sees what, or nothing yet."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from prmbuild.authored.programme import Programme
from prmbuild.authored.resource import Status
from prmbuild.catalog.catalog import is_page
from prmbuild.desired import Authored
from prmbuild.exposure.edits import some_of
from prmbuild.exposure.model import Change, Effect, SubjectKind, Viewers
from prmbuild.exposure.naming import everyone, named
from prmbuild.exposure.state import JointState
from prmbuild.source.approval import Absence
from prmbuild.source.git import GitRepository
from prmbuild.source.snapshot import OVERRIDES, Snapshot
from prmbuild.visibility.rules import Rule
from prmbuild.visibility.sets import union

_MARK = re.compile(rb"^(?:<{7} |>{7} )", re.MULTILINE)
_WORDS = {Status.DRAFT: "a draft", Status.IN_REVIEW: "in review", Status.RETIRED: "retired", None: "a draft"}


def notes(
    before: Authored, after: Authored, base: JointState | None, head: JointState, changes: Iterable[Change]
) -> tuple[str, ...]:
    """Return sentences for people about edits that no change tells of."""
    return tuple(_notes(before, after, base, head, changes))


def asserted(head: JointState, changes: Iterable[Change], viewers: Viewers) -> tuple[str, ...]:
    """Return which assertions of the head the changes break; ``check`` fails on them, and finds all others too."""
    found: list[str] = []
    for assertion in head.programme.assertions:
        effect = Effect.GAINS if assertion.never else Effect.LOSES
        meant = Rule(paths=assertion.paths, audience=assertion.seen_by, origin=assertion.origin)
        admitted = head.admitted(assertion.seen_by)
        broken = [
            change
            for change in changes
            if change.effect is effect
            and change.subject.kind is not SubjectKind.BLOCK
            and change.viewers & admitted
            and meant.matches(change.subject.path)
        ]
        if broken:
            who = named(viewers, union(change.viewers for change in broken) & admitted, everyone(viewers, effect))
            paths = some_of(list(dict.fromkeys(change.subject.path for change in broken)))
            verb = "gains" if assertion.never else "loses"
            word = "never" if assertion.never else "always"
            found.append(f"{assertion.origin}: '{word}' does not hold any more: {who} {verb} {paths}")
    return tuple(found)


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
    yield from _people(base.programme, head.programme)
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


def _people(before: Programme, after: Programme) -> Iterator[str]:
    """Say whose people change partners: who signs in where follows from addresses, and what they see from that."""
    was, now = ({one.id: frozenset(one.domains) for one in programme.partners} for programme in (before, after))
    for partner, domains in now.items():
        for domain in sorted(domains - was.get(partner, frozenset())):
            others = sorted(other for other, theirs in was.items() if domain in theirs)
            instead = f", and were of {', '.join(others)}" if others else ""
            yield f"partners.yaml: people at {domain} are of {partner}{instead}, and see what it sees"
    for partner, domains in was.items():
        for domain in sorted(domains - now.get(partner, frozenset())):
            yield f"partners.yaml: people at {domain} are not of {partner} any more"
    then, later = ({one.id: frozenset(one.partners) for one in programme.managers} for programme in (before, after))
    for manager, partners in later.items():
        new = sorted(partners - then.get(manager, frozenset()))
        if new:
            yield f"partners.yaml: relation manager {manager} sees what {', '.join(new)} sees"


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
