"""A page in the frame that it has in common with others is the page as the theme renders it alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prmbuild.catalog.address import address_of
from prmbuild.render.article import Article, Heading, Ties
from prmbuild.render.frames import Marks, NotPrinted, Slot
from prmbuild.render.late import Late
from prmbuild.render.look import Look
from prmbuild.render.material import Toolchain
from prmbuild.render.page import PageFacts, Site

PATHS = ("content/index.md", "content/prices.md", "content/a/b/c.md", "content/a/README.md")
UNUSED = {"unused.html": "an authored template, so that every page is rendered alone"}


def toolchain(**templates: str) -> Toolchain:
    look = Look(templates=templates, extra_css=("a.css",), extra_javascript=("b.mjs", "c.js"))
    addresses = {path: address_of(path) for path in PATHS}
    return Toolchain(Site(name="R & D", url="https://vendor.example/p/", look=look, addresses=addresses, preview=False))


NO_TIES = Ties(references=(), anchors=frozenset(), undone={})
FRAMED, ALONE = toolchain(), toolchain(**UNUSED)

texts = st.text(alphabet="a <&>'\"{}%é\0", max_size=8)
headings: st.SearchStrategy[Heading] = st.deferred(
    lambda: st.builds(
        Heading, id=texts, title=texts, level=st.integers(1, 3), children=st.lists(headings, max_size=2).map(tuple)
    )
)
articles = st.builds(
    Article,
    key=st.just(""),
    path=st.sampled_from(PATHS),
    title=texts,
    description=texts,
    language=st.sampled_from(("en", "de", "ja", "xx", "pt-BR")),
    headings=st.just(""),
    files=st.just(()),
    dangling=st.just(()),
    mermaid=st.booleans(),
    words=st.just(0),
    read_ties=st.just(Late(lambda: NO_TIES)),
)
facts = st.builds(
    PageFacts,
    updated=st.just("2026-11-26"),
    type=st.sampled_from((None, "guide")),
    topics=st.sampled_from(((), ("a", "b"))),
    download=st.sampled_from((None, ("../x.pdf", "x & y.pdf", 2048))),
    course=st.sampled_from((None, ("Course", "courses/a/"))),
    lesson=st.sampled_from((None, (1, 2))),
)


@settings(max_examples=30, deadline=None)
@given(articles, st.lists(headings, max_size=2).map(tuple), texts.map("<h1>{}</h1>".format) | texts, facts)
def test_a_frame_changes_nothing(article: Article, toc: tuple[Heading, ...], html: str, facts: PageFacts) -> None:
    assert FRAMED.page(article, toc, html, facts) == ALONE.page(article, toc, html, facts)


def test_the_theme_only_prints_what_pages_say() -> None:
    made = toolchain()
    plain = Article(
        key="", path=PATHS[1], title="x", description="", language="en", headings="", files=(), dangling=(),
        mermaid=False, words=0, read_ties=Late(lambda: NO_TIES),
    )  # fmt: skip
    made.page(plain, (), "", PageFacts(updated="2026-11-26"))
    assert made._frames and None not in made._frames.values()


def test_what_stands_for_a_page_tells_nothing() -> None:
    slot = Slot("title")
    for ask in (bool, str, len, list, hash, lambda it: it == "x", lambda it: "x" in it, lambda it: it.upper()):
        with pytest.raises(NotPrinted):
            ask(slot)
    marks = Marks()
    frame = marks.frame(f"1{marks.printed(slot)}2{marks.printed(slot.through(str.upper))}3")
    assert frame.around({"title": "ab"}) == "1ab2AB3"
