"""The past that is remembered is the one that git has."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prmbuild.cache import DirectoryCache
from prmbuild.source import past
from prmbuild.source.git import GitRepository, opened
from prmbuild.source.past import past_of
from prmbuild.source.snapshot import PLACES
from tests.conftest import MakeRepo, Repo

FILES = ("content/a.md", "content/a/é.md", "content/a-b.md", "content/b c.md", "courses/x/course.yaml", "README.md")
CHANGES = st.lists(
    st.dictionaries(st.sampled_from(FILES), st.sampled_from("xyz") | st.none(), max_size=2), min_size=1, max_size=3
)


def same(repository: GitRepository, revision: str, cache: DirectoryCache) -> bool:
    commit = repository.resolve(revision)
    found = past_of(repository, commit, PLACES, cache)
    files = repository.tree(commit, PLACES)
    return found.history == repository.history(commit, PLACES) and list(found.files.items()) == list(files.items())


def commit(repo: Repo, files: dict[str, str | None]) -> None:
    repo.commit({path: text for path, text in files.items() if text is not None or (repo.path / path).exists()})


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=CHANGES, side=CHANGES, second=CHANGES, keep_after=st.sampled_from((1, 3, 64)))
def test_it_is_as_git_has_it(
    make_repo: MakeRepo,
    tmp_path_factory: pytest.TempPathFactory,
    first: list[dict[str, str | None]],
    side: list[dict[str, str | None]],
    second: list[dict[str, str | None]],
    keep_after: int,
) -> None:
    repo = make_repo({"content/a.md": "first"})
    cache = DirectoryCache(tmp_path_factory.mktemp("cache"))
    with pytest.MonkeyPatch.context() as patch, opened(repo.path) as repository:
        patch.setattr(past, "KEEP_AFTER", keep_after)
        for files in first:
            commit(repo, files)
            assert same(repository, "HEAD", cache)
        repo.git("checkout", "-q", "-b", "side")
        for files in side:
            commit(repo, files)
        repo.git("checkout", "-q", "-")
        for files in second:
            commit(repo, files)
        repo.git("merge", "-q", "--no-ff", "-s", "ours", "-m", "merge", "side")
        for revision in ("side", "HEAD", "HEAD~1", "side"):
            assert same(repository, revision, cache)
        repo.git("reset", "-q", "--hard", "HEAD~1")
        commit(repo, {"content/a.md": "after a rewrite"})
        assert same(repository, "HEAD", cache)


def test_only_what_is_new_is_asked_for(make_repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo, cache = make_repo({"content/a.md": "first"}), DirectoryCache(tmp_path / "cache")
    asked: list[str] = []
    history = GitRepository.history

    def noted(self: GitRepository, revision: str, paths: tuple[str, ...] = ()) -> object:
        asked.append(revision)
        return history(self, revision, paths)

    monkeypatch.setattr(GitRepository, "history", noted)
    with opened(repo.path) as repository:
        first = repository.resolve("HEAD")
        past_of(repository, first, PLACES, cache)
        second = repo.commit({"content/a.md": "second"})
        found = past_of(repository, second, PLACES, cache)
        past_of(repository, first, PLACES, cache)
    assert asked == [first, f"{first}..{second}"]
    assert [version.commit.id for version in found.history.of("content/a.md")] == [second, first]


def test_what_cannot_be_read_is_read_from_git(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo, cache = make_repo({"content/a.md": "first"}), DirectoryCache(tmp_path / "cache")
    with opened(repo.path) as repository:
        head = repository.resolve("HEAD")
        kept = b'[[], {"content/a.md": [[0, "0", "100644"]]}, {}]'
        for broken in (b"", b"[]", b"[[], {}, []]", kept, b'[[], {}, {"content/a.md": 5}]'):
            cache.put(past._key(head, PLACES), broken)
            assert same(repository, "HEAD", cache)
