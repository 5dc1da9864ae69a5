"""Results and messages of a command: what a terminal would obey is written out; what if they cannot be written."""

import io
import os
import re
import sys
from typing import TYPE_CHECKING, TextIO

from prmbuild.errors import PrmError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


_OBEYED = re.compile(
    r"\r(?!\n|\x1b\[K)|\x1b(?!\[K|\[(?:[0-4]|[39][0-7])m)"  # but for line ends, progress, and the styles of messages
    r"|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]"
    r"|[\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""What a terminal would obey, or would show in another order, or not at all, where some author wrote it.

What texts in some languages and emoji need (joiners, marks of direction) is none of it.
Source: https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
"""


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


class _Text(io.TextIOWrapper):
    """A text stream that writes out what a terminal would obey."""

    def write(self, text: str, /) -> int:
        """Write a text."""
        super().write(_OBEYED.sub(_written_out, text))
        return len(text)


def _written_out(found: re.Match[str]) -> str:
    """Return characters as JSON has them in a string, so that a document that holds them stays one."""
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def prepare() -> None:
    """Let ``sys.stdout`` and ``sys.stderr`` write UTF-8 and raise `UnwritableError`; a closed one leads nowhere.

    What a terminal would obey is written out. Bytes, as documents are written that other programs read, go as they are.
    """
    sys.stdout, sys.stderr = _prepared(sys.stdout), _prepared(sys.stderr)


def _prepared(stream: TextIO | None) -> TextIO:
    if stream is None:
        return _text(os.open(os.devnull, os.O_WRONLY))
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    stream.flush()
    return _text(stream.fileno(), lines=stream.line_buffering, at_once=stream.write_through)


def _text(descriptor: int, *, lines: bool = False, at_once: bool = False) -> TextIO:
    return _Text(
        io.BufferedWriter(_Descriptor(descriptor, "wb", closefd=False)),
        encoding="utf-8",
        errors="backslashreplace",
        line_buffering=lines,
        write_through=at_once,
    )
