"""The theme's scripts, in a real browser, under a policy that allows no inline script and no other origin."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import MakeRepo, files_of, page
from tests.site.browsing import Visit, serving, visiting
from tests.site.conftest import CONTENT

pytestmark = pytest.mark.browser

DIAGRAM = "```mermaid\nflowchart LR\n  A --> B\n```\n"


@pytest.fixture
def visit(make_repo: MakeRepo, chromium: Browser) -> Iterator[Visit]:
    """Opens pages of a gold partner's portal."""
    look = "theme:\n  language: en\n"
    built = make_repo(
        {
            **CONTENT,
            "content/diagram.md": page("Diagram", DIAGRAM),
            "content/world/deutsch.md": page("Deutsch", language="de"),
            "content/world/arabic.md": page("صيانة", language="ar"),
            "site_overrides/mkdocs.yml": look,
        }
    ).render()
    with serving(files_of(built, "nordwind")) as served, visiting(chromium, served) as go:
        yield go


def test_navigation_is_drawn_and_leads_from_page_to_page(visit: Visit) -> None:
    tab = visit("guides/apple/")
    assert tab.locator(".md-nav--primary [aria-current=page]").inner_text() == "Apple"
    assert tab.locator(".md-tabs [aria-current]").inner_text() == "Guides"
    assert tab.locator(".md-path li").all_inner_texts() == ["Home", "Guides"]
    assert tab.locator(".portal-pager__title").all_inner_texts() == ["Zebra", "Leaf"]
    tab.click(".portal-pager__link--next")
    expect(tab.locator(".md-nav--primary [aria-current=page]")).to_have_text("Leaf")
    assert tab.evaluate("location.pathname") == "/guides/deep/leaf/"
    assert tab.locator(".md-path li").all_inner_texts() == ["Home", "Guides", "Deep"]


def test_what_every_portal_has_is_named_in_the_language_of_the_page(visit: Visit) -> None:
    names = ["Start", "Neues", "Kurse", "Katalog"]
    tab = visit("world/deutsch/")
    assert tab.locator(".md-tabs li a").all_inner_texts()[:4] == names
    assert tab.locator(".md-path li").all_inner_texts() == ["Start", "World"]
    assert tab.locator("[data-portal=sidebar] > li > :not(nav) .md-ellipsis").all_text_contents()[:4] == names
    assert visit("guides/apple/").locator(".md-tabs li a").all_inner_texts()[:2] == ["Home", "What's new"]


@pytest.mark.parametrize(("name", "turned"), [("deutsch", "none"), ("arabic", "matrix(-1, 0, 0, 1, 0, 0)")])
def test_the_path_points_where_the_page_is_read_to(visit: Visit, name: str, turned: str) -> None:
    tab = visit(f"world/{name}/")
    arrow = "getComputedStyle(document.querySelector('.md-path li:last-child'), '::before').transform"
    assert tab.evaluate(arrow) == turned


def test_lessons_follow_each_other_up_to_the_quiz(visit: Visit) -> None:
    tab = visit("courses/basics/lessons/02-second/")
    assert tab.locator(".portal-pager__title").all_inner_texts() == ["First lesson", "Quiz"]


def test_diagrams_are_drawn_where_one_comes_from_another_page(visit: Visit) -> None:
    tab = visit("")
    tab.click(".md-tabs a:text-is('Diagram')")
    tab.wait_for_selector(".portal-diagram > div.mermaid")


def test_the_catalogue_keeps_its_filters_in_the_address(visit: Visit) -> None:
    tab = visit("catalogue/?topic=fruit")
    titles = tab.locator("[data-portal=results] > li:not([hidden]) h3")
    assert len(titles.all_inner_texts()) == 2
    tab.fill("[name=q]", "peel apple nothing")
    assert tab.locator("[data-portal=none]").is_visible()
    tab.fill("[name=q]", "apple")
    assert titles.all_inner_texts() == ["Apple"]
    assert tab.evaluate("location.search") == "?q=apple&topic=fruit"


def test_a_quiz_is_answered_and_marked(visit: Visit) -> None:
    tab = visit("courses/basics/quiz/")
    tab.click("[type=submit]")
    assert "2 still open" in tab.locator("[data-status]").inner_text()
    for text in ("This way", "A ball", "A wheel"):
        tab.click(f".portal-option:has-text('{text}')")
    tab.click("[type=submit]")
    tab.wait_for_selector(".portal-quiz__status--passed")


def test_nothing_moves_while_a_page_loads(visit: Visit) -> None:
    tab = visit("guides/apple/")
    shift = tab.evaluate(
        """() => new Promise(done => new PerformanceObserver(seen =>
            done(seen.getEntries().reduce((sum, one) => sum + one.value, 0))
        ).observe({type: 'layout-shift', buffered: true}) || setTimeout(() => done(0), 500))"""
    )
    assert shift < 0.05


def test_a_hostile_title_is_shown_as_text_in_the_navigation(visit: Visit) -> None:
    tab = visit("")
    assert tab.locator(".md-tabs a:has-text('<script>alert(1)</script>')").count() == 1


def test_the_keyboard_reaches_what_can_be_seen(visit: Visit) -> None:
    tab = visit("guides/apple/")
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.reload(wait_until="networkidle")

    def reached(presses: int) -> list[str]:
        found = []
        for _ in range(presses):
            tab.keyboard.press("Tab")
            found.append(
                tab.evaluate(
                    "document.activeElement.closest('.md-sidebar--primary') ? 'drawer' : document.activeElement.tagName"
                )
            )
        return found

    assert "drawer" not in reached(20)
    tab.locator(".md-header [for=__drawer]").press("Enter")
    expect(tab.locator(".md-sidebar--primary :focus")).to_be_in_viewport()
    assert set(reached(20)) <= {"drawer", "BODY"}
    tab.keyboard.press("Escape")
    expect(tab.locator(".md-header [for=__drawer]")).to_be_focused()
    assert "drawer" not in reached(3)


def test_a_long_title_leaves_room_for_the_other_tabs(make_repo: MakeRepo, chromium: Browser) -> None:
    title = "A title that somebody in legal wanted to be complete " * 4
    built = make_repo({**CONTENT, "content/long.md": page(title.strip())}).render()
    with serving(files_of(built, "nordwind")) as served, visiting(chromium, served) as go:
        tab = go("long/")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 1440
        for name in ("Home", "Catalogue"):
            expect(tab.locator(f".md-tabs a:text-is('{name}')")).to_be_in_viewport()
