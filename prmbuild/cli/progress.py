"""Progress on stderr: a moving line on a terminal, a line per stage elsewhere, nothing in CI; and how long it took."""

import os
import sys
import time
from collections.abc import Mapping

from msgspec import Struct

from prmbuild.progress import Progress, Silence


class TerminalProgress:
    """Shows the stage under way on one line that is rewritten: its count, rate, what was reused, the time left."""

    _INTERVAL = 0.1
    _SETTLED = 2.0
    """Seconds before a rate says what is to come."""

    def __init__(self) -> None:
        self._name, self._total, self._done, self._reused = "", 0, 0, 0
        self._started = self._shown = time.monotonic()

    def stage(self, name: str, total: int = 0) -> None:
        """Show that a stage begins."""
        self._name, self._total, self._done, self._reused = name, total, 0, 0
        self._started = time.monotonic()
        self._show()

    def advance(self, steps: int = 1) -> None:
        """Count steps, and show them now and then."""
        self._done += steps
        self._show_at_times()

    def reused(self, steps: int = 1) -> None:
        """Count steps that need not be done, and show them now and then."""
        self._reused += steps
        self._show_at_times()

    def close(self) -> None:
        """Clear the line."""
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()

    def _show_at_times(self) -> None:
        if time.monotonic() - self._shown > self._INTERVAL:
            self._show()

    def _show(self) -> None:
        self._shown = time.monotonic()
        sys.stderr.write(f"\r\x1b[K{', '.join(self._words(self._shown - self._started))} …")
        sys.stderr.flush()

    def _words(self, spent: float) -> list[str]:
        over = self._done + self._reused
        words = [f"{self._name} {over}/{max(over, self._total)}" if self._total else self._name]
        if self._reused:
            words.append(f"{self._reused} reused")
        if self._done and spent > self._SETTLED:
            rate = self._done / spent
            words.append(f"{rate:.0f}/s")
            left = self._total - over
            if left > 0:
                words.append(f"{_told(left / rate)} left")
        return words


class LineProgress(Silence):
    """Writes a line per stage."""

    def stage(self, name: str, total: int = 0) -> None:
        """Write that a stage begins."""
        sys.stderr.write(f"{name}{f' ({total})' if total else ''}\n")

    def close(self) -> None:
        """Say nothing."""


class QuietProgress(Silence):
    """Writes nothing."""

    def close(self) -> None:
        """Say nothing."""


class Stage(Struct):
    """How a stage went: seconds, and the steps that were done and that need not be."""

    name: str
    began: float
    seconds: float = 0.0
    done: int = 0
    reused: int = 0


class Timed:
    """Progress that passes on what it hears, and remembers how long each stage took.

    Args:
        progress: hears it too.

    Attributes:
        stages: in their order; the last one lasts until `end`.
    """

    def __init__(self, progress: Progress) -> None:
        self.stages: list[Stage] = []
        self._progress = progress
        self._began = time.perf_counter()

    def stage(self, name: str, total: int = 0) -> None:
        """Begin a stage."""
        self.end()
        self.stages.append(Stage(name, time.perf_counter()))
        self._progress.stage(name, total)

    def advance(self, steps: int = 1) -> None:
        """Count steps."""
        if self.stages:
            self.stages[-1].done += steps
        self._progress.advance(steps)

    def reused(self, steps: int = 1) -> None:
        """Count steps that need not be done."""
        if self.stages:
            self.stages[-1].reused += steps
        self._progress.reused(steps)

    def end(self) -> None:
        """End the stage under way."""
        if self.stages:
            self.stages[-1].seconds = time.perf_counter() - self.stages[-1].began

    def named(self, name: str) -> list[Stage]:
        """Return the stages with a name."""
        return [stage for stage in self.stages if stage.name == name]

    def document(self) -> Mapping[str, object]:
        """Return the stages and the seconds since this began, for a machine to read."""
        return {
            "seconds": round(time.perf_counter() - self._began, 3),
            "stages": [
                {"name": stage.name, "seconds": round(stage.seconds, 3), "done": stage.done, "reused": stage.reused}
                for stage in self.stages
            ],
        }


def progress() -> TerminalProgress | LineProgress | QuietProgress:
    """Return the progress that fits where stderr goes.

    Source: GitHub Actions and GitLab CI/CD, predefined variables: both set ``CI`` to ``true``.
    """
    if sys.stderr.isatty():
        return TerminalProgress()
    return QuietProgress() if os.environ.get("CI", "").lower() in ("true", "1") else LineProgress()


def _told(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
