"""`prmbuild diff` as its users meet it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from prmbuild.exposure.model import CauseKind
from prmbuild.exposure.report import report
from tests.cli.test_commands import run
from tests.conftest import VISIBILITY, Repo, page
from tests.exposure.test_scenarios import exposure_of

DOCS = (Path(__file__).parents[2] / "docs" / "exposure.md").read_text(encoding="utf-8")
WIDER = VISIBILITY.replace("{tier: gold}", "{tier: [silver, gold]}")


@pytest.fixture
def work(programme: Repo) -> Repo:
    """A programme with a branch that widens."""
    programme.git("checkout", "-q", "-b", "work")
    programme.commit({"visibility.yaml": WIDER}, "Widen")
    programme.git("config", "core.commentChar", "#")
    return programme


def test_compares_with_where_the_branch_began_and_judges_nothing(work: Repo) -> None:
    done = run("diff", "--repo", str(work.path), "--now", "2026-11-23")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Exposure widens: 1 partner gains 1 page\n")
    assert "arbor: 1 page" in done.stdout
    assert "visibility.yaml:2  audience gold-up: tier: gold → tier: silver or gold" in done.stdout


def test_uncommitted_files_count_where_asked(programme: Repo) -> None:
    programme.write({"visibility.yaml": WIDER})
    done = run("diff", "--repo", str(programme.path))
    assert "main has all of this already; name what to compare with, such as HEAD~1" in done.stderr
    assert "1 file is not committed and not looked at" in done.stderr
    assert done.stdout.startswith("Nobody gains")
    done = run("diff", "--repo", str(programme.path), "--worktree")
    assert done.stdout.startswith("Exposure widens"), done.stderr
    assert "with uncommitted files" in done.stdout


def test_an_uncommitted_move_is_a_move(programme: Repo) -> None:
    programme.git("mv", "content/gold/prices.md", "content/prices.md")
    done = run("diff", "--repo", str(programme.path), "--worktree")
    assert "because moved from content/gold/ to content/" in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("base", "message"),
    [("nowhere", "no commit 'nowhere' in this repository"), ("--upload-pack=x", "No such option")],
)
def test_a_base_that_is_not_there(programme: Repo, base: str, message: str) -> None:
    done = run("diff", base, "--repo", str(programme.path))
    assert done.returncode in (2, 3)
    assert message in done.stderr
    assert done.stdout == ""


def test_no_branch_to_compare_with(programme: Repo) -> None:
    programme.git("branch", "-m", "main", "other")
    done = run("diff", "--repo", str(programme.path))
    assert done.returncode == 3
    assert "there is no branch 'main' here or at origin to compare with" in done.stderr
    assert "prmbuild diff HEAD~1" in done.stderr


def test_nothing_in_common(programme: Repo) -> None:
    programme.git("checkout", "-q", "--orphan", "anew")
    programme.commit({}, "anew")
    done = run("diff", "--repo", str(programme.path))
    assert done.returncode == 3
    assert "HEAD and main have no commit in common" in done.stderr


def test_a_shallow_clone(work: Repo, tmp_path: Path) -> None:
    work.git("clone", "-q", "--depth", "1", f"file://{work.path}", str(tmp_path / "shallow"))
    done = run("diff", "--repo", str(tmp_path / "shallow"))
    assert done.returncode == 3
    assert "git fetch --unshallow" in done.stderr


def test_the_branch_at_origin_counts_where_it_is_newer(work: Repo, tmp_path: Path) -> None:
    work.git("checkout", "-q", "main")
    work.git("merge", "-q", "--ff-only", "work")
    clone = tmp_path / "clone"
    work.git("clone", "-q", str(work.path), str(clone))
    copy = Repo(clone)
    copy.git("checkout", "-q", "-b", "work")
    copy.git("branch", "-q", "-f", "main", "HEAD~1")
    copy.commit({"content/new.md": page("New")}, "More")
    done = run("diff", "--repo", str(clone), "--now", "2026-11-23")
    assert "since" in done.stdout and "'Widen'" in done.stdout.splitlines()[2]
    assert "gain 1 page" in done.stdout.splitlines()[0]


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_errors_in_the_head_are_all_that_is_said(work: Repo, form: str) -> None:
    work.commit({"visibility.yaml": WIDER.replace("gold-up\n", "gold-upp`@all`\n")}, "Break it")
    done = run("diff", "--repo", str(work.path), "--format", form)
    assert done.returncode == 1
    assert "gain" not in done.stdout
    assert "nothing is compared: the configuration has errors" in done.stderr
    assert "visibility.yaml" in done.stdout
    if form == "json":
        json.loads(done.stdout)
    if form == "markdown":
        assert "`visibility.yaml:7:14`" in done.stdout
        assert re.search(r"``[^\n]*`@all`[^\n]*``", done.stdout)


def fields(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from fields(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from fields(inner)


def test_the_document_is_complete_and_documented(work: Repo) -> None:
    robot = page("The robot", "Larger. ![Drawing](robot.svg)", publish_at="2026-12-01T00:00:00Z")
    work.commit({"content/robot.md": robot, "content/new.md": page("New"), "content/start.md": None}, "More")
    exposure = exposure_of(work, "main")
    document = json.loads(report(exposure, "json"))
    assert not {name for name in fields(document) if f"`{name}`" not in DOCS}
    assert all(f"`{kind.value}`" in DOCS for kind in CauseKind)
    assert len(document["changes"]) == len(exposure.changes) > 2
    assert len(document["due"]) == len(exposure.due) > 0
    for told, change in zip(document["changes"], exposure.changes, strict=True):
        pairs = [document["viewers"][number] for number in document["sets"][told["set"]]]
        assert [(pair["partner"], pair["role"]) for pair in pairs] == [
            (pair.partner, pair.role) for pair in exposure.viewers.of(change.viewers)
        ]
        assert told["causes"]
