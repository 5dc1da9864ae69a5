"""The stream that ``git fast-export`` writes and ``git fast-import`` reads, as values.

Source: https://git-scm.com/docs/git-fast-import#_input_format
"""

import re
from collections.abc import Iterator
from typing import IO

from msgspec import Struct

from prmbuild.errors import SourceError

_ESCAPE = re.compile(rb'\\([0-7]{3}|[abfnrtv"\\])')
_LETTERS = {b"a": 7, b"b": 8, b"f": 12, b"n": 10, b"r": 13, b"t": 9, b"v": 11, b'"': 34, b"\\": 92}
_NEEDS_QUOTES = re.compile(rb'\A"|[\n\x00-\x1f\\]')


class Blob(Struct, frozen=True, kw_only=True):
    """The bytes of a version of a file."""

    mark: int
    data: bytes


class Change(Struct, frozen=True, kw_only=True):
    """What a commit does to a file.

    Attributes:
        path: as git has it; bytes that are not UTF-8 are surrogates.
        mode: git's file mode; empty where the file is deleted.
        blob: mark of its bytes; None where the file is deleted, or is a submodule.
    """

    path: str
    mode: str = ""
    blob: int | None = None


class CommitRecord(Struct, frozen=True, kw_only=True):
    """A commit.

    Attributes:
        people: the lines ``author …`` and ``committer …``.
        message: its bytes.
        parents: marks, the first parent first.
        changes: against the first parent; against nothing where there is none.
    """

    mark: int
    people: tuple[bytes, ...]
    message: bytes
    parents: tuple[int, ...]
    changes: tuple[Change, ...]


def records(stream: IO[bytes]) -> Iterator[Blob | CommitRecord]:
    """Read what ``git fast-export`` writes.

    Raises:
        SourceError: it holds something else than blobs and commits.
    """
    line = stream.readline()
    while line:
        if line == b"blob\n":
            mark = _mark(stream.readline())
            yield Blob(mark=mark, data=_data(stream, stream.readline()))
            line = stream.readline()
        elif line.startswith(b"commit "):
            record, line = _commit(stream)
            yield record
        elif line == b"\n" or line.startswith((b"reset ", b"from ", b"feature ", b"done")):
            line = stream.readline()
        else:
            raise SourceError(f"git fast-export answered something unexpected: {line[:40]!r}")


def write_blob(stream: IO[bytes], blob: Blob) -> None:
    """Write the bytes of a version."""
    stream.write(b"blob\nmark :%d\ndata %d\n" % (blob.mark, len(blob.data)))
    stream.write(blob.data)
    stream.write(b"\n")


def write_commit(stream: IO[bytes], commit: CommitRecord, reference: str, *, afresh: bool = False) -> None:
    """Write a commit.

    Args:
        stream: what git reads.
        commit: its `changes` may name blobs of other marks than those written, by their mark.
        reference: the branch it goes to.
        afresh: its changes are against nothing, not against its first parent.
    """
    if not commit.parents:
        stream.write(b"reset %s\n" % reference.encode())
    stream.write(b"commit %s\nmark :%d\n" % (reference.encode(), commit.mark))
    for line in commit.people:
        stream.write(line + b"\n")
    stream.write(b"data %d\n%s\n" % (len(commit.message), commit.message))
    for number, parent in enumerate(commit.parents):
        stream.write((b"merge :%d\n" if number else b"from :%d\n") % parent)
    if afresh:
        stream.write(b"deleteall\n")
    for change in sorted(commit.changes, key=lambda change: change.blob is not None):
        path = quoted_path(change.path)
        if change.blob is None:
            stream.write(b"D %s\n" % path)
        else:
            stream.write(b"M %s :%d %s\n" % (change.mode.encode(), change.blob, path))
    stream.write(b"\n")


def quoted_path(path: str) -> bytes:
    """Return a path as the stream has it."""
    raw = path.encode("utf-8", "surrogateescape")
    if not _NEEDS_QUOTES.search(raw):
        return raw
    escaped = b"".join(b"\\%03o" % byte if byte < 32 or byte in b'"\\' else bytes((byte,)) for byte in raw)
    return b'"' + escaped + b'"'


def _unquoted_path(written: bytes) -> str:
    if written.startswith(b'"'):
        written = _ESCAPE.sub(
            lambda found: bytes((_LETTERS[found[1]] if found[1] in _LETTERS else int(found[1], 8),)), written[1:-1]
        )
    return written.decode("utf-8", "surrogateescape")


def _commit(stream: IO[bytes]) -> tuple[CommitRecord, bytes]:
    """Read a commit; returns it and the line after it."""
    mark = _mark(stream.readline())
    people: list[bytes] = []
    message = b""
    line = stream.readline()
    while not line.startswith(b"data "):
        if line.startswith((b"author ", b"committer ")):
            people.append(line[:-1])
        line = stream.readline()
    message = _data(stream, line)
    parents: list[int] = []
    changes: list[Change] = []
    line = stream.readline()
    while line and line != b"\n":
        if line.startswith((b"from :", b"merge :")):
            parents.append(int(line.partition(b":")[2]))
        elif line.startswith(b"D "):
            changes.append(Change(path=_unquoted_path(line[2:-1])))
        elif line.startswith(b"M "):
            _, mode, blob, path = line[:-1].split(b" ", 3)
            number = int(blob[1:]) if blob.startswith(b":") else None
            changes.append(Change(path=_unquoted_path(path), mode=mode.decode(), blob=number))
        else:
            break
        line = stream.readline()
    record = CommitRecord(
        mark=mark, people=tuple(people), message=message, parents=tuple(parents), changes=tuple(changes)
    )
    return record, line


def _mark(line: bytes) -> int:
    if not line.startswith(b"mark :"):
        raise SourceError(f"git fast-export answered something unexpected: {line[:40]!r}")
    return int(line[6:])


def _data(stream: IO[bytes], line: bytes) -> bytes:
    if not line.startswith(b"data "):
        raise SourceError(f"git fast-export answered something unexpected: {line[:40]!r}")
    return stream.read(int(line[5:]))
