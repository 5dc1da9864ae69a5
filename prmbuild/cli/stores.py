"""What the commands about a store share."""

import os
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from prmbuild.store.store import Store

_Command = TypeVar("_Command", bound=Callable[..., object])


def to_option(command: _Command) -> _Command:
    """Add ``--to``."""
    return click.option(
        "--to",
        metavar="dir:PATH|s3://BUCKET/PREFIX",
        help="Where to publish to. Default: publish.to in prm.yaml.",
    )(command)


def store_of(repo: Path, to: str | None, revision: str = "HEAD") -> "Store":
    """Open the store that a person named, or that ``prm.yaml`` names.

    Raises:
        StoreError: neither does, or there is no such place.
    """
    from prmbuild.authored.reading import read_programme
    from prmbuild.cache import scratch
    from prmbuild.errors import StoreError
    from prmbuild.publish.opening import store_at
    from prmbuild.source.git import opened
    from prmbuild.source.snapshot import CONFIGURATION, take

    if to is None:
        with opened(repo) as repository, scratch() as cache:
            snapshot = take(repository, revision, worktree=False, now=datetime.fromtimestamp(0, UTC), cache=cache)
            files = {path: snapshot.read_path(path) for path in CONFIGURATION if path in snapshot.files}
        programme, _ = read_programme(files)
        to = programme.settings.publish_to if programme is not None else None
    if to is None:
        raise StoreError("nobody says where to publish to", hint="write publish.to in prm.yaml, or add --to")
    return store_at(to, repo)


def owner() -> str:
    """Return who deploys, for others who want to: a run of CI or a process of a machine."""
    for variable, what in (("GITHUB_RUN_ID", "run {} of GitHub Actions"), ("CI_JOB_ID", "job {} of GitLab CI")):
        if os.environ.get(variable):
            return what.format(os.environ[variable])
    return f"process {os.getpid()} on {socket.gethostname()}"


def clock() -> int:
    """Return the present, in seconds since 1970 UTC. Locks and records are about it, whatever ``--now`` says."""
    return int(time.time())
