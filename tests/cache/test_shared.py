"""A cache in a bucket: what one machine made, another finds; nothing wrong is believed, nothing down fails a build."""

import http.server
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.store import S3Store

from prmbuild.cache import DirectoryCache, open_cache, transfers
from prmbuild.cache.bucket import Bucket
from prmbuild.cache.segments import pack, unpack
from prmbuild.cache.shared import SharedCache
from prmbuild.errors import StoreError
from prmbuild.store.s3 import Patience
from tests.conftest import Repo
from tests.object_storage import S3, environment, free_port

DAY = 24 * 3600
ENTRIES = {sha256(b"%d" % number).hexdigest(): b"bytes of %d" % number * 50 for number in range(300)}


@pytest.fixture
def url(s3: S3) -> str:
    return f"s3://{s3.bucket()}/some/prefix"


def opened(folder: Path, url: str, secret: bytes = b"") -> SharedCache:
    return SharedCache(DirectoryCache(folder), Bucket(url), secret)


def store(url: str) -> S3Store:
    """The bucket itself, to damage it."""
    name = url.removeprefix("s3://").split("/")[0]
    return S3Store(name, prefix="some/prefix", client_options={"allow_http": True})


def filled(folder: Path, url: str, secret: bytes = b"") -> None:
    cache = opened(folder, url, secret)
    cache.put_many(ENTRIES)
    cache.close()
    assert cache.notices() == ()


def names(url: str, folder: str) -> list[str]:
    return sorted(found["path"] for chunk in obstore.list(store(url), folder) for found in chunk)


def test_a_fresh_machine_finds_what_another_made(tmp_path: Path, url: str) -> None:
    filled(tmp_path / "one", url)
    fresh = opened(tmp_path / "two", url)
    fresh.fetch(ENTRIES)
    assert DirectoryCache(tmp_path / "two").get_many(ENTRIES) == ENTRIES, "brought at once"
    assert fresh.digests(ENTRIES) == {key: sha256(data).hexdigest() for key, data in ENTRIES.items()}
    fresh.close()
    assert fresh.notices() == ()
    assert len(names(url, "segments/")) == 1, "nothing new, nothing written"


def test_what_is_asked_for_is_brought_without_fetching_first(tmp_path: Path, url: str) -> None:
    filled(tmp_path / "one", url)
    key, data = next(iter(ENTRIES.items()))
    fresh = opened(tmp_path / "two", url)
    assert fresh.get(key) == data
    assert fresh.get(sha256(b"unknown").hexdigest()) is None
    assert fresh.local.stats().entries == 2, "one object and the index"
    digest = sha256(list(ENTRIES.values())[7]).hexdigest()
    assert fresh.place(digest).read_bytes() == fresh.object(digest)
    unknown = sha256(b"unknown").hexdigest()
    assert fresh.missing([digest, unknown]) == {unknown}
    with pytest.raises(StoreError):
        fresh.place(unknown)
    fresh.close()


def test_objects_without_a_key_travel(tmp_path: Path, url: str) -> None:
    cache = opened(tmp_path / "one", url)
    digest = cache.put_object(b"loose")
    cache.close()
    fresh = opened(tmp_path / "two", url)
    assert fresh.object(digest) == b"loose"
    fresh.close()


def test_what_was_here_before_is_shared_too(tmp_path: Path, url: str) -> None:
    DirectoryCache(tmp_path / "one").put_many(ENTRIES)
    cache = opened(tmp_path / "one", url)
    cache.digests(ENTRIES)
    cache.close()
    fresh = opened(tmp_path / "two", url)
    assert fresh.get_many(ENTRIES) == ENTRIES
    fresh.close()


@pytest.mark.parametrize("damage", [b"", b"poison" * 100])
def test_a_wrong_object_is_not_used_said_and_replaced(tmp_path: Path, url: str, damage: bytes) -> None:
    filled(tmp_path / "one", url)
    key, data = next(iter(ENTRIES.items()))
    digest = sha256(data).hexdigest()
    obstore.put(store(url), f"objects/{digest[:2]}/{digest[2:]}", damage)
    fresh = opened(tmp_path / "two", url)
    found = fresh.get_many(ENTRIES)
    assert found == {name: bytes for name, bytes in ENTRIES.items() if name != key}
    assert fresh.corrupted == 1
    assert fresh.notices() == (f"1 entries of the cache {url} were broken or forged, and not used",)
    fresh.put(key, data)
    fresh.close()
    third = opened(tmp_path / "three", url)
    assert third.get_many(ENTRIES) == ENTRIES
    third.close()


def test_an_object_gone_is_made_again(tmp_path: Path, url: str) -> None:
    filled(tmp_path / "one", url)
    key, data = next(iter(ENTRIES.items()))
    digest = sha256(data).hexdigest()
    obstore.delete(store(url), f"objects/{digest[:2]}/{digest[2:]}")
    fresh = opened(tmp_path / "two", url)
    assert fresh.get(key) is None and fresh.corrupted == 0
    fresh.put(key, data)
    fresh.close()
    third = opened(tmp_path / "three", url)
    assert third.get(key) == data
    third.close()


def test_a_broken_segment_is_not_believed(tmp_path: Path, url: str) -> None:
    filled(tmp_path / "one", url)
    (segment,) = names(url, "segments/")
    key = next(iter(ENTRIES))
    forged = pack({bytes.fromhex(key): sha256(b"other").digest()}, b"")
    obstore.put(store(url), segment, forged)
    fresh = opened(tmp_path / "two", url)
    assert fresh.get(key) is None and fresh.corrupted == 1
    fresh.close()


def test_with_a_secret_a_forged_segment_is_not_believed(tmp_path: Path, url: str) -> None:
    filled(tmp_path / "one", url, b"secret")
    key, data = next(iter(ENTRIES.items()))
    evil = sha256(b"evil").hexdigest()
    forged = pack({bytes.fromhex(key): bytes.fromhex(evil)}, b"")
    obstore.put(store(url), f"objects/{evil[:2]}/{evil[2:]}", b"evil")
    obstore.put(store(url), f"segments/{sha256(forged).hexdigest()}", forged)
    believing = opened(tmp_path / "two", url)
    assert believing.get(key) == b"evil", "the control: who has no secret believes whoever may write"
    believing.close()
    careful = opened(tmp_path / "three", url, b"secret")
    assert careful.get(key) == data
    assert careful.corrupted == 1
    careful.close()


def test_a_segment_reads_back_and_nothing_else_does() -> None:
    entries = {sha256(b"k").digest(): sha256(b"v").digest()}
    data = pack(entries, b"secret")
    assert unpack(data, b"secret") == entries
    for wrong in (b"", data[:10], data[:-1], data + b"x", b"x" + data[1:], data[:-1] + b"\0"):
        assert unpack(wrong, b"secret") is None
    assert unpack(data, b"") is None and unpack(data, b"other") is None


def test_many_segments_become_one(tmp_path: Path, url: str) -> None:
    for number, (key, data) in enumerate(list(ENTRIES.items())[:36]):
        cache = opened(tmp_path / str(number), url)
        cache.put(key, data)
        cache.close()
    assert len(names(url, "segments/")) < 10
    fresh = opened(tmp_path / "fresh", url)
    assert len(fresh.get_many(ENTRIES)) == 36
    fresh.close()


def test_stats_and_prune_act_on_the_bucket(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path / "one", url)
    cache = opened(tmp_path / "two", url)
    assert cache.stats().entries == len(ENTRIES)
    assert cache.prune(DAY).entries == 0
    time.sleep(2.1)  # S3 tells times to the second
    now = time.time() + 10 * DAY
    with monkeypatch.context() as later:
        later.setattr("prmbuild.cache.shared.time.time", lambda: now)
        key = next(iter(ENTRIES))
        used = opened(tmp_path / "three", url)
        assert used.get(key)
        used.close()
    assert cache.prune(2).entries == len(ENTRIES) - 1, "what was used is renewed"
    cache.close()
    fresh = opened(tmp_path / "four", url)
    assert list(fresh.get_many(ENTRIES)) == [key]
    fresh.close()


def test_a_bucket_that_is_down_fails_nothing_and_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(f"http://127.0.0.1:{free_port()}").items():
        monkeypatch.setenv(name, value)
    cache = opened(tmp_path / "one", "s3://nowhere")
    assert cache.get_many(ENTRIES) == {}
    cache.put_many(ENTRIES)
    assert cache.get_many(ENTRIES) == ENTRIES
    cache.close()
    assert any("gave up moving entries from the cache s3://nowhere" in notice for notice in cache.notices())
    assert cache.notices() == ()
    with pytest.raises(StoreError):
        cache.stats()


def test_a_bucket_that_is_not_there_is_said(tmp_path: Path, s3: S3) -> None:
    cache = opened(tmp_path / "one", "s3://no-such-bucket")
    cache.put_many(ENTRIES)
    cache.close()
    assert cache.notices()


@contextmanager
def hanging() -> Iterator[str]:
    """A server that takes requests and answers none for long."""
    end = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            end.wait(30)

        do_PUT = do_GET

        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        end.set()
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_bucket_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prmbuild.cache.bucket._PATIENCE", Patience(answer=timedelta(seconds=0.3), retries=2))
    with hanging() as endpoint:
        for name, value in environment(endpoint).items():
            monkeypatch.setenv(name, value)
        cache = opened(tmp_path / "one", "s3://slow")
        assert cache.get_many(ENTRIES) == {}
        cache.put_many(ENTRIES)
        cache.close()
    assert cache.notices()


class SlowBucket:
    """A bucket that answers, but late. It stands in for a network that cannot be had here."""

    def __init__(self) -> None:
        self.asked = 0

    def get(self, name: str) -> tuple[bytes, datetime]:
        self.asked += 1
        time.sleep(0.2)
        return b"late", datetime.now(UTC)

    def put(self, name: str, file: Path) -> None:
        self.asked += 1
        time.sleep(0.2)


def test_a_bucket_slower_than_rendering_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfers, "_PATIENCE", 0.1)
    monkeypatch.setattr(transfers, "_PACE", 1e6)
    bucket = SlowBucket()
    moving = transfers.Transfers(bucket, lambda digest: tmp_path)
    digests = [sha256(b"%d" % number).hexdigest() for number in range(5000)]
    assert list(moving.bring(digests)) == []
    for digest in digests:
        moving.send(digest)
    moving.finish()
    moving.close()
    assert moving.bringing.given_up == "it is slower than rendering" and moving.sending.given_up == "it is too slow"
    assert 0 < bucket.asked < 1000, "what is under way does not grow with what is asked for"


def test_who_starts_processes_sees_that_forking_is_not_safe(tmp_path: Path, url: str) -> None:
    before = threading.active_count()
    cache = opened(tmp_path, url)
    assert threading.active_count() > before
    cache.close()
    assert threading.active_count() == before


def test_a_process_that_used_a_bucket_ends_well(tmp_path: Path, url: str) -> None:
    """obstore's own threads must not ask for an interpreter that is shutting down; that would abort the process."""
    program = (
        "import sys; from prmbuild.cache import open_cache; from hashlib import sha256\n"
        "cache = open_cache(sys.argv[1])\n"
        "cache.put_many({sha256(b'%d' % n).hexdigest(): b'%d' % n * 100 for n in range(200)})\n"
        "cache.get_many([sha256(b'%d' % n).hexdigest() for n in range(400)])\n"
        "cache.close()\n"
    )
    for number in range(5):
        done = subprocess.run(
            [sys.executable, "-c", program, url],
            env=os.environ | {"XDG_CACHE_HOME": str(tmp_path / str(number))},
            capture_output=True,
        )
        assert done.returncode == 0 and not done.stderr, done.stderr.decode()


def build(repo: Repo, folder: Path, url: str, **variables: str) -> tuple[dict[str, Any], str]:
    """Build as a machine of its own would: with a cache folder that nobody used. Returns the report and stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "prmbuild", "build", "--repo", str(repo.path), "--out", str(folder / "out"),
         "--cache", url, "--format", "json"],
        env=os.environ | {"XDG_CACHE_HOME": str(folder / "caches"), "CI": "true", **variables},
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def files_below(folder: Path) -> Mapping[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_second_runner_renders_nothing(programme: Repo, tmp_path: Path, url: str) -> None:
    first, _ = build(programme, tmp_path / "one", url)
    second, said = build(programme, tmp_path / "two", url)
    rendered = first["counts"]["rendered"]
    assert rendered["articles"] and rendered["pages"]
    assert second["counts"]["rendered"] == {"articles": 0, "pages": 0}
    assert second["counts"]["reused"] == rendered
    assert files_below(tmp_path / "two" / "out") == files_below(tmp_path / "one" / "out")
    assert len(said.splitlines()) == 1, "nothing to say but the outcome"


def test_a_runner_without_its_bucket_builds_all_the_same(programme: Repo, tmp_path: Path, url: str) -> None:
    build(programme, tmp_path / "one", url)
    report, said = build(programme, tmp_path / "two", url, AWS_ENDPOINT_URL=f"http://127.0.0.1:{free_port()}")
    assert report["counts"]["rendered"]["pages"]
    assert "gave up moving entries" in said
    assert files_below(tmp_path / "two" / "out") == files_below(tmp_path / "one" / "out")


def test_a_place_is_named_by_a_url(s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache = open_cache("s3://bucket/prefix")
    assert isinstance(cache, SharedCache) and cache.local.folder == tmp_path / "prmbuild"
    assert isinstance(open_cache(str(tmp_path)), DirectoryCache)
    with pytest.raises(StoreError):
        open_cache("s3://")
