"""Locks that dead runs left behind, and those of runs that only seem dead."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import asdict

from prmbuild.publish.lock import LASTS, Held, Lock, LockedError, locked
from prmbuild.publish.process import gone, this_process
from prmbuild.records.layout import JSON
from prmbuild.store.store import Store
from prmbuild.store.writing import content
from tests.publish.sites import NOW, directory

HOLDS = """
import sys
from prmbuild.records.headers import headers_of
from prmbuild.publish.lock import Lock
from prmbuild.store.directory import DirectoryStore
from pathlib import Path
Lock(DirectoryStore(Path(sys.argv[1]), headers_of), "another run", lambda: 1_800_000_000).take()
print("held", flush=True)
sys.stdin.read()
"""

linux = pytest.mark.skipif(not Path("/proc/self/ns/pid").exists(), reason="only Linux tells whether a process is dead")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return directory(tmp_path / "store")


def lock(store: Store, at: int = NOW) -> Lock:
    return Lock(store, "this run", lambda: at)


def held_by(store: Store, process: str) -> None:
    """Leave the lock of a run that can say no more."""
    one = Held(
        owner="run 7 of GitHub Actions",
        holder="h",
        number=3,
        since=NOW - 120,
        until=NOW + LASTS - 120,
        process=process,
    )
    with content(json.dumps(asdict(one)).encode(), JSON) as made:
        assert store.put_absent("lock", made)


@linux
def test_a_run_that_died_on_this_machine_holds_nobody_up(store: Store, tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDS, str(tmp_path / "store")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline() == b"held\n"
        with pytest.raises(LockedError, match="another run is deploying"):
            lock(store).take()
        other.kill()
        other.wait()
        lock(store).take()


def test_a_run_elsewhere_is_waited_for(store: Store) -> None:
    held_by(store, "another-boot pid:[1] 4242 17")
    with pytest.raises(
        LockedError, match=r"run 7 of GitHub Actions is deploying to .*, since 2027-01-15 07:58 UTC"
    ) as told:
        lock(store).take()
    assert told.value.hint == (
        "wait for it; if it is dead, its lock ends at 08:13:00 UTC, in 13 minutes, or --take-over takes it at once"
    )
    lock(store, NOW + LASTS).take()


@linux
@pytest.mark.parametrize(
    "change",
    [
        lambda boot, space, number, started: f"other-boot {space} {number} {started}",
        lambda boot, space, number, started: f"{boot} pid:[1] 999999 {started}",
        lambda boot, space, number, started: f"{boot} {space} {number} {started}",
        lambda boot, space, number, started: f"{boot} {space} -1 {started}",
        lambda boot, space, number, started: f"{boot} {space} {'9' * 30} {started}",
        lambda boot, space, number, started: f"{boot} {space}",
        lambda *parts: "",
    ],
    ids=["another boot", "another container", "itself", "no number", "too long", "cut off", "nothing"],
)
def test_in_doubt_a_process_lives(change: Callable[..., str]) -> None:
    assert not gone(change(*this_process().split(" ")))


@linux
def test_a_number_that_was_given_anew_is_another_process(store: Store) -> None:
    boot, space, number, started = this_process().split(" ")
    assert gone(f"{boot} {space} {number} {int(started) - 1}")


def test_a_person_takes_a_lock_over_and_the_other_run_is_fenced(store: Store) -> None:
    times = iter((NOW, NOW, NOW + LASTS - 1, NOW + LASTS - 1, NOW + LASTS - 1))
    first = Lock(store, "a run that seemed dead", lambda: next(times, NOW + LASTS))
    first.take()
    with locked(store, "a person", lambda: NOW, over=True):
        with pytest.raises(LockedError):
            first.confirm()
        with pytest.raises(LockedError):
            first.renew()
    lock(store).take()


@pytest.mark.parametrize(("since", "refused"), [(NOW - 60, "in 14 minutes"), (NOW - LASTS, ""), (NOW + 10**9, "")])
def test_a_lock_that_claims_to_hold_for_years_ends_as_all_do(store: Store, since: int, refused: str) -> None:
    one = Held(owner="a run", holder="h", number=1, since=since, until=NOW + 10**9, process="")
    with content(json.dumps(asdict(one)).encode(), JSON) as made:
        store.put_absent("lock", made)
    if refused:
        with pytest.raises(LockedError) as told:
            lock(store).take()
        assert refused in (told.value.hint or "")
    else:
        lock(store).take()
