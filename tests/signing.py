"""Commits signed with real SSH keys."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import Repo

POLICY = """\
approval:
  evidence: {evidence}
  approvers:
    - {{paths: [content/**, courses/**], people: [boss@vendor.example, ana@vendor.example]}}
    - {{paths: [content/gold/**], people: [chief@vendor.example]}}
    - {{paths: [partners.yaml, visibility.yaml, prm.yaml], people: [boss@vendor.example]}}
"""


@dataclass(frozen=True)
class Key:
    """A key pair of one person."""

    path: Path
    person: str

    @property
    def public(self) -> str:
        kind, data, *_ = self.path.with_suffix(".pub").read_text().split()
        return f"{kind} {data}"

    def line(self, options: str = "") -> str:
        """The line of ``allowed_signers`` that lets the person sign."""
        return f"{self.person} {options}{' ' if options else ''}{self.public}\n"

    @property
    def options(self) -> tuple[str, ...]:
        """What makes git sign with it."""
        return ("-c", "gpg.format=ssh", "-c", f"user.signingkey={self.path}", "-c", "commit.gpgsign=true")


def new_key(folder: Path, person: str) -> Key:
    path = folder / person.partition("@")[0]
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return Key(path=path, person=person)


def identity(person: str) -> Mapping[str, str]:
    """The environment in which git takes somebody for author and committer."""
    return {f"GIT_{role}_{what}": person for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def commit(
    repo: Repo,
    files: Mapping[str, str | None],
    message: str = "x",
    *,
    by: str = "ana@vendor.example",
    key: Key | None = None,
) -> str:
    """Commit files, which may be none, as somebody, signed with a key."""
    repo.write(files)
    repo.git("add", "-A")
    repo.git(*(key.options if key else ()), "commit", "-q", "--allow-empty", "-m", message, **identity(by))
    return repo.git("rev-parse", "HEAD").strip()


def merge(
    repo: Repo, branch: str, message: str = "merge", *, by: str = "carol@vendor.example", key: Key | None = None
) -> str:
    """Merge a branch with a merge commit."""
    repo.git(*(key.options if key else ()), "merge", "-q", "--no-ff", "-m", message, branch, **identity(by))
    return repo.git("rev-parse", "HEAD").strip()
