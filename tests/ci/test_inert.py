"""Strangers' text does nothing, and still reads as they wrote it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prmbuild.ci.inert import GAP, escaped, inert

HARMFUL = re.compile(
    r"@[\w-]|#\w|&[#\w]|\][(\[:]|<!|<\?|<(?!/?(?:details|summary|br|b|sub|ins|del|table|tr|td|th)[ />])[a-z/]"
    r"|\bhttps?:|\bwww\.|^[ >\t]*/\w|\n```mermaid",
    re.IGNORECASE | re.MULTILINE,
)

PIECES = st.sampled_from(
    re.findall(r"\S+", "@ # a 1 < > / ! [ ] ( ) : & ; ` ``` mermaid img details http https www . - GH x='")
    + list(f"\n\r \x00\u202e{GAP}é")
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_nothing_harmful_is_left(text: str) -> None:
    assert not HARMFUL.search(inert(text))


@given(st.lists(PIECES, max_size=30).map("".join))
def test_escaped_text_does_nothing_and_stays_on_its_line(text: str) -> None:
    shown = escaped(text)
    assert "\n" not in shown
    assert not re.search(r"(?<!\\)[|`*_\[\]]", shown)
    assert not HARMFUL.search(shown.replace("&lt;", ""))


@pytest.mark.parametrize(
    "text",
    [
        "## Gains\n\n| page | who |\n|---|---|\n| a | b |\n\n> quoted\n",
        "<details><summary>3 pages</summary>\n\n```diff\n- a\n+ b\n```\n\n</details>\n",
        "**bold**, `code`, 4 > 3, a & b, 100 %, e-mail, and/or\n",
    ],
)
def test_what_reports_are_made_of_stays(text: str) -> None:
    assert inert(text) == text


@pytest.mark.parametrize(
    "text", ["@team <script> #12 [a](https://x.example) &commat;you", "GH-7 !12 ~bug %v1", "a\n/approve\n> /merge"]
)
def test_it_reads_as_before(text: str) -> None:
    assert inert(text) != text
    assert inert(text).replace(GAP, "") == text


def test_direction_and_control_characters_go() -> None:
    assert inert("a\u202eb\x1b[31mc\u2066d") == "ab[31mcd"


def test_a_fence_keeps_no_language_that_draws() -> None:
    assert inert("```mermaid\ngraph\n```\n> ~~~geojson\n") == "```\ngraph\n```\n> ~~~\n"
