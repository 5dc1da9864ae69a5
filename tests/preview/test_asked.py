import pytest

from prmbuild.preview.asked import Asked, asked
from prmbuild.source.git import opened
from prmbuild.source.snapshot import Snapshot, take
from tests.conftest import CONFIGURATION, NOW, MakeRepo, Repo, page

URL = "https://partners.vendor.example/"


@pytest.fixture
def repo(make_repo: MakeRepo) -> Repo:
    return make_repo(
        {
            **CONFIGURATION,
            "content/index.md": page("Home"),
            "content/pricing/index.md": page("Pricing"),
            "content/pricing/emea list.md": page("EMEA", "## Terms\n\nText."),
            "content/robot.svg": "<svg/>",
            "courses/basics/course.yaml": "title: Basics\nstatus: draft\nlessons: [one.md]\nquiz: quiz.yaml\n",
            "courses/basics/one.md": "---\ntitle: One\n---\n\nText.\n",
            "courses/basics/quiz.yaml": "questions: []\n",
        }
    )


def ask(repo: Repo, written: str) -> Asked | None:
    with opened(repo.path) as repository:
        return asked(written, snapshot(repo), repository.root, URL)


def snapshot(repo: Repo) -> Snapshot:
    with opened(repo.path) as repository:
        return take(repository, "HEAD", worktree=False, now=NOW)


@pytest.mark.parametrize(
    ("written", "path", "url"),
    [
        ("content/pricing/emea list.md", "content/pricing/emea list.md", "pricing/emea%20list/"),
        ("./content/pricing/", "content/pricing/index.md", "pricing/"),
        ("/pricing/emea%20list/", "content/pricing/emea list.md", "pricing/emea%20list/"),
        ("pricing/emea%20list", "content/pricing/emea list.md", "pricing/emea%20list/"),
        (f"{URL}pricing/emea%20list/#terms", "content/pricing/emea list.md", "pricing/emea%20list/#terms"),
        ("/robot.svg", "content/robot.svg", "robot.svg"),
        ("courses/basics", "courses/basics/course.yaml", "courses/basics/"),
        ("/courses/basics/quiz/", "courses/basics/quiz.yaml", "courses/basics/quiz/"),
        ("/", None, ""),
        ("/catalogue/", None, "catalogue/"),
        ("/courses/", None, "courses/"),
    ],
)
def test_pages_can_be_named_as_files_and_as_addresses(repo: Repo, written: str, path: str | None, url: str) -> None:
    found = ask(repo, written)
    assert found is not None
    assert (found.path, found.url) == (path, url)


def test_a_file_can_be_named_from_anywhere(repo: Repo) -> None:
    found = ask(repo, str(repo.path / "content" / "pricing" / "index.md"))
    assert found is not None and found.path == "content/pricing/index.md"


@pytest.mark.parametrize(
    "written", ["content/nothing.md", "/nothing/", "partners.yaml", "https://elsewhere.example/pricing/", "../x", ""]
)
def test_what_is_not_there_is_not_guessed(repo: Repo, written: str) -> None:
    found = ask(repo, written)
    assert found is None or (written == "" and found.url == "")


def test_a_lesson_is_seen_ahead_of_its_course_and_a_course_with_all_its_parts(repo: Repo) -> None:
    files = snapshot(repo)
    lesson, course, alone = (
        ask(repo, written) for written in ("courses/basics/one.md", "courses/basics", "content/pricing/index.md")
    )
    assert lesson and course and alone
    assert lesson.assumed(files) == {"courses/basics/one.md", "courses/basics/course.yaml"}
    assert course.assumed(files) == {f"courses/basics/{name}" for name in ("course.yaml", "one.md", "quiz.yaml")}
    assert alone.assumed(files) == {"content/pricing/index.md"}
