"""What is checked, and when."""

from datetime import UTC, datetime, timedelta

import pytest

from prmbuild.diagnostics import Diagnostic
from tests.check.cases import base
from tests.conftest import NOW, MakeRepo, page


def told(found: tuple[Diagnostic, ...]) -> list[str]:
    return [f"{diagnostic.path}:{diagnostic.line} {diagnostic.code}" for diagnostic in found]


def test_uncommitted_files_count_in_a_preview_only(make_repo: MakeRepo) -> None:
    repo = make_repo(base())
    repo.write({"content/robots.md": page("Robots", "[Nothing](nothing.md)")})
    assert told(repo.check()) == []
    assert told(repo.check(worktree=True)) == ["content/robots.md:6 PRM401"]


def test_an_earlier_revision_is_checked_as_it_was(make_repo: MakeRepo) -> None:
    repo = make_repo({**base(), "content/robots.md": page("Robots", "[Nothing](nothing.md)")})
    repo.commit({"content/robots.md": page("Robots")})
    assert told(repo.check()) == []
    assert told(repo.check(revision="HEAD~1")) == ["content/robots.md:6 PRM401"]


def test_a_broken_look_hides_no_other_finding(make_repo: MakeRepo) -> None:
    repo = make_repo(
        {
            **base(),
            "site_overrides/mkdocs.yml": "docs_dir: x\n",
            "content/robots.md": page("Robots", "[Nothing](nothing.md)", audience="gold-down"),
            "courses/basics/quiz.yaml": "questions: []\n",
        }
    )
    assert told(repo.check()) == [
        "content/robots.md:4 PRM213",
        "content/robots.md:7 PRM401",
        "courses/basics/quiz.yaml:1 PRM505",
        "site_overrides/mkdocs.yml:1 PRM701",
    ]


def test_findings_come_in_order_and_once(make_repo: MakeRepo) -> None:
    body = "[b](b.md) ![c](c.png)\n\n[a](a.md) [a](a.md)\n\n<!-- x -->"
    found = make_repo({**base(), "content/z.md": page("Page Z", body), "content/y.md": page("Page Y", body)}).check()
    assert list(found) == sorted(set(found))
    assert len(found) == 10


@pytest.mark.parametrize(
    ("days", "codes"),
    [(-1, ["PRM314"]), (0, ["PRM315"]), (7, ["PRM315"]), (8, [])],
)
def test_reviews_fall_due_by_the_clock(days: int, codes: list[str], make_repo: MakeRepo) -> None:
    reviewed = (NOW.date() + timedelta(days=days - 90)).isoformat()
    repo = make_repo(
        {
            **base(),
            "content/robots.md": page("Robots", owner="ana@vendor.example", last_reviewed_on=reviewed, review_in="90d"),
        }
    )
    assert [diagnostic.code for diagnostic in repo.check()] == codes


def test_a_page_expires_by_the_clock(make_repo: MakeRepo) -> None:
    repo = make_repo({**base(), "content/robots.md": page("Robots", expire_at="2026-12-01T00:00:00Z")})
    assert told(repo.check()) == []
    repo.now = datetime(2026, 12, 1, tzinfo=UTC)
    assert told(repo.check()) == ["content/robots.md:4 PRM313"]


def test_a_link_is_told_for_the_viewers_of_each_variant(make_repo: MakeRepo) -> None:
    body = "/// show-to | {role: sales}\n[Gold](gold.md)\n///\n\n[Welcome](index.md)"
    repo = make_repo(
        {**base(), "content/robots.md": page("Robots", body), "content/gold.md": page("Gold", audience="gold-up")}
    )
    (found,) = repo.check()
    assert str(found) == (
        "content/robots.md:7:8: PRM406 the link to 'content/gold.md' is plain text for silver-emea (sales)"
        " (they may not see it)"
    )
