"""What a portal may not hold is found as the renderer finds it, whether an article is plain or hard to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prmbuild.check.foreign import _refused, foreign
from prmbuild.render.article import Article, Reference
from prmbuild.render.links import internal_path, urls_in
from prmbuild.render.variant import followable

PORTAL = "https://portal.example/"

PARTS = (
    *(
        "<a ",
        "<img ",
        "<p>",
        "</a>",
        "<svg ",
        "<use ",
        "<link ",
        ">",
        "/>",
        "<",
        '"',
        "'",
        " ",
        "\n",
        "=",
        "&amp;",
        "a",
    ),
    *('href="', 'src="', 'style="', 'title="', 'data-src="', 'data="', 'srcset="', "href=", "xlink:href='", 'HREF="'),
    *("https://x.example/a", "http://portal.example/b", "javascript:x", "//x.example", "#fn:1", "a.md", "mailto:a@b"),
    *("data:image/png;base64,x", "url(", "url(https://x.example/c)", "&#58;", "\\", "\t", ":", "/", "é", "<!--", "-->"),
    *("<script>", "</script>", "<style>", "</style>", "x='y'", "<a href='#x'>", '<a href="https://x.example/a?b=c">'),
)


def article(html: str) -> Article:
    """An article with the references that rendering would have found in it."""
    urls = dict.fromkeys(url for url in urls_in(html) if internal_path(url, "page/", PORTAL) is not None)
    references = tuple(Reference(written=url, target=None, fragment="") for url in urls)
    return Article(
        key="", path="content/page.md", html=html, title="", description="", language="en", toc=(),
        references=references, anchors=frozenset(), sections=(), mermaid=False,
    )  # fmt: skip


@given(html=st.lists(st.sampled_from(PARTS), max_size=16).map("".join))
def test_finds_what_the_renderer_would_refuse(html: str) -> None:
    read = article(html)
    judge = followable(frozenset(reference.written for reference in read.references), PORTAL)
    assert foreign(read, PORTAL) == _refused(read, judge)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="https://x.example/">x</a>', {}),
        ('<a class="b" href="javascript:x">x</a>', {"javascript:x": False}),
        ('<img src="https://x.example/a.png">', {"https://x.example/a.png": True}),
        ('<use href="https://x.example/a.svg"></use>', {"https://x.example/a.svg": True}),
        ('<p style="background: url(//x.example)">', {"//x.example": True}),
        ('<p title=" href=" href="javascript:x">', {"javascript:x": True}),
    ],
)
def test_tells_whether_it_would_be_loaded(html: str, expected: dict[str, bool]) -> None:
    assert foreign(article(html), PORTAL) == expected
