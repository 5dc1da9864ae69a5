"""Which commits a branch has had as its tip."""

from prmbuild.source.git import opened
from tests.conftest import MakeRepo, Repo


def on(repo: Repo, branch: str, revision: str = "HEAD") -> bool | None:
    with opened(repo.path) as repository:
        return repository.on_branch(branch, repository.resolve(revision))


def test_a_branch_has_its_tip_and_what_was_its_tip(make_repo: MakeRepo) -> None:
    repo = make_repo({"a": "1"})
    repo.commit({"a": "2"})
    repo.git("checkout", "-q", "--detach", "main")
    assert on(repo, "main") is True
    assert on(repo, "main", "HEAD~1") is True


def test_what_was_merged_was_never_its_tip(make_repo: MakeRepo) -> None:
    repo = make_repo({"a": "1"})
    repo.git("checkout", "-q", "-b", "proposal")
    repo.commit({"b": "1"})
    assert on(repo, "main") is False
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "proposal")
    assert on(repo, "main") is True
    assert on(repo, "main", "proposal") is False


def test_the_branch_may_be_known_from_its_origin_only(make_repo: MakeRepo) -> None:
    repo = make_repo({"refs/heads/main": "a file like a branch"})
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    assert on(repo, "main") is True
    repo.git("checkout", "-q", "-b", "other")
    repo.git("branch", "-q", "-D", "main")
    assert on(repo, "main") is True
    repo.commit({"b": "1"})
    assert on(repo, "main") is False


def test_of_a_branch_that_nobody_knows_nothing_is_said(make_repo: MakeRepo) -> None:
    repo = make_repo({"a": "1"})
    repo.git("branch", "-q", "topic/one")
    for name in ("nowhere", "topic", "--all", "mai*"):
        assert on(repo, name) is None


def test_a_command_goes_by_where_a_branch_stood_when_it_first_asked(make_repo: MakeRepo) -> None:
    repo = make_repo({"a": "1"})
    with opened(repo.path) as repository:
        before = repository.branches()
        repo.commit({"a": "2"})
        assert repository.branches() == before
        assert repository.on_branch("main", repository.resolve("HEAD")) is False
        assert repository.on_branch("main", repository.resolve("HEAD~1")) is True
