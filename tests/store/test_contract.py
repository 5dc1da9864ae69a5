"""What every store promises, held by each of them."""

import errno
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec.structs import replace

from prmbuild.errors import BrokenFileError, StoreError
from prmbuild.store.directory import DirectoryStore
from prmbuild.store.s3 import S3Store
from prmbuild.store.store import Content, Headers, Listed, Store
from tests.object_storage import S3
from tests.store.memory import MemoryStore

TEXT = Headers(content_type="text/plain; charset=utf-8", cache_control="private, max-age=60")
USUAL = Headers(content_type="text/html; charset=utf-8")
OPENERS = ("directory", "s3", "memory")


@pytest.fixture(params=OPENERS)
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Opens the same place again, as another process would."""
    if request.param == "directory":
        return lambda: DirectoryStore(tmp_path / "store", lambda _: USUAL)
    if request.param == "memory":
        kept = MemoryStore()
        return lambda: kept
    url = f"s3://{request.getfixturevalue('s3').bucket()}/some/prefix"
    return lambda: S3Store(url)


@pytest.fixture
def store(reopen: Callable[[], Store]) -> Store:
    return reopen()


@pytest.fixture
def content(tmp_path: Path) -> Callable[..., Content]:
    def made(data: bytes, headers: Headers = TEXT) -> Content:
        digest = sha256(data).hexdigest()
        file = tmp_path / f"content-{digest[:16]}"
        file.write_bytes(data)
        return Content(file=file, digest=digest, headers=headers)

    return made


Made = Callable[..., Content]


def test_what_was_put_is_read_by_others(store: Store, reopen: Callable[[], Store], content: Made) -> None:
    tag = store.put_absent("portals/a/1/index.html", content(b"hello"))
    found = reopen().get("portals/a/1/index.html")
    assert found is not None
    data, entry = found
    assert data == b"hello"
    assert (entry.key, entry.size, entry.tag, entry.headers) == ("portals/a/1/index.html", 5, tag, TEXT)
    assert entry.digest == sha256(b"hello").hexdigest()
    assert reopen().head("portals/a/1/index.html") == entry


def test_what_is_there_is_not_put_over(store: Store, content: Made) -> None:
    assert store.put_absent("live", content(b"one"))
    before = store.get("live")
    assert store.put_absent("live", content(b"two", USUAL)) is None
    assert store.put_absent("live", content(b"one", USUAL)) is None
    assert store.get("live") == before


def test_only_the_one_that_was_seen_is_replaced(store: Store, content: Made) -> None:
    first = store.put_absent("live", content(b"one"))
    assert first
    second = store.put_matching("live", content(b"two", USUAL), first)
    assert second and second != first
    assert store.put_matching("live", content(b"three"), first) is None
    found = store.get("live")
    assert found is not None and found[0] == b"two" and found[1].headers == USUAL


def test_what_is_not_there_is_not_replaced(store: Store, content: Made) -> None:
    assert store.put_matching("live", content(b"one"), '"5d41402abc4b2a76b9719d911017c592"') is None
    assert store.get("live") is None


def test_headers_change_without_the_bytes(store: Store, reopen: Callable[[], Store], content: Made) -> None:
    for headers in (
        TEXT,
        USUAL,
        replace(TEXT, content_encoding="gzip", content_disposition='attachment; filename="a"'),
    ):
        entry = store.head("page")
        if entry is None:
            assert store.put_absent("page", content(b"same", headers))
        else:
            assert store.put_matching("page", content(b"same", headers), entry.tag)
        found = reopen().head("page")
        assert found is not None and found.headers == headers


def test_copies_carry_headers_and_replace(store: Store, content: Made) -> None:
    store.put_absent("one/a", content(b"a"))
    store.put_absent("two/a", content(b"older", USUAL))
    assert store.copy("one/a", "two/a") and store.copy("one/a", "three/deep/a") and store.copy("one/a", "one/a")
    for key in ("one/a", "two/a", "three/deep/a"):
        found = store.get(key)
        assert found is not None
        assert (found[0], found[1].headers, found[1].digest) == (b"a", TEXT, sha256(b"a").hexdigest())
    assert not store.copy("one/none", "four")
    assert store.head("four") is None


def test_a_copy_stays_when_its_source_is_replaced(store: Store, content: Made) -> None:
    tag = store.put_absent("one", content(b"first"))
    store.copy("one", "two")
    assert tag and store.put_matching("one", content(b"second"), tag)
    found = store.get("two")
    assert found is not None and found[0] == b"first"


def test_folders_are_listed_by_whole_names(store: Store, content: Made) -> None:
    for key in ("gold/a", "gold/deep/b", "gold-plus/c", "d"):
        store.put_absent(key, content(key.encode()))
    assert sorted(item.key for item in store.listed("gold")) == ["gold/a", "gold/deep/b"]
    assert sorted(item.key for item in store.listed("")) == ["d", "gold-plus/c", "gold/a", "gold/deep/b"]
    assert list(store.listed("d")) == [] == list(store.listed("none"))
    assert list(store.listed("gold/deep")) == [Listed(key="gold/deep/b", size=11)]


def test_listings_are_whole(store: Store, content: Made) -> None:
    keys = [f"many/{number:04}" for number in range(1100)]
    same = content(b"x")
    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(lambda key: store.put_absent(key, same), keys))
    assert sorted(item.key for item in store.listed("many")) == keys
    assert store.delete(keys) == {}
    assert list(store.listed("")) == []


def test_what_is_deleted_is_gone(store: Store, content: Made) -> None:
    for key in ("a/b/c", "a/d"):
        store.put_absent(key, content(key.encode()))
    assert store.delete(["a/b/c", "never/there"]) == {}
    assert store.get("a/b/c") is None
    assert [item.key for item in store.listed("")] == ["a/d"]
    assert store.put_absent("a/b/c", content(b"again", USUAL))
    entry = store.head("a/b/c")
    assert entry is not None and entry.headers == USUAL


@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "a//b", "../a", "a/../b", ".", "a/./b", "a\\b", "a\0b", "a\nb", "x" * 1025]
)
def test_odd_names_are_refused(store: Store, content: Made, key: str) -> None:
    with pytest.raises(StoreError):
        store.put_absent(key, content(b"x"))
    with pytest.raises(StoreError):
        store.get(key)
    with pytest.raises(StoreError):
        store.copy("a", key)


@pytest.mark.parametrize("key", ["ü/名.html", "with space/+%20&=#?.html", "emoji 🦾", "a" * 200])
def test_names_are_what_they_are(store: Store, content: Made, key: str) -> None:
    assert store.put_absent(key, content(b"x"))
    assert [item.key for item in store.listed("")] == [key]
    assert store.get(key) is not None
    assert store.delete([key]) == {}


def test_of_many_one_creates_and_one_replaces(store: Store, content: Made) -> None:
    several = [content(b"by %d" % number) for number in range(8)]
    ready = threading.Barrier(len(several))

    def race(put: Callable[[Content], str | None]) -> list[Content]:
        def run(one: Content) -> str | None:
            ready.wait()
            return put(one)

        with ThreadPoolExecutor(len(several)) as threads:
            return [one for one, tag in zip(several, threads.map(run, several), strict=True) if tag]

    (created,) = race(lambda one: store.put_absent("lock", one))
    entry = store.head("lock")
    assert entry is not None and entry.digest == created.digest
    others = [one for one in several if one != created]
    replaced = race(lambda one: store.put_matching("lock", one, entry.tag) if one in others else None)
    assert len(replaced) == 1
    found = store.head("lock")
    assert found is not None and found.digest == replaced[0].digest


def test_a_file_that_is_not_what_it_is_said_to_be_is_refused(store: Store, content: Made) -> None:
    wrong = replace(content(b"right"), digest=sha256(b"wrong").hexdigest())
    with pytest.raises(BrokenFileError, match="has not the bytes"):
        store.put_absent("a", wrong)
    assert store.get("a") is None


def test_bytes_that_no_more_may_share_are_copied(
    tmp_path: Path, content: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DirectoryStore(tmp_path / "store", lambda _: USUAL)
    store.put_absent("a", content(b"x"))
    link = os.link

    def full(source: Path, target: Path) -> None:
        if source == tmp_path / "store" / "a":
            raise OSError(errno.EMLINK, "Too many links")
        link(source, target)

    monkeypatch.setattr("os.link", full)
    assert store.copy("a", "b")
    assert (tmp_path / "store" / "b").stat().st_ino != (tmp_path / "store" / "a").stat().st_ino
    found = store.get("b")
    assert found is not None and found[0] == b"x"


def test_a_store_that_does_not_answer_is_said(s3: S3, monkeypatch: pytest.MonkeyPatch, content: Made) -> None:
    absent = S3Store("s3://no-such-bucket/x")
    with pytest.raises(StoreError, match="s3://no-such-bucket"):
        absent.put_absent("a", content(b"x"))
    with pytest.raises(StoreError, match="s3://no-such-bucket"):
        absent.get("a")
    with pytest.raises(StoreError, match="names no bucket"):
        S3Store("s3://")
