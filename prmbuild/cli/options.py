"""Options that several commands share, and the contract of exit codes."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import click

from prmbuild.errors import ExecutorError, NoPlaceError

if TYPE_CHECKING:
    from prmbuild.cache import Cache
    from prmbuild.render.engine import ExecutorOf
    from prmbuild.source.git import GitRepository

FINE, FINDINGS, USAGE, ENVIRONMENT = 0, 1, 2, 3

_Command = TypeVar("_Command", bound=Callable[..., object])


_TOO_EARLY, _TOO_LATE = 1000, 9000
"""Years between which a time has to lie, so that there is room for what is reckoned from it, such as a time for review;
and the zero time of some languages, which is in the year 1, is meant by nobody."""


_WRITTEN = re.compile(r"[0-9W-]+(?:[Tt ].*)?", re.ASCII)
"""Python takes any character between date and time, so that a zone after a date would be a time."""

_DAY_ELSEWHERE = re.compile(r"([0-9]{4}-?[0-9]{2}-?[0-9]{2})(Z|[+-][0-9]{2}:?[0-9]{2})", re.ASCII)


def in_a_zone(written: str) -> str | None:
    """Return the instant at which a day begins that is written with its zone; None for what is none."""
    found = _DAY_ELSEWHERE.fullmatch(written)
    return f"{found[1]}T00:00{found[2]}" if found else None


class Instant(click.ParamType[datetime]):
    """An ISO 8601 date or time; without a zone it is UTC."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the instant, or fail as a usage error."""
        if isinstance(value, datetime):
            return value
        if begins := in_a_zone(str(value)):
            self.fail(f"'{value}' has a zone and no time; write that, too: {begins}", param, ctx)
        try:
            if not _WRITTEN.fullmatch(str(value)):
                raise ValueError
            written = datetime.fromisoformat(str(value))
            instant = (written if written.tzinfo else written.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"'{value}' is not a time such as 2026-12-01 or 2026-12-01T08:00:00Z", param, ctx)
        if not _TOO_EARLY <= instant.year < _TOO_LATE:
            between = f"name one between the years {_TOO_EARLY} and {_TOO_LATE}"
            self.fail(f"'{value}' is no day that can be reckoned with; {between}", param, ctx)
        return instant


def now() -> datetime:
    """Return the present, UTC, to the second: the one place where the clock is read."""
    return datetime.now(UTC).replace(microsecond=0)


def cores() -> int:
    """Return how many processes can run at once here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def repository_option(command: _Command) -> _Command:
    """Add ``--repo``."""
    return click.option(
        "--repo",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(),
        help="The programme's repository. Default: the one you stand in.",
    )(command)


def state_options(command: _Command) -> _Command:
    """Add ``--at``, ``--now`` and ``--worktree``: which state of the programme is meant."""
    command = click.option(
        "--worktree", is_flag=True, help="Lay uncommitted files over it, as a preview that says so on every page."
    )(command)
    command = click.option(
        "--now", "moment", type=Instant(), default=None, help="Date or time to work at, UTC. Default: the present."
    )(command)
    return click.option(
        "--at", "revision", default="HEAD", show_default=True, help="Commit, branch or tag to work at."
    )(command)


def jobs_option(command: _Command) -> _Command:
    """Add ``--jobs``."""
    return click.option(
        "--jobs",
        type=click.IntRange(1, 256),
        default=cores,
        show_default="the number of cores",
        help="Processes that render.",
    )(command)


class _Workers(click.ParamType["ExecutorOf"]):
    """Where pages are rendered."""

    name = "executor"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> "ExecutorOf":
        """Prepare to connect, or fail as a usage error."""
        from prmbuild.render.executors import executor_at

        try:
            return executor_at(str(value))
        except ExecutorError as error:
            self.fail(f"{error.message}; {error.hint}", param, ctx)


def _executor_option(command: _Command) -> _Command:
    """Add ``--executor``."""
    return click.option(
        "--executor",
        "executor_of",
        type=_Workers(),
        default=None,
        metavar="dask://HOST:PORT",
        help="Render on the workers of a Dask cluster, whose scheduler this is, instead of in processes here.",
    )(command)


def say_uncommitted(repository: "GitRepository", *, worktree: bool) -> None:
    """Tell people whose folder differs from what was read that it does."""
    from prmbuild.source.snapshot import PLACES

    changed = 0 if worktree else repository.changed_files(PLACES)
    if changed:
        files = "1 file is" if changed == 1 else f"{changed} files are"
        click.echo(f"{files} not committed and not looked at; add --worktree to include uncommitted files", err=True)


def request_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say which state is meant and how it is made; the command is given them as ``request``."""

    @wraps(command)
    def run(
        *,
        revision: str,
        moment: datetime | None,
        worktree: bool,
        jobs: int,
        cache: "Cache | None",
        executor_of: "ExecutorOf | None",
        **others: object,
    ) -> None:
        from prmbuild.request import Request

        with closed(cache) as kept:
            request = Request(
                revision=revision,
                now=moment or now(),
                worktree=worktree,
                jobs=jobs,
                cache=kept,
                executor_of=executor_of,
            )
            command(request=request, **others)

    return state_options(jobs_option(_executor_option(cache_option(run))))


@contextmanager
def closed(cache: "Cache | None") -> "Iterator[Cache]":
    """Close a cache in the end, and tell people what went wrong with it; without one, open one for the time being."""
    if cache is None:
        from prmbuild.cache import scratch

        with scratch() as temporary:
            yield temporary
        return
    try:
        yield cache
    finally:
        cache.close()
        for notice in cache.notices():
            click.echo(notice, err=True)


class CachePlace(click.ParamType["Cache | None"]):
    """A folder or an ``s3://`` place to keep what was rendered in, or ``none``."""

    name = "cache"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> "Cache | None":
        """Open the cache, or fail as a usage error."""
        from prmbuild.cache import open_cache

        if not isinstance(value, str):
            return cast("Cache | None", value)
        try:
            return None if value == "none" else open_cache(value)
        except NoPlaceError as error:
            self.fail(f"{error.message}; {error.hint}", param, ctx)


def default_cache() -> str:
    """Return where the cache is unless the person says otherwise."""
    from prmbuild.cache import default_folder

    return str(default_folder())


def cache_option(command: _Command) -> _Command:
    """Add ``--cache``."""
    return click.option(
        "--cache",
        type=CachePlace(),
        default=default_cache,
        show_default="prmbuild in your cache folder",
        metavar="DIR|s3://BUCKET/PREFIX|none",
        envvar="PRMBUILD_CACHE",
        help="Where what was rendered is kept, so that it is not rendered again; s3:// shares it between machines.",
    )(command)


def format_option(*formats: str) -> Callable[[_Command], _Command]:
    """Add ``--format`` with the given choices, the first being the default."""
    return click.option(
        "--format", "form", type=click.Choice(formats), default=formats[0], show_default=True, help="How to report."
    )
