import gzip
import json
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prmbuild.errors import StoreError
from prmbuild.render.article import Section
from prmbuild.search.entry import FIRST_SECTION, Entry, entry
from prmbuild.search.listing import Listing, Settings, Terms, index, listing
from prmbuild.search.listing import terms as joined_terms
from prmbuild.search.members import member
from prmbuild.search.segment import TEXTS, Segment, Summary, segment
from prmbuild.search.tokens import EDGE, bucket, respelled, terms
from tests.search.unpacked import buckets, members, pages


def made(url: str = "a/", title: str = "A page", *sections: tuple[str, str, str], **more: object) -> Entry:
    values: dict[str, object] = {"description": "", "language": "en", "type": None, "labels": ()}
    return entry(
        url=url,
        title=title,
        sections=[Section(anchor=anchor, title=name, text=text) for anchor, name, text in sections],
        **(values | more),  # type: ignore[arg-type]
    )


def postings(made: Segment) -> dict[str, dict[int, list[str]]]:
    """Term → page → parts, of all buckets of a segment."""
    found: dict[str, dict[int, list[str]]] = {}
    for number, bucketed in enumerate(buckets(made.terms, made.start[: made.summary.placed])):
        for page, chunk in enumerate(bucketed):
            pieces = chunk.split(EDGE) if chunk else []
            for term, parts in zip(pieces[::2], pieces[1::2], strict=True):
                assert bucket(term) == number
                found.setdefault(term, {})[page] = parts.split(",")
    return found


def test_a_term_knows_its_parts_headings_and_number() -> None:
    page = made("a/", "Gold", ("", "Gold", "gold gold"), ("price", "Price of gold", "gold"), labels=("Price list",))
    found = postings(segment([page]))
    assert found["gold"] == {0: ["0", "2*2", "3^*2"]}
    assert found["price"] == {0: ["1", "3^"]}


def test_the_title_of_the_page_counts_once_where_a_part_has_no_heading() -> None:
    assert postings(segment([made("a/", "Gold", ("", "Gold", "x"))]))["gold"] == {0: ["0"]}


def test_a_first_heading_that_is_not_the_title_is_found_and_shown_with_the_text() -> None:
    one = segment([made("a/", "Roadmap", ("", "Zebrafish & co", "Soon."))])
    assert postings(one)["zebrafish"] == {0: ["2^"]}
    assert [text for _, text in pages(one.files, one.start[one.summary.placed :])] == [
        ["", ["", "", "Zebrafish & co Soon."]]
    ]


def test_a_heading_is_shown_as_it_reads() -> None:
    one = segment([made("a/", "A", ("x", "Terms & <T>", "y"))])
    assert [text for _, text in pages(one.files, one.start[one.summary.placed :])] == [["", ["x", "Terms & <T>", "y"]]]
    assert "amp" not in postings(one)


def numbered(*texts: str) -> list[Entry]:
    return [
        made(f"{number}/", f"T{number}", ("s", "Section", text), description="About", type="guide")
        for number, text in enumerate(texts)
    ]


def test_pages_and_their_texts() -> None:
    one = segment(numbered(*(f"Text {number}" for number in range(TEXTS + 5))))
    read = pages(one.files, one.start[one.summary.placed :])
    assert [page["url"] for page, _ in read] == [f"{number}/" for number in range(TEXTS + 5)]
    assert {key: value for key, value in read[1][0].items() if key not in ("words", "size")} == {
        "url": "1/",
        "title": "T1",
        "language": "en",
        "type": "guide",
    }
    assert [text for _, text in read] == [["About", ["s", "Section", f"Text {n}"]] for n in range(TEXTS + 5)]
    assert len(one.files) == 2


def test_an_edited_text_changes_one_file_of_its_segment() -> None:
    before, after = (
        segment(numbered("Apples", *["Some text"] * (2 * TEXTS), last)).files for last in ("Pears are long", "Plums")
    )
    assert len(before) == len(after) == 3
    assert len(before.keys() - after.keys()) == 1
    assert all(before[name] == after[name] for name in before.keys() & after.keys())


def test_an_entry_survives_the_cache() -> None:
    page = made("a/", "Ä", ("x", "Y", "z"))
    assert Entry.from_bytes(page.to_bytes()) == page
    with pytest.raises(StoreError):
        Entry.from_bytes(b"short")


def test_the_index_says_what_it_is_told_and_no_more() -> None:
    together = Terms(folder="t", name="d.bin", segments={"b": Summary(pages=2, words=5, listed=9, placed=7)})
    one = Listing(folder="l", name="n.bin", terms=[together])
    data = json.loads(index([one], Settings(language="de", types={"x": "X"})))
    assert data["listings"] == [["l/", "n.bin", [["t/", "d.bin", [["b/", 2, 5, 7, 9]]]]]]
    assert set(data) == {"format", "language", "types", "buckets", "common", "listings"}


def test_a_listing_says_what_its_segments_do() -> None:
    some = [segment(numbered("Apples", "Pears")), segment(numbered("Plums"))]
    joined = listing([(one.summary, one.start) for one in some])
    places, lists = zip(
        *((one.start[: one.summary.placed], one.start[one.summary.placed :]) for one in some), strict=True
    )
    assert joined == b"".join((*places, *lists))
    assert all(len(one) == size.summary.listed for one, size in zip(lists, some, strict=True))


def test_terms_stand_together_by_bucket() -> None:
    some = [segment(numbered("Apples", "Pears")), segment(numbered("Plums"))]
    joined = list(members(joined_terms([(one.terms, one.start[: one.summary.placed]) for one in some])))
    assert [b"".join(joined[at::2]) for at in range(2)] == [one.terms for one in some]


@given(st.lists(st.binary(max_size=2000), min_size=1, max_size=4), st.integers(0, 9))
@settings(max_examples=30, deadline=None)
def test_members_are_unpacked_one_by_one_and_in_one_go(texts: list[bytes], level: int) -> None:
    members = [member(text, level) for text in texts]
    assert [gzip.decompress(one) for one in members] == texts
    stream = b"".join(one[10:-10] for one in members) + b"\3\0"
    assert zlib.decompress(stream, -zlib.MAX_WBITS) == b"".join(texts)


def test_segments_are_a_function_of_their_pages() -> None:
    some = [made("a/", "A"), made("b/", "B")]
    assert segment(some) == segment([Entry.from_bytes(page.to_bytes()) for page in some])
    assert segment(some).start != segment(some[:1]).start


TEXT = st.text(st.sampled_from("abc ÄßçñJ価格パ1-.,'&<>\n"), max_size=30)
PAGES = st.lists(st.tuples(TEXT, TEXT, st.lists(st.tuples(TEXT, TEXT), max_size=3)), min_size=1, max_size=4)


@given(PAGES)
@settings(max_examples=150, deadline=None)
def test_every_word_of_every_section_is_found_and_nothing_else(
    pages: list[tuple[str, str, list[tuple[str, str]]]],
) -> None:
    entries = [
        made(
            f"{number}/",
            title,
            *((f"s{at}", name, text) for at, (name, text) in enumerate(sections)),
            description=about,
        )
        for number, (title, about, sections) in enumerate(pages)
    ]
    found = {
        (term, page, int(part.split("*")[0].rstrip("^"), 36))
        for term, places in postings(segment(entries)).items()
        for page, parts in places.items()
        for part in parts
    }
    wanted = set()
    for number, (title, about, sections) in enumerate(pages):
        parts = [title, about, *(f"{' '.join(name.split())} {' '.join(text.split())}" for name, text in sections)]
        wanted |= {(term, number, part) for part, text in enumerate(parts) for term in (*terms(text), *respelled(text))}
    assert found == wanted
    assert FIRST_SECTION == 2
