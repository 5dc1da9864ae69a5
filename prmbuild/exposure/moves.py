"""Files that stand at another path than before."""

import posixpath
from collections.abc import Mapping

from prmbuild.exposure.model import Cause, CauseKind
from prmbuild.source.git import GitRepository, TreeFile
from prmbuild.source.snapshot import PLACES, Snapshot, uncommitted_name


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
            for name in _names(base, file, overlaid=head.preview):
                by_blob.setdefault(name, []).append(path)
    for path, file in new.items():
        before = next((one for one in by_blob.get(file.blob, ()) if one not in taken), None)
        if path not in found and before is not None:
            found[path] = before
            taken.add(before)
    return found


def _names(snapshot: Snapshot, file: TreeFile, *, overlaid: bool) -> tuple[str, ...]:
    """Return what the bytes of a file are called: by git, and as an uncommitted file where there may be any."""
    if not overlaid or not file.regular:
        return (file.blob,)
    return file.blob, uncommitted_name(snapshot.read(file.blob))


def move(before: str, after: str) -> Cause:
    """Say that a file moved; files that moved together have the same cause."""
    old, new = posixpath.split(before), posixpath.split(after)
    text = f"moved from {old[0]}/ to {new[0]}/" if old[0] != new[0] else f"renamed from {old[1]}"
    return Cause(kind=CauseKind.MOVE, origin=None, text=text)
