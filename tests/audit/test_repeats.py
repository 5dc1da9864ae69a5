"""Of what repeats, so much is left that whatever stands in it, or at its ends, is found."""

import io
import random
import tracemalloc
import zipfile
import zlib

import pytest

from prmbuild.audit.allowed import asset_saying, said
from prmbuild.audit.canaries import Collection
from prmbuild.audit.needles import Needles
from prmbuild.audit.parts import parts
from prmbuild.audit.repeats import KEPT, squeezed
from prmbuild.audit.report import Kind
from prmbuild.audit.search import Search
from prmbuild.audit.table import Canaries

TEXT = b"The margin model of the season"


UNITS = (
    b"0",
    b"\0",
    b" ",
    b"a\0",
    "é".encode(),
    "あ".encode(),
    b"\r\n",
    "a".encode("utf-32-le"),
)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("before", [0, 1, 17, 2047, 5000])
def test_what_stands_beside_a_stretch_stays(unit: bytes, before: int) -> None:
    noise = random.Random(before).randbytes(before)
    data = noise + TEXT + unit * 100_000 + TEXT + unit * 9000 + TEXT
    left = squeezed(data)
    assert left.startswith(noise + TEXT + unit * 500) and left.endswith(unit * 500 + TEXT)
    assert left.count(TEXT) == 3
    assert len(left) < before + 3 * (len(TEXT) + 2 * KEPT)


@pytest.mark.parametrize("seed", range(5))
def test_whatever_is_short_stands_there_as_before(seed: int) -> None:
    choice = random.Random(seed)
    pieces = (b"ab" * 3000, b"0" * 20_000, b"\0" * 4096, choice.randbytes(3000), TEXT, b"x", b"abc" * 4000)
    data = b"".join(choice.choices(pieces, k=30))
    left = squeezed(data)
    for at in range(0, len(data) - 1000, 97):
        assert data[at : at + 1000] in left
    for at in range(0, len(left) - 1000, 97):
        assert left[at : at + 1000] in data


def test_what_does_not_repeat_is_left_alone() -> None:
    data = random.Random(1).randbytes(100_000)
    assert squeezed(data) is data and squeezed(b"0" * KEPT) == b"0" * KEPT


def workbook() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/a.xml", TEXT + b"\0" * 8_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        zlib.compress(TEXT + b"0" * 8_000_000),
        workbook(),
        b"%PDF-1.4\n1 0 obj<</Length 99>>stream\n" + zlib.compress(TEXT + b"\0" * 8_000_000) + b"\nendstream",
    ],
)
def test_packed_stretches_take_no_memory_but_their_own(data: bytes) -> None:
    tracemalloc.start()
    texts = [part.text for part in parts(data)]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert any(TEXT.decode() in text for text in texts)
    assert sum(map(len, texts)) < 100_000
    assert most < 40_000_000


def test_a_long_text_is_searched_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    choice = random.Random(3)
    phrases = ["".join(choice.choices("abc", k=choice.randrange(6, 40))).encode() for _ in range(300)]
    needles = Needles.of(enumerate(dict.fromkeys(phrases)))
    text = b"".join(choice.choices([*phrases, b"\0", b"x"], k=2000))
    whole = set(zip(*map(list, needles.find(text)), strict=True))
    monkeypatch.setattr("prmbuild.audit.needles._SLICE", 100)
    assert set(zip(*map(list, needles.find(text)), strict=True)) == whole and len(whole) > 1000


def test_an_asset_says_all_of_a_long_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prmbuild.audit.allowed._SLICE", 200)
    monkeypatch.setattr("prmbuild.audit.allowed._OVERLAP", 100)
    lines = [f"Row {number}, model {number * 7} of the season" for number in range(200)]
    found = Collection()
    for line in lines:
        found.add_line(line, Kind.TEXT, "a.csv", 1)
        found.add(line.partition(" of")[0], Kind.TITLE, "a.csv")
    packed = found.packed()
    search = Search.of(Canaries.of(list(zip(packed.matches, packed.texts(), strict=True))))
    heard = said(asset_saying("content/a.csv", "\n".join(lines).encode()), search).spoken
    assert len(heard) == len(packed.matches)
