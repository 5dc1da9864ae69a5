"""The server as its own process, the way people run it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

PROGRAM = """\
import sys
from datetime import UTC, datetime
from pathlib import Path
from prmbuild.cache import scratch
from prmbuild.serve.server import serve

with scratch() as cache:
    serve(
        Path(sys.argv[1]),
        port=0,
        worktree=sys.argv[2] == "worktree",
        jobs=1,
        now=lambda: datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
        cache=cache,
    )
"""

PATIENCE = 60
"""Seconds until a test gives up waiting; nothing is asserted on time."""


@dataclass
class Running:
    process: subprocess.Popen[str]
    url: str

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1].strip("/"))

    def get(self, path: str, viewer: str = "nordwind:sales") -> tuple[int, str]:
        request = urllib.request.Request(
            self.url.rstrip("/") + path, headers={"Cookie": f"prmbuild_dev={viewer}", "User-Agent": "tests"}
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def until(self, path: str, seen: Callable[[str], bool]) -> str:
        """Ask for a page until it shows what is waited for."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            text = self.get(path)[1]
            if seen(text):
                return text
            time.sleep(0.1)
        raise AssertionError(f"waited in vain for {path}")

    def raw(self, request: bytes) -> bytes:
        """Send bytes and return all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(request)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
            return answer

    def interrupt(self) -> tuple[int, str, str]:
        """Press Ctrl-C; returns the exit code and the rest of stdout and stderr."""
        os.killpg(self.process.pid, signal.SIGINT)
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err


@contextmanager
def running(directory: Path, *, worktree: bool) -> Iterator[Running]:
    """Run the server over a repository, until the end of the block."""
    with _started("-c", PROGRAM, str(directory), "worktree" if worktree else "commits") as server:
        yield server


@contextmanager
def running_command(*arguments: str) -> Iterator[Running]:
    """Run a command that serves, until the end of the block."""
    with _started("-P", "-m", "prmbuild", *arguments) as server:
        yield server


@contextmanager
def _started(*arguments: str) -> Iterator[Running]:
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise AssertionError(process.communicate(timeout=PATIENCE)[1])
        yield Running(process, url)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
