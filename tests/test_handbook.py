"""The handbook corpus, written by people for another tool, as a programme."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.handbook import make_programme

HANDBOOK = Path(__file__).parents[2] / "shared" / "corpora" / "handbook.tar.gz"


@pytest.mark.skipif(not HANDBOOK.is_file(), reason="the handbook corpus is not here")
def test_it_builds_and_what_is_wrong_with_it_is_said(tmp_path: Path) -> None:
    make_programme(HANDBOOK, tmp_path / "programme")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "prmbuild",
            "build",
            "--repo",
            str(tmp_path / "programme"),
            "--out",
            str(tmp_path / "out"),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "12 portals" in done.stderr and "audit clean" in done.stderr
    assert (tmp_path / "out/portals/gold-emea--technical/departments/engineering/index.html").is_file()
    assert not (tmp_path / "out/portals/gold-emea--sales/departments/engineering").exists()
    assert not list((tmp_path / "out").glob("portals/*/team/index.html"))
    for line in done.stdout.splitlines():
        path, number, column, _ = line.split(":", 3)
        assert (tmp_path / "programme" / path).is_file() and int(number) > 0 and int(column) > 0, line
