"""The theme's scripts, in a real browser, under a policy that allows no inline script and no other origin."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type

import pytest
from playwright.sync_api import Browser, Page

from tests.conftest import MakeRepo, files_of, page
from tests.site.conftest import CONTENT

pytestmark = pytest.mark.browser

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'"
)
DIAGRAM = "```mermaid\nflowchart LR\n  A --> B\n```\n"


@pytest.fixture
def served(make_repo: MakeRepo) -> Iterator[str]:
    """The address of a gold partner's portal."""
    look = "theme:\n  language: en\n"
    built = make_repo(
        {**CONTENT, "content/diagram.md": page("Diagram", DIAGRAM), "site_overrides/mkdocs.yml": look}
    ).render()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(files_of(built, "nordwind")))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def _handler(files: Mapping[str, bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.split("?")[0].lstrip("/")
            path = f"{path}index.html" if path.endswith("/") or not path else path
            self._answer(200 if path in files else 404, path if path in files else "404.html", files.get(path))

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            marked = {"passed": asked["answers"] == {"one": [0], "two": [0, 1]}, "score": 1, "questions": []}
            self._answer(200, "marked.json", json.dumps(marked).encode())

        def _answer(self, status: int, path: str, data: bytes | None) -> None:
            data = files["404.html"] if data is None else data
            self.send_response(status)
            self.send_header("content-type", guess_type(path)[0] or "application/octet-stream")
            self.send_header("content-length", str(len(data)))
            self.send_header("content-security-policy", POLICY)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


@pytest.fixture
def visit(chromium: Browser, served: str) -> Iterator[Callable[[str], Page]]:
    """Open an address of the portal; nothing may go wrong, and nobody else may be asked for anything."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    wrong: list[str] = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    tab.on("request", lambda asked: None if asked.url.startswith((served, "data:")) else wrong.append(asked.url))

    def go(url: str) -> Page:
        tab.goto(served + url)
        tab.wait_for_load_state("networkidle")
        return tab

    yield go
    context.close()
    assert wrong == []


def test_navigation_is_drawn_and_survives_instant_navigation(visit: Callable[[str], Page]) -> None:
    tab = visit("guides/apple/")
    assert tab.locator(".md-nav--primary [aria-current=page]").inner_text() == "Apple"
    assert tab.locator(".md-tabs [aria-current]").inner_text() == "Guides"
    assert tab.locator(".md-path li").all_inner_texts() == ["Home", "Guides"]
    assert tab.locator(".portal-pager__title").all_inner_texts() == ["Zebra", "Leaf"]
    tab.evaluate("window.stayed = true")
    tab.click(".portal-pager__link--next")
    tab.wait_for_function("document.querySelector('.md-nav--primary [aria-current=page]')?.innerText === 'Leaf'")
    assert tab.evaluate("window.stayed")
    assert tab.evaluate("document.activeElement.id") == "__content"


def test_lessons_follow_each_other_up_to_the_quiz(visit: Callable[[str], Page]) -> None:
    tab = visit("courses/basics/lessons/02-second/")
    assert tab.locator(".portal-pager__title").all_inner_texts() == ["First lesson", "Quiz"]


def test_diagrams_are_drawn_after_instant_navigation(visit: Callable[[str], Page]) -> None:
    tab = visit("")
    tab.click(".md-tabs a:text-is('Diagram')")
    tab.wait_for_selector(".portal-diagram > div.mermaid")


def test_the_catalogue_keeps_its_filters_in_the_address(visit: Callable[[str], Page]) -> None:
    tab = visit("catalogue/?topic=fruit")
    titles = tab.locator("[data-portal=results] > li:not([hidden]) h3")
    assert len(titles.all_inner_texts()) == 2
    tab.fill("[name=q]", "peel apple nothing")
    assert tab.locator("[data-portal=none]").is_visible()
    tab.fill("[name=q]", "apple")
    assert titles.all_inner_texts() == ["Apple"]
    assert tab.evaluate("location.search") == "?q=apple&topic=fruit"


def test_search_finds_sections(visit: Callable[[str], Page]) -> None:
    tab = visit("")
    tab.click(".md-search__input")
    tab.locator(".md-search__input").press_sequentially("peel", delay=30)
    tab.wait_for_selector(".md-search-result__item")
    assert "Apple" in tab.locator(".md-search-result__item").first.inner_text()


def test_a_quiz_is_answered_and_marked(visit: Callable[[str], Page]) -> None:
    tab = visit("courses/basics/quiz/")
    tab.click("[type=submit]")
    assert "2 still open" in tab.locator("[data-status]").inner_text()
    for text in ("This way", "A ball", "A wheel"):
        tab.click(f".portal-option:has-text('{text}')")
    tab.click("[type=submit]")
    tab.wait_for_selector(".portal-quiz__status--passed")


def test_nothing_moves_while_a_page_loads(visit: Callable[[str], Page]) -> None:
    tab = visit("guides/apple/")
    shift = tab.evaluate(
        """() => new Promise(done => new PerformanceObserver(seen =>
            done(seen.getEntries().reduce((sum, one) => sum + one.value, 0))
        ).observe({type: 'layout-shift', buffered: true}) || setTimeout(() => done(0), 500))"""
    )
    assert shift < 0.05


def test_a_hostile_title_is_shown_as_text_in_the_navigation(visit: Callable[[str], Page]) -> None:
    tab = visit("")
    assert tab.locator(".md-tabs a:has-text('<script>alert(1)</script>')").count() == 1
