"""What publishing costs, against s5cmd and `aws s3 sync`, as whole processes.

    python -m benchmarks.publish --corpus CORPUS.tar.gz --work DIR --first 100x50 --edits 2000x50

Two stores: a stub of S3 that takes 30 ms for every request, and ministack. The first publish puts every file of every
portal. The others put the same files, and that is all they do; prmbuild compresses, proves, checks for leaks and turns
all portals over too. Then a page that every portal shows is edited, and then nothing is.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.builds import PRMBUILD, Site, copied
from benchmarks.changes import edit_line
from benchmarks.command import parser, said, times
from benchmarks.programmes import make
from benchmarks.results import Section, published
from benchmarks.s3_stub import COUNTS

DELAY = 0.03
STORES = ("stub", "ministack")
_BUCKET = "published"
_REGION = {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}
_START = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """Seconds that a process took by the clock and of processor time, and its stages: name → seconds by the clock."""

    wall: float
    cpu: float
    stages: Mapping[str, float]

    def after(self, stage: str) -> float:
        """Return the seconds of a stage and of all that came after it."""
        names = list(self.stages)
        return sum(self.stages[name] for name in names[names.index(stage) :]) if stage in names else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A store to publish to: its name, and where it answers."""

    name: str
    endpoint: str

    def environment(self) -> Mapping[str, str]:
        """Return what tools read to find it."""
        keys = {"AWS_ACCESS_KEY_ID": "benchmark", "AWS_SECRET_ACCESS_KEY": "benchmark", **_REGION}
        where = dict.fromkeys(("AWS_ENDPOINT_URL", "S3_ENDPOINT_URL"), self.endpoint)
        return {**os.environ, **keys, **where, "AWS_EC2_METADATA_DISABLED": "true", "CI": ""}

    def requests(self) -> Mapping[str, int]:
        """Return how many requests of each kind there were; nothing where nobody counts."""
        try:
            with urllib.request.urlopen(f"{self.endpoint}/{COUNTS}") as answer:
                return dict(json.load(answer)) if self.name.startswith("stub") else {}
        except (OSError, ValueError):
            return {}


def took(command: Sequence[str | Path], place: Place) -> Took:
    """Run a command, and read from its messages when each of its stages began.

    Raises:
        SystemExit: it failed.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        env=place.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    lines = [(time.perf_counter(), line.strip().partition(" (")[0]) for line in process.stderr]
    _, status, usage = os.wait4(process.pid, 0)
    ended = time.perf_counter()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command[0]} exited with {process.returncode}:\n" + "\n".join(line for _, line in lines[-20:]))
    ends = [at for at, _ in lines[1:]] + [ended]
    stages = {line: end - at for (at, line), end in zip(lines, ends, strict=True)} if lines else {}
    return Took(wall=ended - began, cpu=usage.ru_utime + usage.ru_stime, stages=stages)


@contextmanager
def stub() -> Iterator[Place]:
    """Run the stub."""
    command = [sys.executable, "-m", "benchmarks.s3_stub", "--delay", str(DELAY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            yield Place(name=f"stub, {DELAY * 1000:.0f} ms", endpoint=f"http://127.0.0.1:{port}")
        finally:
            process.terminate()


@contextmanager
def ministack(folder: Path) -> Iterator[Place]:
    """Run ministack."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    folder.mkdir(parents=True, exist_ok=True)
    variables = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "SERVICES": "s3", "HOME": str(folder)}
    command = [sys.executable, "-m", "ministack"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=os.environ | variables, stdout=quiet, stderr=quiet) as process:
        try:
            place = Place(name="ministack", endpoint=f"http://127.0.0.1:{port}")
            deadline = time.monotonic() + _START
            while True:
                try:
                    request = urllib.request.Request(f"{place.endpoint}/{_BUCKET}", method="PUT")
                    urllib.request.urlopen(request, timeout=5).close()
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.2)
            yield place
        finally:
            process.terminate()


def deploy(site: Site, place: Place) -> Took:
    """Deploy a programme's head."""
    where: list[str | Path] = ["--repo", site.programme.root, "--cache", site.folder / "cache"]
    return took([*PRMBUILD, "deploy", *where, "--to", f"s3://{_BUCKET}/{site.folder.name}"], place)


def first(site: Site, place: Place, peers: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Publish all files of all portals, with prmbuild and with every peer that is on the machine."""
    files = sum(1 for found in site.portals.rglob("*") if found.is_file())
    ours = deploy(site, place)
    rows = {
        "prmbuild deploy, putting objects": (ours.stages["putting objects"], 0.0),
        "prmbuild deploy, all of publishing": (ours.after("putting objects"), 0.0),
        "prmbuild deploy, whole process": (ours.wall, ours.cpu),
    }
    for name, command in peers.items():
        cost = took([*command, f"{site.portals}/", f"s3://{_BUCKET}/{name.replace(' ', '-')}/"], place)
        rows[name] = (cost.wall, cost.cpu)
    fastest = files / ours.stages["putting objects"]
    for name, (wall, cpu) in rows.items():
        shown = f"{cpu:.1f}" if cpu else ""
        yield name, f"{files:,}", f"{wall:.2f}", shown, f"{files / wall:,.0f}", times(fastest, files / wall)


def changes(site: Site, place: Place) -> Iterator[tuple[str, ...]]:
    """Publish an edit of a page that every portal shows, after a build and with it; and then nothing."""
    deploy(site, place)
    edit_line(site.programme, 1001)
    site.build()
    yield _change(place, "a page edited, built before", lambda: deploy(site, place))
    edit_line(site.programme, 1002)
    yield _change(place, "a page edited, built by it", lambda: deploy(site, place))
    yield _change(place, "nothing changed", lambda: deploy(site, place))


def _change(place: Place, name: str, run: Callable[[], Took]) -> tuple[str, ...]:
    before = place.requests()
    cost = run()
    asked = {kind: number - before.get(kind, 0) for kind, number in place.requests().items()}
    counted = (str(sum(asked.values())), str(asked.get("ListObjectsV2", 0))) if asked else ("", "")
    publishing = f"{cost.after('putting objects'):.2f}" if "putting objects" in cost.stages else ""
    return name, f"{cost.wall:.2f}", f"{cost.cpu:.2f}", publishing, *counted


def built(corpus: Path, work: Path, size: str) -> Site:
    """Return a programme that is built: ``PAGESxPORTALS``."""
    pages, portals = map(int, size.split("x"))
    site = copied(make(corpus, work / f"p{size}", pages=pages, portals=portals), work / f"publish-{size}")
    site.build()
    return site


def peers(s5cmd: str, aws: str) -> tuple[Mapping[str, Sequence[str]], Sequence[str]]:
    """Return the commands that upload a folder, and what is not on this machine."""
    known = {"s5cmd": [s5cmd, "cp"], "aws s3 sync": [aws, "s3", "sync", "--only-show-errors"]}
    found = {name: command for name, command in known.items() if shutil.which(command[0])}
    return found, [f"{name} is not on this machine." for name in known if name not in found]


def uploaded(
    place: Place, site: Site, size: str, peers: Mapping[str, Sequence[str]], missing: Sequence[str]
) -> Section:
    """Measure a first publish and return the table."""
    return Section(
        title=f"first publish: {size} pages and portals, {place.name}",
        said=said(1),
        header=("what", "objects", "wall, s", "cpu, s", "objects/s", "prmbuild's putting is so many times as fast"),
        rows=tuple(first(site, place, peers)),
        notes=("All of publishing: compressing, putting, verifying, the leak check, going live.", *missing),
    )


def changed(place: Place, site: Site, size: str) -> Section:
    """Measure changes and return the table."""
    return Section(
        title=f"publishing a change: {size} pages and portals, {place.name}",
        said=said(1),
        header=("change", "wall, s", "cpu, s", "publishing, s", "requests", "listings"),
        rows=tuple(changes(site, place)),
        notes=("Wall and processor time are of the whole process; the build is part of it.",),
    )


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--first", default="100x50", help="pages x portals of the first publish")
    options.add_argument("--edits", default="2000x50", help="pages x portals of the edits")
    options.add_argument("--stores", nargs="+", choices=STORES, default=STORES, help="where to")
    options.add_argument("--s5cmd", default="s5cmd", help="the command s5cmd")
    options.add_argument("--aws", default="aws", help="the command aws")
    given = options.parse_args()
    work = given.work.resolve()
    all_peers, missing = peers(given.s5cmd, given.aws)
    uploads = built(given.corpus.resolve(), work, given.first)
    edits = uploads if given.edits == given.first else built(given.corpus.resolve(), work, given.edits)
    for store in given.stores:
        with stub() if store == STORES[0] else ministack(work / store) as here:
            published(uploaded(here, uploads, given.first, all_peers, missing), given.record)
            published(changed(here, edits, given.edits), given.record)
