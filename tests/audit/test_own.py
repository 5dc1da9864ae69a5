"""A text of an article counts as its page's own where the source bears it out, and nowhere else."""

import pytest

from prmbuild.audit.letters import letters
from prmbuild.audit.own import OwnTexts
from prmbuild.audit.prose import quoted
from prmbuild.audit.scanner import side_by_side
from prmbuild.catalog.address import address_of
from prmbuild.render.article import PageInput
from prmbuild.render.look import Look
from prmbuild.render.material import Toolchain
from prmbuild.render.page import Site

PAGE = "content/a.md"


@pytest.fixture(scope="module")
def toolchain() -> Toolchain:
    return Toolchain(
        Site(name="Site", url="https://p.example/", look=Look(), addresses={PAGE: address_of(PAGE)}, preview=False)
    )


@pytest.mark.parametrize(
    "line",
    [
        "Price list ![new](a.svg)",
        "![a long description (really)](a.svg 'of it') Price list",
        "Price list ++return++ and ++ctrl+alt+del++",
        'Price <span title="abc def">list</span>',
        "Price list {++in++}{--out--}",
        "Price list :material-check: and **more** of `it`",
        "Price list of `&copy;` &amp;lt; &lt;i>",
        "Price list[^1] for <https://vendor.example/>",
        "See the [price list](b.md 'tip') &amp; the rest { .big title='x' }",
    ],
)
def test_what_shows_otherwise_than_it_is_written(toolchain: Toolchain, line: str) -> None:
    source = f"## {line}\n\n{line}\nand on\n\n- [x] {line}\n1. {line}\n\n!!! note\n    {line}\n\n[^1]: A note.\n"
    body = toolchain.article(PageInput.of(path=PAGE, text=source, title="T", description="", language="en")).body
    section = body.sections[1]
    texts = [
        text for html in (body.safe, body.toc[0].title, section.title, section.text) for text in side_by_side(html)
    ]
    own = OwnTexts(quoted(source), texts)
    assert len(texts) > 10
    assert [text for text in texts if letters(text) and not own.has(letters(text))] == []


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("## Help for the people team", "People team"),  # a part of a line
        ("## Help for the people team", "Help for the people team and its secrets"),
        ("## Help for the people team", "Secrets"),
        ("Help\n\nfor the team", "the team"),
        ("Help ![for](a.svg) the team", "Help team"),
        ("Price of ![the](a.svg) list", "list Price of"),  # in another order
        ("- Price list", "Price list 2027 of ours"),
        ("Price list[^1]", "Price list 12345"),  # no number of a footnote
    ],
)
def test_an_article_is_not_believed(source: str, shown: str) -> None:
    assert not OwnTexts(source, [shown]).has(letters(shown))


def test_what_the_article_does_not_show_as_a_whole_is_no_text() -> None:
    own = OwnTexts("Price list\nof the north", ["Price list of the north", "Price list"])
    assert own.has("pricelist") and own.has("pricelistofthenorthpricelist")
    assert not own.has("ofthenorth") and not own.has("pricelistof")
