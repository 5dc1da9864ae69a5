"""Publishing from a pipeline."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from prmbuild.ci.publishing import Target, publish_step
from prmbuild.ci.steps import Outcome, Work
from prmbuild.progress import Silence
from prmbuild.publish.opening import store_at
from prmbuild.records.evidence import read_evidence
from prmbuild.records.layout import evidence_key
from prmbuild.records.live import shown
from prmbuild.source.git import opened
from tests.conftest import Repo


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target(store=store_at("dir:live", tmp_path), owner="a test", by="a test", clock=lambda: 1_800_000_000)


def publish(repo: Repo, target: Target | None) -> Outcome:
    with opened(repo.path) as repository:
        work = Work(repository=repository, request=repo.request(), progress=Silence(), kept=repo.path.with_name("kept"))
        return publish_step(work, target)


def test_what_is_live_is_compared_where_nothing_is_to_be_done(programme: Repo, target: Target, tmp_path: Path) -> None:
    assert publish(programme, target).said.endswith(" is live")
    again = publish(programme, replace(target, verify=True))
    assert again.said.endswith("is live already") and not again.failed
    touched = next(tmp_path.glob("live/portals/**/index.html"))
    touched.chmod(0o644)
    touched.write_text("harm")
    assert not publish(programme, target).failed
    drifted = publish(programme, replace(target, verify=True))
    assert drifted.failed and drifted.said.startswith("1 objects are not what was deployed")
    assert "has other bytes" in drifted.markdown


def test_a_plan_that_takes_a_portal_away_needs_a_person(programme: Repo, target: Target) -> None:
    publish(programme, target)
    partners = (programme.path / "partners.yaml").read_text()
    programme.commit({"partners.yaml": "".join(line for line in partners.splitlines(True) if "id: arbor" not in line)})
    refused = publish(programme, target)
    assert refused.failed
    digest = refused.said.rpartition("--approve ")[2]
    assert digest in refused.markdown
    assert not publish(programme, replace(target, approved=digest)).failed


def test_what_was_not_merged_is_not_published(programme: Repo, target: Target, tmp_path: Path) -> None:
    programme.git("checkout", "-q", "-b", "other")
    programme.commit({"content/start.md": None})
    outcome = publish(programme, target)
    assert outcome.failed and "not on the publishing branch" in outcome.said
    assert not [path for path in tmp_path.glob("live/**/*") if path.is_file()]


def test_a_checkout_on_no_branch_publishes_what_origin_has_or_what_nobody_can_know_of(
    programme: Repo, target: Target
) -> None:
    def kinds() -> set[str]:
        now = shown(target.store)
        assert now is not None
        found = target.store.get(evidence_key(now.deployment.evidence))
        assert found is not None
        files = read_evidence(now.deployment.evidence, found[0]).files
        return {one.approval.kind for some in files.values() for one in some}

    programme.git("update-ref", "refs/remotes/origin/main", "HEAD")
    programme.git("checkout", "-q", "--detach")
    programme.git("branch", "-q", "-D", "main")
    assert not publish(programme, target).failed
    assert kinds() == {"merge"}
    programme.commit({})
    assert publish(programme, target).failed
    programme.git("update-ref", "-d", "refs/remotes/origin/main")
    assert not publish(programme, target).failed
    assert kinds() == {"unproven"}


def test_what_cannot_be_built_is_not_published(programme: Repo, target: Target) -> None:
    programme.commit({"visibility.yaml": "rules: 7\n"})
    outcome = publish(programme, target)
    assert outcome.failed and outcome.said.startswith("nothing was published")
