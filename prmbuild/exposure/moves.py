"""Files that stand at another path than before."""

import posixpath
from collections.abc import Mapping

from prmbuild.exposure.model import Cause, CauseKind
from prmbuild.source.git import GitRepository
from prmbuild.source.snapshot import PLACES, Snapshot


def moves(repository: GitRepository, base: Snapshot, head: Snapshot) -> Mapping[str, str]:
    """Return repository path in the head → that in the base, of files that moved.

    A file moved where the one path is gone, the other new, and the bytes are the same or much alike.

    Raises:
        SourceError: git cannot answer.
    """
    gone = {path: file for path, file in base.files.items() if path not in head.files}
    new = {path: file for path, file in head.files.items() if path not in base.files}
    if not gone or not new:
        return {}
    found: dict[str, str] = {}
    if not head.preview:
        renamed = repository.renames(base.revision.id, head.revision.id, PLACES)
        found = {after: before for before, after in renamed.items() if before in gone and after in new}
    by_blob: dict[str, list[str]] = {}
    taken = set(found.values())
    for path, file in gone.items():
        if path not in taken:
            by_blob.setdefault(file.blob, []).append(path)
    for path, file in new.items():
        if path not in found and by_blob.get(file.blob):
            found[path] = by_blob[file.blob].pop(0)
    return found


def move(before: str, after: str) -> Cause:
    """Say that a file moved; files that moved together have the same cause."""
    old, new = posixpath.split(before), posixpath.split(after)
    text = f"moved from {old[0]}/ to {new[0]}/" if old[0] != new[0] else f"renamed from {old[1]}"
    return Cause(kind=CauseKind.MOVE, origin=None, text=text)
