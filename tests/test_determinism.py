"""The same programme makes the same bytes, wherever and however it is built."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import MakeRepo, Repo


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def build(repo: Path, out: Path, *options: str, **environment: str) -> dict[str, bytes]:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "prmbuild",
            "build",
            "--repo",
            str(repo),
            "--out",
            str(out),
            "--now",
            "2026-11-23",
            *options,
        ],
        env={**os.environ, **environment},
        check=True,
        capture_output=True,
    )
    return tree(out)


def test_twice_anywhere_in_any_locale_with_any_number_of_jobs(programme: Repo, tmp_path: Path) -> None:
    more = {
        f"content/many/page-{number}.md": f"---\ntitle: Page {number}\nstatus: approved\n---\n\nText {number}.\n"
        for number in range(60)
    }
    programme.commit(more)
    first = build(programme.path, tmp_path / "one", "--jobs", "1", LC_ALL="C", PYTHONHASHSEED="1", TZ="UTC")
    elsewhere = tmp_path / "a folder ünlike it"
    shutil.copytree(programme.path, elsewhere)
    second = build(
        elsewhere, tmp_path / "two", "--jobs", "3", LC_ALL="de_DE.UTF-8", PYTHONHASHSEED="2", TZ="Asia/Tokyo"
    )
    assert first == second
    assert build(programme.path, tmp_path / "one", "--jobs", "2", PYTHONHASHSEED="3") == first, "over an earlier build"


def test_what_is_gone_from_the_programme_goes_from_the_output(
    make_repo: MakeRepo, programme: Repo, tmp_path: Path
) -> None:
    before = build(programme.path, tmp_path / "out")
    assert any("/robot/" in path for path in before)
    programme.commit({"content/robot.md": None, "content/robot.svg": None})
    after = build(programme.path, tmp_path / "out")
    assert not any("/robot/" in path or "robot.svg" in path for path in after)
