"""``prmbuild explain``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from prmbuild.cli.options import format_option, repository_option, request_options

if TYPE_CHECKING:
    from prmbuild.request import Request


@click.command("explain")
@click.argument("path", required=False)
@click.option("--partner", help="Explain for this partner.")
@click.option("--role", help="Explain for this role.")
@repository_option
@request_options
@format_option("text", "json")
def explain_command(
    path: str | None,
    partner: str | None,
    role: str | None,
    repo: Path,
    request: "Request",
    form: str,
) -> None:
    """Say who sees PATH and why, or list everything that --partner sees.

    Shows each rule that matches with its place, the decision, the published version and, for a "no", what would have
    to change.
    """
    if path is None and partner is None:
        raise click.UsageError("name a PATH, or a --partner to list everything that partner sees")
    from prmbuild.cli.explanation import answer

    answer(path, partner, role, repo, request, form)
