"""A preview, served: one viewer's portal without signing in, made anew on every save."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from prmbuild.desired import consider, read_authored
from prmbuild.preview.asked import asked
from prmbuild.progress import Silence
from prmbuild.serve import preview
from prmbuild.serve.app import application
from prmbuild.serve.edition import ViewerId
from prmbuild.serve.live import Live
from prmbuild.serve.making import Made
from prmbuild.serve.preview import Previewer, assuming
from prmbuild.source.git import opened
from tests.conftest import VISIBILITY, Repo, page
from tests.serve.client import Client
from tests.serve.running import PATIENCE, Running, running_command

ARBOR = ViewerId("arbor", "sales")


def previewer(repo: Repo, written: str = "content/robot.md") -> Previewer:
    return Previewer(
        directory=repo.path,
        request=lambda: repo.request(worktree=True),
        written=written,
        viewer=ARBOR,
        assume=True,
    )


def first(repo: Repo, written: str = "content/robot.md") -> Made:
    with opened(repo.path) as repository:
        request = repo.request(worktree=True)
        authored = read_authored(repository, request)
        place = asked(written, authored.snapshot, repo.path, "")
        request = assuming(request, authored, place)
        state = consider(authored, request, Silence())
        return previewer(repo, written).first(authored, state, request, place, Silence())


def test_the_page_comes_first_where_the_rest_takes_long(programme: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "PAGES_AT_ONCE", 2)
    quick = first(programme)
    whole = previewer(programme).again(Silence())
    assert quick.partial and not whole.partial and not whole.findings
    assert quick.edition is not None and whole.edition is not None
    few, all_of_it = (dict(one.edition.portal(ARBOR).files) for one in (quick, whole))
    assert few.items() < all_of_it.items()
    assert "robot/index.html" in few and "robot.svg" in few and "navigation.json" not in few


def test_small_portals_are_whole_at_once(programme: Repo) -> None:
    assert not first(programme).partial


def test_only_its_viewer_reads_it_and_nobody_signs_in(programme: Repo) -> None:
    live = Live()
    live.finish(first(programme))
    app = application(live, ARBOR)
    for viewer in (None, ViewerId("nordwind", "sales")):
        client = Client(app=app, viewer=viewer)
        answer = client.get("/robot/")
        assert answer.status == 200 and "It is small." in answer.text
        assert "Preview:</strong> as <b>Arbor</b>" in answer.text
        assert client.get("/gold/prices/").status == 404
        assert client.get("/_dev/").status == 303
        assert client.post("/_dev/sign-in", body=b"partner=nordwind&role=sales").status == 303
        assert client.get("/gold/prices/").status == 404


def test_what_is_no_longer_visible_says_why_and_keeps_the_last_page(programme: Repo) -> None:
    programme.write({"visibility.yaml": VISIBILITY.replace("content/gold/**", "content/robot.md")})
    made = previewer(programme).again(Silence())
    assert made.edition is None
    assert "content/robot.md is not visible to arbor (sales):" in made.findings[0]
    assert "gold-up" in made.findings[1]
    programme.write({"content/robot.md": page("The robot", "/// show-to | gold-up"), "visibility.yaml": VISIBILITY})
    assert "never closed" in " ".join(previewer(programme).again(Silence()).findings)
    programme.write({"content/robot.md": None})
    assert "there is no 'content/robot.md' any more" in previewer(programme).again(Silence()).findings[0]
    programme.write({"partners.yaml": "partners: ["})
    assert previewer(programme).again(Silence()).edition is None


@pytest.fixture
def server(programme: Repo, tmp_path: Path) -> Iterator[Running]:
    programme.write({"content/robot.md": page("The robot", "A draft.", status="draft")})
    arguments = ("preview", "content/robot.md", "--as", "arbor:sales", "--repo", str(programme.path), "--no-open")
    with running_command(*arguments, "--jobs", "1") as running:
        yield running


@pytest.mark.browser
def test_an_author_sees_what_was_saved(programme: Repo, server: Running, chromium: Browser) -> None:
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE * 1000)
    tab = context.new_page()
    assert server.url.startswith("http://127.0.0.1:") and server.url.endswith("/robot/")
    tab.goto(server.url)
    bar = tab.inner_text("#prmbuild-dev")
    assert "as Arbor · sales" in bar and "with 1 uncommitted file" in bar
    assert "draft, shown as if it were approved; until then partners read the version of 2026-09-01" in bar
    programme.write({"content/robot.md": page("The robot", "A better draft.", status="draft")})
    tab.wait_for_selector("text=A better draft.")
    programme.write({"content/robot.md": page("The robot", "No more.", audience="{tier: gold}")})
    tab.wait_for_selector(".prmbuild-dev-overlay >> text=content/robot.md is not visible to arbor (sales)")
    assert "A better draft." in tab.inner_text("article")
    context.close()
