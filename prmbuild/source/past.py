"""The first-parent history of a programme, of which only what is new is asked of git.

The history of a commit never changes, so it is kept in a cache under the commit's name. A commit that was built on one
whose history is kept is read from there on; after a rewritten history nothing is found, and all of it is read.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from prmbuild.cache.cache import Cache
from prmbuild.cache.facts import digest, json_of
from prmbuild.source.git import GitRepository
from prmbuild.source.history import LOG_FORMAT, Commit, History, Version

LOOK_BACK = 256
"""How many commits back a history that is kept is looked for."""

KEEP_AFTER = 64
"""Commits after which a history is kept again; git tells of fewer in no time."""

_NOTHING = History(commits=(), versions={})


def history_of(repository: GitRepository, commit: str, paths: Sequence[str], cache: Cache) -> History:
    """Return the first-parent history of a commit, limited to paths.

    Args:
        repository: where it is.
        commit: full object name.
        paths: files and folders.
        cache: keeps histories.

    Raises:
        SourceError: git cannot answer.
    """
    recent = repository.first_parents(commit, LOOK_BACK)
    names = {_key(ancestor, paths): number for number, ancestor in enumerate(recent)}
    for key in sorted(cache.digests(names), key=names.__getitem__)[:1]:
        number, data = names[key], cache.get(key)
        since = repository.history(f"{recent[number]}..{commit}", paths) if number else _NOTHING
        whole = _read(json_of(data), since) if data is not None else None
        if whole is not None:
            if number >= KEEP_AFTER:
                cache.put(_key(commit, paths), _written(whole))
            return whole
    whole = repository.history(commit, paths)
    cache.put(_key(commit, paths), _written(whole))
    return whole


def _key(commit: str, paths: Sequence[str]) -> str:
    return digest(b"history", LOG_FORMAT.encode(), commit.encode(), *(path.encode() for path in paths))


def _written(history: History) -> bytes:
    commits = [
        [one.id, int(one.at.timestamp()), one.author_name, one.author_email, one.committer_name, one.subject,
         one.approved_by]
        for one in history.commits
    ]  # fmt: skip
    versions = {
        path: [[version.position, version.blob, version.mode] for version in found]
        for path, found in history.versions.items()
    }
    return json.dumps([commits, versions], ensure_ascii=True, separators=(",", ":")).encode()


def _read(written: Any, since: History) -> History | None:  # noqa: ANN401
    """Return a history that begins as `_written` wrote it; None where this is something else.

    Args:
        written: the JSON that it wrote.
        since: what came after.
    """
    newer = len(since.commits)
    try:
        told, found = written
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
                Version(path=path, commit=commits[position], position=position + newer, blob=blob, mode=mode)
                for position, blob, mode in of_path
            )
            for path, of_path in found.items()
        }
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError):
        return None
    versions |= {path: (*of_path, *versions.get(path, ())) for path, of_path in since.versions.items()}
    return History(commits=(*since.commits, *commits), versions=versions)
