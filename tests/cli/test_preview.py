"""``prmbuild preview`` as authors meet it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from prmbuild.cli.main import cli
from prmbuild.manifest import release
from tests.conftest import Repo, page

Preview = Callable[..., Result]


@pytest.fixture
def preview(programme: Repo) -> Preview:
    def run(*arguments: str) -> Result:
        when = ("--now", "2026-11-23T12:00:00Z")
        return CliRunner().invoke(cli, ["preview", "--repo", str(programme.path), *when, *arguments])

    return run


def test_without_a_viewer_it_says_in_how_many_versions_who_sees_it(programme: Repo, preview: Preview) -> None:
    programme.commit({"content/robot.md": page("Robot", "All.\n\n/// show-to | gold-up\nGold only.\n///\n")})
    done = preview("content/robot.md")
    assert done.exit_code == 0, done.output
    assert "content/robot.md: 4 of 4 viewers see it, in 2 versions" in done.stdout
    assert "prmbuild preview content/robot.md --as nordwind:sales" in done.stdout
    assert "prmbuild preview content/robot.md --as arbor:sales" in done.stdout


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("content/robot.svg", "4 of 4 viewers see it, in one version"),
        ("/gold/prices/", "content/gold/prices.md: 2 of 4 viewers see it, in one version"),
        ("/catalogue/", "/catalogue/ is made for each portal; name a viewer: --as nordwind:sales"),
    ],
)
def test_assets_addresses_and_documents_have_readers_too(preview: Preview, written: str, told: str) -> None:
    done = preview(written)
    assert (done.exit_code, told in done.stdout) == (0, True), done.output


def test_what_nobody_sees_is_explained(preview: Preview) -> None:
    done = preview("content/internal/margins.md")
    assert done.exit_code == 1
    assert "nobody sees content/internal/margins.md" in done.stdout
    assert "visibility.yaml:8 is a wall that nothing undoes" in done.stdout


def test_who_may_not_see_it_is_told_why(preview: Preview, tmp_path: Path) -> None:
    done = preview("content/gold/prices.md", "--as", "arbor:sales", "--out", str(tmp_path / "page.html"))
    assert done.exit_code == 1
    assert "content/gold/prices.md is not visible to arbor (sales):" in done.stdout
    assert "visibility.yaml:6 admits gold-up (tier: gold); arbor/sales is tier: silver" in done.stdout
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("content/robto.md", "--as", "arbor"), "did you mean 'content/robot.md'?"),
        (("content/robot.md", "--as", "nordwnd"), "there is no partner 'nordwnd' in partners.yaml. did you mean"),
        (("content/robot.md", "--as", "arbor:sale"), "did you mean 'sales'?"),
        ((), "name a PATH"),
        (("--changed",), "--changed takes --out DIR"),
        (("content/robot.md", "--base", "HEAD"), "--base is for --changed"),
    ],
)
def test_mistakes_are_usage_errors_that_say_what_to_do(preview: Preview, arguments: tuple[str, ...], told: str) -> None:
    done = preview(*arguments)
    assert done.exit_code == 2
    assert told in done.stderr


def test_a_page_with_errors_shows_them(programme: Repo, preview: Preview, tmp_path: Path) -> None:
    programme.write({"content/robot.md": page("Robot", "/// show-to | gold-up\nnever closed")})
    done = preview("content/robot.md", "--as", "arbor", "--out", str(tmp_path / "page.html"))
    assert done.exit_code == 1
    assert "content/robot.md:6:1: PRM" in done.stdout and "never closed" in done.stdout


def test_one_file_has_all_inside_and_asks_for_nothing(programme: Repo, preview: Preview, tmp_path: Path) -> None:
    programme.write({"content/robot.md": page("The robot", "Draft **words**. ![Drawing](robot.svg)", status="draft")})
    out = tmp_path / "deep" / "page.html"
    done = preview("content/robot.md", "--as", "nordwind", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert done.stdout.strip() == str(out)
    assert "draft, shown as if it were approved; until then partners read the version of 2026-09-01" in done.stderr
    assert "with 1 uncommitted file" in done.stderr
    text = out.read_text()
    assert "Draft <strong>words</strong>" in text and "data:image/svg+xml;base64," in text
    assert "<script" not in text and "<link" not in text and "@import" not in text
    assert 'href="https://partners.vendor.example/catalogue/"' in text
    assert "api/receipt" not in text


def test_a_folder_holds_the_viewers_portal_as_a_build_would(programme: Repo, preview: Preview, tmp_path: Path) -> None:
    done = preview("content/start.md", "--as", "arbor:technical", "--out", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    written = Path(done.stdout.strip())
    (portal,) = json.loads((tmp_path / "out" / "build.json").read_text())["portals"]
    assert portal["viewers"] == [{"partner": "arbor", "role": "technical"}]
    built = next(tree for tree in programme.render().trees if tree.portal.id == "silver-emea")
    assert portal["release"] == release(built.files)
    assert written.read_bytes() == programme.render().blobs[built.files["start/index.html"]]


def test_what_partners_read_now_can_be_shown_instead(programme: Repo, preview: Preview, tmp_path: Path) -> None:
    programme.commit({"content/robot.md": page("The robot", "A later draft.", status="draft")})
    out = tmp_path / "page.html"
    assert preview("content/robot.md", "--as", "arbor", "--published", "--out", str(out)).exit_code == 0
    assert "It is small." in out.read_text() and "A later draft." not in out.read_text()


def test_changed_portals_are_written_for_a_branch(programme: Repo, preview: Preview, tmp_path: Path) -> None:
    programme.git("checkout", "-q", "-b", "edit")
    programme.commit({"content/gold/prices.md": page("Gold price list", "815 crowns.")})
    programme.write({"content/start.md": page("Not committed")})
    out = tmp_path / "changed"
    done = preview("--changed", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "1 of 2 portals differ" in done.stdout
    assert [place.name for place in (out / "portals").iterdir()] == ["gold-emea"]
    assert "Gold price list" in (out / "index.html").read_text()
    assert "Not committed" not in (out / "portals/gold-emea/start/index.html").read_text()


def test_nothing_is_written_of_what_may_not_be_published(programme: Repo, preview: Preview, tmp_path: Path) -> None:
    programme.git("checkout", "-q", "-b", "edit")
    programme.commit({"content/robot.md": page("Robot", "/// show-to | gold-up\nnever closed")})
    done = preview("--changed", "--out", str(tmp_path / "changed"))
    assert done.exit_code == 1
    assert "never closed" in done.stdout
    assert not (tmp_path / "changed").exists()
