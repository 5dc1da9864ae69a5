"""What dates tell, and what they must not."""

import re

from tests.conftest import CONFIGURATION, MakeRepo, Repo, files_of, page


def updated(repo: Repo) -> str:
    html = files_of(repo.render(), "nordwind")["plan/index.html"].decode()
    found = re.search(r'<time datetime="([^"]*)"', html)
    assert found
    return found.group(1)


def test_a_page_is_dated_by_the_day_it_appeared_not_by_its_preparation(make_repo: MakeRepo) -> None:
    repo = make_repo({**CONFIGURATION, "content/plan.md": page("Plan", publish_at="2026-11-20T08:00:00Z")})
    assert updated(repo) == "2026-11-20"
    assert "2026-09-01" not in "".join(data.decode("utf-8", "replace") for data in plan_files(repo))


def plan_files(repo: Repo) -> list[bytes]:
    return [data for path, data in files_of(repo.render(), "nordwind").items() if path.endswith((".html", ".json"))]


def test_a_page_published_at_once_is_dated_by_its_commit(make_repo: MakeRepo) -> None:
    repo = make_repo({**CONFIGURATION, "content/plan.md": page("Plan", publish_at="2026-08-20T08:00:00Z")})
    assert updated(repo) == "2026-09-01"


def test_a_time_of_publication_added_later_makes_nothing_new(make_repo: MakeRepo) -> None:
    repo = make_repo({**CONFIGURATION, "content/plan.md": page("Plan")})
    repo.commit({"content/plan.md": page("Plan", publish_at="2026-11-20T08:00:00Z")})
    assert updated(repo) == "2026-09-01"


def test_a_correction_before_publication_leaves_no_trace(make_repo: MakeRepo) -> None:
    repo = make_repo({**CONFIGURATION, "content/plan.md": page("Plan", "One.", publish_at="2026-11-20T08:00:00Z")})
    repo.commit({"content/plan.md": page("Plan", "Two.", publish_at="2026-11-20T08:00:00Z")})
    assert updated(repo) == "2026-11-20"
