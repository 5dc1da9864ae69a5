"""Two builds at once, a kill at any moment, a full disk."""

import os
import signal
import subprocess
import sys
import threading
import time
from hashlib import sha256
from pathlib import Path

import pytest

from prmbuild.cache import DirectoryCache

WRITER = """
import sys
from hashlib import sha256
from pathlib import Path
from prmbuild.cache import DirectoryCache

cache = DirectoryCache(Path(sys.argv[1]))
print("ready", flush=True)
for start in range(0, int(sys.argv[2]), 20):
    numbers = range(start, start + 20)
    cache.put_many({sha256(b"key %d" % n).hexdigest(): b"bytes %d " % n * 500 for n in numbers})
    keys = [sha256(b"key %d" % n).hexdigest() for n in range(start + 20)]
    found = cache.get_many(keys)
    assert len(found) == len(keys), (len(found), len(keys))
cache.close()
print(cache.corrupted, cache.unwritten, *cache.notices(), sep="|", flush=True)
"""


def writer(folder: Path, entries: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(entries)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def key(number: int) -> str:
    return sha256(b"key %d" % number).hexdigest()


def data(number: int) -> bytes:
    return b"bytes %d " % number * 500


def objects(folder: Path) -> list[Path]:
    return [path for path in (folder / "objects").rglob("*") if path.is_file()]


def test_builds_at_once_that_write_the_same_do_no_harm(tmp_path: Path) -> None:
    builds = [writer(tmp_path, 400) for _ in range(3)]
    for build in builds:
        out, err = build.communicate(timeout=120)
        assert build.returncode == 0, err
        assert out == "ready\n0|0\n"
    assert DirectoryCache(tmp_path).get_many(key(n) for n in range(400)) == {key(n): data(n) for n in range(400)}
    assert len(objects(tmp_path)) == 400


@pytest.mark.parametrize("after", [0.0, 0.02, 0.05, 0.1, 0.2, 0.3])
def test_a_kill_leaves_nothing_wrong_and_the_next_build_goes_on(tmp_path: Path, after: float) -> None:
    build = writer(tmp_path, 100_000)
    assert build.stdout is not None and build.stdout.readline() == "ready\n"
    time.sleep(after)
    build.send_signal(signal.SIGKILL)
    build.communicate()
    cache = DirectoryCache(tmp_path)
    found = cache.get_many(key(n) for n in range(100_000))
    assert all(found[name] == data(n) for n in range(len(found)) if (name := key(n)) in found)
    assert cache.notices() == ()
    known = {sha256(each).hexdigest() for each in found.values()}
    for file in objects(tmp_path):
        digest = file.parent.name + file.name
        assert digest in known or sha256(file.read_bytes()).hexdigest() == digest, "an object is whole, known or not"
    cache.close()
    second = writer(tmp_path, 200)
    out, err = second.communicate(timeout=120)
    assert second.returncode == 0 and out == "ready\n0|0\n", err
    cache.prune(0)
    assert not objects(tmp_path) and not list((tmp_path / "new").iterdir())


def test_a_kill_after_something_was_kept_loses_nothing_kept(tmp_path: Path) -> None:
    """The control of the test above: a kill that comes late enough finds something there."""
    build = writer(tmp_path, 100_000)
    while len(DirectoryCache(tmp_path).digests(key(n) for n in range(40))) < 40:
        assert build.poll() is None
        time.sleep(0.05)
    build.kill()
    build.communicate()
    assert DirectoryCache(tmp_path).get_many(key(n) for n in range(40)) == {key(n): data(n) for n in range(40)}


def test_threads_share_a_cache(tmp_path: Path) -> None:
    cache = DirectoryCache(tmp_path)
    failures: list[BaseException] = []

    def work(first: int) -> None:
        try:
            for n in range(first, first + 100):
                cache.put(key(n), data(n))
                assert cache.get(key(n)) == data(n)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(first,)) for first in (0, 50, 100, 150)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and cache.notices() == ()


FULL = """
import resource, sys
from hashlib import sha256
from pathlib import Path
from prmbuild.cache import DirectoryCache

cache = DirectoryCache(Path(sys.argv[1]))
small, large = b"s" * 100, b"l" * 100_000
keys = [sha256(b"%d" % n).hexdigest() for n in range(40)]
cache.put(keys[0], small)
limit = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), limit[1]))
digests = {}
try:
    for n in range(1, 40):
        digests[keys[n]] = cache.put(keys[n], large + b"%d" % n)
except Exception as error:
    print(type(error).__name__)
resource.setrlimit(resource.RLIMIT_FSIZE, limit)
assert cache.get(keys[0]) == small
for n, k in enumerate(digests, 1):
    assert cache.get(k) == large + b"%d" % n
    assert cache.place(digests[k]).read_bytes() == large + b"%d" % n
print(cache.corrupted, cache.unwritten > 0, len(digests))
cache.close()
"""


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        (50_000, "StoreError\n0 True 0\n"),  # no object fits anywhere: the one thing that cannot be gone on from
        (150_000, "0 True 39\n"),  # objects fit, the index soon does not
    ],
)
def test_where_nothing_more_can_be_written(tmp_path: Path, limit: int, told: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "cache"), str(limit)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == told
    after = DirectoryCache(tmp_path / "cache")
    assert after.get(sha256(b"0").hexdigest()) == b"s" * 100
    assert after.notices() == ()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux")
def test_a_full_disk_sends_objects_to_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = DirectoryCache(tmp_path / "cache")
    cache.put(key(0), data(0))
    write = os.write

    def no_space(descriptor: int, part: bytes) -> int:
        place = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        if place.startswith(str(tmp_path / "cache")):
            raise OSError(28, "No space left on device", place)
        return write(descriptor, part)

    monkeypatch.setattr(os, "write", no_space)
    digest = cache.put(key(1), data(1))
    assert cache.place(digest).read_bytes() == data(1)
    assert cache.unwritten == 1
    assert not list((tmp_path / "cache" / "new").iterdir()), "no half of it is left"
    monkeypatch.undo()
    assert DirectoryCache(tmp_path / "cache").get_many([key(0), key(1)]) == {key(0): data(0)}
