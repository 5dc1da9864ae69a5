"""What the repository answers, and what is said where it cannot answer."""

import os
import subprocess
from pathlib import Path

import pytest

from prmbuild.errors import SourceError
from prmbuild.source.git import opened
from tests.conftest import MakeRepo, Repo


@pytest.fixture
def repo(make_repo: MakeRepo) -> Repo:
    return make_repo({"content/a.md": "one", "content/b.bin": bytes(range(256)) * 300, "content/empty.md": ""})


def place_of(repo: Repo, name: str) -> Path:
    return repo.path / ".git" / "objects" / name[:2] / name[2:]


def test_files_are_read_as_they_were_committed(repo: Repo) -> None:
    with opened(repo.path / "content") as repository:
        assert repository.root == repo.path
        tree = repository.tree("HEAD")
        assert repository.read(tree["content/b.bin"].blob) == bytes(range(256)) * 300
        assert repository.read(tree["content/empty.md"].blob) == b""
        assert repository.read(tree["content/a.md"].blob) == b"one"


def test_a_name_that_is_no_utf8(repo: Repo) -> None:
    (repo.path / os.fsdecode(b"content/\xff.md")).write_text("odd")
    repo.commit({})
    with opened(repo.path) as repository:
        tree = repository.tree("HEAD", ("content",))
        assert repository.read(tree[os.fsdecode(b"content/\xff.md")].blob) == b"odd"
        assert list(repository.tree("HEAD", (os.fsdecode(b"content/\xff.md"),))) == [os.fsdecode(b"content/\xff.md")]


@pytest.mark.parametrize("damage", ["missing", "broken"])
def test_an_object_that_cannot_be_read_is_said_and_the_next_one_is_read(repo: Repo, damage: str) -> None:
    with opened(repo.path) as repository:
        tree = repository.tree("HEAD")
        place = place_of(repo, tree["content/a.md"].blob)
        place.chmod(0o644)
        place.unlink() if damage == "missing" else place.write_bytes(b"damaged")
        with pytest.raises(SourceError, match="cannot be read"):
            repository.read(tree["content/a.md"].blob)
        assert repository.read(tree["content/empty.md"].blob) == b""


@pytest.mark.parametrize("name", ["HEAD", "", "0" * 40, "main:content/a.md\nHEAD"])
def test_only_names_of_objects_are_read(repo: Repo, name: str) -> None:
    with opened(repo.path) as repository, pytest.raises(SourceError, match="cannot be read"):
        repository.read(name)


def test_a_folder_is_no_file(repo: Repo) -> None:
    with opened(repo.path) as repository, pytest.raises(SourceError, match="is not a file"):
        repository.read(repo.git("rev-parse", "HEAD:content").strip())


def test_no_repository(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(SourceError, match="no git repository at"), opened(folder):
            pass


def test_a_bare_repository_and_a_linked_work_tree(repo: Repo, tmp_path: Path) -> None:
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    with opened(tmp_path / "bare.git") as bare, opened(tmp_path / "linked") as linked:
        assert bare.root is None and linked.root == tmp_path / "linked"
        blob = bare.tree("HEAD")["content/a.md"].blob
        assert bare.read(blob) == linked.read(blob) == b"one"


def test_a_shallow_clone_is_refused(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"content/a.md": "two"})
    repo.git("clone", "-q", "--depth", "1", repo.path.as_uri(), str(tmp_path / "shallow"))
    with pytest.raises(SourceError, match="shallow"), opened(tmp_path / "shallow"):
        pass


def test_git_is_not_installed(repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="git is not installed"), opened(repo.path):
        pass


def readers() -> set[bytes]:
    """The processes of this one that read objects; fixtures of other tests may have theirs."""
    listed = subprocess.run(["ps", "--ppid", str(os.getpid()), "-o", "pid=,args="], capture_output=True, check=False)
    return {line for line in listed.stdout.splitlines() if b"cat-file" in line}


def test_no_process_stays_behind(repo: Repo) -> None:
    before = readers()
    with opened(repo.path) as repository:
        repository.read(repository.tree("HEAD")["content/a.md"].blob)
        assert len(readers() - before) == 1
    assert readers() == before
