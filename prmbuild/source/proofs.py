"""What git itself can prove of commits: who signed them, and whether a merge holds nothing but what it merged."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from prmbuild.errors import SourceError
from prmbuild.source.ancestry import Ancestor
from prmbuild.source.git import GitRepository
from prmbuild.source.signers import Signers, Verdicts

_REFUSED = "false"
"""A program that verifies nothing, in place of those that read other kinds of signatures."""


_FIRST = (2, 34)
"""The first git that verifies signatures by SSH keys.

Source: https://github.com/git/git/blob/master/Documentation/RelNotes/2.34.0.txt
"""

_AT_ONCE = 128
"""Commits that one git verifies one after the other, while others do the same."""


class Memory(Protocol):
    """Keeps what was proven: a verdict about a commit never changes. See `prmbuild.cache.Cache`."""

    def get_many(self, keys: Iterable[str]) -> Mapping[str, bytes]:
        """Return the bytes kept under keys: key → bytes, without the keys that have none."""

    def put_many(self, entries: Mapping[str, bytes]) -> Mapping[str, str]:
        """Keep bytes under keys."""


class Proofs:
    """Asks git, once for many commits, and remembers.

    Args:
        repository: holds the commits.
        memory: where verdicts are kept; None keeps them for this run.
    """

    def __init__(self, repository: GitRepository, memory: Memory | None) -> None:
        self._repository = repository
        self._memory = memory
        self._clean: dict[str, bool] = {}

    def signatures(self, commits: Iterable[str], signers: Signers, revoked: bytes) -> Verdicts:
        """Return who validly signed each commit with an SSH key.

        The key must stand in `signers` and be valid, by its line's ``valid-after`` and ``valid-before``, at the
        commit's own time; and it must not be revoked, whenever it signed. Signatures of other kinds count for nothing.

        Args:
            commits: full object names.
            signers: whose keys count.
            revoked: public keys that count no more, one a line.

        Returns:
            Commit → addresses of who signed; empty where nobody did.

        Raises:
            SourceError: there is no ``ssh-keygen``, or git cannot answer.
        """
        about = sha256(signers.data + b"\0" + revoked).hexdigest()
        keys = {_key("signature", about, commit): commit for commit in commits if self._repository.ssh_signed(commit)}
        known = self._repository.proven
        kept = self._memory.get_many(key for key in keys if key not in known) if self._memory else {}
        known.update({key: pair for key, data in kept.items() if (pair := _read(data)) is not None})
        missing = {key: commit for key, commit in keys.items() if key not in known}
        if missing:
            new = self._verify(tuple(missing.values()), signers, revoked)
            known.update({key: new[commit] for key, commit in missing.items()})
            if self._memory:
                self._memory.put_many({key: json.dumps(known[key]).encode() for key in missing})
        signed = {commit: signers.people(*known[key]) for key, commit in keys.items() if known[key][0]}
        return {commit: signed.get(commit, frozenset()) for commit in commits}

    def _verify(self, commits: tuple[str, ...], signers: Signers, revoked: bytes) -> Mapping[str, tuple[str, str]]:
        """Return commit → principal and fingerprint, both empty where git finds no good signature.

        Source: https://git-scm.com/docs/pretty-formats (``%G?``, ``%GS``, ``%GF``)
        """
        if shutil.which("ssh-keygen") is None:
            raise SourceError("ssh-keygen is not installed", hint="install OpenSSH 8.9 or later; signatures need it")
        version = self._repository.ask("version").split()[2].split(b".")
        if tuple(map(int, version[:2])) < _FIRST:
            raise SourceError("this git cannot verify signatures by SSH keys", hint="install git 2.34 or later")
        with tempfile.TemporaryDirectory(prefix="prmbuild-") as folder:
            allowed, gone = Path(folder) / "allowed_signers", Path(folder) / "revoked_signers"
            allowed.write_bytes(signers.data)
            gone.write_bytes(revoked)
            settings = {
                "gpg.ssh.allowedSignersFile": str(allowed),
                "gpg.ssh.revocationFile": str(gone),
                "gpg.ssh.program": "ssh-keygen",
                "gpg.minTrustLevel": "undefined",
                "gpg.program": _REFUSED,
                "gpg.openpgp.program": _REFUSED,
                "gpg.x509.program": _REFUSED,
            }
            some = (commits[start : start + _AT_ONCE] for start in range(0, len(commits), _AT_ONCE))
            with ThreadPoolExecutor(max_workers=os.cpu_count()) as threads:
                raw = b"".join(threads.map(lambda part: self._log(part, settings), some))
        fields = raw.decode("utf-8", "replace").split("\0")
        found = {
            commit: (principal, fingerprint) if good == "G" else ("", "")
            for commit, good, principal, fingerprint in zip(*(iter(fields),) * 4, strict=False)
        }
        if found.keys() != set(commits):
            raise SourceError("git log did not answer for every commit")
        return found

    def _log(self, commits: Sequence[str], settings: Mapping[str, str]) -> bytes:
        return self._repository.ask(
            "log", "--no-show-signature", "--no-walk=unsorted", "--stdin", "-z", "--format=%H%x00%G?%x00%GS%x00%GF",
            given="".join(f"{commit}\n" for commit in commits).encode(),
            settings=settings,
        )  # fmt: skip

    def merged_only(self, commit: Ancestor) -> bool:
        """Tell whether a merge holds exactly what git makes of its parents by itself, and nothing anybody wrote in it.

        Where git cannot tell (before 2.38, or with more than two parents) it does not.
        """
        if len(commit.parents) != 2:
            return False
        if commit.id not in self._clean:
            self._clean[commit.id] = self._merge(commit.parents) == commit.tree
        return self._clean[commit.id]

    def _merge(self, parents: tuple[str, ...]) -> str | None:
        """Return the tree of the merge that git makes by itself, which is kept nowhere; None where it makes none.

        Source: https://git-scm.com/docs/git-merge-tree
        """
        objects = os.fsdecode(self._repository.ask("rev-parse", "--path-format=absolute", "--git-path", "objects"))
        with tempfile.TemporaryDirectory(prefix="prmbuild-") as folder:
            scratch = {"GIT_OBJECT_DIRECTORY": folder, "GIT_ALTERNATE_OBJECT_DIRECTORIES": objects.removesuffix("\n")}
            try:
                raw = self._repository.ask("merge-tree", "--write-tree", *parents, environment=scratch)
            except SourceError:
                return None
        return raw.decode().split()[0]


def _key(*parts: str) -> str:
    return sha256("\0".join(("prmbuild proof 1", *parts)).encode()).hexdigest()


def _read(data: bytes) -> tuple[str, str] | None:
    try:
        principal, fingerprint = json.loads(data)
    except ValueError:
        return None
    return (principal, fingerprint) if isinstance(principal, str) and isinstance(fingerprint, str) else None
