"""Results and messages of a command, and what becomes of them where they cannot be written."""

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

from prmbuild.errors import PrmError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class UnwritableError(PrmError):
    """Results or messages cannot be written. No `OSError`, which would be taken for one of a file, or for click's own.

    Args:
        error: why.
    """

    def __init__(self, error: OSError) -> None:
        reason = error.strerror or str(error)
        super().__init__(f"the output cannot be written: {reason}", hint="make room, or write it elsewhere")
        self.unread = isinstance(error, BrokenPipeError)
        """Whether who read it has gone, as ``head`` does that has read enough."""


class _Descriptor(io.FileIO):
    """A file descriptor that stays open as long as the process."""

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write bytes.

        Raises:
            UnwritableError: that cannot be done.
        """
        try:
            return super().write(data)
        except OSError as error:
            # what is left goes nowhere, so that the end of the process does not fail at it again
            # Source: Python, module signal, "Note on SIGPIPE"
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            raise UnwritableError(error) from error


def prepare() -> None:
    """Let ``sys.stdout`` and ``sys.stderr`` write UTF-8 and raise `UnwritableError`; a closed one leads nowhere."""
    sys.stdout, sys.stderr = _prepared(sys.stdout), _prepared(sys.stderr)


def _prepared(stream: TextIO | None) -> TextIO:
    if stream is None:
        return _text(os.open(os.devnull, os.O_WRONLY))
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    stream.flush()
    return _text(stream.fileno(), lines=stream.line_buffering, at_once=stream.write_through)


def _text(descriptor: int, *, lines: bool = False, at_once: bool = False) -> TextIO:
    return io.TextIOWrapper(
        io.BufferedWriter(_Descriptor(descriptor, "wb", closefd=False)),
        encoding="utf-8",
        errors="backslashreplace",
        line_buffering=lines,
        write_through=at_once,
    )
