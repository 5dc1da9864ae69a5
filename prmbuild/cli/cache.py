"""``prmbuild cache``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from prmbuild.cli.options import default_cache
from prmbuild.errors import NoPlaceError

if TYPE_CHECKING:
    from prmbuild.cache import Cache, CacheStats

DAY = 24 * 3600

_place = click.argument("place", default=default_cache, metavar="[DIR|s3://BUCKET/PREFIX]")


@click.group("cache")
def cache_command() -> None:
    """Look at the cache of rendered pages, and clear it out."""


@cache_command.command("stats")
@_place
def stats(place: str) -> None:
    """Say how much a cache holds; without a place, the one in your cache folder."""
    cache = _opened(place)
    click.echo(f"{place}: {_told(cache.stats())}")


@cache_command.command("prune")
@_place
@click.option(
    "--days", type=click.IntRange(0), default=30, show_default=True, help="Drop what was not used for so long."
)
def prune(place: str, days: int) -> None:
    """Drop what a cache holds and nobody used lately; without a place, the one in your cache folder."""
    cache = _opened(place)
    click.echo(f"{place}: dropped {_told(cache.prune(days * DAY))}")


@cache_command.command("check")
@_place
def check(place: str) -> None:
    """Read every object that a cache holds on this machine, and drop those that are damaged; a build makes them anew.

    The next build into each folder writes everything there anew, as it may have links to what was dropped.
    Builds need not be checked like this: it is for a disk that changed bytes and kept size and time of a file.
    """
    dropped = _opened(place).check()
    click.echo(f"{place}: dropped {dropped.entries} damaged entries, {dropped.size / 1e6:.1f} MB")


def _opened(place: str) -> "Cache":
    """Open the cache that is there; the one in the user's cache folder may be yet to come.

    Raises:
        UsageError: there is none.
    """
    from prmbuild.cache import open_cache
    from prmbuild.cache.objects import OBJECTS
    from prmbuild.store.bucket_names import SCHEME

    try:
        cache = open_cache(place)
    except NoPlaceError as error:
        raise click.UsageError(f"{error.message}; {error.hint}") from error
    folder = Path(place)
    if not place.startswith(SCHEME) and place != default_cache():
        if not folder.is_dir():
            raise click.UsageError(f"there is no folder {folder}; name the one that --cache has")
        if any(folder.iterdir()) and not (folder / OBJECTS).is_dir():
            raise click.UsageError(f"{folder} is not empty and has no cache in it; name the one that --cache has")
    return cache


def _told(stats: "CacheStats") -> str:
    return f"{stats.entries} entries, {stats.size / 1e6:.1f} MB, unused for up to {stats.oldest / DAY:.0f} days"
