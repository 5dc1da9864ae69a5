"""The search sees through every way of hiding that the control claims, for any text."""

import gzip
import random
import time
import zlib
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prmbuild.audit.canaries import Collection, Match
from prmbuild.audit.hiding import HIDING
from prmbuild.audit.letters import letters
from prmbuild.audit.needles import Needles
from prmbuild.audit.parts import parts
from prmbuild.audit.report import Kind
from prmbuild.audit.scanner import Scanner


def scanner(*texts: str) -> Scanner:
    found = Collection()
    for text in texts:
        found.add(text, Kind.TITLE, "content/x.md")
    return Scanner(tuple(found))


def found(search: Scanner, data: bytes) -> set[str]:
    """The texts that stand in a file, the doubtful ones sorted out."""
    digest, opened = sha256(data).hexdigest(), tuple(parts(data))
    places = search.places(search.search.file(digest, opened), digest, opened)
    return {search.canaries[number].text for number, _ in places}


SENTENCES = st.lists(st.text("abcdefgxyz0123456789üßéжш価格表", min_size=3, max_size=9), min_size=4, max_size=9).map(
    " ".join
)


@pytest.mark.parametrize("hide", HIDING.values(), ids=HIDING)
@settings(max_examples=20, deadline=None)
@given(text=SENTENCES)
def test_hidden_text_is_found(hide: object, text: str) -> None:
    search = scanner(text)
    if len(letters(text)) >= 16 and search.canaries:
        assert found(search, hide(text)) == {text}  # type: ignore[operator]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Margin model", "<p>Our margin <b>model</b> is this.</p>"),
        ("Margin model", '{"title":"Margin\\u0020model"}'),
        ("Margin model", "<a href='../margin-model/'>x</a>"),
        ("Margin model", "margin_model"),
        ("Margins", "<td>Margins</td>"),
        ("Dock D2 price", "<td>Dock D2</td>\n<td>price</td>"),
    ],
)
def test_short_titles_are_found_as_words(title: str, text: str) -> None:
    assert found(scanner(title), text.encode()) == {title}


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Margin model", "<li>Margin</li><li>Model</li>"),
        ("Margin model", "<span>Margin</span> <span>Model</span>"),
        ("Margin model", '["Margin", "Model"]'),
        ("Margin model", "marginmodel"),
        ("Margins", "<p>submargins</p>"),
        ("Dock D2 price", "paddock d2 prices"),
        ("On boarding", "onboarding"),
        ("What should I do if", '{"location":"faq/#what-should-i-do-if"},{"title":"z"}'),
    ],
)
def test_neighbours_and_parts_of_words_are_no_titles(title: str, text: str) -> None:
    assert found(scanner(title), text.encode()) - {"What should I do if"} == set()


def test_a_text_split_by_blocks_of_a_long_page_is_found() -> None:
    filler = "".join(f"<p>filler number {number}</p>\n" for number in range(300))
    text = "the secret plan of the whole company"
    page = f"{filler}<div>the secret plan</div>\n<div>of the whole company</div>\n{filler}"
    assert found(scanner(text), page.encode()) == {text}


PACKED = gzip.compress(b"something else that nobody minds", mtime=0)
SECRET = "the secret plan of the whole company"


@pytest.mark.parametrize(
    "data",
    [
        PACKED + gzip.compress(SECRET.encode(), mtime=0) + PACKED,
        PACKED + SECRET.encode(),
        PACKED + b"\xff\x00" + SECRET.encode(),
        PACKED + zlib.compress(SECRET.encode()),
        PACKED + gzip.compress(SECRET.encode() + random.Random(1).randbytes(4000))[:-2000],
        PACKED[:3] + b"\x08" + PACKED[4:10] + SECRET.encode() + b"\0" + PACKED[10:],
        PACKED[:3] + b"\x10" + PACKED[4:10] + SECRET.encode() + b"\0" + PACKED[10:],
        PACKED[:3] + b"\x04" + PACKED[4:10] + bytes((len(SECRET), 0)) + SECRET.encode() + PACKED[10:],
    ],
    ids=["member", "after", "bytes after", "zlib after", "cut off", "name", "comment", "extra"],
)
def test_a_text_anywhere_in_a_gzip_stream_is_found(data: bytes) -> None:
    assert found(scanner(SECRET), data) == {SECRET}


def test_strings_are_found_wherever_they_stand() -> None:
    choose = random.Random(2)
    strings = sorted({choose.randbytes(size).hex()[:size].encode() for size in (6, 7, 8, 9, 15, 16, 17, 24, 41) * 9})
    text = b"".join((*strings, b"-", *reversed(strings)))
    numbers, places = Needles.of(enumerate(strings)).find(text)
    assert sorted(zip(numbers.tolist(), places.tolist(), strict=True)) == [
        (number, place)
        for number, string in enumerate(strings)
        for place in range(len(text))
        if text.startswith(string, place)
    ]


@pytest.mark.parametrize("text", ["2026", "12 34 56", "A to Z", "FAQ", ""])
def test_what_is_too_common_is_not_searched_for(text: str) -> None:
    assert not scanner(text).canaries


@pytest.mark.parametrize("line", ["Last updated: 2026-10-01", "Updated 1 October 2026", "Valid from 3.10.2026"])
def test_dates_are_not_searched_for(line: str) -> None:
    lines = Collection()
    lines.add_line(line, Kind.TEXT, "content/x.md", 1)
    assert not list(lines)


def test_prices_are_searched_for() -> None:
    lines = Collection()
    lines.add_line("| Porter P100 | 24,112 | 22,742 |", Kind.TEXT, "content/x.md", 1)
    assert [canary.match for canary in lines] == [Match.LETTERS]


@pytest.mark.parametrize(
    "data",
    [
        b" " * 5000 + b"<p>",
        b"<a '" * 3000,
        b"](" * 3000,
        b"<!--" * 3000,
        b"%PDF-1.7\n" + b"stream\nx" * 3000,
        b"PK\x05\x06" * 500,
    ],
    ids=["spaces", "quotes", "links", "comments", "streams", "archives"],
)
def test_odd_bytes_end(data: bytes) -> None:
    began = time.monotonic()
    found(scanner("The secret plan of all"), data)
    assert time.monotonic() - began < 60
