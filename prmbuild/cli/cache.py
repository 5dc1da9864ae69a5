"""``prmbuild cache``."""

from pathlib import Path

import click

from prmbuild.cache import CacheStats, DirectoryCache, default_folder

DAY = 24 * 3600


@click.group("cache")
def cache_command() -> None:
    """Look at the cache of rendered pages, and clear it out."""


@cache_command.command("stats")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=default_folder)
def stats(folder: Path) -> None:
    """Say how much FOLDER holds; without it, the cache in your cache folder."""
    click.echo(f"{folder}: {_told(DirectoryCache(folder).stats())}")


@cache_command.command("prune")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=default_folder)
@click.option(
    "--days", type=click.IntRange(0), default=30, show_default=True, help="Drop what was not used for so long."
)
def prune(folder: Path, days: int) -> None:
    """Drop what FOLDER holds and nobody used lately."""
    click.echo(f"{folder}: dropped {_told(DirectoryCache(folder).prune(days * DAY))}")


def _told(stats: CacheStats) -> str:
    return f"{stats.entries} entries, {stats.size / 1e6:.1f} MB, unused for up to {stats.oldest / DAY:.0f} days"
