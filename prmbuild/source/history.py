"""First-parent history: which commit brought which version of which file."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from msgspec import Struct

from prmbuild.errors import SourceError


class Commit(Struct, frozen=True, kw_only=True):
    """A commit on the first-parent history.

    Attributes:
        id: full hexadecimal object name; ``worktree`` for files not committed yet.
        at: committer's time, UTC.
        approved_by: the addresses in ``Approved-by:`` trailers.
    """

    id: str
    at: datetime
    author_name: str
    author_email: str
    committer_name: str
    subject: str
    approved_by: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        """The abbreviated object name for people."""
        return self.id[:10]


class Version(Struct, frozen=True, kw_only=True):
    """One version of a file.

    Attributes:
        position: place of the commit on the first-parent history, 0 is the newest.
        blob: object name of the bytes; None where the commit deleted the file.
        mode: git's file mode, ``100644`` for a plain file.
    """

    path: str
    commit: Commit
    position: int
    blob: str | None
    mode: str


class History(Struct, frozen=True, kw_only=True):
    """Every version of every file on the first-parent history.

    Attributes:
        commits: newest first.
        versions: path → its versions, newest first.
    """

    commits: tuple[Commit, ...]
    versions: Mapping[str, tuple[Version, ...]]

    def of(self, path: str) -> tuple[Version, ...]:
        """Return the versions of a file, newest first; empty where it never existed."""
        return self.versions.get(path, ())

    def at(self, path: str, position: int) -> Version | None:
        """Return the version of a file in the tree of the commit at ``position``; None where there was none."""
        for version in self.of(path):
            if version.position >= position:
                return version if version.blob is not None else None
        return None


LOG_FORMAT = "%x01%H%x00%ct%x00%an%x00%ae%x00%cn%x00%s%x00%(trailers:key=Approved-by,valueonly,separator=%x1f)"
"""What `parse_log` reads: a record of seven NUL-separated fields, introduced by a byte 1."""

_NULL_OBJECT = "0" * 40


def parse_log(raw: bytes) -> History:
    """Read ``git log --first-parent --raw -z --format=LOG_FORMAT``.

    Raises:
        SourceError: git answered something else than asked for.
    """
    tokens = iter(raw.split(b"\0"))
    commits: list[Commit] = []
    versions: dict[str, list[Version]] = {}
    for token in tokens:
        token = token.lstrip(b"\n")
        if token.startswith(b"\x01"):
            commits.append(_commit(token[1:].decode(), tokens))
        elif token.startswith(b":"):
            _, mode, _, blob, status = token.decode().split(" ")
            path = next(tokens).decode("utf-8", "surrogateescape")
            versions.setdefault(path, []).append(
                Version(
                    path=path,
                    commit=commits[-1],
                    position=len(commits) - 1,
                    blob=None if status == "D" or blob.startswith(_NULL_OBJECT) else blob,
                    mode=mode,
                )
            )
        elif token:
            raise SourceError(f"git log answered something unexpected: {token[:40]!r}")
    return History(commits=tuple(commits), versions={path: tuple(found) for path, found in versions.items()})


def _commit(identifier: str, tokens: Iterator[bytes]) -> Commit:
    fields = [next(tokens).decode("utf-8", "replace") for _ in range(6)]
    at, author_name, author_email, committer_name, subject, trailers = fields
    return Commit(
        id=identifier,
        at=datetime.fromtimestamp(int(at), UTC),
        author_name=author_name,
        author_email=author_email,
        committer_name=committer_name,
        subject=subject,
        approved_by=tuple(trailer.strip() for trailer in trailers.strip().split("\x1f") if trailer.strip()),
    )
