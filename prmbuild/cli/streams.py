"""Results and messages of a command, and what becomes of them where they cannot be written."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from prmbuild.errors import PrmError


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


class Output(io.TextIOWrapper):
    """Text for a file descriptor, in UTF-8."""

    def write(self, text: str, /) -> int:
        """Write text.

        Raises:
            UnwritableError: that cannot be done.
        """
        with self._said():
            return super().write(text)

    def flush(self) -> None:
        """Hand on what was written.

        Raises:
            UnwritableError: that cannot be done.
        """
        with self._said():
            super().flush()

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            # what is left goes nowhere, so that the end of the process does not fail at it again
            # Source: Python, module signal, "Note on SIGPIPE"
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            raise UnwritableError(error) from error


def prepare() -> None:
    """Let ``sys.stdout`` and ``sys.stderr`` be such outputs, where they are open."""
    sys.stdout, sys.stderr = _prepared(sys.stdout), _prepared(sys.stderr)


def _prepared(stream: TextIO) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper) or isinstance(stream, Output):
        return stream
    stream.flush()
    return Output(
        open(stream.fileno(), "wb", closefd=False),
        encoding="utf-8",
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
