"""Moving objects between a bucket and here: many at once, in bounded memory, and given up where it does not pay."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from pathlib import Path

from msgspec import Struct, field

from prmbuild.cache.bucket import Bucket
from prmbuild.errors import StoreError

_READERS = _WRITERS = 32
_AHEAD = 2 * _READERS
"""Objects asked for before those that came are used; bounds the memory that bringing takes."""

_PATIENCE = 5.0
"""Seconds that a transfer may take however little it moves."""

_PACE = 50.0
"""Objects a second below which a transfer is given up: about what rendering makes."""

_FAILURES = 3
"""Failures in a row after which no more is tried."""


class Direction(Struct):
    """How one direction does.

    Attributes:
        given_up: why no more is tried; empty while it is.
        said: whether a person was told.
    """

    given_up: str = ""
    said: bool = False
    _failures: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def went(self, error: StoreError | None) -> None:
        """Count what became of an attempt."""
        with self._lock:
            self._failures = self._failures + 1 if error else 0
            if error and self._failures >= _FAILURES:
                self.given_up = self.given_up or error.message

    def give_up(self, reason: str) -> None:
        """Try no more."""
        self.given_up = self.given_up or reason


class Transfers:
    """Threads that bring and send.

    Args:
        bucket: the other end.
        file_of: digest → file; may raise `StoreError`.

    Attributes:
        sent: digests of what was sent.
    """

    def __init__(self, bucket: Bucket, file_of: Callable[[str], Path]) -> None:
        self.bringing, self.sending = Direction(), Direction()
        self.sent: set[str] = set()
        self._bucket = bucket
        self._file_of = file_of
        self._readers = ThreadPoolExecutor(_READERS, "prmbuild-cache-get")
        self._writers = ThreadPoolExecutor(_WRITERS, "prmbuild-cache-put")
        # A thread from the start, so that whoever starts processes sees that forking is not safe here.
        self._readers.submit(int)
        self._waiting: deque[str] = deque()
        self._offered: set[str] = set()
        self._active = 0
        self._closed = False
        self._changed = threading.Condition()

    def bring(self, digests: Sequence[str]) -> Iterator[tuple[str, tuple[bytes, datetime] | None]]:
        """Yield objects as they come: digest, and bytes with when they were written; None where there are none.

        Ends early where the store fails or is slower than making them.
        """
        deadline = time.monotonic() + _PATIENCE + len(digests) / _PACE
        rest = iter(digests)
        under_way: dict[Future[tuple[bytes, datetime] | None], str] = {}
        try:
            while not self.bringing.given_up:
                while len(under_way) < _AHEAD and (digest := next(rest, None)) is not None:
                    under_way[self._readers.submit(self._get, digest)] = digest
                if not under_way:
                    return
                done, _ = wait(under_way, max(0.0, deadline - time.monotonic()), FIRST_COMPLETED)
                if not done:
                    self.bringing.give_up("it is slower than rendering")
                for future in done:
                    digest = under_way.pop(future)
                    try:
                        yield digest, future.result()
                    except StoreError:
                        continue
        finally:
            for future in under_way:
                future.cancel()

    def send(self, digest: str) -> None:
        """Send an object, some time before `finish` returns."""
        with self._changed:
            if digest in self._offered or self._closed or self.sending.given_up:
                return
            self._offered.add(digest)
            self._waiting.append(digest)
            if self._active < _WRITERS:
                self._active += 1
                self._writers.submit(self._send_waiting)

    def finish(self) -> None:
        """Wait until everything is sent, or given up."""
        with self._changed:
            deadline = time.monotonic() + _PATIENCE + len(self._waiting) / _PACE
            while self._active and not self.sending.given_up:
                if not self._changed.wait(max(0.0, deadline - time.monotonic())) and time.monotonic() >= deadline:
                    self.sending.give_up("it is too slow")

    def close(self) -> None:
        """End the threads; what is under way is waited for, which a time limit bounds."""
        self._closed = True
        self._readers.shutdown(cancel_futures=True)
        self._writers.shutdown(cancel_futures=True)

    def _get(self, digest: str) -> tuple[bytes, datetime] | None:
        if self.bringing.given_up:
            raise StoreError(self.bringing.given_up)
        try:
            found = self._bucket.get(object_name(digest))
        except StoreError as error:
            self.bringing.went(error)
            raise
        self.bringing.went(None)
        return found

    def _send_waiting(self) -> None:
        while True:
            with self._changed:
                if not self._waiting or self._closed or self.sending.given_up:
                    self._active -= 1
                    self._changed.notify_all()
                    return
                digest = self._waiting.popleft()
            try:
                file = self._file_of(digest)
            except StoreError:
                continue
            try:
                self._bucket.put(object_name(digest), file)
            except StoreError as error:
                self.sending.went(error)
            else:
                self.sending.went(None)
                self.sent.add(digest)


def object_name(digest: str) -> str:
    """Return where in a bucket the object with this digest stands."""
    return f"objects/{digest[:2]}/{digest[2:]}"
