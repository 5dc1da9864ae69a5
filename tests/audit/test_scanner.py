"""The search sees through every way of hiding that the control claims, for any text."""

import gzip
import random
import time
import zlib
from base64 import b64encode
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prmbuild.audit.canaries import Collection, Match
from prmbuild.audit.chunks import CHUNK, chunks
from prmbuild.audit.hiding import HIDING
from prmbuild.audit.layers import embedded, embedded_each
from prmbuild.audit.letters import EDGE, letter_bytes, letter_bytes_each, letters
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


@pytest.mark.parametrize("rarest", [False, True])
@pytest.mark.parametrize("letters_of", [16, 2])
def test_strings_are_found_wherever_they_stand(letters_of: int, rarest: bool) -> None:
    choose = random.Random(letters_of)
    alphabet = b"abcdefghijklmnop"[:letters_of]
    sizes = (6, 7, 8, 9, 15, 16, 17, 24, 41, 90) * 9
    strings = sorted({bytes(choose.choices(alphabet, k=size)) for size in sizes})
    text = b"".join((*strings, b"-", *reversed(strings)))
    ends = np.cumsum([0, *map(len, strings)])
    joined = np.frombuffer(b"".join(strings), np.uint8)
    needles = Needles.joined(joined, ends, np.arange(len(strings), dtype=np.int32), rarest=rarest)
    numbers, places = Needles.of_arrays(needles.arrays()).find(text)
    assert sorted(zip(numbers.tolist(), places.tolist(), strict=True)) == [
        (number, place)
        for number, string in enumerate(strings)
        for place in range(len(text))
        if text.startswith(string, place)
    ]


TERM = st.sampled_from(
    ["secret", "plan", "4", "3*6", "1a^", "grün", "価格表", "", "secretplan", '","', '"', "<b>", "&amp;"]
)


@given(
    pages=st.lists(st.lists(TERM, max_size=6).map(EDGE.join), min_size=1, max_size=5),
    padding=st.sampled_from([0, CHUNK]),
    extra=st.sampled_from(["", f"plan {EDGE} grün"]),
)
def test_terms_tell_what_chunks_of_them_tell(pages: list[str], padding: int, extra: str) -> None:
    search = scanner("secret", "grün価格表", "secret plan 4", "plangrün", extra).search
    bucket = f'["{"x" * padding}{EDGE}' + '","'.join(pages) + '"]'
    cut = frozenset().union(*(inside for inside, _ in search.of_chunks(chunks(bucket))))
    assert search.text(bucket) == cut


@given(st.lists(st.text("ab /+=\n\0é" + EDGE), max_size=5), st.lists(st.binary(max_size=90), max_size=4))
def test_many_texts_are_read_as_one_by_one(texts: list[str], data: list[bytes]) -> None:
    texts = [*texts, *(f"data:{b64encode(inner).decode()}" for inner in data)]
    assert list(letter_bytes_each(texts)) == [*map(letter_bytes, texts)]
    assert list(embedded_each(texts)) == [(at, inner) for at, text in enumerate(texts) for inner in embedded(text)]


def test_files_searched_together_tell_what_each_tells() -> None:
    search = scanner(SECRET, "Margin model").search
    filler = "".join(f"<p>filler number {number}</p>\n" for number in range(300))
    texts = (SECRET, f"{filler}<p>the secret</p>\n<p>plan of the whole company</p>", "Margin <b>model</b>", "nothing")
    files = [(sha256(text.encode()).hexdigest(), tuple(parts(text.encode()))) for text in texts]
    together = search.files(files)
    assert together == [search.file(*file) for file in files]
    assert [len(inside) for inside in together] == [1, 1, 1, 0]


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
