"""The report as one HTML file: complete, harmless whatever people wrote, and usable."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from prmbuild.desired import read_authored
from prmbuild.exposure.compare import Comparison, compared
from prmbuild.exposure.html import Room, as_html
from prmbuild.exposure.model import Effect
from prmbuild.exposure.rewrites import Rewrites
from prmbuild.exposure.textdiff import Fate
from prmbuild.progress import Silence
from prmbuild.source.git import opened
from tests.conftest import MakeRepo, Repo, page

EVIL = "<script>alert(1)</script> \"quoted\" 'single' </style></template><!-- & {{ 7*7 }}"


def with_comparison(repo: Repo) -> Iterator[Comparison]:
    request = repo.request()
    with opened(repo.path) as repository:
        authored = read_authored(repository, request)
        with compared(repository, authored, "HEAD~1", request, Silence()) as comparison:
            yield comparison


def report(repo: Repo, room: Room | None = None) -> str:
    return next(as_html(comparison, repo.cache, room) for comparison in with_comparison(repo))


@pytest.fixture
def edited(programme: Repo) -> Repo:
    """Words of one page for all, of another for gold partners, a page for more partners than before, and one gone."""
    programme.commit(
        {
            "content/robot.md": page("The robot", "## Size\n\nIt is very small.\n\n![Drawing](robot.svg)"),
            "content/start.md": page(
                "Start here",
                "See [prices](gold/prices.md) and [the robot](robot.md).\n\n/// show-to | gold-up\nAsk Ana.\n///",
            ),
            "content/gold/prices.md": page("Gold price list", "The robot costs 815 crowns for gold partners."),
            "content/new.md": page("News", "Something new."),
        }
    )
    return programme


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_a_change_is_compared_for_each_group_that_reads_it_differently(edited: Repo) -> None:
    for comparison in with_comparison(edited):
        rewrites = Rewrites(comparison)
        viewers = comparison.exposure.viewers
        found = {}
        for change in comparison.exposure.changes:
            for one in rewrites.of(change):
                diff = one.diff()
                added = " ".join(
                    piece.text.strip() for line in diff.lines for piece in line.pieces if piece.fate is Fate.ADDED
                )
                partners = tuple(partner.id for partner in viewers.partners_in(one.viewers))
                found[change.subject.path, change.effect, partners] = added
    assert found["content/robot.md", Effect.CHANGED, ("nordwind", "arbor")] == "very"
    assert found["content/gold/prices.md", Effect.CHANGED, ("nordwind",)] == "815"
    assert found["content/start.md", Effect.CHANGED, ("nordwind",)] == "Ask Ana."
    assert found["content/new.md", Effect.GAINS, ("nordwind", "arbor")] == "News Something new."
    assert not any("Ana" in added for (_, _, partners), added in found.items() if "arbor" in partners)


def test_the_file_shows_words_and_pages_and_asks_for_nothing(edited: Repo) -> None:
    text = report(edited)
    assert "It is <ins>very </ins>small." in text
    assert "<del>4711</del><ins>815</ins>" in text
    (policy,) = (named["content"] for _, named in _Tags(text).found if "http-equiv" in named)
    assert policy is not None and policy.startswith("default-src 'none'; script-src 'sha256-")
    for tag, attributes in _Tags(text).found:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            value = attributes.get(name)
            assert value is None or value.startswith(("data:", "#")), (tag, name, value)
    look = text.partition('id="look">')[2].partition("</style>")[0]
    assert len(look) > 10_000
    assert not re.search(r"url\((?!\s*\"?(?:data:|#))", look) and "@import" not in look


def test_nothing_that_people_wrote_becomes_markup(make_repo: MakeRepo, programme: Repo) -> None:
    programme.commit(
        {
            "content/evil.md": page(
                repr(EVIL), f"{EVIL}\n\n<img src=x onerror=alert(1)> <iframe src=//x.example></iframe>"
            ),
            "content/robot.md": page("The robot", f"<b onclick=alert(1)>x</b> `{EVIL}`"),
        },
        message=EVIL,
    )
    text = report(programme)
    tags = _Tags(text).found
    assert [tag for tag, _ in tags].count("script") == 1
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
    assert "alert(1)" in text and "49" not in re.sub(r"[0-9a-f]{10,}", "", text.partition("<main")[2][:2000])
    for _, attributes in tags:
        inner = attributes.get("data-html")
        if inner:
            inside = _Tags(inner).found
            assert not {tag for tag, _ in inside} & {"script", "iframe", "template", "base", "meta", "link", "style"}
            assert not [name for _, named in inside for name in named if name.startswith("on")]


def test_a_report_stays_small_and_says_what_it_leaves_out(edited: Repo) -> None:
    assert "Left out" not in report(edited)
    less = report(edited, Room(previews=1, compared=600, subjects=3))
    assert len(less) < len(report(edited))
    told = less.partition("Left out, so that this file opens")[2].partition("</p>")[0]
    assert re.findall(r"[1-9][0-9]* (?:previews|subjects)", told), told
    assert "previews (their words are compared)" in told and "subjects (they are counted)" in told
    assert "Left out of this file." in less or less.count('details class="look"') < report(edited).count('class="look"')


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 390])
def test_it_works_from_a_disk(edited: Repo, chromium: Browser, tmp_path: Path, width: int) -> None:
    place = tmp_path / "report.html"
    place.write_text(report(edited))
    context = chromium.new_context(viewport={"width": width, "height": 900}, offline=True)
    tab = context.new_page()
    wrong: list[str] = []
    tab.on("console", lambda message: wrong.append(message.text))
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on(
        "request",
        lambda asked: wrong.append(asked.url) if not asked.url.startswith(("file:", "data:", "about:")) else None,
    )
    tab.goto(place.as_uri())
    _filters(tab)
    _pages(tab, width)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
    assert wrong == []


def _filters(tab: Page) -> None:
    every = tab.locator(".change").count()
    assert tab.inner_text(".found") == f"{every} of {every} changes"
    tab.select_option("[name=partner]", "arbor")
    assert tab.locator(".change:visible", has_text="Gold price list").count() == 0
    assert tab.locator(".change:visible", has_text="News").count() == 1
    tab.select_option("[name=partner]", "")
    tab.select_option("[name=effect]", "changed")
    assert tab.locator(".change:visible", has_text="News").count() == 0
    tab.select_option("[name=effect]", "")
    tab.select_option("[name=segment]", "gold-emea")
    tab.fill("[name=text]", "gold/PRI")
    assert tab.inner_text(".found") == f"1 of {every} changes"


def _pages(tab: Page, width: int) -> None:
    """By keyboard alone: open the change, then the pages side by side."""
    change = tab.locator(".change:visible", has_text="Gold price list")
    if change.get_attribute("open") is None:
        change.locator("summary").first.press("Enter")
    change.locator("details.look > summary").press("Enter")
    frames = change.locator("iframe")
    expect(frames).to_have_count(2)  # they are made once the browser tells of the opening
    assert [frames.nth(number).get_attribute("sandbox") for number in range(2)] == ["", ""]
    assert (
        tab.frame_locator("iframe >> nth=0").locator("article").inner_text().endswith("4711 crowns for gold partners.")
    )
    assert "815 crowns" in tab.frame_locator("iframe >> nth=1").locator("article").inner_text()
    before, after = frames.nth(0).bounding_box(), frames.nth(1).bounding_box()
    assert before and after
    assert (before["y"] == after["y"]) == (width > 1000)
