"""Strict YAML: values, places, and no exception for any bytes."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from prmbuild.authored import yaml as strict
from prmbuild.authored.document import Document, Place
from prmbuild.authored.yaml import parse_yaml, read_yaml

NESTED = "a: é x\nb: [é1, 日本: 2, 'q']\nc:\n  - x\n  - {é: y, z: {w: 1}}\n"


def read(text: str) -> Document:
    return read_yaml("f.yaml", text.encode())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: text", {"a": "text"}),
        ("a: true\nb: False", {"a": True, "b": False}),
        ("a: ~\nb:\nc: null", {"a": None, "b": None, "c": None}),
        ("a: 12\nb: -3\nc: 0\nd: 0x1F", {"a": 12, "b": -3, "c": 0, "d": 31}),
        ("a: 0.8\nb: 1.\nc: -2.5e-3", {"a": 0.8, "b": 1.0, "c": -0.0025}),
        ("a: 'yes'\nb: \"012\"\nc: '12:30'", {"a": "yes", "b": "012", "c": "12:30"}),
        ("a: |\n  one\n  two\n", {"a": "one\ntwo\n"}),
        ("a: 90d\nb: 1.2.3\nc: 10%\nd: 2026-q4", {"a": "90d", "b": "1.2.3", "c": "10%", "d": "2026-q4"}),
        ("{a, b: [1, 2]}", {"a": None, "b": [1, 2]}),
        ("", None),
        ("# nothing\n", None),
        ("\ufeffa: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
    ],
)
def test_values(text: str, value: object) -> None:
    document = read(text)
    assert document.diagnostics == ()
    assert document.complete
    assert document.value == value


def test_places_of_keys_and_values() -> None:
    marks = read(NESTED).marks
    assert marks.key(("a",)) == (1, 1)
    assert marks.value(("a",)) == (1, 4)
    assert marks.value(("b", 1)) == (2, 9)
    assert marks.value(("b", 1, "日本")) == (2, 13)
    assert marks.key(("c", 1, "z")) == (5, 12)
    assert marks.value(("c", 1, "z", "w")) == (5, 19)


def test_place_of_what_is_not_there_is_the_nearest_around_it() -> None:
    marks = read(NESTED).marks
    assert marks.value(("c", 1, "missing", 3)) == marks.value(("c", 1))
    assert marks.key(("c", 9)) == marks.value(("c",))


def test_a_start_moves_every_place() -> None:
    document = parse_yaml("p.md", "a: 1\nb: no\n", start=Place(10, 5))
    assert document.marks.key(("a",)) == (10, 5)
    assert document.marks.key(("b",)) == (11, 1)
    assert [(found.line, found.column) for found in document.diagnostics] == [(11, 4)]


def test_both_parsers_agree_on_places(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = read(NESTED)
    monkeypatch.setattr(strict, "_LOADER", yaml.SafeLoader)
    slow = read(NESTED)
    assert (fast.value, fast.marks) == (slow.value, slow.marks)


def test_dates_stay_text_where_they_are_wanted() -> None:
    text = "publish_at: 2026-12-01T00:00:00Z\nother: 2026-12-01\n"
    document = read_yaml("f.yaml", text.encode(), dates={"publish_at"})
    assert document.value == {"publish_at": "2026-12-01T00:00:00Z", "other": "2026-12-01"}
    assert [found.code for found in document.diagnostics] == ["PRM112"]


def test_everything_wrong_is_reported_at_once() -> None:
    document = read("a: yes\nb: 012\na: [*x, &y 1, !z 2]\nc: {<<: {q: 1}, [k]: 2}\n3: x\n")
    codes = ["PRM109", "PRM111", "PRM105", "PRM106", "PRM106", "PRM107", "PRM106", "PRM117", "PRM117"]
    assert [found.code for found in document.diagnostics] == codes
    assert document.complete


def test_the_first_of_two_keys_is_kept() -> None:
    assert read("a: {x: 1}\na: {y: 2, y: 3}\n").value == {"a": {"x": 1}}


@pytest.mark.parametrize(
    "bomb",
    [
        "[" * 500_000,
        "{a: " * 200_000,
        "- " * 300_000,
        "? " * 300_000,
        "a: &a [x]\nb: &b [*a, *a]\n" + "c: [*b, *b]\n" * 50,
        "a: " + "9" * 1_000_000,
        "a: 0x" + "f" * 1_000_000,
        "a: " + "1" * 5000 + ".0",
        "a: '" + "\\" * 1_000_000,
        "".join(f"k{n}: v\n" for n in range(40_000)),
        "\x00" * 1_000_000,
    ],
    ids=lambda bomb: bomb[:12],
)
def test_bombs_are_defused(bomb: str) -> None:
    read(bomb)


@pytest.mark.parametrize("number", ["1e400", "-1.5e+999", ".inf", "-.INF", ".nan", "1" * 16])
def test_numbers_that_cannot_be_kept(number: str) -> None:
    assert {found.code for found in read(f"a: {number}").diagnostics} <= {"PRM113", "PRM114"}
    assert read(f"a: {number}").diagnostics


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("paths: [*.md]", "PRM106", "quotes"),
        ("a: `x`", "PRM103", "quotes"),
        ('a: "\\q"', "PRM103", "backslash"),
        ("a: [1,\n  2\nb: 3\n", "PRM103", "began on line 1"),
        ("a: 1\n b: 2\n", "PRM103", "indentation"),
        ("- a\nb: c\n", "PRM103", "same column"),
        ("a: 1\n...\nb: 2", "PRM103", "remove"),
    ],
)
def test_syntax_errors_say_what_to_do(text: str, code: str, hint: str) -> None:
    (found,) = read(text).diagnostics
    assert found.code == code
    assert hint in found.hint


@pytest.mark.parametrize("word", ["yes", "No", "ON", "off", "y", "N", "Yes"])
def test_words_that_may_be_booleans(word: str) -> None:
    assert [found.code for found in read(f"a: {word}").diagnostics] == ["PRM109"]


TOKENS = st.sampled_from(
    [
        *"[]{}:,-?&*!|>'\"%@`#\n\t ~\\",
        "- ",
        ": ",
        "\n  ",
        "---\n",
        "...\n",
        "<<: ",
        "a",
        "é",
        "\x07",
        "yes",
        "012",
        "1e3",
    ]
)


@given(st.binary(max_size=200))
def test_no_bytes_raise(data: bytes) -> None:
    document = read_yaml("f.yaml", data)
    assert document.complete or document.diagnostics


@given(st.lists(TOKENS, max_size=60).map("".join))
def test_no_text_raises(text: str) -> None:
    document = read_yaml("f.yaml", text.encode())
    assert document.complete or document.diagnostics
    lines = text.replace("\r\n", "\n").count("\n") + 1
    assert all(1 <= found.line <= lines + 1 and found.column >= 1 for found in document.diagnostics)


@given(
    st.recursive(
        st.booleans() | st.integers(-1000, 1000) | st.text(st.characters(codec="ascii", categories=["L", "N", "P"])),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text("abcdef", min_size=1, max_size=5), inner, max_size=4)
        ),
        max_leaves=20,
    )
)
def test_what_a_yaml_writer_wrote_is_read_back(value: object) -> None:
    text = yaml.dump(value, default_style='"') if isinstance(value, str) else _written(value)
    document = read_yaml("f.yaml", text.encode())
    assert document.value == value
    assert document.diagnostics == ()


def _written(value: object) -> str:
    import json

    return json.dumps(value)
