"""``--out``: folders that are written to."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from prmbuild.source.git import GitRepository

DEFAULT = "public"
"""The folder at the top of the repository, which new programmes tell git to ignore."""

_Command = TypeVar("_Command", bound=Callable[..., object])


class Folder(click.ParamType[Path]):
    """A folder that is there, or may come to be."""

    name = "directory"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Read the path, or fail as a usage error."""
        from prmbuild.cache.opening import LIKE_A_URL

        if isinstance(value, Path):
            return value
        written = str(value)
        if not written or "\0" in written:
            self.fail("name a folder", param, ctx)
        if LIKE_A_URL.match(written):
            self.fail(f"'{written}' is not a folder; for one of that name write ./{written}", param, ctx)
        return Path(written)


def out_option(text: str) -> Callable[[_Command], _Command]:
    """Add ``--out``; None where it is not given.

    Args:
        text: its help.
    """
    return click.option("--out", type=Folder(), show_default=f"{DEFAULT} at the top of the repository", help=text)


def folder_at(out: Path | None, repository: "GitRepository") -> Path:
    """Return the folder of built portals: the one that was given, or `DEFAULT`."""
    return _shortest((repository.root or Path.cwd()) / DEFAULT) if out is None else out


def refuse_inside(out: Path, repository: "GitRepository") -> None:
    """End with a usage error where a place is one that a programme is read from.

    Raises:
        UsageError: it is.
    """
    from prmbuild.source.snapshot import CONTENT, COURSES, OVERRIDES

    root = repository.root
    named = [root / name for name in (CONTENT, COURSES, OVERRIDES, ".git")] if root else [repository.folder]
    read = [folder for folder in named if folder.is_dir()]
    place = out.resolve()
    for above in (place, *place.parents):
        name = next((folder.name for folder in read if above.exists() and above.samefile(folder)), None)
        if name is not None or above.name == ".git":
            raise click.UsageError(f"{out} is in {name or above.name}, and programmes are read from there; see --out")


def refuse_unfit(out: Path) -> None:
    """End with a usage error where portals cannot be written to a folder.

    Raises:
        UsageError: it is none, or holds something else.
        StoreError: it cannot be written, for the disk or permissions.
    """
    from prmbuild.output import objection

    if objected := objection(out):
        raise click.UsageError("; ".join(objected))


def made(out: Path) -> Path:
    """Make a folder before work begins whose results go there, and return it.

    Raises:
        UsageError: there cannot be one.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"{out} cannot be made: {error.strerror or error}; see --out") from error
    if not os.access(out, os.W_OK | os.X_OK):
        raise click.UsageError(f"{out} cannot be written to; see --out")
    return out


def _shortest(place: Path) -> Path:
    """Return a path as people who stand above it write it."""
    try:
        return place.relative_to(Path.cwd())
    except ValueError:
        return place
