"""Folders that a command is given: where portals and caches may stand, and what is said where they may not."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from prmbuild.cli.main import cli
from tests.conftest import Repo


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def build(programme: Repo, cache: Path, *arguments: object) -> Result:
    return run("build", "--repo", programme.path, "--cache", cache, "--jobs", "1", *arguments)


@pytest.mark.parametrize("place", ["content/public", "content", "courses/x", "site_overrides/a/b", ".git/out"])
def test_portals_never_stand_where_a_programme_is_read(programme: Repo, tmp_path: Path, place: str) -> None:
    for folder in ("courses", "site_overrides"):
        (programme.path / folder).mkdir()
    before = sorted(programme.path.rglob("*"))
    (tmp_path / "link").symlink_to((programme.path / place).parent)
    for out in (programme.path / place, tmp_path / "link" / Path(place).name):
        done = build(programme, tmp_path / "cache", "--out", out)
        assert done.exit_code == 2 and "programmes are read from there" in done.stderr
        shown = run("preview", "content/robot.md", "--as", "nordwind:sales", "--repo", programme.path, "--out", out)
        assert shown.exit_code == 2 and "programmes are read from there" in shown.stderr
        kept = run("ci", "check", "--repo", programme.path, "--out", out)
        assert kept.exit_code == 2 and "programmes are read from there" in kept.stderr
    assert sorted(programme.path.rglob("*")) == before


def test_portals_go_to_the_top_of_the_repository(
    programme: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(programme.path / "content")
    assert run("build", "--cache", tmp_path / "cache", "--jobs", "1").exit_code == 0
    assert (programme.path / "public/build.json").is_file()
    assert not (programme.path / "content/public").exists()
    again = run("build", "--cache", tmp_path / "cache", "--jobs", "1", "--format", "json")
    assert json.loads(again.stdout)["stages"] == [] and json.loads(again.stdout)["seconds"] > 0
    assert run("audit", "--cache", tmp_path / "cache").exit_code == 0


@pytest.mark.parametrize(
    "out", ["", "/dev/null", "file", "file/below", "loose", "full", "s3://bucket/place", "portals-only"]
)
def test_a_folder_that_cannot_be_built_into_is_said_at_once(programme: Repo, tmp_path: Path, out: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loose").symlink_to(tmp_path / "nothing")
    (tmp_path / "full/portals").mkdir(parents=True)
    (tmp_path / "full/notes.txt").touch()
    (tmp_path / "portals-only/portals").mkdir(parents=True)
    place = out if out == "" or ":" in out else tmp_path / out
    done = build(programme, tmp_path / "cache", "--out", place)
    assert done.exit_code == 2 and "--out" in done.stderr
    assert "rendering" not in done.stderr
    assert not (tmp_path / "cache").exists()
    assert ("delete the folder" in done.stderr) == (out == "portals-only")
    if out in ("", "/dev/null", "file", "file/below", "loose", "s3://bucket/place"):
        for command in (("schemas",), ("ci", "check", "--repo", programme.path, "--cache", tmp_path / "cache")):
            kept = run(*command, "--out", place)
            assert kept.exit_code == 2 and "--out" in kept.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="may write everywhere")
def test_a_folder_that_cannot_be_written_is_said_at_once(programme: Repo, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir(mode=0o500)
    done = build(programme, tmp_path / "cache", "--out", tmp_path / "out")
    assert done.exit_code == 3 and "cannot be written" in done.stderr


def test_a_profile_that_cannot_be_written_is_said_at_once(programme: Repo, tmp_path: Path) -> None:
    done = build(programme, tmp_path / "cache", "--out", tmp_path / "out", "--profile", tmp_path / "none/profile")
    assert not isinstance(done.exception, SystemExit) and "profile" in str(done.exception)
    assert "rendering" not in done.stderr


@pytest.mark.parametrize("place", ["", "gs://bucket/place", "file:///tmp/x", "S3://bucket/x", "dir:x", "FILE"])
def test_what_is_no_cache_is_refused(
    programme: Repo, tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("FILE").touch()
    before = sorted(tmp_path.iterdir())
    for command in (("check", "--repo", programme.path, "--cache", place), ("cache", "stats", place)):
        assert run(*command).exit_code == 2
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("command", ["stats", "prune"])
def test_a_cache_that_is_not_there_is_said(tmp_path: Path, command: str) -> None:
    (tmp_path / "other").mkdir()
    assert run("cache", command, tmp_path / "other").exit_code == 0
    (tmp_path / "other/notes.txt").touch()
    for name in ("absent", "other"):
        done = run("cache", command, tmp_path / name)
        assert done.exit_code == 2 and name in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


@pytest.mark.parametrize("time", ["9999-12-31", "0001-01-01T00:00:00Z"])
def test_a_time_that_cannot_be_reckoned_with_is_refused(programme: Repo, tmp_path: Path, time: str) -> None:
    done = build(programme, tmp_path / "cache", "--out", tmp_path / "out", "--now", time)
    assert done.exit_code == 2 and "no day that can be reckoned with" in done.stderr
