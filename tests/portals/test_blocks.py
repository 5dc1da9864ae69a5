"""Audience blocks: what is kept, what is dropped, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prmbuild.diagnostics import Diagnostic
from prmbuild.portals import blocks
from prmbuild.portals.blocks import BlockedText, parse_blocks
from prmbuild.visibility.audience import Audience, Everyone, Named


def parse(body: str) -> tuple[BlockedText, tuple[Diagnostic, ...]]:
    return parse_blocks(
        body, path="content/a.md", first_line=5, read_audience=lambda text, line, column: (Named(text, Everyone()), ())
    )


def admitting(*names: str) -> object:
    def admits(audience: Audience) -> bool:
        assert isinstance(audience, Named)
        return audience.name in names

    return admits


def resolve(body: str, *names: str) -> str:
    text, found = parse(body)
    assert not found
    return text.resolve(admitting(*names))


BODY = "before\n/// show-to | gold\nsecret\n///\nafter\n"


def test_a_block_shows_to_its_audience_and_leaves_no_trace_to_others() -> None:
    assert resolve(BODY, "gold") == "before\nsecret\nafter\n"
    assert resolve(BODY) == "before\nafter\n"


def test_blocks_nest() -> None:
    body = "/// show-to | a\none\n//// show-to | b\ntwo\n////\n///\nthree\n"
    assert resolve(body, "a", "b") == "one\ntwo\nthree\n"
    assert resolve(body, "a") == "one\nthree\n"
    assert resolve(body, "b") == "three\n"


def test_blocks_of_the_same_number_of_slashes_nest_too() -> None:
    assert resolve("/// show-to | a\n/// show-to | b\ntwo\n///\none\n///\n", "a") == "one\n"


def test_comments_of_code_are_left_alone() -> None:
    body = "```rust\n/// Adds one.\nfn add() {}\n```\n"
    assert resolve(body) == body


def test_a_block_in_a_code_fence_is_a_block() -> None:
    assert "secret" not in resolve("```\n/// show-to | gold\nsecret\n///\n```\n")


def test_an_indented_block_is_a_block() -> None:
    assert resolve("- item\n\n    /// show-to | gold\n    secret\n    ///\n") == "- item\n\n"


def test_a_block_left_open_is_an_error_at_its_place() -> None:
    _, found = parse("text\n  /// show-to | gold\nsecret\n")
    assert [(each.code, each.line, each.column) for each in found] == [("PRM602", 6, 3)]


def test_a_block_closed_around_an_open_one_is_an_error() -> None:
    _, found = parse("/// show-to | a\n//// show-to | b\n///\n")
    assert [each.code for each in found] == ["PRM602"]


def test_what_looks_like_a_block_and_is_none_is_an_error() -> None:
    for line in (
        "// show-to | gold",
        "/// show_to | gold",
        "text /// show-to | gold",
        "/// show-to gold",
        "///show to | gold",
        "> /// show-to | gold",
        "/// shwo-to | gold",
        "/// only | gold",
    ):
        _, found = parse(f"{line}\nsecret\n///\n")
        assert "PRM604" in [each.code for each in found], line


def test_a_block_without_an_audience_is_an_error() -> None:
    assert [each.code for each in parse("/// show-to\nsecret\n///\n")[1]] == ["PRM601"]
    assert [each.code for each in parse("/// show-to |  \nsecret\n///\n")[1]] == ["PRM601"]


HOSTILE = (
    "/\u200b/\u200b/ show-to | gold",
    "/// show\u200b-to gold",
    "/// show\u00adto gold",
    "/// show for gold",
    "/// gold",
    "// gold",
    "\uff0f\uff0f\uff0f show-to | gold",
    "\u2215\u2215\u2215 show-to | gold",
    "::: show-to | gold",
    "\uff1a\uff1a\uff1a show-to | gold",
)


@pytest.mark.parametrize("line", HOSTILE, ids=ascii)
def test_a_mistyped_opening_is_an_error(line: str) -> None:
    assert "PRM604" in [each.code for each in parse(f"{line}\nsecret\n")[1]]


@pytest.mark.parametrize(
    "line", ["// show the list", "list.show() // only once", "    // Audience: see below", "// shows x"]
)
def test_a_comment_in_code_is_none(line: str) -> None:
    assert not parse(f"```js\n{line}\n```\n")[1]


@pytest.mark.parametrize("line", ["// show-to gold", "// showto gold", "// show | gold", "/// show gold"])
def test_in_code_too_a_mistyped_opening_is_an_error(line: str) -> None:
    assert "PRM604" in [each.code for each in parse(f"```js\n{line}\nsecret\n```\n")[1]]


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x0b", "\x0c", "\x85", "\x1c"], ids=ascii)
def test_only_a_line_feed_ends_a_line(end: str) -> None:
    text, found = parse(f"/// show-to | gold\nfirst{end}///\nsecret\n///\nafter\n")
    assert "secret" not in text.resolve(admitting()) or found
    assert not parse(f"first{end}second\n")[1]


def test_a_block_closed_too_early_is_an_error() -> None:
    assert [each.code for each in parse("/// show-to | gold\n```\n///\n```\nsecret\n///\n")[1]] == ["PRM603"]


def test_too_many_blocks_inside_each_other_are_an_error() -> None:
    text, found = parse("/// show-to | gold\n" * 1000 + "secret\n" + "///\n" * 1000)
    assert [each.code for each in found] == ["PRM605"]
    assert not text.resolve(admitting("gold"))


def test_a_line_of_many_slashes_is_read_at_once() -> None:
    parse("/" * 200_000 + " x\n")
    parse("/ " * 200_000 + "\n")


def test_slashes_alone_are_pointed_out() -> None:
    assert [each.code for each in parse("text\n///\n")[1]] == ["PRM603"]


SCRAPS = (
    *("/", "//", "///", "////", ":", ":::", " ", "\n", "\t", "show-to", "show", "only", "audience", "|", "gold-up"),
    *(
        "```\n",
        "https://x.example",
        "x",
        "\uff0f",
        "\u2044",
        "\u200b",
        "\u00ad",
        "½",
        "℀",
        "é",
        "\u017fhow",
        "> ",
        "\x0b",
    ),
)


@given(body=st.lists(st.sampled_from(SCRAPS), max_size=14).map("".join))
def test_a_body_that_looks_plain_is_plain(body: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        quickly = parse(body)
        patch.setattr(blocks, "_holds_blocks", lambda body: True)
        thoroughly = parse(body)
    assert thoroughly == quickly or not body
