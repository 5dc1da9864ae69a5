"""A partner's day in a real browser, through the whole chain: under the distribution's own name, over HTTPS."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from prmbuild.cli.revoke import revoke_command
from prmbuild.cli.rollback import rollback_command
from prmbuild.cli.session import session_command
from tests.chain.over_tls import over_tls
from tests.chain.running import GOLD, Chain
from tests.conftest import CHROMIUM, page
from tests.serve.running import PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("s3")]

expect.set_options(timeout=PATIENCE * 1000)

PAGES = ("", "catalogue/", "courses/basics/")


@pytest.fixture
def tab(live: Chain, chromium: Browser, tmp_path: Path) -> Iterator[Page]:
    """A tab for which the distribution's host is this machine; whatever its policy blocks fails the test."""
    with over_tls(live.endpoint, live.host, tmp_path) as port:
        browser = chromium.browser_type.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                f"--host-resolver-rules=MAP {live.host}:443 127.0.0.1:{port}",
            ],
        )
        context = browser.new_context(
            ignore_https_errors=True,
            base_url=f"https://{live.host}/",
            locale="en-GB",
            viewport={"width": 1280, "height": 800},
        )
        context.set_default_timeout(PATIENCE * 1000)
        tab = context.new_page()
        wrong: list[str] = []
        tab.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.on("request", lambda asked: None if f"//{live.host}/" in asked.url else wrong.append(asked.url))
        yield tab
        browser.close()
        assert [text for text in wrong if not text.startswith("data:") and "status of 404" not in text] == []


def test_publish_sign_in_read_flip_roll_back_revoke(live: Chain, tab: Page) -> None:
    tab.goto("robot/")
    assert tab.url.endswith("/sign-in/?to=%2Frobot%2F")
    expect(tab.locator("h1")).to_have_text("You are not signed in")

    name, _, value = live.run(session_command, "--partner", "nordwind", "--role", "sales").partition("=")
    place = f"https://{live.host}/"
    tab.context.add_cookies(
        [{"name": name, "value": value, "url": place, "secure": True, "httpOnly": True, "sameSite": "Lax"}]
    )
    for url in PAGES:
        answer = tab.goto(url)
        assert answer is not None and answer.status == 200, url
        tab.wait_for_load_state("networkidle")
    tab.goto("robot/")
    tab.wait_for_selector(".portal-diagram > div.mermaid")
    assert tab.evaluate("document.querySelector('article img').naturalWidth") > 0
    tab.click(".tabbed-labels >> text=Large")
    expect(tab.get_by_text("Another tab.")).to_be_visible()

    tab.click(".md-search__input")
    tab.locator(".md-search__input").press_sequentially("price gold", delay=20)
    expect(tab.locator(".portal-found__title").first).to_have_text("Gold price list")
    tab.click(".md-search-result__item a")
    expect(tab.locator("article")).to_contain_text(GOLD)

    before = live.prefix("nordwind")
    live.publish({"content/gold/prices.md": page("Gold price list", "The robot is free.")})
    tab.reload()
    expect(tab.locator("article")).to_contain_text("The robot is free.")
    live.run(rollback_command)
    tab.reload()
    expect(tab.locator("article")).to_contain_text(GOLD)
    assert live.prefix("nordwind") == before

    tab.goto("courses/basics/quiz/")
    tab.click(".portal-option:has-text('This way')")
    answer = tab.goto("silver/offer/")
    assert answer is not None and answer.status == 404
    tab.click("text=Go to the start page")
    assert tab.url == f"https://{live.host}/"

    tab.wait_for_load_state("networkidle")
    live.run(revoke_command, "--user", "test")
    tab.reload()
    assert "/sign-in/" in tab.url
