"""Progress on stderr: a moving line on a terminal, a line per stage elsewhere, nothing when quiet."""

import sys
import time


class TerminalProgress:
    """Shows the stage under way, its count and rate, on one line that is rewritten."""

    _INTERVAL = 0.1

    def __init__(self) -> None:
        self._name, self._total, self._done = "", 0, 0
        self._started = self._shown = time.monotonic()

    def stage(self, name: str, total: int = 0) -> None:
        """Show that a stage begins."""
        self._name, self._total, self._done = name, total, 0
        self._started = time.monotonic()
        self._show()

    def advance(self, steps: int = 1) -> None:
        """Count steps, and show them now and then."""
        self._done += steps
        if time.monotonic() - self._shown > self._INTERVAL:
            self._show()

    def close(self) -> None:
        """Clear the line."""
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()

    def _show(self) -> None:
        self._shown = time.monotonic()
        count = f" {self._done}/{self._total}" if self._total else ""
        spent = self._shown - self._started
        rate = f", {self._done / spent:.0f}/s" if self._done and spent > 1 else ""
        sys.stderr.write(f"\r\x1b[K{self._name}{count}{rate} …")
        sys.stderr.flush()


class LineProgress:
    """Writes a line per stage."""

    def stage(self, name: str, total: int = 0) -> None:
        """Write that a stage begins."""
        sys.stderr.write(f"{name}{f' ({total})' if total else ''}\n")

    def advance(self, steps: int = 1) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Say nothing."""


def progress() -> TerminalProgress | LineProgress:
    """Return the progress that fits where stderr goes."""
    return TerminalProgress() if sys.stderr.isatty() else LineProgress()
