"""Run commands as whole processes and say what they took: wall time, processor time, memory of all their processes."""

import atexit
import ctypes
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_INTERVAL = 0.05
_SHARE = 20
"""The memory is read every 50 ms, or so much more seldom that reading takes a twentieth of a core at most."""


_ADOPT = 36
"""Makes this process the parent of those that outlive theirs, as those do that others are forked from.

Source: prctl(2), ``PR_SET_CHILD_SUBREAPER``.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a command took, from its start to its exit.

    Attributes:
        wall: seconds by the clock.
        cpu: seconds of processor time of it and of every process that it started, unless they left on purpose.
        memory: bytes at the worst moment, of all its processes together; pages that several share count once.
    """

    wall: float
    cpu: float
    memory: int


class CommandFailedError(Exception):
    """A measured command failed, so there is no figure."""


def run(command: Sequence[str | Path], *, cwd: Path | None = None) -> Cost:
    """Run a command once.

    Args:
        command: the program and its arguments.
        cwd: where it runs.

    Raises:
        CommandFailedError: it exited with anything but 0.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_ADOPT, 1, 0, 0, 0)
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        peak = _Peak(process.pid)
        peak.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        wall = time.perf_counter() - start
        left = _left_by(process.pid)
        process.returncode = os.waitstatus_to_exitcode(status)
        peak.stop()
        if process.returncode:
            said.seek(0)
            text = said.read().decode(errors="replace")[-3000:]
            raise CommandFailedError(f"{' '.join(map(str, command))} exited with {process.returncode}:\n{text}")
    cpu = usage.ru_utime + usage.ru_stime + left
    return Cost(wall=wall, cpu=cpu, memory=peak.bytes or usage.ru_maxrss * 1024)


def _left_by(process: int) -> float:
    """Wait for the processes that a command left behind; return the processor time they took, in seconds."""
    left = 0.0
    with suppress(ChildProcessError):
        while True:
            _, _, usage = os.wait4(-process, 0)
            left += usage.ru_utime + usage.ru_stime
    return left


def set_aside(folder: Path) -> None:
    """Let a folder be gone, if it is there; it is removed when everything was measured.

    Where many files were removed just before, ext4 takes several times as long to make new ones, as it passes over
    inodes that were freed in the last minutes. Source: Linux, fs/ext4/ialloc.c, `recently_deleted`.
    """
    if folder.exists():
        gone = Path(tempfile.mkdtemp(prefix=f"{folder.name}.gone-", dir=folder.parent))
        folder.rename(gone / folder.name)
        atexit.register(shutil.rmtree, gone, ignore_errors=True)


def typical(costs: Sequence[Cost]) -> Cost:
    """Return the medians of several runs; of memory the most, since it is the peak that must fit."""
    return Cost(
        wall=statistics.median(cost.wall for cost in costs),
        cpu=statistics.median(cost.cpu for cost in costs),
        memory=max(cost.memory for cost in costs),
    )


def alternated(
    measured: Mapping[str, Callable[[], Cost]], runs: int, required: str
) -> tuple[dict[str, list[Cost]], dict[str, str]]:
    """Run several things in turns, A B A B, so that a machine whose speed drifts drifts for all of them.

    Returns:
        What each took, by name; and of those that failed, which have no figure then, what they said last.

    Raises:
        CommandFailedError: the required one failed.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in measured}
    failed: dict[str, str] = {}
    for _ in range(runs):
        for name in [name for name in measured if name not in failed]:
            try:
                costs[name].append(measured[name]())
            except CommandFailedError as error:
                if name == required:
                    raise
                failed[name] = str(error).strip().splitlines()[-1]
    return {name: each for name, each in costs.items() if name not in failed}, failed


def machine() -> str:
    """Return processor, cores, memory, system and Python, on one line."""
    cpuinfo, memory = Path("/proc/cpuinfo"), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cores = len(os.sched_getaffinity(0))
    python = f"Python {platform.python_version()}"
    return f"{(names or [platform.machine()])[0]}, {cores} cores, {memory / 2**30:.0f} GiB, {sys.platform}, {python}"


def today() -> str:
    """Return the date, UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%d")


class _Peak(threading.Thread):
    """Reads, while a command runs, the memory of all processes of its session, and keeps the most."""

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self.bytes = 0
        self._session = session
        self._done = threading.Event()

    def run(self) -> None:
        wait = _INTERVAL
        while not self._done.wait(wait):
            start = time.thread_time()
            self.bytes = max(self.bytes, sum(map(_proportional, _members(self._session))))
            wait = max(_INTERVAL, _SHARE * (time.thread_time() - start))

    def stop(self) -> None:
        self._done.set()
        self.join()


def _members(session: int) -> list[int]:
    """Return the processes of a session: a command and all that it started, unless they left on purpose."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            if int(stat.rpartition(")")[2].split()[3]) == session:
                found.append(int(entry.name))
    return found


def _proportional(process: int) -> int:
    """Return a process's proportional set size in bytes: its own memory, and its share of what it has in common.

    Source: proc_pid_smaps(5), ``smaps_rollup``.
    """
    try:
        for line in Path("/proc", str(process), "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
