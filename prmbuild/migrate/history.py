"""The history of the imported files, rewritten so that every version stands where the file stands now.

It becomes a line of its own, which a merge brings to the programme: git tells who wrote what and when, while the
first-parent history, by which versions are approved, has one commit for all of it.
"""

from collections.abc import Callable, Iterator
from typing import IO

from msgspec import Struct
from msgspec.structs import replace

from prmbuild import codes
from prmbuild.check.file import PROBED
from prmbuild.check.secrets import LONGEST, secrets_in
from prmbuild.diagnostics import Diagnostic
from prmbuild.migrate.stream import Blob, Change, CommitRecord, records, write_blob, write_commit
from prmbuild.source.git import REGULAR_MODES

SIDE = "refs/heads/imported"
"""The branch of the scratch repository that the history goes to."""

PlaceOf = Callable[[str], str | None]
"""Says where a version of a file goes, from the path it had; None leaves it out."""


class Rewritten(Struct, frozen=True, kw_only=True):
    """What came of the history.

    Attributes:
        tip: mark of its newest commit; None where nothing is left of it.
        commits: how many there are.
        findings: secrets in versions that are not the newest.
    """

    tip: int | None
    commits: int
    findings: tuple[Diagnostic, ...]


def rewrite(source: IO[bytes], target: IO[bytes], place_of: PlaceOf) -> Rewritten:
    """Pass a history on, with every file where it belongs and without commits that then change nothing.

    Args:
        source: what ``git fast-export`` writes.
        target: what ``git fast-import`` reads.
        place_of: where files go.

    Raises:
        SourceError: git answered something unexpected.
    """
    kept: dict[int, int | None] = {}
    suspects: dict[int, tuple[Diagnostic, ...]] = {}
    secrets: dict[Diagnostic, None] = {}
    written, tip = 0, None
    for record in records(source):
        if isinstance(record, Blob):
            write_blob(target, record)
            if found := tuple(_secrets(record.data)):
                suspects[record.mark] = found
            continue
        changes = tuple(_placed(record, place_of))
        parents = tuple(dict.fromkeys(mark for parent in record.parents if (mark := kept[parent]) is not None))
        lost_first = bool(record.parents) and kept[record.parents[0]] is None
        if not changes and len(parents) < 2:
            tip = kept[record.mark] = parents[0] if parents else None
            continue
        moved = replace(record, changes=changes, parents=parents)
        write_commit(target, moved, SIDE, afresh=lost_first and bool(parents))
        written += 1
        for change in changes:
            for finding in suspects.pop(change.blob, ()) if change.blob is not None else ():
                secrets[_told(finding, change.path, record)] = None
        tip = kept[record.mark] = record.mark
    return Rewritten(tip=tip, commits=written, findings=tuple(secrets))


def _placed(commit: CommitRecord, place_of: PlaceOf) -> Iterator[Change]:
    """Yield what a commit does to the files that are kept; a file that moves onto its new name is not deleted."""
    placed = [(replace(change, path=path), change) for change in commit.changes if (path := place_of(change.path))]
    there = {moved.path for moved, _ in placed if moved.blob is not None}
    for moved, change in placed:
        if moved.blob is None and not change.mode:
            if moved.path not in there:
                yield moved
        elif moved.mode in REGULAR_MODES and moved.blob is not None:
            yield replace(moved, mode="100644")
        elif moved.path not in there:
            yield Change(path=moved.path)


def _secrets(data: bytes) -> Iterator[Diagnostic]:
    if len(data) <= LONGEST and b"\0" not in data[:PROBED]:
        yield from secrets_in("", data.decode("utf-8-sig", "replace"))


def _told(finding: Diagnostic, path: str, commit: CommitRecord) -> Diagnostic:
    """Return the finding about a version as one about the history."""
    about = commit.message.decode("utf-8", "replace").partition("\n")[0]
    message = f"in the version of '{about[:60]}', {finding.message}"
    return codes.SECRET_IN_HISTORY.at(
        path, message, line=finding.line, column=finding.column, hint="make it invalid where it was issued"
    )
