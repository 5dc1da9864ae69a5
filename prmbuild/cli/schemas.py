"""``prmbuild schemas``."""

import sys
from pathlib import Path

import click

from prmbuild.cli.options import FINDINGS
from prmbuild.cli.out import Folder, made


@click.command("schemas")
@click.option(
    "--out",
    type=Folder(),
    default=Path("schemas"),
    show_default=True,
    help="Folder of the schemas.",
)
@click.option("--check", "only_check", is_flag=True, help="Write nothing; report schemas that are not up to date.")
def schemas_command(out: Path, only_check: bool) -> None:
    """Write the JSON Schemas of every authored file, for editors."""
    from prmbuild.authored.schemas import schemas

    stale = [
        name
        for name, text in schemas().items()
        if not (out / name).is_file() or (out / name).read_text(encoding="utf-8") != text
    ]
    if only_check:
        for name in stale:
            click.echo(f"{out / name}: not up to date (run prmbuild schemas)")
        sys.exit(FINDINGS if stale else 0)
    made(out)
    for name in stale:
        (out / name).write_text(schemas()[name], encoding="utf-8")
        click.echo(out / name)
