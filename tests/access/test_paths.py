import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prmbuild.access.paths import LONGEST, File, Folder, find, requested
from prmbuild.catalog.address import address_of

DATA = json.loads((Path(__file__).parent / "path_vectors.json").read_text("utf-8"))
FILES = frozenset(DATA["files"])


def answer(raw: bytes) -> int | str:
    path = requested(raw)
    match None if path is None else find(path, FILES):
        case File(file):
            return file
        case Folder():
            return 308
        case None:
            return 404


@pytest.mark.parametrize("vector", DATA["vectors"], ids=lambda vector: repr(vector["path"])[:60])
def test_vectors(vector: dict[str, str | int]) -> None:
    path = str(vector["path"])
    if "repeat" in vector:
        path = path.replace("*", "a" * int(vector["repeat"]))
    assert answer(path.encode("utf-8")) == vector["expect"]


@given(st.binary(max_size=40).map(lambda tail: b"/" + tail))
@example(b"/%2e%2e/")
def test_whatever_is_let_through_is_harmless(raw: bytes) -> None:
    path = requested(raw)
    if path is not None:
        parts = path.split("/")
        assert not {".", ".."} & set(parts)
        assert "" not in parts[:-1]
        assert "\\" not in path
        assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in path)


names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc",), exclude_characters="/\\%?{}"), min_size=1, max_size=12
).filter(lambda name: name not in (".", ".."))


@given(st.lists(names, min_size=1, max_size=4))
def test_every_address_that_links_are_written_with_is_let_through(parts: list[str]) -> None:
    address = address_of("content/" + "/".join(parts) + "/page.md")
    raw = b"/" + address.url.encode("ascii")
    assert len(raw) > LONGEST or find(requested(raw) or "", {address.file}) == File(address.file)


def test_a_path_may_be_just_as_long() -> None:
    assert requested(b"/" + b"a" * (LONGEST - 1)) is not None
    assert requested(b"/" + b"a" * LONGEST) is None
