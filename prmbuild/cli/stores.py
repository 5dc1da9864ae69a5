"""What the commands about a store share."""

import os
import re
import socket
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from prmbuild.authored.programme import Settings
    from prmbuild.edge.edge import Edge
    from prmbuild.sessions.state import Sessions
    from prmbuild.store.store import Store

_Command = TypeVar("_Command", bound=Callable[..., object])


def to_option(command: _Command) -> _Command:
    """Add ``--to``."""
    return click.option(
        "--to",
        metavar="dir:PATH|s3://BUCKET/PREFIX",
        help="Where to publish to. Default: publish.to in prm.yaml.",
    )(command)


def take_over_option(command: _Command) -> _Command:
    """Add ``--take-over``."""
    return click.option(
        "--take-over",
        "over",
        is_flag=True,
        help="Take the lock from the run that holds it: you know that it is dead.",
    )(command)


def edge_option(command: _Command) -> _Command:
    """Add ``--edge``."""
    return click.option(
        "--edge",
        "edge_arn",
        metavar="ARN",
        help="CloudFront KeyValueStore that follows what is live. Default: publish.edge in prm.yaml, without --to.",
    )(command)


def store_of(repo: Path, to: str | None, revision: str = "HEAD") -> "Store":
    """Open the store that a person named, or that ``prm.yaml`` names.

    Raises:
        StoreError: neither does, or there is no such place.
    """
    from prmbuild.errors import NoPlaceError, StoreError
    from prmbuild.publish.opening import store_at

    if to is not None:
        try:
            return store_at(to, repo)
        except NoPlaceError as error:
            raise click.UsageError(f"--to: {error.message}; {error.hint}") from error
    settings = _settings(repo, revision)
    if settings is None or settings.publish_to is None:
        raise StoreError("nobody says where to publish to", hint="write publish.to in prm.yaml, or add --to")
    return store_at(settings.publish_to, repo)


def require_begun(store: "Store", edge: "Edge | None" = None) -> None:
    """Refuse a place that nobody ever published to, before a misspelt one is made and what is meant stays as it is.

    Args:
        store: the place.
        edge: is asked where there is nothing: one that follows the store says that it was emptied.

    Raises:
        StoreError: it is one, or one of them cannot be asked.
    """
    from prmbuild.access.entries import STORE
    from prmbuild.errors import StoreError
    from prmbuild.records.layout import DEPLOYMENTS, LIVE
    from prmbuild.sessions.state import PLACE

    if store.head(LIVE) is None and store.head(PLACE) is None and next(iter(store.listed(DEPLOYMENTS)), None) is None:
        if edge is not None and edge.get(STORE).get(STORE) == store.place:
            return
        raise StoreError(f"nothing was ever deployed to {store.url}", hint="check --to, or publish.to in prm.yaml")


def edge_of(
    repo: Path, to: str | None, arn: str | None, revision: str = "HEAD", *, option: str = "--edge"
) -> "Edge | None":
    """Open the edge that a person named, or that ``prm.yaml`` names for the place that it names; None for neither.

    Where a person publishes to another place, the programme's edge does not follow that. Where they name the place and
    no programme can be read, no edge is known, and the store's own record of what follows it refuses what would leave
    that behind; see `prmbuild.publish.edges.edges.Edges.join`.

    Args:
        repo: the programme's repository.
        to: as `to_option` has it.
        arn: as `edge_option` has it.
        revision: of the ``prm.yaml``.
        option: by which a person named it.

    Raises:
        SourceError: nothing is named, and there is no programme that does.
        UsageError: what a person named is no KeyValueStore, whatever is there.
    """
    from prmbuild.edge.cloudfront import ARN, KeyValueStore
    from prmbuild.errors import SourceError

    if arn is None:
        try:
            settings = _settings(repo, revision)
        except SourceError:
            if to is None:
                raise
            settings = None
        arn = settings.publish_edge if settings is not None and to in (None, settings.publish_to) else None
    elif not re.fullmatch(ARN, arn):
        example = "arn:aws:cloudfront::123456789012:key-value-store/veldra-portals"
        what = "is no KeyValueStore of CloudFront; write its ARN, which looks like"
        raise click.UsageError(f"{option}: '{arn[:80]}' {what} {example}")
    return KeyValueStore(arn) if arn is not None else None


def warn_of_differences(store: "Store", edge: "Edge | None", sessions: "Sessions") -> None:
    """Say on stderr where an edge has other keys and revocations than a store says."""
    from prmbuild.publish.edges.sessions import differences

    said = differences(edge, store, sessions) if edge is not None else ""
    if said:
        click.echo(f"prmbuild: warning: {said}", err=True)


def _settings(repo: Path, revision: str) -> "Settings | None":
    from prmbuild.authored.reading import PRM, read_settings
    from prmbuild.source.git import opened

    with opened(repo, history=False) as repository:  # a shallow clone will do: in an emergency nobody waits for more
        tree = repository.tree(repository.resolve(revision), (PRM,))
        return read_settings(repository.read(tree[PRM].blob))[0] if PRM in tree else None


_RUNS = (("GITHUB_RUN_ID", "run {} of GitHub Actions"), ("CI_JOB_ID", "job {} of GitLab CI"))


def owner() -> str:
    """Return who deploys, for others who want to: a run of CI or a process of a machine."""
    return _run() or f"process {os.getpid()} on {socket.gethostname()}"


def by() -> str:
    """Return who deploys, for records that are kept: a run of CI, and of a person nothing but that it was one."""
    return _run() or "a person's machine"


def _run() -> str | None:
    found = (what.format(os.environ[variable]) for variable, what in _RUNS if os.environ.get(variable))
    return next(found, None)


def clock() -> int:
    """Return the present, in seconds since 1970 UTC. Locks and records are about it, whatever ``--now`` says."""
    return int(time.time())


_AHEAD = 300
"""Seconds that another machine's clock may be ahead of this one's."""


def require_present(moment: datetime) -> None:
    """Refuse, as a usage error, to make live what is still to come: a typo would publish all that waits for its day."""
    if moment.timestamp() > clock() + _AHEAD:
        raise click.UsageError(
            f"--now {moment:%Y-%m-%dT%H:%M:%SZ} is still to come, and what is to be published until then would be live "
            "today; prmbuild deploy --plan looks ahead, and changes nothing"
        )
