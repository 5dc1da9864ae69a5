"""Processes end with the one that they work for, however it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from multiprocessing import get_all_start_methods
from pathlib import Path

import pytest

SCRIPT = """\
import os, sys, time
from concurrent.futures import BrokenExecutor
from multiprocessing import get_context
from prmbuild.workers import worker_processes

def nothing():
    pass

def tell(seconds):
    os.write(1, b"%d\\n" % os.getpid())
    time.sleep(seconds)

if __name__ == "__main__":
    with worker_processes(2, get_context(sys.argv[1]), nothing) as executor:
        for done in [executor.submit(tell, 0.2) for _ in range(2)]:
            done.result()
        waited = executor.submit(time.sleep, float(sys.argv[2]))
        print("ready", flush=True)
        time.sleep(1)
        try:
            executor.submit(nothing).result()
            time.sleep(60)
        except BrokenExecutor:
            print("ended", flush=True)
            time.sleep(60)
"""


@pytest.fixture(params=[name for name in ("fork", "forkserver") if name in get_all_start_methods()])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], "subprocess.Popen[str]"]:
    """Start a process with two workers, of which one works for so many seconds."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)

    def run(seconds: str) -> "subprocess.Popen[str]":
        program = [sys.executable, str(script), str(request.param), seconds]
        return subprocess.Popen(program, stdout=subprocess.PIPE, text=True)

    return run


def workers_of(process: "subprocess.Popen[str]") -> list[int]:
    """Wait until there are workers, and return their numbers."""
    assert process.stdout is not None
    return [int(line) for line in iter(process.stdout.readline, "ready\n")]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGHUP])
@pytest.mark.parametrize("seconds", ["0", "60"], ids=["waiting", "working"])
def test_workers_end_with_their_parent(
    start: Callable[[str], "subprocess.Popen[str]"], end: signal.Signals, seconds: str
) -> None:
    with start(seconds) as process:
        assert workers_of(process)
        process.send_signal(end)
        process.communicate(timeout=30)  # until nobody has the other end of the pipe any more
        assert process.returncode == -end


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP])
def test_a_worker_ends_when_it_is_told_to(start: Callable[[str], "subprocess.Popen[str]"], end: signal.Signals) -> None:
    with start("0") as process:
        for worker in workers_of(process):
            os.kill(worker, end)
        assert process.stdout is not None and "ended" in process.stdout.readline()
        process.kill()
