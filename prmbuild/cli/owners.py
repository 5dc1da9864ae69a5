"""``prmbuild owners``."""

import sys
from pathlib import Path

import click

from prmbuild.cli.options import FINDINGS, FINE, repository_option


@click.command("owners")
@repository_option
@click.option(
    "--format",
    "host_name",
    type=click.Choice(["github", "gitlab"]),
    default=None,
    help="Whose CODEOWNERS to write. Default: gitlab where there is a .gitlab-ci.yml, github elsewhere.",
)
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit code 1 where the file is not up to date."
)
@click.option("--force", is_flag=True, help="Replace a CODEOWNERS that prmbuild did not write.")
def owners_command(repo: Path, host_name: str | None, only_check: bool, force: bool) -> None:
    """Write CODEOWNERS from the approvers in prm.yaml, so that the code host asks the people who may approve.

    Reads prm.yaml from your folder, committed or not; commit both together.
    """
    from prmbuild.authored.reading import PRM, read_settings
    from prmbuild.cli.check import coloured
    from prmbuild.diagnostics import has_errors
    from prmbuild.owners.codeowners import MARK, Host, codeowners
    from prmbuild.source.git import opened
    from prmbuild.source.workfolder import WorkFolder

    with opened(repo, history=False) as repository:
        folder = WorkFolder.of(repository)
    data = folder.read(PRM)
    if data is None:
        raise click.UsageError("there is no prm.yaml at the root of the repository")
    settings, document, findings = read_settings(data)
    if settings is None or has_errors(findings):
        click.echo(coloured(findings), nl=False)
        sys.exit(FINDINGS)
    host = Host(host_name or ("gitlab" if folder.read(".gitlab-ci.yml") is not None else "github"))
    there = folder.read(host.file)
    if not settings.approvers and there is None:
        click.echo("prm.yaml names no approvers, so there are no owners to write", err=True)
        sys.exit(FINE)
    text, problems = codeowners(settings, document, host)
    click.echo(coloured((*findings, *problems)), nl=False)
    if text is None:
        sys.exit(FINDINGS)
    if there is not None and there.replace(b"\r\n", b"\n") == text.encode():
        sys.exit(FINE)
    if only_check:
        click.echo(f"{host.file}: not up to date (run prmbuild owners)")
        sys.exit(FINDINGS)
    if there is not None and not there.startswith(MARK.encode()) and not force:
        raise click.UsageError(f"{host.file} was not written by prmbuild; add --force to replace it")
    folder.write(host.file, text.encode())
    click.echo(host.file)
