"""Text is put compressed where that is smaller, once for all portals; readers and receipts know the plain bytes."""

import gzip
import zlib
from hashlib import sha256
from pathlib import Path

import pytest

from prmbuild.progress import Silence
from prmbuild.publish import packing
from prmbuild.publish.packing import Packing
from prmbuild.records.live import shown
from prmbuild.records.verify import drift
from prmbuild.store import encoding
from prmbuild.store.encoding import compressed, digest_as_read
from prmbuild.store.s3 import S3Store
from prmbuild.store.store import Content, Headers, Store
from tests.object_storage import S3
from tests.publish.sites import Encoded, Portals, Watched, decoded, directory, put_live, site

PAGE = "a page of many words, and of many words " * 50
PORTALS: Portals = {
    "gold": {"index.html": PAGE, "b.html": PAGE, "short.html": "x", "a.png": PAGE, "404.html": "none"},
    "silver": {"index.html": PAGE, "a.svg": PAGE, "404.html": "none"},
}


@pytest.fixture(params=("directory", "s3"))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "directory":
        return directory(tmp_path / "store", Encoded)
    return S3Store(f"s3://{request.getfixturevalue('s3').bucket()}/p")


def stored(store: Store, path: str, portal: str = "gold") -> tuple[bytes, Headers]:
    now = shown(store)
    assert now is not None
    found = store.get(f"portals/{portal}/{now.deployment.portals[portal].release}/{path}")
    assert found is not None
    data, entry = found
    assert entry.digest == sha256(data).hexdigest()
    assert entry.plain == digest_as_read(data, entry.headers)
    return data, entry.headers


def test_text_is_stored_compressed_where_that_is_smaller(store: Store, tmp_path: Path) -> None:
    made = site(tmp_path / "blobs", PORTALS)
    put_live(store, made)
    for portal, path in (("gold", "index.html"), ("gold", "b.html"), ("silver", "index.html"), ("silver", "a.svg")):
        data, headers = stored(store, path, portal)
        assert headers.content_encoding == "gzip" and gzip.decompress(data).decode() == PAGE
    for path, text in (("short.html", "x"), ("a.png", PAGE), ("404.html", "none")):
        data, headers = stored(store, path)
        assert (headers.content_encoding, data.decode()) == ("", text)
    now = shown(store)
    assert now is not None and not list(drift(store, now, Silence()))


def test_a_directory_holds_what_web_servers_read(tmp_path: Path) -> None:
    plain = directory(tmp_path / "store")
    put_live(plain, site(tmp_path / "blobs", PORTALS))
    assert stored(plain, "index.html") == (
        PAGE.encode(),
        Headers(content_type="text/html; charset=utf-8", cache_control="private, no-cache"),
    )


def test_bytes_are_compressed_once_for_all_portals_and_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []

    def counted(data: bytes) -> bytes:
        asked.append(data)
        return compressed(data)

    monkeypatch.setattr(packing, "compressed", counted)
    made = site(tmp_path / "blobs", PORTALS)
    for name in ("one", "two"):
        put_live(directory(tmp_path / name, Encoded), made)
    assert sorted(asked) == sorted([PAGE.encode(), b"x", b"none"])


def test_another_compressor_changes_nothing(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a run before put is gone on from, copied and verified, though this one would make other bytes of it."""
    first = site(tmp_path / "first", PORTALS)
    later = {**PORTALS, "gold": {**PORTALS["gold"], **{f"p{number}.html": PAGE for number in range(20)}}}
    second = site(tmp_path / "second", later, "later")
    monkeypatch.setattr(encoding, "_LEVEL", 1)
    again = Watched(store, "settle ", before=lambda: pytest.fail("stop"))
    with pytest.raises(pytest.fail.Exception):
        put_live(again, first)
    before = {item.key: item.size for item in store.listed("portals")}
    monkeypatch.setattr(encoding, "_LEVEL", 3)
    other = site(tmp_path / "other", PORTALS)
    sizes = {one.file.stat().st_size for one in Packing(other, gzip=True).contents(other.portals[0].files.items())}
    assert not sizes >= set(before.values()), "the two make the same bytes, and this shows nothing"
    put_live(store, other, lambda: 1_900_000_000)
    assert {item.key: item.size for item in store.listed("portals")} == before
    put_live(store, second, lambda: 1_900_000_000)
    now = shown(store)
    assert now is not None and now.deployment.revision == "later"
    assert not list(drift(store, now, Silence()))


@pytest.mark.parametrize(
    "data",
    [b"", b"plain", compressed(b"abc")[:-1], compressed(b"abc") + b"x", compressed(b"abc") * 2, compressed(b"abc")[1:]],
)
def test_what_is_not_gzip_has_no_digest(data: bytes) -> None:
    assert digest_as_read(data, Headers(content_type="text/html", content_encoding="gzip")) is None


def test_an_encoding_that_is_not_ours_has_no_digest() -> None:
    assert digest_as_read(zlib.compress(b"abc"), Headers(content_type="text/html", content_encoding="deflate")) is None


def test_few_bytes_that_become_very_many_are_read_in_parts() -> None:
    data = compressed(bytes(5 << 20))
    headers = Headers(content_type="text/html", content_encoding="gzip")
    assert digest_as_read(data, headers) == sha256(bytes(5 << 20)).hexdigest()
    assert decoded(data, headers) == bytes(5 << 20)


def test_contents_name_the_bytes_that_readers_get(tmp_path: Path, s3: S3) -> None:
    store = S3Store(f"s3://{s3.bucket()}")
    file = tmp_path / "file"
    file.write_bytes(compressed(b"hello"))
    made = Content(
        file=file,
        digest=sha256(file.read_bytes()).hexdigest(),
        headers=Headers(content_type="text/plain", content_encoding="gzip"),
        plain=sha256(b"hello").hexdigest(),
    )
    assert store.put_absent("a", made) and store.copy("a", "b")
    found = store.head("b")
    assert found is not None and (found.digest, found.plain, found.headers) == (made.digest, made.plain, made.headers)
