"""Whether the passing of time asks for publishing."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from prmbuild.ci.github import GitHub
from prmbuild.ci.scheduled import Published, due_step, last_published
from prmbuild.ci.steps import Work
from prmbuild.progress import Silence
from prmbuild.source.git import opened
from tests.ci.fake_github import Repository
from tests.conftest import Repo, page

DAY = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def dated(programme: Repo) -> Repo:
    programme.commit(
        {
            "content/late.md": page("Late", publish_at="2026-11-21T08:00:00Z"),
            "content/old.md": page("Old", expire_at="2026-11-25T08:00:00Z"),
        }
    )
    return programme


def due(repo: Repo, published: Published | None, now: datetime = DAY + timedelta(days=1)) -> tuple[bool, str]:
    with opened(repo.path) as repository:
        request = replace(repo.request(), now=now)
        outcome, wanted = due_step(
            Work(repository=repository, request=request, progress=Silence(), kept=repo.path), published
        )
    return wanted, outcome.said


def test_a_date_that_passed_since(dated: Repo) -> None:
    assert due(dated, Published(since=DAY)) == (True, "publish: a date has passed at 2026-11-21 08:00 UTC")


def test_a_page_that_expired_since(dated: Repo) -> None:
    wanted, said = due(dated, Published(since=DAY + timedelta(days=1)), now=DAY + timedelta(days=5))
    assert (wanted, said) == (True, "publish: a date has passed at 2026-11-25 08:00 UTC")


def test_a_date_to_come(dated: Repo) -> None:
    wanted, said = due(dated, Published(since=DAY + timedelta(hours=9)))
    assert (wanted, said) == (False, "nothing to publish: the next date is 2026-11-25 08:00 UTC")


def test_a_commit_that_is_not_out(dated: Repo) -> None:
    assert due(dated, Published(since=DAY + timedelta(hours=9), commit="0" * 40))[0]


def test_nothing_is_known(dated: Repo) -> None:
    assert due(dated, None)[0]


def test_no_date_at_all(programme: Repo) -> None:
    assert due(programme, Published(since=DAY)) == (False, "nothing to publish: no date is to come")


def test_a_broken_configuration_fails(dated: Repo) -> None:
    dated.commit({"visibility.yaml": "rules: 7\n"})
    with opened(dated.path) as repository:
        work = Work(repository=repository, request=dated.request(), progress=Silence(), kept=dated.path)
        outcome, wanted = due_step(work, Published(since=DAY))
    assert outcome.failed and not wanted


def test_the_last_success_of_either_workflow_counts(fake: Repository, github: GitHub) -> None:
    assert last_published(github, "main") is None
    fake.runs = {
        "publish.yml": [{"run_started_at": "2026-10-01T00:00:00Z", "head_sha": "a" * 40}],
        "scheduled.yml": [{"run_started_at": "2026-11-20T01:00:00+01:00", "head_sha": "b" * 40}],
    }
    assert last_published(github, "main") == Published(since=datetime(2026, 11, 20, tzinfo=UTC), commit="b" * 40)
    fake.runs["scheduled.yml"] = [{"run_started_at": "soon"}]
    assert last_published(github, "main") == Published(since=datetime(2026, 10, 1, tzinfo=UTC), commit="a" * 40)
