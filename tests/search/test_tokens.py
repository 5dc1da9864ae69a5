import json
from itertools import product
from pathlib import Path
from unicodedata import ucd_3_2_0

from hypothesis import given, settings
from hypothesis import strategies as st

from prmbuild.search.tokens import BUCKETS, COMMON, EDGE, bucket, normalised, terms
from tests.search.reader import Reader

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
LETTERS = [chr(code) for code in range(0x110000) if ucd_3_2_0.category(chr(code)) not in ("Cn", "Co", "Cs")]
"""Every character that Unicode 3.2 has; what came later, Python and node may know from different editions."""

TERMS = """
import { bucket, normalised, terms } from "./tokens.js"
give(given.map((text) => [terms(text), terms(text).map((term) => bucket(term, %d, new Set(%s)))]))
"""


def in_node(tmp_path: Path, texts: list[str]) -> list[tuple[list[str], list[int]]]:
    found = Reader(tmp_path, {}).run(TERMS % (BUCKETS, json.dumps(sorted(COMMON))), texts)
    assert isinstance(found, list)
    return [tuple(one) for one in found]


def test_vectors() -> None:
    assert [terms(vector["text"]) for vector in VECTORS] == [vector["terms"] for vector in VECTORS]


def test_vectors_in_node(tmp_path: Path) -> None:
    found = in_node(tmp_path, [vector["text"] for vector in VECTORS])
    for vector, (taken, buckets) in zip(VECTORS, found, strict=True):
        assert taken == vector["terms"]
        assert buckets == [bucket(term) for term in taken]


def test_node_takes_the_same_terms_of_every_character(tmp_path: Path) -> None:
    texts = [f"a{letter}b {letter}{letter} {letter}" for letter in LETTERS]
    wrong = [
        (f"U+{ord(letter):04X}", taken, terms(text))
        for letter, text, (taken, _) in zip(LETTERS, texts, in_node(tmp_path, texts), strict=True)
        if taken != terms(text)
    ]
    assert not wrong, f"{len(wrong)}: {wrong[:10]}"


def test_common_words_are_terms() -> None:
    assert all(terms(word) == [word] for word in COMMON)


def test_what_begins_the_same_shares_a_bucket() -> None:
    assert bucket("pri") == bucket("prices") == bucket("pricing")
    assert bucket("価") == bucket("価格")
    assert bucket("the") == BUCKETS
    assert bucket("v2") == bucket("hr") == bucket("é") == BUCKETS + 1


def test_terms_spread_over_the_buckets() -> None:
    letters = "abcdefghilmnoprstuvw"
    assert {bucket("".join(found)) for found in product(letters, repeat=3)} >= set(range(BUCKETS))


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_terms_are_normal_already(text: str) -> None:
    for term in terms(text):
        assert terms(term)[0] == term
        assert term == normalised(term)
        assert EDGE not in term
