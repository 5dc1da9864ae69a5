"""The index of a cache: which digest was derived under which key, and what the object's file looked like."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, TypeVar

from prmbuild.cache.objects import Stamp

_FORMAT = 1
_BUSY = 30.0
"""Seconds to wait for another build that writes."""

_AT_ONCE = 900
"""Parameters of one query. Source: SQLite, Limits: ``SQLITE_MAX_VARIABLE_NUMBER`` is 999 before version 3.32."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, digest BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects
  (digest BLOB PRIMARY KEY, size INTEGER NOT NULL, changed INTEGER NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
"""

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

_Answer = TypeVar("_Answer")


class Entry(NamedTuple):
    """What is known of an object: its digest, its file's stamp, and when it was last used, seconds since 1970."""

    digest: bytes
    stamp: Stamp
    used: int


class Index:
    """An index in one SQLite file, which several processes and threads may use at once.

    A damaged file is left to whoever has it open, and a new one with the next number is begun.

    Args:
        folder: where the file stands; made where it does not exist.

    Attributes:
        damaged: how often the file was found damaged and begun again.
    """

    def __init__(self, folder: Path) -> None:
        self.damaged = 0
        self._folder = folder
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._number = 0

    def entries(self, keys: Iterable[bytes]) -> dict[bytes, Entry]:
        """Return what is known under keys: key → entry, without the keys that are unknown."""
        query = "SELECT e.key, o.* FROM entries e JOIN objects o ON o.digest = e.digest WHERE e.key IN "
        return self._found(query, keys)

    def objects(self, digests: Iterable[bytes]) -> dict[bytes, Entry]:
        """Return what is known of objects: digest → entry, without those that are unknown."""
        return self._found("SELECT o.digest, o.* FROM objects o WHERE o.digest IN ", digests)

    def keep(self, entries: Mapping[bytes, bytes], stamps: Mapping[bytes, Stamp], now: float) -> bool:
        """Keep entries, key → digest, and objects, digest → stamp, in one transaction.

        Returns:
            Whether they are kept; they are not on a full disk, for example.
        """

        def work(connection: sqlite3.Connection) -> bool:
            with _writing(connection):
                connection.executemany(
                    "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?)",
                    [(digest, stamp.size, stamp.changed, int(now)) for digest, stamp in stamps.items()],
                )
                connection.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?)", entries.items())
            return True

        return self._do(work, False)

    def use(self, digests: Iterable[bytes], now: float) -> None:
        """Renew the age of objects."""

        def work(connection: sqlite3.Connection) -> None:
            with _writing(connection):
                connection.executemany(
                    "UPDATE objects SET used = ? WHERE digest = ?", [(int(now), digest) for digest in digests]
                )

        self._do(work, None)

    def forget(self, digests: Iterable[bytes]) -> None:
        """Forget objects."""

        def work(connection: sqlite3.Connection) -> None:
            with _writing(connection):
                connection.executemany("DELETE FROM objects WHERE digest = ?", [(digest,) for digest in digests])

        self._do(work, None)

    def everything(self) -> dict[bytes, Entry]:
        """Return what is known of all objects: digest → entry."""
        return self._do(lambda connection: dict(_read(connection.execute("SELECT o.digest, o.* FROM objects o"))), {})

    def tidy(self) -> None:
        """Drop the entries of forgotten objects, and give the space of what was dropped back."""

        def work(connection: sqlite3.Connection) -> None:
            with _writing(connection):
                connection.execute("DELETE FROM entries WHERE digest NOT IN (SELECT digest FROM objects)")
            connection.execute("VACUUM")

        self._do(work, None)

    def close(self) -> None:
        """Let go of the file; it is opened again when it is needed."""
        with self._lock:
            self._shut()

    def _found(self, query: str, wanted: Iterable[bytes]) -> dict[bytes, Entry]:
        sought = tuple(wanted)

        def work(connection: sqlite3.Connection) -> dict[bytes, Entry]:
            found: dict[bytes, Entry] = {}
            for start in range(0, len(sought), _AT_ONCE):
                part = sought[start : start + _AT_ONCE]
                found.update(_read(connection.execute(f"{query}({','.join('?' * len(part))})", part)))
            return found

        return self._do(work, {}) if sought else {}

    def _do(self, work: Callable[[sqlite3.Connection], _Answer], otherwise: _Answer) -> _Answer:
        """Work with the file; where that fails, answer otherwise, and begin a damaged file again."""
        with self._lock:
            try:
                return work(self._open())
            except (sqlite3.Error, OSError) as error:
                if _code(error) in _DAMAGED:
                    self.damaged += 1
                    self._shut()
                    self._number += 1
                return otherwise

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._number = max((self._number, *self._numbers()))
            try:
                self._connection = self._connect()
            except (sqlite3.Error, OSError) as error:
                if _code(error) in _DAMAGED or not self._file(self._number).is_file():
                    raise
                self._connection = _read_only(self._file(self._number))
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        self._folder.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + _BUSY
        while True:
            connection = sqlite3.connect(
                self._file(self._number), timeout=_BUSY, isolation_level=None, check_same_thread=False
            )
            try:
                # Two builds that begin a file at once may be told that it is busy without being made to wait.
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.executescript(_SCHEMA)
                self._clear()
                return connection
            except sqlite3.Error as error:
                connection.close()
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def _clear(self) -> None:
        """Remove the files of lower numbers, which were damaged."""
        for number in self._numbers():
            if number < self._number:
                for ending in ("", "-wal", "-shm"):
                    Path(f"{self._file(number)}{ending}").unlink(missing_ok=True)

    def _file(self, number: int) -> Path:
        return self._folder / f"index-{_FORMAT}-{number}.sqlite"

    def _numbers(self) -> Sequence[int]:
        names = [file.stem.split("-")[-1] for file in self._folder.glob(f"index-{_FORMAT}-*.sqlite")]
        return [int(name) for name in names if name.isdecimal()]

    def _shut(self) -> None:
        if self._connection is not None:
            with closing(self._connection):
                self._connection = None


class _writing:
    """A transaction that writes: all of it, or nothing."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, *_: object) -> None:
        self._connection.execute("COMMIT" if kind is None else "ROLLBACK")


def _read_only(file: Path) -> sqlite3.Connection:
    """Open a file in a folder that cannot be written, as one that nobody changes."""
    return sqlite3.connect(
        f"{file.absolute().as_uri()}?immutable=1", uri=True, isolation_level=None, check_same_thread=False
    )


def _read(rows: Iterable[tuple[bytes, bytes, int, int, int]]) -> Iterator[tuple[bytes, Entry]]:
    for sought, digest, size, changed, used in rows:
        yield sought, Entry(digest, Stamp(size, changed), used)


def _code(error: Exception) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
