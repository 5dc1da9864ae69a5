"""``prmbuild format``."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from prmbuild.cli.options import FINDINGS, FINE, repository_option


@click.command("format")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit code 1 where a file is laid out otherwise."
)
@repository_option
def format_command(paths: tuple[str, ...], only_check: bool, repo: Path) -> None:
    """Bring YAML files and front matter into one layout: indentation, spaces, line ends.

    Without PATH, every authored file. What a file says, its comments and the text of pages stay as they are; a file
    that cannot be read is left alone, and said.
    """
    from prmbuild.authored.layout import laid_out
    from prmbuild.cli.check import coloured
    from prmbuild.source.git import opened
    from prmbuild.source.workfolder import WorkFolder

    with opened(repo, history=False) as repository:
        folder = WorkFolder.of(repository)
    code = FINE
    for path in _asked(paths, folder.root, repo) if paths else _all(folder.root):
        data = folder.read(path)
        if data is None:
            continue
        made, problems = laid_out(path, data)
        if made is None:
            click.echo(coloured(problems), nl=False)
            code = FINDINGS
        elif made != data and only_check:
            click.echo(f"{path}: not in its layout (run prmbuild format)")
            code = FINDINGS
        elif made != data:
            folder.write(path, made)
            click.echo(path)
    sys.exit(code)


def _all(root: Path) -> Iterator[str]:
    """Yield the repository paths of every authored file."""
    from prmbuild.authored.layout import is_laid_out
    from prmbuild.authored.reading import PROGRAMME_FILES

    yield from PROGRAMME_FILES
    for top in ("content", "courses"):
        for place, folders, names in os.walk(root / top):
            folders.sort()
            inner = Path(place).relative_to(root).as_posix()
            found = (f"{inner}/{name}" for name in sorted(names) if not (Path(place) / name).is_symlink())
            yield from filter(is_laid_out, found)


def _asked(paths: tuple[str, ...], root: Path, repo: Path) -> Iterator[str]:
    """Yield the repository paths of the authored files among some files, named from where one stands."""
    from prmbuild.authored.layout import is_laid_out

    for path in paths:
        named = repo / path
        place = named.parent.resolve() / named.name
        if not place.is_relative_to(root.resolve()):
            raise click.UsageError(f"'{path}' is not in the repository")
        inner = place.relative_to(root.resolve()).as_posix()
        if is_laid_out(inner):
            yield inner
