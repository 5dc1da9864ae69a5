"""``--profile``: where the time goes, for those who work on prmbuild."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from prmbuild.errors import StoreError


@contextmanager
def profiled(file: Path | None) -> Iterator[None]:
    """Write a profile of what is done, of this process alone; without a file, do nothing.

    Raises:
        StoreError: the file cannot be written.
    """
    if file is None:
        yield
        return
    from cProfile import Profile

    hint = "name another file with --profile"
    try:
        file.open("ab").close()  # said now rather than when all is done
    except OSError as error:
        raise StoreError(f"{file}: {error.strerror or error}", hint=hint) from error
    profile = Profile()
    profile.enable()
    try:
        yield
    finally:
        profile.disable()
        try:
            profile.dump_stats(file)
        except OSError as error:
            raise StoreError(f"{file}: {error.strerror or error}", hint=hint) from error
        click.echo(f"profile of the main process in {file}; read it with: python -m pstats {file}", err=True)
