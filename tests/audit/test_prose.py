"""What readers get of Markdown, and what they do not."""

import pytest

from prmbuild.audit.letters import letters
from prmbuild.audit.prose import comments, destinations, prose, quoted


@pytest.mark.parametrize(
    ("markdown", "read"),
    [
        ("See [the **list**](../gold/list.md) now", "see the list now"),
        ('See [it](<../gold/my list.md> "Tip") now', "see it tip now"),
        ("See [it](my list (old).md) now", "see it now"),
        ("[it]: ../gold/list.md 'Tip'", "tip"),
        ('![Alt](a.png){ width="300" .wide } after', "alt after"),
        ('A <b title="said">b</b>ig <img src="x/y.png" alt="drawn">', "a said big drawn"),
        ("`[code](kept.md)` stays", "code kept md stays"),
        ("- [x] 3 things", "3 things"),
        ("12. twelfth", "twelfth"),
        ('!!! note inline "Titled"', "titled"),
        ("A note[^2] :material-rocket: here", "a note here"),
        ("Salt &amp; *pepper* {: #id }", "salt pepper"),
        ("| A | 24,112 |", "a 24 112"),
        ("Before <!-- between --> after", "before after"),
    ],
)
def test_a_line(markdown: str, read: str) -> None:
    assert letters("".join(line for _, line in prose(markdown))) == letters(read)


def test_lines_keep_their_numbers() -> None:
    text = "one\n\n```python title='x'\n[a](b.md)\n```\n<!-- two\nthree -->\nfour"
    assert [(number, line) for number, line in prose(text, 10)] == [(10, "one"), (13, "[a](b.md)"), (17, "four")]
    assert list(comments(text, 10)) == [(15, " two"), (16, "three ")]


@pytest.mark.parametrize(
    "code", ["`<!-- c -->`", "```\n<!-- c -->\n```", "    <!-- c -->", "> ~~~\n> <!-- c -->\n> ~~~"]
)
def test_a_comment_in_code_is_no_comment(code: str) -> None:
    assert not list(comments(code))
    assert "c" in quoted(code)


def test_quoted_keeps_all_but_where_links_lead_inside() -> None:
    text = (
        "[a](in/side.md) [b](https://out.example/x) ![c](in/c.png) <a href='in/d.md' class=\"k\">d</a>\n"
        "[e]: in/e.md\n[f]: mailto:f@out.example\n\n```\n[g](in/g.md)\n```\n<!-- h -->\n"
    )
    kept = quoted(text)
    assert "in/g.md" in kept
    assert kept.count("in/") == 1
    assert all(text in kept for text in ("https://out.example/x", "mailto:f@out.example", 'class="k"'))
    assert "h" not in kept.split()


def test_destinations_are_those_outside() -> None:
    text = "[a](in.md) [b](https://out.example/b_(c))\n[d]: //out.example/d\n"
    assert list(destinations(text, 5)) == [(5, "https://out.example/b_(c)"), (6, "//out.example/d")]
