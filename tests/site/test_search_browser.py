"""The search as people use it, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import CONFIGURATION, Repo, files_of, page
from tests.site.browsing import Visit, serving, visiting
from tests.site.conftest import CONTENT

pytestmark = pytest.mark.browser

MORE = {
    **{f"content/many/{number:02}.md": page(f"Peel number {number}", "A page.") for number in range(14)},
    "content/birne.md": page("Birne", "## Schälen\n\nWer die Birne schält, nimmt ein Messer: ein peel.", language="de"),
    "content/japan.md": page("価格表", "ロボットの価格です。", language="ja"),
}
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def portals(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """A gold partner's portal, and what it is after an edit."""
    repo = Repo(tmp_path_factory.mktemp("search") / "programme")
    repo.path.mkdir()
    repo.git("init", "-q", "-b", "main")
    repo.commit({**CONFIGURATION, **CONTENT, **MORE}, "first")
    before = dict(files_of(repo.render(), "nordwind"))
    repo.commit({"content/quince.md": page("Quince", "A page.")}, "second")
    return before, dict(files_of(repo.render(), "nordwind"))


@pytest.fixture(scope="module")
def served(portals: tuple[dict[str, bytes], dict[str, bytes]]) -> Iterator[str]:
    """The address of a gold partner's portal."""
    with serving(portals[0]) as address:
        yield address


@pytest.fixture
def visit(chromium: Browser, served: str) -> Iterator[Visit]:
    with visiting(chromium, served, locale="en-GB") as go:
        yield go


@pytest.fixture
def visit_narrow(chromium: Browser, served: str) -> Iterator[Visit]:
    with visiting(chromium, served, width=390, height=844, locale="en-GB") as go:
        yield go


def ask(tab: Page, query: str) -> None:
    """Type a query as a person does, and wait for its results."""
    tab.keyboard.press("/")
    tab.keyboard.type(query, delay=20)
    expect(tab.locator(".md-search-result__item").first).to_be_visible()


def titles(tab: Page) -> list[str]:
    return tab.locator(".portal-found__title").all_inner_texts()


def test_typing_shows_pages_with_their_sections(visit: Visit) -> None:
    tab = visit("")
    tab.click(".md-search__input")
    tab.locator(".md-search__input").press_sequentially("peel apple", delay=20)
    group = tab.locator(".md-search-result__item")
    expect(group).to_have_count(1)
    expect(group.locator(".portal-found__title")).to_have_text("Apple")
    expect(group.locator(".portal-found__tag")).to_have_text("Guide")
    expect(group.locator(".portal-found__section .portal-found__heading")).to_have_text(["Peel"])
    assert group.locator("mark").all_inner_texts() == ["Apple", "Peel", "Peel"]
    expect(tab.get_by_role("status")).to_have_text("1 page")


def test_what_was_searched_for_is_marked_on_the_page(visit: Visit) -> None:
    tab = visit("")
    ask(tab, "peel apple")
    tab.click(".portal-found__section")
    tab.wait_for_selector("mark[data-md-highlight]")
    assert tab.evaluate("location.pathname + location.search + location.hash") == "/guides/apple/#peel"
    assert {text.lower() for text in tab.locator("article mark").all_inner_texts()} == {"apple", "peel"}
    expect(tab.locator(".portal-found")).to_be_hidden()
    tab.reload()
    tab.wait_for_load_state("networkidle")
    assert not tab.locator("mark").count()


def test_the_keyboard_is_enough(visit: Visit) -> None:
    tab = visit("guides/zebra/")
    field = tab.get_by_role("combobox")
    for key in ("f", "s", "/"):
        tab.keyboard.press(key)
        expect(field).to_be_focused()
        expect(field).to_have_value("")
        expect(field).to_have_attribute("aria-expanded", "true")
        tab.keyboard.press("Escape")
        expect(field).not_to_be_focused()
        expect(field).to_have_attribute("aria-expanded", "false")
    ask(tab, "peel appl")
    expect(tab.locator(".md-search__suggest")).to_have_text("peel apple")
    tab.keyboard.press("ArrowRight")
    expect(field).to_have_value("peel apple")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowDown")
    chosen = tab.locator("[role=option][aria-selected=true]")
    expect(chosen).to_have_count(1)
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("ArrowUp")
    expect(chosen).to_have_count(0)
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/guides/apple/")


def test_enter_waits_for_what_was_typed_last(visit: Visit) -> None:
    tab = visit("")
    tab.keyboard.press("/")
    tab.keyboard.type("mango")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/guides/mango/")


def test_focus_comes_back_where_it_was(visit: Visit) -> None:
    tab = visit("guides/apple/")
    tab.locator(".md-logo").first.focus()
    tab.keyboard.press("/")
    tab.keyboard.press("Escape")
    expect(tab.locator(".md-logo").first).to_be_focused()


def test_results_are_filtered_by_type_and_language(visit: Visit) -> None:
    tab = visit("")
    ask(tab, "peel")
    filters = tab.get_by_role("group", name="Filter results")
    assert titles(tab)[0] != "Birne"
    filters.get_by_role("button", name="German").click()
    expect(tab.locator(".portal-found__title")).to_have_text(["Birne"])
    expect(filters.get_by_role("button", name="German")).to_have_attribute("aria-pressed", "true")
    filters.get_by_role("button", name="All").last.click()
    tab.fill(".md-search__input", "list")
    expect(tab.locator(".portal-found__title").first).to_have_text("Prices")
    tab.fill(".md-search__input", "course apple")
    filters.get_by_role("button", name="Guide").click()
    expect(tab.locator(".portal-found__title")).to_have_text(["Apple"])


def test_long_lists_are_shown_in_parts(visit: Visit) -> None:
    tab = visit("")
    ask(tab, "peel")
    expect(tab.locator(".portal-found__title")).to_have_count(10)
    tab.get_by_role("button", name="More results").click()
    expect(tab.locator(".portal-found__title")).to_have_count(16)
    expect(tab.get_by_role("combobox")).to_be_focused()


def test_more_results_are_those_of_the_last_key(visit: Visit) -> None:
    tab = visit("")
    ask(tab, "pee")
    expect(tab.locator(".portal-found__title")).to_have_count(10)
    tab.evaluate(
        """() => {
          const field = document.querySelector(".md-search__input")
          field.value = "peel"
          field.dispatchEvent(new Event("input"))
          document.querySelector(".portal-found__more").click()
        }"""
    )
    expect(tab.locator(".portal-found__title mark").first).to_have_text("Peel")
    expect(tab.locator(".portal-found__title")).to_have_count(16)


def test_nothing_found_is_said(visit: Visit) -> None:
    tab = visit("")
    tab.keyboard.press("/")
    tab.keyboard.type("<qq>xyzzy")
    expect(tab.get_by_role("status")).to_contain_text("Nothing found for “<qq>xyzzy”")
    tab.click("button[type=reset]")
    expect(tab.get_by_role("status")).to_contain_text("in this portal")


def test_a_word_that_no_page_has_is_named(visit: Visit) -> None:
    tab = visit("")
    ask(tab, "mango xyzzy")
    expect(tab.get_by_role("status")).to_contain_text("no page has all of these words")
    expect(tab.locator(".portal-found__missing s").first).to_have_text("xyzzy")


def test_japanese(visit: Visit) -> None:
    tab = visit("")
    tab.keyboard.press("/")
    tab.fill(".md-search__input", "価格")
    expect(tab.locator(".portal-found__title")).to_have_text(["価格表"])
    expect(tab.locator(".portal-found mark")).to_have_text(["価格", "価格"])


def test_titles_are_text(visit: Visit) -> None:
    tab = visit("")
    ask(tab, "quoted")
    assert HOSTILE in titles(tab)[0]


def test_a_narrow_window_is_filled(visit_narrow: Visit) -> None:
    tab = visit_narrow("guides/apple/")
    tab.click("label.md-header__button[for=__search]")
    expect(tab.get_by_role("combobox")).to_be_focused()
    tab.keyboard.type("peel")
    expect(tab.locator(".md-search-result__item").first).to_be_visible()
    tab.wait_for_timeout(400)
    box = tab.locator(".md-search__inner").bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 844)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.click(".md-search__form > label")
    expect(tab.locator(".portal-found")).to_be_hidden()


def test_the_panel_is_read_only_when_somebody_searches(visit: Visit) -> None:
    tab = visit("guides/apple/")
    names = "performance.getEntriesByType('resource').map(one => one.name)"
    loaded = f"{names}.filter(name => /search\\/(panel|index)/.test(name))"
    assert tab.evaluate(loaded) == []
    ask(tab, "peel")
    assert len(tab.evaluate(loaded)) == 2


def test_a_deployment_while_a_page_is_open(
    chromium: Browser, portals: tuple[dict[str, bytes], dict[str, bytes]]
) -> None:
    before, after = portals
    served = dict(before)
    with serving(served) as address:
        tab = chromium.new_page()
        tab.goto(address)
        ask(tab, "mango")
        expect(tab.locator(".portal-found__title").first).to_have_text("Mango")
        served.clear()
        served |= after
        tab.fill(".md-search__input", "quince")
        expect(tab.locator(".portal-found__title")).to_have_text(["Quince"])
        for path in [path for path in served if path.endswith(".bin")]:
            del served[path]
        tab.fill(".md-search__input", "zebra")
        expect(tab.get_by_role("status")).to_contain_text("could not be loaded")
        expect(tab.locator(".portal-found__title")).to_have_count(0)
        tab.keyboard.press("Enter")
        served["search/index.json"] = b'{"format":0}'
        tab.fill(".md-search__input", "apple")
        expect(tab.get_by_role("status")).to_contain_text("Reload")
        assert tab.url == address
        tab.close()


def test_a_search_that_could_not_be_loaded_is_tried_again(chromium: Browser, served: str) -> None:
    tab = chromium.new_page()
    wrong: list[str] = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.route("**/search/panel.js", lambda route: route.abort())
    tab.goto(served + "guides/apple/")
    tab.keyboard.press("/")
    expect(tab.get_by_role("status")).to_contain_text("could not be loaded")
    tab.keyboard.press("Enter")
    tab.unroute("**/search/panel.js")
    tab.keyboard.type("peel apple")
    expect(tab.locator(".portal-found__heading")).to_have_text(["Peel"])
    tab.evaluate("window.same = true")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    expect(tab.locator("article mark[data-md-highlight]").first).to_be_visible()
    assert tab.evaluate("window.same")
    assert not wrong
    tab.close()
