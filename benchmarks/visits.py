"""What a reader's browser loads and how long it takes: one visit of an article and a search, in real Chromium."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.static_server import Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
_WAIT = 180_000
"""Milliseconds after which a result is not waited for any longer."""

_SETTLE = 500
"""Milliseconds between a reader's steps."""

_REACH = 100
"""Milliseconds between opening the search and the first key."""

_FIELD = ".md-search__input"
_RESULT = ".md-search__output a[href], .md-search__output [role=option]"

_WATCH = f"""
window.shifts = []
new PerformanceObserver((list) => {{
  for (const entry of list.getEntries()) {{
    const nodes = entry.sources.map((one) => one.node?.className || one.node?.nodeName || "?")
    window.shifts.push([entry.value, nodes.join(", ")])
  }}
}}).observe({{ type: "layout-shift", buffered: true }})
window.typed = (inputs) => new Promise((resolve) => {{
  let first = 0
  let last = 0
  let left = inputs
  let waiting = false
  const stale = new Set()
  const results = () => [...document.querySelectorAll("{_RESULT}")]
  const look = () => {{
    waiting = false
    const fresh = left ? [] : results().filter((one) => !stale.has(one))
    if (fresh.some((one) => one.getClientRects().length)) {{
      watching.disconnect()
      resolve([performance.now() - first, performance.now() - last])
    }} else if (fresh.length) soon()
  }}
  const soon = () => {{
    if (!waiting) requestAnimationFrame(look)
    waiting = true
  }}
  const watching = new MutationObserver(soon)
  watching.observe(document.documentElement, {{ childList: true, subtree: true }})
  document.addEventListener("keydown", () => {{
    last = performance.now()
    first ||= last
  }}, {{ capture: true }})
  document.addEventListener("input", () => {{
    last ||= performance.now()
    first ||= last
    left -= 1
    for (const one of results()) stale.add(one)
  }}, {{ capture: true }})
}})
"""


@dataclass(slots=True, kw_only=True)
class Visit:
    """One visit with an empty cache.

    Attributes:
        html: bytes of the page before compression.
        requests: how many files were loaded until the network was quiet.
        transferred: bytes on the wire until then, headers included.
        largest: the five largest of those files, with their bytes.
        shift: the sum of layout shifts, without unit. Source: web.dev/articles/cls.
        shifted: what moved.
        search_ms: milliseconds from the first key to the first result on the screen, by query, without a pause between
            the keys. What was shown for a part of the query does not count. Nothing of the search is loaded before the
            field gets the focus, `_REACH` before the first key.
        waited_ms: milliseconds from the last key of the same queries, which is what a reader waits.
        search_bytes: bytes on the wire of what only the search needs, until that result.
        again_ms: milliseconds for a second query in the same page.
        pasted_ms: milliseconds from a query's arrival as a whole to the first result, nothing loaded before.
    """

    html: int = 0
    requests: int = 0
    transferred: int = 0
    largest: list[str] = field(default_factory=list)
    shift: float = 0.0
    shifted: list[str] = field(default_factory=list)
    search_ms: list[float] = field(default_factory=list)
    waited_ms: list[float] = field(default_factory=list)
    search_bytes: list[int] = field(default_factory=list)
    again_ms: list[float] = field(default_factory=list)
    pasted_ms: list[float] = field(default_factory=list)


@contextmanager
def chromium() -> Iterator["Browser"]:
    """Start a headless Chromium of this machine.

    Raises:
        FileNotFoundError: there is none.
    """
    from playwright.sync_api import sync_playwright

    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise FileNotFoundError("Chromium is not on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def visited(browser: "Browser", site: Served, path: str, queries: Sequence[str]) -> Visit:
    """Visit an article, then visit it anew for each query and search for it and for the query after it.

    Raises:
        FileNotFoundError: the site has no such article.
    """
    visit, url = Visit(), f"{site.url}/{path}"
    with _opened(browser, site) as page:
        answer = page.goto(url, wait_until="networkidle")
        if answer is None or not answer.ok:
            raise FileNotFoundError(url)
        visit.html = len(answer.body())
        page.wait_for_timeout(_SETTLE)
        visit.requests, visit.transferred = len(site.sent), sum(site.sent.values())
        heaviest = sorted(site.sent.items(), key=lambda sent: (-sent[1], sent[0]))[:5]
        visit.largest = [f"{name.rpartition('/')[2] or 'the page'} {size:,}" for name, size in heaviest]
        shifts: list[tuple[float, str]] = page.evaluate("window.shifts")
        visit.shift, visit.shifted = sum(value for value, _ in shifts), [nodes for _, nodes in shifts]
    for query, then in zip(queries, (*queries[1:], queries[0]), strict=True):
        with _opened(browser, site) as page:
            page.goto(url, wait_until="load")
            searched, waited = _found(page, query)
            visit.search_ms.append(searched)
            visit.waited_ms.append(waited)
            visit.search_bytes.append(sum(size for name, size in site.sent.items() if "search" in name))
            page.wait_for_timeout(_SETTLE)
            page.fill(_FIELD, "")
            page.wait_for_timeout(_SETTLE)
            visit.again_ms.append(_found(page, then)[0])
        with _opened(browser, site) as page:
            page.goto(url, wait_until="load")
            visit.pasted_ms.append(_found(page, query, pasted=True)[0])
    return visit


def _found(page: "Page", query: str, *, pasted: bool = False) -> tuple[float, float]:
    """Type or paste a query and return the milliseconds from its first and its last key to the first result shown."""
    page.locator(_FIELD).first.focus()
    page.wait_for_timeout(_REACH)
    page.evaluate(f"window.result = window.typed({1 if pasted else len(query)}); 0")
    (page.keyboard.insert_text if pasted else page.keyboard.type)(query)
    from_first, from_last = page.evaluate("window.result")
    return float(from_first), float(from_last)


@contextmanager
def _opened(browser: "Browser", site: Served) -> Iterator["Page"]:
    """Open an empty browser, and count what the site sends from here on."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(_WAIT)
    try:
        context.add_init_script(_WATCH)
        site.sent.clear()
        yield context.new_page()
    finally:
        context.close()
