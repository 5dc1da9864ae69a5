"""A cache in a directory: what is found is what was put, or nothing."""

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from prmbuild.cache import AUDITS, Cache, CacheStats, DirectoryCache, scratch
from prmbuild.errors import StoreError
from tests.damage import overwrite

DAY = 24 * 3600


def key(name: str) -> str:
    return sha256(name.encode()).hexdigest()


def digest_of(data: bytes) -> str:
    return sha256(data).hexdigest()


def object_files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "objects").rglob("*") if path.is_file())


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[DirectoryCache]:
    opened = DirectoryCache(tmp_path / "cache")
    yield opened
    opened.close()


def test_bytes_come_back_in_another_process(cache: DirectoryCache) -> None:
    assert cache.get(key("a")) is None
    assert cache.put(key("a"), b"bytes") == digest_of(b"bytes")
    assert cache.put_many({key("b"): b"bytes", key("c"): b""}) == {
        key("b"): digest_of(b"bytes"),
        key("c"): digest_of(b""),
    }
    for found in (cache, DirectoryCache(cache.folder)):
        assert found.get(key("a")) == b"bytes"
        assert found.get_many([key("b"), key("c"), key("d")]) == {key("b"): b"bytes", key("c"): b""}
        assert found.digests([key("a"), key("d")]) == {key("a"): digest_of(b"bytes")}
        assert found.digest(key("d")) is None
        assert found.object(digest_of(b"bytes")) == b"bytes"
        assert found.stats().entries == 2, "equal bytes are one object"
    assert cache.notices() == ()


def test_more_keys_than_one_query_takes(cache: DirectoryCache) -> None:
    entries = {key(str(number)): b"%d" % number for number in range(2000)}
    cache.put_many(entries)
    assert DirectoryCache(cache.folder).get_many(entries) == entries


def test_an_object_is_a_file_to_link_that_nobody_writes_to(cache: DirectoryCache, tmp_path: Path) -> None:
    digest = cache.put_object(b"page")
    place = DirectoryCache(cache.folder).place(digest)
    assert place.read_bytes() == b"page"
    assert place.stat().st_mode & 0o777 == 0o444
    os.link(place, tmp_path / "linked")
    assert cache.place(digest) == place, "a link changes nothing about it"
    assert cache.missing([digest, digest_of(b"other")]) == {digest_of(b"other")}


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 5, b"bytes and more"])
def test_a_damaged_object_is_dropped_counted_and_said(cache: DirectoryCache, damage: bytes) -> None:
    digest = cache.put(key("a"), b"bytes")
    overwrite(Path(cache.place(digest)), damage)
    assert cache.get(key("a")) is None
    assert cache.corrupted == 1 and not object_files(cache.folder)
    assert cache.notices() == (f"1 damaged entries of the cache {cache.folder} were made again",)
    assert cache.notices() == (), "said once"
    cache.put(key("a"), b"bytes")
    assert cache.get(key("a")) == b"bytes"


def test_a_damaged_object_is_not_placed(cache: DirectoryCache) -> None:
    digest = cache.put(key("a"), b"bytes")
    place = Path(cache.place(digest))
    place.chmod(0o644)
    place.write_bytes(b"BYTES")
    for user in (cache, DirectoryCache(cache.folder)):
        with pytest.raises(StoreError):
            user.place(digest)
        assert user.digests([key("a")]) == {}
    assert cache.corrupted == 1


def test_what_is_damaged_unseen_is_found_in_doubt(cache: DirectoryCache) -> None:
    digests = [cache.put(key(name), name.encode()) for name in ("a", "b", "c")]
    overwrite(cache.place(digests[0]))
    overwrite(cache.place(digests[1]))
    for user in (cache, DirectoryCache(cache.folder)):
        assert user.missing(digests) == frozenset(), "size and time are believed"
    doubting = DirectoryCache(cache.folder)
    doubting.doubt()
    assert doubting.put(key("a"), b"a") == digests[0]
    assert doubting.place(digests[0]).read_bytes() == b"a", "it is written anew"
    assert doubting.digests([key("a"), key("b"), key("c")]) == {key("a"): digests[0], key("c"): digests[2]}
    assert doubting.missing(digests) == {digests[1]} and doubting.corrupted == 2
    doubting.close()


def test_a_check_drops_what_is_damaged_and_nothing_else(cache: DirectoryCache) -> None:
    digests = [cache.put(key(name), name.encode()) for name in ("a", "b")]
    overwrite(cache.place(digests[0]))
    assert cache.check() == CacheStats(entries=1, size=1, oldest=0.0)
    assert cache.missing(digests) == {digests[0]} and cache.get(key("b")) == b"b"
    assert cache.check().entries == 0


def test_of_what_is_damaged_all_is_dropped_in_one_run(cache: DirectoryCache) -> None:
    digests = [cache.put(key(name), name.encode()) for name in ("a", "b", "c")]
    for digest in digests[:2]:
        overwrite(cache.place(digest))
    with pytest.raises(StoreError, match="not there any more"):
        cache.object(digests[0])
    assert cache.missing(digests) == set(digests[:2]) and cache.corrupted == 2


def test_its_mark_changes_with_whatever_is_dropped_as_damaged(cache: DirectoryCache) -> None:
    other = DirectoryCache(cache.folder)
    digest = cache.put(key("a"), b"a")
    assert cache.damage == other.damage == "" and cache.get(key("a")) == b"a"
    seen = {""}
    for drop in (cache.check, lambda: cache.get(key("a")), lambda: other.put(key("a"), b"a")):
        overwrite(cache.place(digest), b"wrong")
        drop()
        assert cache.damage == other.damage and cache.damage not in seen
        seen.add(cache.damage)
        cache.put(key("a"), b"a")
    cache.prune(0)
    assert cache.damage in seen, "nothing else changes it"
    (cache.folder / "damaged").write_bytes(b"\xff")
    assert cache.damage == cache.damage != other.damage, "where nobody can tell, it is none that was there before"


def test_a_file_restored_with_another_time_is_read_once_and_kept(cache: DirectoryCache) -> None:
    digest = cache.put(key("a"), b"bytes")
    os.utime(cache.place(digest), ns=(0, 0))
    assert DirectoryCache(cache.folder).digest(key("a")) == digest
    assert cache.place(digest).read_bytes() == b"bytes"
    assert cache.corrupted == 0


def test_an_object_gone_counts_as_absent(cache: DirectoryCache) -> None:
    digest = cache.put(key("a"), b"bytes")
    Path(cache.place(digest)).unlink()
    assert cache.get(key("a")) is None and cache.digest(key("a")) is None
    with pytest.raises(StoreError):
        cache.place(digest)
    with pytest.raises(StoreError):
        cache.object(digest)


@pytest.mark.parametrize("damage", ["garbage", "truncated", "pages"])
def test_a_damaged_index_is_begun_again_and_said(cache: DirectoryCache, damage: str) -> None:
    entries = {key(str(number)): b"%d" % number for number in range(1000)}
    cache.put_many(entries)
    cache.close()
    (index,) = cache.folder.glob("index-*.sqlite")
    data = index.read_bytes()
    index.write_bytes(
        {
            "garbage": b"not a database at all" * 1000,
            "truncated": data[: len(data) // 2],
            "pages": data[:4096] + b"\xff" * (len(data) - 4096),
        }[damage]
    )
    after = DirectoryCache(cache.folder)
    found = after.get_many(entries)
    assert all(entries[name] == data for name, data in found.items())
    assert len(found) < len(entries)
    assert after.notices() == (f"the index of the cache {cache.folder} was damaged and begun again",)
    after.put_many(entries)
    assert after.get_many(entries) == entries
    last = DirectoryCache(cache.folder)
    assert last.get_many(entries) == entries
    assert last.notices() == ()


def test_an_index_in_use_survives_that_another_build_begins_it_again(cache: DirectoryCache) -> None:
    cache.put(key("a"), b"a")
    other = DirectoryCache(cache.folder)
    assert other.get(key("a")) == b"a"
    cache.close()
    (index,) = cache.folder.glob("index-*.sqlite")
    index.write_bytes(b"garbage" * 1000)
    third = DirectoryCache(cache.folder)
    third.put(key("b"), b"b")
    third.put(key("b"), b"b")
    other.put(key("c"), b"c")
    other.close()
    assert DirectoryCache(cache.folder).get(key("b")) == b"b"


def test_an_index_with_wrong_digests_gives_no_wrong_bytes(cache: DirectoryCache) -> None:
    cache.put_many({key("a"): b"a", key("b"): b"b"})
    cache.close()
    (index,) = cache.folder.glob("index-*.sqlite")
    with sqlite3.connect(index) as connection:
        connection.execute(
            "UPDATE objects SET digest = zeroblob(32), size = 7 WHERE digest = ?", (sha256(b"a").digest(),)
        )
        connection.execute("UPDATE entries SET digest = zeroblob(32) WHERE key = ?", (bytes.fromhex(key("a")),))
    connection.close()
    after = DirectoryCache(cache.folder)
    assert after.get_many([key("a"), key("b")]) == {key("b"): b"b"}


def exercise(cache: Cache) -> None:
    """What a build does must work even where nothing can be kept."""
    digest = cache.put(key("a"), b"bytes")
    loose = cache.put_object(b"object")
    assert cache.get(key("a")) == b"bytes"
    assert cache.digest(key("a")) == digest
    assert cache.object(digest) == b"bytes"
    assert cache.place(digest).read_bytes() == b"bytes"
    assert cache.place(loose).read_bytes() == b"object"
    assert not cache.missing([digest, loose])


def test_a_folder_that_cannot_be_made_remembers_nothing_yet_serves_the_build(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = DirectoryCache(tmp_path / "file" / "below")
    exercise(cache)
    assert cache.unwritten == 2
    place = cache.place(digest_of(b"bytes"))
    cache.close()
    assert not place.exists(), "what could not be kept goes when the cache is closed"
    assert cache.notices() == (f"2 entries could not be kept in the cache {tmp_path / 'file' / 'below'}",)
    assert DirectoryCache(tmp_path / "file" / "below").get(key("a")) is None


def test_scratch_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with scratch() as cache:
        exercise(cache)
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_prune_takes_what_was_not_used_and_what_a_kill_left(
    cache: DirectoryCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.put_many({key("old"): b"old", key("used"): b"used"})
    (cache.folder / "new").mkdir(exist_ok=True)
    (cache.folder / "new" / "left").write_bytes(b"half")
    assert cache.prune(3600).entries == 0
    with monkeypatch.context() as later:
        now = cache.stats().oldest + time.time() + 40 * DAY
        later.setattr("prmbuild.cache.directory.time.time", lambda: now)
        reader = DirectoryCache(cache.folder)
        assert reader.get(key("used")) == b"used"
        assert reader.prune(30 * DAY).entries == 2
        assert reader.get_many([key("old"), key("used")]) == {key("used"): b"used"}
        assert reader.stats().entries == 1
    assert cache.prune(0).entries == 0, "used in the future"
    assert not list((cache.folder / "new").iterdir())


def test_what_is_remembered_of_audits_counts_and_is_dropped(cache: DirectoryCache) -> None:
    memory = cache.folder / AUDITS / "programme"
    memory.parent.mkdir(parents=True)
    memory.write_bytes(b"remembered")
    assert cache.stats().size == len(b"remembered")
    assert cache.prune(3600).entries == 0
    os.utime(memory, (0, 0))
    assert cache.prune(3600).entries == 1
    assert not memory.exists()


def test_a_read_renews_the_age_once_a_day_and_not_each_time(
    cache: DirectoryCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.put(key("a"), b"a")
    cache.close()
    reader = DirectoryCache(cache.folder)
    assert reader.get(key("a")) == b"a"
    log = next(cache.folder.glob("index-*.sqlite-wal"))
    before = log.stat().st_size
    reader.get(key("a"))
    assert log.stat().st_size == before, "no write per read"
    now = time.time() + 2 * DAY
    monkeypatch.setattr("prmbuild.cache.directory.time.time", lambda: now)
    reader.get(key("a"))
    after = log.stat().st_size
    assert after > before
    reader.get(key("a"))
    assert log.stat().st_size == after


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_can_only_be_read_is_read(cache: DirectoryCache) -> None:
    cache.put(key("a"), b"a")
    cache.close()
    for folder in [cache.folder, *(path for path in cache.folder.rglob("*") if path.is_dir())]:
        folder.chmod(0o555)
    try:
        reader = DirectoryCache(cache.folder)
        assert reader.get(key("a")) == b"a"
        exercise(reader)
    finally:
        for folder in [cache.folder, *(path for path in cache.folder.rglob("*") if path.is_dir())]:
            folder.chmod(0o755)


def test_a_folder_taken_away_under_a_build(cache: DirectoryCache) -> None:
    cache.put(key("b"), b"b")
    shutil.rmtree(cache.folder)
    exercise(cache)
