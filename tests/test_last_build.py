"""A build with nothing to do is over at once, and only such a build."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from prmbuild.cli.main import cli
from tests.conftest import Repo, page
from tests.damage import overwrite

HEAVY = ("mkdocs", "material", "markdown", "jinja2", "pydantic")
"""Libraries that take long to load."""

PROGRAM = f"""
import sys
from prmbuild.cli.main import cli
try:
    cli(sys.argv[1:])
finally:
    print(*(name for name in {HEAVY} if name in sys.modules), file=sys.stderr)
"""

Build = Callable[..., bool]


@pytest.fixture
def arguments(programme: Repo, tmp_path: Path) -> list[str]:
    where = ("--repo", programme.path, "--out", tmp_path / "out", "--cache", tmp_path / "cache")
    return ["build", *map(str, where), "--jobs", "1", "--format", "json"]


@pytest.fixture
def build(arguments: list[str]) -> Build:
    """Build, and tell whether anything was done; the first build was."""

    def run(*options: str, now: str = "2026-11-23T12:00:00Z") -> bool:
        done = CliRunner().invoke(cli, [*arguments, "--now", now, *options], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        report = json.loads(done.stdout)
        assert report["counts"]["portals"] == 2 and report["counts"]["files"]
        return bool(report["stages"])

    assert run()
    return run


def contents(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_a_second_build_renders_nothing_and_loads_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    program = [sys.executable, "-c", PROGRAM, *arguments, "--now", "2026-11-23T12:00:00Z"]
    first, second = (subprocess.run(program, capture_output=True, text=True, check=True) for _ in range(2))
    assert {"material", "markdown"} <= set(first.stderr.splitlines()[-1].split()), "the control"
    assert second.stderr.splitlines()[-1] == ""
    cold, warm = json.loads(first.stdout), json.loads(second.stdout)
    assert cold["stages"] and cold["counts"]["rendered"]["pages"]
    assert not warm["stages"] and not any(warm["counts"]["rendered"].values())
    same = ("portals", "files", "pages")
    assert {name: warm["counts"][name] for name in same} == {name: cold["counts"][name] for name in same}
    assert warm["findings"] == cold["findings"]


def test_nothing_changed_touches_nothing(build: Build, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    assert not build()
    assert not build(now="2026-11-23T23:59:59Z"), "on the same day"
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")} == before


@pytest.mark.parametrize("what", ["gone", "file", "extra"])
def test_what_somebody_else_did_to_a_portal_is_put_right(build: Build, tmp_path: Path, what: str) -> None:
    portal = tmp_path / "out/portals/silver-emea"
    before = set(portal.rglob("*"))
    if what != "extra":
        shutil.rmtree(portal)
    if what == "file":
        portal.touch()
    elif what == "extra":
        (portal / "extra.html").touch()
    assert build()
    assert set(portal.rglob("*")) == before
    assert not build()


def test_what_an_audit_found_changed_is_put_right(build: Build, arguments: list[str], tmp_path: Path) -> None:
    page = tmp_path / "out/portals/silver-emea/robot/index.html"
    own = page.read_bytes()
    audit = ["audit", *arguments[1:], "--now", "2026-11-23T12:00:00Z"]
    page.write_bytes(b"edited")
    assert not build(), "it trusts that nobody else writes there"
    done = CliRunner().invoke(cli, audit)
    assert done.exit_code == 1 and "changed since the build" in done.stderr
    assert "writes everything anew" in done.stderr
    assert build()
    assert page.read_bytes() == own and CliRunner().invoke(cli, audit).exit_code == 0
    shutil.rmtree(tmp_path / "out/portals/silver-emea")
    done = CliRunner().invoke(cli, audit)
    assert len(json.loads(done.stdout)["findings"]) == 1, done.output
    assert build() and not build()


def test_everything_is_written_anew_when_asked(build: Build, tmp_path: Path) -> None:
    page = tmp_path / "out/portals/silver-emea/robot/index.html"
    own = page.read_bytes()
    page.unlink()
    assert build("--mend")
    assert page.read_bytes() == own
    assert not build()


@pytest.mark.parametrize("noticed", ["check", "audit of an edit", "deploy", "link"])
def test_what_was_dropped_as_damaged_is_made_good_in_the_folder(
    build: Build, programme: Repo, tmp_path: Path, noticed: str
) -> None:
    cache, out = str(tmp_path / "cache"), tmp_path / "out"
    objects = [path for path in (tmp_path / "cache/objects").rglob("*") if path.is_file()]
    pages = [path for path in objects if path.read_bytes()[:9].lower() == b"<!doctype"]
    if noticed == "link":  # somebody writes into the folder, and so into the cache
        file = out / "portals/silver-emea/robot/index.html"
        file.chmod(0o644)
        file.write_bytes(b"edited")
    else:
        for place in pages:
            overwrite(place)
    if noticed == "check":
        done = CliRunner().invoke(cli, ["cache", "check", cache])
        assert f"dropped {len(pages)} damaged" in done.output
    else:
        programme.commit({"content/start.md": page("Start here", "Other words.")})
    if noticed == "deploy":
        to = ("--to", f"dir:{tmp_path / 'live'}", "--cache", cache, "--now", "2026-11-23T12:00:00Z")
        done = CliRunner().invoke(cli, ["deploy", "--repo", str(programme.path), *to])
        assert done.exit_code == 0, done.output
    assert build() and not build()
    assert build("--out", str(tmp_path / "anew"), "--cache", str(tmp_path / "other"))
    assert contents(out) == contents(tmp_path / "anew")


def test_a_preview_after_damage_is_written_anew_once(build: Build, tmp_path: Path) -> None:
    overwrite(next(path for path in (tmp_path / "cache/objects").rglob("*") if path.is_file()))
    CliRunner().invoke(cli, ["cache", "check", str(tmp_path / "cache")])
    place = tmp_path / "out/portals/silver-emea"
    numbers = [place.stat().st_ino for _ in range(2) if build("--worktree")]
    assert numbers[0] == numbers[1]


def test_a_commit_is_built(build: Build, programme: Repo, tmp_path: Path) -> None:
    programme.commit({"content/robot.md": page("The robot", "It grew.")})
    assert build()
    assert "It grew." in (tmp_path / "out/portals/silver-emea/robot/index.html").read_text()
    assert not build()


def test_a_branch_that_moved_may_decide_what_is_found(build: Build, programme: Repo) -> None:
    programme.git("branch", "other")
    assert build()
    programme.git("branch", "-D", "other")
    assert build(), "what holds is the last build, not the one before"
    programme.git("checkout", "-q", "-b", "another")
    assert build()


def test_another_revision_is_built(build: Build, programme: Repo) -> None:
    programme.commit({"content/robot.md": page("The robot", "It grew.")})
    assert build("--at", "HEAD~1"), "a branch moved"
    assert not build("--at", "HEAD~1")
    assert build("--at", "HEAD")


@pytest.mark.parametrize("replaced", ["copied", "changed", "gone"])
def test_a_manifest_of_somebody_else_is_not_believed(build: Build, tmp_path: Path, replaced: str) -> None:
    manifest = tmp_path / "out/build.json"
    own = manifest.read_bytes()
    if replaced == "copied":
        shutil.copy2(manifest, tmp_path / "copy")
        (tmp_path / "copy").replace(manifest)
    elif replaced == "changed":
        manifest.write_bytes(own.replace(b"robot", b"rebot"))
    else:
        shutil.rmtree(tmp_path / "out")
    assert build()
    assert manifest.read_bytes() == own


@pytest.mark.parametrize("key", ["publish_at", "expire_at"])
def test_an_instant_that_passes_is_built(build: Build, programme: Repo, tmp_path: Path, key: str) -> None:
    programme.commit({"content/offer.md": page("An offer", **{key: "2026-11-23T15:00:00Z"})})
    place = tmp_path / "out/portals/silver-emea/offer/index.html"
    assert build()
    assert place.exists() == (key == "expire_at")
    assert not build(now="2026-11-23T14:59:59Z")
    assert build(now="2026-11-23T15:00:00Z")
    assert place.exists() == (key == "publish_at")
    assert build(now="2026-11-23T14:59:59Z"), "time may go back"
    assert place.exists() == (key == "expire_at")


def test_another_day_is_built(build: Build) -> None:
    assert build(now="2026-11-24T00:00:00Z")
    assert build(now="2026-11-23T12:00:00Z")


def test_a_preview_is_always_built_and_never_taken_for_a_build(build: Build, programme: Repo, tmp_path: Path) -> None:
    place = tmp_path / "out/portals/silver-emea/robot/index.html"
    own = place.read_bytes()
    programme.write({"content/robot.md": page("The robot", "Not committed.")})
    assert build("--worktree")
    assert b"Not committed." in place.read_bytes()
    assert build("--worktree")
    assert build(), "what stands there is the preview"
    assert place.read_bytes() == own


def test_another_folder_is_built(build: Build, tmp_path: Path) -> None:
    assert build("--out", str(tmp_path / "other"))
    assert not build("--out", os.path.relpath(tmp_path / "other")), "however it is written"


def test_other_software_builds_anew(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prmbuild.last_build.installed", lambda: ["other"])
    assert build()


def test_a_note_that_cannot_be_read_is_none(build: Build, tmp_path: Path) -> None:
    notes = list((tmp_path / "cache/outputs").iterdir())
    assert len(notes) == 1
    for text in ("", "{}", "[]", '{"inputs": 1}', '{"manifest": [1]}'):
        for note in notes:
            note.write_text(text)
        assert build()
        assert not build()
