"""What a commit holds and how that came to be, of which only what is new is asked of git.

The history of a commit never changes, nor does its tree, so both are kept in a cache under the commit's name. A commit
that was built on one that is kept is read from there on: what its first-parent history changed since is all in which
its tree differs. After a rewritten history nothing is found, and all of it is read.

What git takes longest to tell is how large a file is: it opens each object for it. So sizes are kept, too, and those
alone are asked for that are new.
"""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from prmbuild.cache.cache import Cache
from prmbuild.cache.facts import digest
from prmbuild.source.git import REGULAR_MODES, GitRepository, TreeFile
from prmbuild.source.history import LOG_FORMAT, Commit, History, Version

LOOK_BACK = 256
"""How many commits back a past that is kept is looked for."""

KEEP_AFTER = 64
"""Commits after which a past is kept again; git tells of fewer in no time."""

_NOTHING = History(commits=(), versions={})


class Past(Struct, frozen=True, kw_only=True):
    """A commit's past, limited to some paths.

    Attributes:
        history: first-parent history.
        files: path → file in its tree, sorted by path as git does.
    """

    history: History
    files: Mapping[str, TreeFile]


def past_of(repository: GitRepository, commit: str, paths: Sequence[str], cache: Cache) -> Past:
    """Return what a commit holds and how that came, limited to paths.

    Args:
        repository: where it is.
        commit: full object name.
        paths: files and folders.
        cache: keeps pasts.

    Raises:
        SourceError: git cannot answer.
    """
    recent = repository.first_parents(commit, LOOK_BACK)
    names = {_key(ancestor, paths): number for number, ancestor in enumerate(recent)}
    for key in sorted(cache.digests(names), key=names.__getitem__)[:1]:
        number, data = names[key], cache.get(key)
        since = repository.history(f"{recent[number]}..{commit}", paths) if number else _NOTHING
        before = _read(data, len(since.commits)) if data is not None else None
        if before is not None:
            whole = _followed(before, since, repository)
            if number >= KEEP_AFTER or len(since.versions) >= KEEP_AFTER:
                cache.put(_key(commit, paths), _written(whole))
            return whole
    whole = Past(history=repository.history(commit, paths), files=repository.tree(commit, paths))
    cache.put(_key(commit, paths), _written(whole))
    return whole


def _followed(before: Past, since: History, repository: GitRepository) -> Past:
    """Return a past with what came since: of each file that was touched, the tree has the newest version."""
    versions, files = dict(before.history.versions), dict(before.files)
    for path, found in since.versions.items():
        versions[path] = (*found, *versions.get(path, ()))
        newest = found[0]
        if newest.blob is None:
            files.pop(path, None)
        else:
            size = len(repository.read(newest.blob)) if newest.mode in REGULAR_MODES else 0
            files[path] = TreeFile(path=path, mode=newest.mode, blob=newest.blob, size=size)
    if files.keys() != before.files.keys():
        files = {path: files[path] for path in sorted(files, key=os.fsencode)}
    history = History(commits=(*since.commits, *before.history.commits), versions=versions)
    return Past(history=history, files=files)


def _key(commit: str, paths: Sequence[str]) -> str:
    return digest(b"past", LOG_FORMAT.encode(), commit.encode(), *(path.encode() for path in paths))


def _written(past: Past) -> bytes:
    commits = [
        [one.id, int(one.at.timestamp()), one.author_name, one.author_email, one.committer_name, one.subject,
         one.approved_by]
        for one in past.history.commits
    ]  # fmt: skip
    versions = {
        path: [[version.position, version.blob, version.mode] for version in found]
        for path, found in past.history.versions.items()
    }
    sizes = {path: file.size for path, file in past.files.items()}
    return json.dumps([commits, versions, sizes], ensure_ascii=True, separators=(",", ":")).encode()


def _read(written: bytes, newer: int) -> Past | None:
    """Return the past that `_written` wrote; None where this is something else.

    Args:
        written: what it wrote.
        newer: how many commits came after it.
    """
    try:
        told, found, sizes = json.loads(written)
        commits = tuple(
            Commit(
                id=name,
                at=datetime.fromtimestamp(at, UTC),
                author_name=author_name,
                author_email=author_email,
                committer_name=committer_name,
                subject=subject,
                approved_by=tuple(approved_by),
            )
            for name, at, author_name, author_email, committer_name, subject, approved_by in told
        )
        versions = {
            path: tuple(
                [
                    Version(path=path, commit=commits[position], position=position + newer, blob=blob, mode=mode)
                    for position, blob, mode in of_path
                ]
            )
            for path, of_path in found.items()
        }
        files = {path: _file(versions[path][0], size) for path, size in sizes.items()}
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError):
        return None
    return Past(history=History(commits=commits, versions=versions), files=files)


def _file(newest: Version, size: int) -> TreeFile:
    """Return the file that the tree has of a path, by its newest version."""
    if newest.blob is None:
        raise ValueError(f"'{newest.path}' is gone")
    return TreeFile(path=newest.path, mode=newest.mode, blob=newest.blob, size=size)
