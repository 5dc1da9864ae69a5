"""From page to page, in a real browser: what a page weighs, that it stays still, and what a large portal loads late."""

import gzip
import re
from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.conftest import MakeRepo, files_of, page
from tests.site.browsing import serving, visiting
from tests.site.conftest import CONTENT

pytestmark = pytest.mark.browser

FIRST_VISIT = 150_000
"""Bytes that a reader's first page may transfer."""

SHIFT = """() => new Promise((done) => {
  let sum = 0
  new PerformanceObserver((seen) => { for (const one of seen.getEntries()) sum += one.value })
    .observe({ type: "layout-shift", buffered: true })
  setTimeout(() => done(sum), 300)
})"""

DISTORTED = """() => [...document.querySelectorAll("article img, .portal-welcome img")].filter((one) => {
  const border = 2 * parseFloat(getComputedStyle(one).paddingLeft)
  const [width, height] = [one.clientWidth - border, one.clientHeight - border]
  const expected = Math.min(one.naturalWidth, one.parentElement.clientWidth - border)
  return Math.abs(width - expected) > 1 || Math.abs(height - (width * one.naturalHeight) / one.naturalWidth) > 1
}).map((one) => `${one.src} ${one.clientWidth} ${one.clientHeight}`)"""
"""Pictures that are not as large as they are, or as their column is, in their own shape."""

LATE = 400
"""Milliseconds that fonts and wide pictures take: longer than a browser waits for them before it paints."""

PICTURES = """\
![Wide](wide.svg)

Icon ![icon](icon.svg) in text.

- ![wide](wide.svg)

![tall](tall.svg){ align=left } The end.
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d"><rect width="100%%" height="100%%"/></svg>'
PICTURED: Mapping[str, str | bytes] = {
    **CONTENT,
    "content/index.md": page("Home", PICTURES),
    "content/pictures.md": page("Pictures", PICTURES),
    "content/wide.svg": SVG % (2000, 300),
    "content/tall.svg": SVG % (60, 120),
    "content/icon.svg": SVG % (24, 24),
}

PLACES = ("", "pictures/", "catalogue/", "catalogue/?type=guide", "whats-new/", "courses/basics/quiz/")


@pytest.fixture
def large(make_repo: MakeRepo) -> Iterator[str]:
    """The address of a portal whose navigation and catalogue have parts."""
    pages = {
        f"content/shelf/{folder}/p{number:03}.md": page(f"{folder} {number}".title(), "Text.", type=kind)
        for folder, kind in (("left", "guide"), ("right", "policy"))
        for number in range(70)
    }
    with serving(files_of(make_repo({**CONTENT, **pages}).render(), "nordwind")) as served:
        yield served


def test_a_first_visit_is_light(portal: Mapping[str, bytes], chromium: Browser) -> None:
    with serving(portal) as served, visiting(chromium, served) as go:
        tab = chromium.contexts[-1].pages[0]
        asked: list[str] = []
        tab.on("request", lambda request: asked.append(request.url.removeprefix(served)))
        go("guides/apple/")
    loaded = [portal[path or "index.html"] if not path.endswith("/") else portal[f"{path}index.html"] for path in asked]
    assert len(loaded) > 10
    assert sum(len(gzip.compress(data)) for data in loaded) < FIRST_VISIT
    assert not [path for path in asked if path.endswith(("quiz.js", "catalogue.js", "panel.js", "mermaid.min.js"))]


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_nothing_moves_while_a_page_loads(make_repo: MakeRepo, chromium: Browser, width: int, scheme: str) -> None:
    portal = files_of(make_repo(PICTURED).render(), "nordwind")
    with serving(portal) as served, visiting(chromium, served, width=width, color_scheme=scheme) as go:
        tab = chromium.contexts[-1].pages[0]

        def hold(late: Route) -> None:
            tab.wait_for_timeout(LATE)
            late.continue_()

        tab.route(re.compile(r"\.woff2$|wide\.svg$"), hold)
        for place in PLACES:
            assert go(place).evaluate(SHIFT) < 0.0005, place
            assert tab.evaluate(DISTORTED) == [], place


def test_a_page_is_fetched_before_its_link_is_followed(portal: Mapping[str, bytes], chromium: Browser) -> None:
    with serving(portal) as served, visiting(chromium, served) as go:
        tab = go("guides/apple/")
        with tab.expect_request(lambda request: request.url == f"{served}guides/deep/leaf/"):
            tab.hover(".portal-pager__link--next")
        assert tab.locator("link[rel=prefetch]").count() == 1


def test_a_folder_that_cannot_be_loaded_is_tried_again(large: str, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    tab.goto(f"{large}shelf/left/p003/")
    folder = tab.locator(".md-nav--primary label[role=button]", has_text="Right")
    expect(folder).to_have_attribute("aria-expanded", "false")
    context.route("**/navigation/shelf/right/*", lambda route: route.fulfill(status=503))
    folder.focus()
    tab.keyboard.press("Enter")
    again = tab.locator(".md-nav--primary [role=alert] button")
    expect(again).to_be_visible()
    expect(folder).to_have_attribute("aria-expanded", "true")
    context.unroute("**/navigation/shelf/right/*")
    again.click()
    expect(tab.locator(".md-nav--primary a:has-text('Right 7')")).to_be_visible()
    assert tab.evaluate("document.activeElement.textContent") == "Right 0"
    context.close()


def test_the_sidebar_stays_as_the_reader_left_it(large: str, chromium: Browser) -> None:
    with visiting(chromium, large, height=600) as go:
        tab = go("shelf/left/p003/")
        tab.click(".md-nav--primary label[role=button]:has-text('Right')")
        tab.click(".md-nav--primary a:has-text('Left 12')")
        tab.wait_for_url("**/p012/")
        expect(tab.locator(".md-nav--primary a:has-text('Right 7')")).to_have_count(1)
        expect(tab.locator(".md-nav--primary label[role=button]:has-text('Right')")).to_have_attribute(
            "aria-expanded", "true"
        )


def test_a_large_catalogue_is_chosen_from_by_section_and_filtered_as_a_whole(large: str, chromium: Browser) -> None:
    with visiting(chromium, large) as go:
        tab = go("catalogue/")
        rows = tab.locator("[data-portal=results] > li")
        before = rows.count()
        assert before < 70
        expect(tab.locator(".portal-sections h3").first).to_contain_text("Shelf")
        tab.check("[name=type][value=policy]")
        expect(rows).to_have_count(70)
        expect(tab.locator("[data-portal=sections]")).to_be_hidden()
        tab.uncheck("[name=type][value=policy]")
        expect(rows).to_have_count(before)
        tab.click(".portal-sections a >> nth=0")
        expect(tab.locator(".portal-back")).to_contain_text("Shelf")
        expect(tab.locator(".md-tabs [aria-current=true]")).to_have_text("Catalogue")
        tab.fill("[name=q]", "left 12")
        expect(rows).to_have_count(1)


def test_sections_that_cannot_be_loaded_are_said_and_listed(large: str, chromium: Browser) -> None:
    context = chromium.new_context()
    context.route("**/catalogue/shelf/right/", lambda route: route.fulfill(status=503))
    tab = context.new_page()
    tab.goto(f"{large}catalogue/?q=right")
    expect(tab.locator("[data-portal=failed]")).to_be_visible()
    expect(tab.locator("[data-portal=sections]")).to_be_visible()
    context.close()
