"""The demo as a partner meets it: `prmbuild serve` over this repository, in a real browser."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect

ROOT = Path(__file__).parents[1]

PARTNERS = ("nordwind", "helix", "cascade")
"""Partners with an account plan that only they may see."""

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """Run the demo's command, and return its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "prmbuild", "serve", "--port", "0", "--repo", str(ROOT)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None and process.stderr is not None
        address = process.stdout.readline().strip()
        assert address, process.stderr.read()
        yield address.rstrip("/")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


@pytest.fixture
def visit(chromium: Browser, demo: str) -> Iterator[BrowserContext]:
    """A visitor whose browser may reach nothing but the demo, and keeps a list of what it tried."""
    context = chromium.new_context(base_url=demo, viewport={"width": 1280, "height": 900})
    foreign: list[str] = []
    context.on(
        "request",
        lambda request: foreign.append(request.url) if not request.url.startswith((demo, "data:", "blob:")) else None,
    )
    problems: list[str] = []
    context.on("weberror", lambda error: problems.append(str(error.error)))
    yield context
    context.close()
    assert not foreign, "a request left the portal's origin"
    assert not problems


_signed_in: dict[tuple[str, str], StorageState] = {}


def sign_in(context: BrowserContext, demo: str, viewer: str) -> Page:
    """Sign a viewer in as people do, the first time; then take what the browser kept of it."""
    page = context.new_page()
    if kept := _signed_in.get((demo, viewer)):
        context.add_cookies(kept["cookies"])
        return page
    page.goto("/")
    expect(page.get_by_text("Not for production")).to_be_visible()
    page.locator(f'button[value="{viewer}"]').click()
    expect(page.get_by_text("Development sign-in")).to_be_visible()
    _signed_in[demo, viewer] = context.storage_state()
    return page


@pytest.mark.parametrize("partner", PARTNERS)
def test_a_partner_reads_and_finds_what_is_theirs(visit: BrowserContext, demo: str, partner: str) -> None:
    page = sign_in(visit, demo, f"{partner}:sales")
    page.goto(f"/accounts/{partner}/plan-2027/")
    title = page.locator("h1").first.inner_text().replace("¶", "").strip()
    assert title

    page.goto("/")
    page.locator(".md-search__input").fill("account plan 2027")
    result = page.locator(f'.md-search-result__link[href*="/accounts/{partner}/plan-2027/"]').first
    result.wait_for(state="visible")
    for other in PARTNERS:
        if other != partner:
            assert not page.locator(f'.md-search-result__link[href*="{other}"]').count()
    result.click()
    page.wait_for_url(f"**/accounts/{partner}/plan-2027/**")
    expect(page.locator("h1").first).to_contain_text(title)


def _not_there(page: Page, path: str) -> bytes:
    answer = page.goto(path)
    assert answer is not None and answer.status == 404
    return answer.body()


@pytest.mark.parametrize("partner", PARTNERS)
def test_a_page_of_another_is_not_there_typed_or_clicked(visit: BrowserContext, demo: str, partner: str) -> None:
    page = sign_in(visit, demo, f"{partner}:sales")
    for other in (name for name in PARTNERS if name != partner):
        anothers, nobodys = (_not_there(page, f"/accounts/{name}/plan-2027/") for name in (other, "nobody"))
        assert anothers == nobodys, "what is another's looks like what is nobody's"

        page.goto("/products/")
        page.evaluate(
            """href => {
                const link = document.createElement("a");
                link.href = href; link.id = "other"; link.textContent = "the other's plan";
                document.querySelector("article").prepend(link);
            }""",
            f"/accounts/{other}/plan-2027/",
        )
        with page.expect_response(lambda answer, other=other: f"/accounts/{other}/" in answer.url) as clicked:
            page.locator("#other").click()
        assert clicked.value.status == 404
        expect(page.locator("h1").first).to_contain_text("not")


def test_the_navigation_leads_through_the_portal(visit: BrowserContext, demo: str) -> None:
    page = sign_in(visit, demo, "nordwind:technical")
    page.get_by_role("link", name="Products", exact=True).first.click()
    page.wait_for_url("**/products/**")
    page.get_by_role("link", name="Porter P300").first.click()
    page.wait_for_url("**/products/porter-p300/")
    expect(page.locator("h1").first).to_contain_text("Porter P300")
    expect(page.locator('[aria-current="page"]').first).to_contain_text("Porter P300")


def test_diagrams_are_drawn_without_a_network(visit: BrowserContext, demo: str) -> None:
    page = sign_in(visit, demo, "nordwind:technical")
    page.goto("/support/escalation/")
    page.locator("div.mermaid").first.wait_for(state="attached")
    assert page.evaluate("document.querySelector('div.mermaid').shadowRoot !== undefined")


def test_a_quiz_is_marked(visit: BrowserContext, demo: str) -> None:
    page = sign_in(visit, demo, "nordwind:technical")
    page.goto("/courses/onboarding/quiz/")
    groups = page.locator("form fieldset")
    for number in range(groups.count()):
        groups.nth(number).locator("input").first.check()
    with page.expect_response("**/api/courses/onboarding/attempts") as marked:
        page.locator("form:has(fieldset) button[type=submit]").click()
    assert marked.value.status == 200
    assert marked.value.json()["recorded"] is False


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize(
    "path", ["/", "/catalogue/", "/products/porter-p300/", "/pricing/emea/", "/courses/onboarding/", "/nowhere/"]
)
def test_nothing_is_wider_than_the_screen(visit: BrowserContext, demo: str, path: str, width: int) -> None:
    page = sign_in(visit, demo, "nordwind:sales")
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
