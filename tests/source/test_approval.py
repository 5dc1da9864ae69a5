"""Which version is published."""

from datetime import UTC, datetime

import pytest

from prmbuild.build import Built
from tests.conftest import CONFIGURATION, PRM, MakeRepo, Repo, files_of, page

PARTNER = "arbor"
APPROVALS = """\
approval:
  evidence: trailer
  approvers:
    - {paths: [content/**], people: [boss@vendor.example, ana@vendor.example]}
"""


def text(built: Built, path: str) -> str | None:
    data = files_of(built, PARTNER).get(path)
    return data.decode() if data is not None else None


@pytest.fixture
def repo(make_repo: MakeRepo) -> Repo:
    return make_repo({**CONFIGURATION, "content/a.md": page("A", "first text")})


def test_a_draft_over_an_approved_version_changes_nothing(repo: Repo) -> None:
    before = repo.render()
    repo.commit({"content/a.md": page("A", "second text", status="draft")})
    after = repo.render()
    assert "first text" in (text(after, "a/index.html") or "")
    assert files_of(before, PARTNER) == files_of(after, PARTNER)
    repo.commit({"content/a.md": page("A", "second text")})
    assert "second text" in (text(repo.render(), "a/index.html") or "")


def test_a_page_that_was_never_approved_is_not_there(repo: Repo) -> None:
    repo.commit({"content/b.md": page("B", status="in_review"), "content/c.md": "no front matter at all\n"})
    built = repo.render()
    assert text(built, "b/index.html") is None and text(built, "c/index.html") is None


def test_a_retired_page_is_gone_even_when_it_is_a_draft_again(repo: Repo) -> None:
    repo.commit({"content/a.md": page("A", status="retired")})
    assert text(repo.render(), "a/index.html") is None
    repo.commit({"content/a.md": page("A", "third text", status="draft")})
    assert text(repo.render(), "a/index.html") is None


def test_a_link_with_the_bytes_that_a_page_has_takes_nothing_from_it(repo: Repo) -> None:
    data = page("B", "text of b")
    (repo.path / "content/b.md").symlink_to(data)
    repo.commit({}, "a symbolic link")
    assert text(repo.render(), "b/index.html") is None
    (repo.path / "content/b.md").unlink()
    repo.commit({"content/b.md": data}, "a page")
    for _ in range(2):
        assert "text of b" in (text(repo.render(), "b/index.html") or "")


def test_a_deleted_page_does_not_come_back_as_a_draft(repo: Repo) -> None:
    repo.commit({"content/a.md": None})
    assert text(repo.render(), "a/index.html") is None
    repo.commit({"content/a.md": page("A", "other text", status="draft")})
    assert text(repo.render(), "a/index.html") is None


def test_a_version_with_a_date_waits_for_it_and_the_earlier_one_stays(repo: Repo) -> None:
    repo.commit({"content/a.md": page("A", "second text", publish_at="2027-01-01T00:00:00Z")})
    assert "first text" in (text(repo.render(), "a/index.html") or "")
    repo.now = datetime(2027, 1, 1, tzinfo=UTC)
    assert "second text" in (text(repo.render(), "a/index.html") or "")


def test_an_expired_page_is_gone_at_its_instant(repo: Repo) -> None:
    repo.commit({"content/a.md": page("A", expire_at="2026-12-01T00:00:00Z")})
    assert text(repo.render(), "a/index.html") is not None
    repo.now = datetime(2026, 12, 1, tzinfo=UTC)
    assert text(repo.render(), "a/index.html") is None


def test_only_the_first_parent_counts(repo: Repo) -> None:
    repo.git("checkout", "-q", "-b", "work")
    repo.commit({"content/a.md": page("A", "approved on a branch only")})
    repo.commit({"content/a.md": page("A", "still being written", status="draft")})
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "merge work", "work")
    assert "first text" in (text(repo.render(), "a/index.html") or "")


def test_assets_come_from_the_commit_of_the_approved_page(repo: Repo) -> None:
    picture = {"content/a.md": page("A", "![Drawing](a.svg)"), "content/a.svg": "<svg><title>one</title></svg>"}
    repo.commit(picture)
    repo.commit(
        {
            "content/a.svg": "<svg><title>two</title></svg>",
            "content/a.md": page("A", "![Drawing](a.svg)", status="draft"),
        }
    )
    assert text(repo.render(), "a.svg") == "<svg><title>one</title></svg>"
    repo.commit({"content/a.md": page("A", "![Drawing](a.svg) again")})
    assert text(repo.render(), "a.svg") == "<svg><title>two</title></svg>"


def test_a_lesson_without_a_status_follows_its_course(repo: Repo) -> None:
    course = "title: Basics\nstatus: approved\nlessons: [one.md]\n"
    repo.commit({"courses/basics/course.yaml": course, "courses/basics/one.md": "---\ntitle: One\n---\n\nlesson one\n"})
    assert "lesson one" in (text(repo.render(), "courses/basics/one/index.html") or "")
    repo.commit({"courses/basics/one.md": "---\ntitle: One\n---\n\nlesson improved\n"})
    assert "lesson improved" in (text(repo.render(), "courses/basics/one/index.html") or "")
    repo.commit(
        {
            "courses/basics/course.yaml": course.replace("approved", "draft"),
            "courses/basics/one.md": "---\ntitle: One\n---\n\nlesson in rework\n",
        }
    )
    assert "lesson improved" in (text(repo.render(), "courses/basics/one/index.html") or "")


def test_a_trailer_of_somebody_entitled_is_needed_where_asked_for(repo: Repo) -> None:
    repo.commit({"prm.yaml": PRM + APPROVALS})
    for somebody in ("who", "ana"):
        repo.commit({"content/a.md": page("A", f"by {somebody}")}, f"x\n\nApproved-by: {somebody}@vendor.example")
        assert "first text" in (text(repo.render(), "a/index.html") or ""), "approved by a merge, when that was enough"
    repo.commit({"content/a.md": page("A", "approved well")}, "x\n\nApproved-by: boss@vendor.example")
    assert "approved well" in (text(repo.render(), "a/index.html") or "")
    repo.commit({"content/a.md": page("A", "changed since")})
    assert "approved well" in (text(repo.render(), "a/index.html") or "")


def test_a_version_to_come_that_nobody_approved_is_said_to_be_so(repo: Repo) -> None:
    repo.commit({"prm.yaml": PRM + APPROVALS})
    later = page("A", "to come", publish_at="2027-01-01T00:00:00Z")
    repo.commit({"content/a.md": later})
    assert "PRM318" in [finding.code for finding in repo.check()]
    repo.commit({"content/a.md": later + "now approved"}, "x\n\nApproved-by: boss@vendor.example")
    assert "PRM318" not in [finding.code for finding in repo.check()]


def test_a_preview_shows_what_is_not_approved_yet(repo: Repo) -> None:
    repo.commit({"prm.yaml": PRM + APPROVALS})
    repo.write({"content/a.md": page("A", "being written")})
    assert "being written" in (text(repo.render(worktree=True), "a/index.html") or "")
    repo.commit({})
    assert "first text" in (text(repo.render(), "a/index.html") or "")


COURSE = "title: Basics\nstatus: approved\nlessons: [one.md]\n"
LESSON = "courses/basics/one.md"


def lesson(repo: Repo) -> str | None:
    return text(repo.render(), "courses/basics/one/index.html")


def test_a_lesson_that_was_a_draft_is_not_shown_because_it_says_nothing_now(repo: Repo) -> None:
    for status in ("draft", "in_review", "retired"):
        course = f"courses/{status.replace('_', '-')}"
        repo.commit({f"{course}/course.yaml": COURSE, f"{course}/one.md": page("One", "SECRET", status=status)})
        repo.commit(
            {
                f"{course}/course.yaml": COURSE.replace("approved", "draft"),
                f"{course}/one.md": "---\ntitle: One\n---\nx\n",
            }
        )
        assert text(repo.render(), f"{course}/one/index.html") is None


def test_a_lesson_waits_for_its_own_date(repo: Repo) -> None:
    repo.commit({"courses/basics/course.yaml": COURSE, LESSON: "---\npublish_at: 2027-01-01T00:00:00Z\n---\nlater\n"})
    assert lesson(repo) is None
    repo.now = datetime(2027, 1, 1, tzinfo=UTC)
    assert "later" in (lesson(repo) or "")


@pytest.mark.parametrize("start", ["\n", " ", "\u200b", "\ufeff\ufeff", "-", "<!-- c -->\n"], ids=ascii)
def test_front_matter_that_is_not_at_the_top_publishes_nothing(repo: Repo, start: str) -> None:
    hidden = f"{start}---\nstatus: draft\n---\n# Lesson\n\nSECRET\n"
    repo.commit({"courses/basics/course.yaml": COURSE, LESSON: hidden})
    assert lesson(repo) is None
    assert "PRM330" in [finding.code for finding in repo.check()]


BY_TRAILER = APPROVALS.replace("content/**", "content/**, courses/**")
APPROVED = "x\n\nApproved-by: boss@vendor.example"


def test_a_lesson_needs_the_trailer_too(repo: Repo) -> None:
    repo.commit({"prm.yaml": PRM + BY_TRAILER})
    repo.commit({"courses/basics/course.yaml": COURSE, LESSON: "---\ntitle: One\n---\none\n"}, APPROVED)
    assert "one" in (lesson(repo) or "")
    repo.commit({LESSON: "---\ntitle: One\n---\nUNAPPROVED\n"})
    assert "UNAPPROVED" not in (lesson(repo) or "") and "one" in (lesson(repo) or "")
    repo.commit({LESSON: "---\ntitle: One\n---\nthird\n"}, APPROVED)
    assert "third" in (lesson(repo) or "")


def test_nobody_approves_their_own_work_through_a_merge(repo: Repo) -> None:
    repo.commit({"prm.yaml": PRM + APPROVALS})
    for author, published in (
        ("boss@vendor.example", False),
        ("bob@vendor.example", False),
        ("bob@home.example", True),
    ):
        if published:
            repo.commit({"content/a.md": page("A", "first text")}, "take back what the boss wrote")
        repo.git("checkout", "-q", "-B", "work")
        repo.commit({"content/a.md": page("A", f"by {author}")}, GIT_AUTHOR_EMAIL=author)
        repo.git("checkout", "-q", "main")
        repo.git("merge", "-q", "--no-ff", "-m", APPROVED, "work", GIT_AUTHOR_EMAIL="carol@vendor.example")
        assert (f"by {author}" in (text(repo.render(), "a/index.html") or "")) is published


def test_who_may_approve_a_page_may_not_thereby_approve_a_file(repo: Repo) -> None:
    approvers = (
        APPROVALS.replace("[content/**]", "[content/a.md]")
        + "    - {paths: ['content/*.csv'], people: [chief@vendor.example]}\n"
    )
    repo.commit(
        {"prm.yaml": PRM + approvers, "content/p.csv": "approved prices"}, "x\n\nApproved-by: chief@vendor.example"
    )
    repo.commit({"content/p.csv": "UNAPPROVED prices"})
    repo.commit({"content/a.md": page("A", "[prices](p.csv)")}, APPROVED)
    assert text(repo.render(), "p.csv") == "approved prices"
    repo.commit({"content/a.md": page("A", "[new prices](p.csv)")}, APPROVED + "\nApproved-by: chief@vendor.example")
    assert text(repo.render(), "p.csv") == "UNAPPROVED prices"


def test_dates_are_those_of_what_the_reader_could_see(repo: Repo) -> None:
    def block(text: str) -> str:
        return page("A", f"for all\n\n/// show-to | gold-up\n{text}\n///")

    repo.commit({"content/a.md": block("one")})
    repo.commit({"content/a.md": block("two")})
    built = repo.render()
    updated = {tree.portal.id: tree.portal.pages["content/a.md"].dates.updated.isoformat() for tree in built.trees}
    assert updated == {"silver-emea": "2026-09-02", "gold-emea": "2026-09-03"}
