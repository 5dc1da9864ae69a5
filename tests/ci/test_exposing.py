"""What people read before they merge."""

import json
import tarfile
from pathlib import Path

import pytest
from msgspec.structs import replace

from prmbuild.ci.exposing import exposure_step, portals_step
from prmbuild.ci.steps import Outcome, Step, Work
from prmbuild.errors import SourceError
from prmbuild.progress import Silence
from prmbuild.source.git import opened
from tests.conftest import VISIBILITY, Repo, page


def did(step: Step, repo: Repo, kept: Path, **more: object) -> Outcome:
    with opened(repo.path) as repository:
        work = Work(repository=repository, request=repo.request(), progress=Silence(), kept=kept)
        return step(replace(work, **more))


@pytest.fixture
def branched(programme: Repo) -> Repo:
    """On a branch that shows gold pages to all, while main went on."""
    programme.git("checkout", "-q", "-b", "wider")
    programme.commit({"visibility.yaml": VISIBILITY.replace("gold-up: {tier: gold}", "gold-up: everyone")})
    programme.git("checkout", "-q", "main")
    programme.commit({"content/news.md": page("News")})
    programme.git("checkout", "-q", "wider")
    return programme


def test_it_is_compared_with_where_it_left_the_publishing_branch(branched: Repo, tmp_path: Path) -> None:
    for more in ({}, {"base": "main"}):
        outcome = did(exposure_step, branched, tmp_path, **more)
        assert outcome.said == "Exposure widens: 1 partner gains 1 page"
        assert not outcome.failed
    assert json.loads(outcome.files["report.json"])
    assert "pull-request" not in outcome.files
    assert did(exposure_step, branched, tmp_path, number=7).files["pull-request"] == "7\n"


def test_a_broken_configuration_says_so_in_the_report(branched: Repo, tmp_path: Path) -> None:
    branched.commit({"visibility.yaml": "rules: 7\n"})
    outcome = did(exposure_step, branched, tmp_path, number=7)
    assert outcome.failed
    assert "so nothing can be said" in outcome.files["report.md"]
    assert outcome.files["pull-request"] == "7\n"
    assert did(portals_step, branched, tmp_path).failed


def test_a_base_that_is_not_there(branched: Repo, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nowhere"):
        did(exposure_step, branched, tmp_path, base="origin/nowhere")


def test_portals_that_change_are_kept(branched: Repo, tmp_path: Path) -> None:
    outcome = did(portals_step, branched, tmp_path)
    assert outcome.said == "1 of 1 change"
    assert [*tmp_path.glob("portals/portals/*/gold/prices/index.html")]


def test_many_files_are_kept_as_one(branched: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prmbuild.ci.exposing.MANY", 3)
    did(portals_step, branched, tmp_path)
    assert [path.name for path in (tmp_path / "portals").iterdir()] == ["portals.tar"]
    with tarfile.open(tmp_path / "portals/portals.tar") as archive:
        assert "./index.html" in archive.getnames()


def test_no_portal_changes(branched: Repo, tmp_path: Path) -> None:
    branched.git("checkout", "-q", "main")
    outcome = did(portals_step, branched, tmp_path, base="HEAD")
    assert (outcome.said, list(tmp_path.glob("portals"))) == ("0 of 2 change", [])
