"""Where links stand in Markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prmbuild.check.destinations import comments, destinations


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("[a](b.md)", [("b.md", 10, 5)]),
        ("[a]( b.md 'Title')", [("b.md", 10, 6)]),
        ("[a](<b c.md>)", [("b c.md", 10, 6)]),
        ('[a](b c.md "Title")', [("b c.md", 10, 5)]),
        ("[a](b.md 'Title') [c](d.md )", [("b.md", 10, 5), ("d.md", 10, 23)]),
        ("[a](b(1).md)", [("b(1).md", 10, 5)]),
        (r"[a](b\(1\).md)", [("b(1).md", 10, 5)]),
        ("[a](b.md?x=1&amp;y=2#z)", [("b.md?x=1&y=2#z", 10, 5)]),
        ("ä\n\n  ![a [b]](c.png){ width=3 }", [("c.png", 12, 12)]),
        ("[![a](b.png)](c.md)", [("b.png", 10, 7), ("c.md", 10, 15)]),
        ("[a]: b.md\n[c]:\n  <d.md>", [("b.md", 10, 6), ("d.md", 12, 4)]),
        ("<a href='b.md'>x</a> <img src=c.png>", [("b.md", 10, 10), ("c.png", 10, 31)]),
        ('<img srcset="a.png 1x, b.png 2x">', [("a.png", 10, 14), ("b.png", 10, 14)]),
        ("<https://vendor.example/a>", [("https://vendor.example/a", 10, 2)]),
        ("`[a](b.md)` and ``[`c`](d.md)`` [e](f.md)", [("f.md", 10, 37)]),
        ("```md\n[a](b.md)\n```\n[c](d.md)", [("d.md", 13, 5)]),
        ("~~~\n[a](b.md)\n```\n~~~\n[c](d.md)", [("d.md", 14, 5)]),
        ("> ```\n> [a](b.md)\n> ```\n> [c](d.md)", [("d.md", 13, 7)]),
        ("<!-- [a](b.md) --> [c](d.md)", [("d.md", 10, 24)]),
        ("a ` b [c](d.md)", [("d.md", 10, 11)]),
        ("[a](b.md) [a](b.md)", [("b.md", 10, 5), ("b.md", 10, 15)]),
        ("[a]() [b", []),
    ],
)
def test_destinations(body: str, expected: list[tuple[str, int, int]]) -> None:
    assert [(found.url, found.line, found.column) for found in destinations(body, 10)] == expected


def test_embeddings_are_told_from_links() -> None:
    found = destinations("![a](b.png) [c](b.png) <img src='b.png'> <a href='b.png'>d</a>", 1)
    assert [place.embedded for place in found] == [True, False, True, False]


def test_comments_outside_code() -> None:
    assert list(comments("a\n <!-- b -->\n`<!-- c -->`\n<!-- d", 3)) == [(4, 2, True), (6, 1, False)]


@given(st.text(alphabet="[]()<>!`~\\ \n\tab:.-\"'=/#&;src", max_size=200))
def test_never_fails_and_stays_inside(body: str) -> None:
    lines = body.split("\n")
    for found in destinations(body, 1):
        assert 1 <= found.line <= len(lines)
        assert 1 <= found.column <= len(lines[found.line - 1]) + 1
