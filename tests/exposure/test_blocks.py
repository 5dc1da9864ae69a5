"""Audience blocks: text that was hidden from somebody and is not any more is always found."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from prmbuild.exposure.blocks import Line, lines_of, only_blocks, regions
from prmbuild.portals.blocks import BlockedText, parse_blocks
from prmbuild.visibility.audience import Audience, OneOf

READERS = 0b111
AUDIENCES = {"a": 0b001, "b": 0b010, "ab": 0b011}


def admitted(audience: Audience) -> int:
    assert isinstance(audience, OneOf)
    return AUDIENCES[audience.values[0]]


def taken_apart(body: str) -> BlockedText:
    blocks, findings = parse_blocks(
        body,
        path="content/a.md",
        first_line=5,
        read_audience=lambda text, line, column: (OneOf("role", (text,)), ()),
    )
    assert not findings
    return blocks


def lines(body: str) -> tuple[Line, ...]:
    return lines_of(taken_apart(body), 5, admitted, READERS)


def seen(body: str, viewer: int) -> list[str]:
    text = taken_apart(body).resolve(lambda audience: bool(admitted(audience) & viewer))
    return [line for line in text.split("\n") if line.strip()]


words = st.sampled_from([f"line {number}" for number in range(6)])
paragraphs = st.lists(words, min_size=1, max_size=3).map(lambda lines: "\n".join(lines) + "\n")
blocks = st.builds("/// show-to | {}\n{}///\n".format, st.sampled_from(sorted(AUDIENCES)), paragraphs)
nested = st.builds(
    "//// show-to | {}\n{}////\n".format, st.sampled_from(sorted(AUDIENCES)), st.one_of(paragraphs, blocks)
)
bodies = st.lists(st.one_of(paragraphs, blocks, nested, st.just("\n")), max_size=5).map("".join)


@given(bodies)
def test_lines_are_those_of_the_file(body: str) -> None:
    written = body.removesuffix("\n").split("\n")
    for line in lines(body):
        if not line.own:
            assert line.text == written[line.number - 5]


@settings(max_examples=300, deadline=None)
@given(bodies, bodies)
@example("/// show-to | a\nline 1\n///\n", "line 1\n")
@example("line 0\n/// show-to | a\nline 1\n///\n", "line 1\nline 0\n")
@example("line 0\n/// show-to | a\nline 1\n///\n", "line 1\n/// show-to | a\nline 1\n///\n")
def test_hidden_text_that_shows_is_found(before: str, after: str) -> None:
    was, now = lines(before), lines(after)
    found = regions(was, now)
    for viewer in (0b001, 0b010, 0b100):
        shown = any(region.viewers & viewer for region in found if not region.gone)
        old, new = set(seen(before, viewer)), set(seen(after, viewer))
        hidden = {line.text for line in was if not line.blank} - old
        if hidden & new:
            assert shown
    assert all(region.viewers & READERS == region.viewers != 0 for region in found)


@given(bodies)
def test_nothing_changes_from_a_text_to_itself(body: str) -> None:
    assert regions(lines(body), lines(body)) == ()
    assert only_blocks(lines(body), lines(body), (), 0b001)


def test_a_wider_audience_is_no_other_text() -> None:
    before, after = "x\n/// show-to | a\nsecret\n///\n", "x\n/// show-to | ab\nsecret\n///\n"
    found = regions(lines(before), lines(after))
    assert [(region.viewers, region.line, region.gone) for region in found] == [(0b010, 7, False)]
    assert only_blocks(lines(before), lines(after), found, 0b010)
    assert not only_blocks(lines(before), lines(after.replace("x", "y")), found, 0b010)


def test_new_text_is_no_widening() -> None:
    assert regions(lines("x\n"), lines("x\n/// show-to | ab\nnew\n///\nalso new\n")) == ()
