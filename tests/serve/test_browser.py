"""What a developer sees, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.conftest import Repo, page
from tests.serve.running import PATIENCE, Running, running

pytestmark = pytest.mark.browser


@pytest.fixture
def server(programme: Repo) -> Iterator[Running]:
    with running(programme.path, worktree=True) as server:
        yield server


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    """A tab that fails the test on whatever the policy blocks and on requests to other places."""
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE * 1000)
    tab = context.new_page()
    wrong: list[str] = []
    tab.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("request", lambda request: wrong.append(request.url) if "//127.0.0.1:" not in request.url else None)
    yield tab
    context.close()
    assert [text for text in wrong if not text.startswith("data:") and "404 (Not Found)" not in text] == []


def test_picking_a_partner_reading_and_seeing_a_saved_file(programme: Repo, server: Running, tab: Page) -> None:
    tab.goto(server.url)
    assert tab.url.endswith("/_dev/")
    assert tab.title().startswith("Development sign-in, not for production")
    tab.fill("#filter", "nordw gold")
    assert tab.locator(".partner:visible").count() == 1
    tab.click("button[value='nordwind:sales']")
    tab.wait_for_selector("#prmbuild-dev")
    assert "viewing as Nordwind · sales · portal gold-emea" in tab.inner_text("#prmbuild-dev")

    tab.goto(f"{server.url}start/")
    tab.click("article a:has-text('prices')")
    tab.wait_for_selector("text=4711 crowns")
    assert tab.url == f"{server.url}gold/prices/"

    programme.write({"content/gold/prices.md": page("Gold price list", "The robot costs 815 crowns.")})
    tab.wait_for_selector("text=815 crowns")

    tab.click("#prmbuild-dev a:has-text('switch')")
    assert "/gold/prices/" in tab.inner_text(".returns")
    tab.click("button[value='arbor:sales']")
    tab.wait_for_selector("#prmbuild-dev >> text=viewing as Arbor")
    assert tab.url == f"{server.url}gold/prices/"
    assert tab.locator("text=crowns").count() == 0

    tab.click("#prmbuild-dev button")
    tab.wait_for_selector("h1:has-text('Development sign-in')")
    tab.goto(f"{server.url}start/")
    assert tab.url.endswith("/_dev/")


def test_findings_cover_the_page_until_they_are_corrected(programme: Repo, server: Running, tab: Page) -> None:
    tab.goto(server.url)
    tab.click("button[value='arbor:sales']")
    tab.goto(f"{server.url}start/")
    good = (programme.path / "visibility.yaml").read_text("utf-8")
    programme.write({"visibility.yaml": good.replace("gold-up\n", "<b>glod</b>\n")})
    overlay = tab.wait_for_selector(".prmbuild-dev-overlay")
    assert "visibility.yaml:" in overlay.inner_text()
    assert "Some text." in tab.content() or "the robot" in tab.content()
    programme.write({"visibility.yaml": good})
    tab.wait_for_selector(".prmbuild-dev-overlay", state="detached")


def test_a_page_stays_when_only_others_change(programme: Repo, server: Running, tab: Page) -> None:
    tab.goto(server.url)
    tab.click("button[value='arbor:sales']")
    tab.goto(f"{server.url}start/")
    tab.evaluate("window.kept = true")
    programme.write({"content/gold/prices.md": page("Gold price list", "The robot costs 815 crowns.")})
    tab.wait_for_selector("text=nothing changed in this portal")
    assert tab.evaluate("window.kept") is True
    assert "4711" not in tab.content()
