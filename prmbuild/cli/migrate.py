"""``prmbuild migrate``."""

import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from prmbuild import codes
from prmbuild.cli.check import coloured
from prmbuild.cli.options import (
    FINDINGS,
    FINE,
    cache_option,
    closed,
    format_option,
    jobs_option,
    now,
    repository_option,
)
from prmbuild.cli.progress import progress
from prmbuild.diagnostics import has_errors

if TYPE_CHECKING:
    from prmbuild.cache import Cache
    from prmbuild.migrate.layout import Kind
    from prmbuild.migrate.migrate import Migration, Wanted
    from prmbuild.source.git import GitRepository

_INTO = re.compile(r"content(/[A-Za-z0-9][A-Za-z0-9._-]*)+\Z")


@click.command("migrate")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@repository_option
@click.option("--into", metavar="FOLDER", help="Where it goes. Default: content/ and the name of DIR.")
@click.option(
    "--kind",
    type=click.Choice(["mkdocs", "docusaurus", "plain"]),
    help="The tool that DIR was made for. Default: what its configuration tells.",
)
@click.option(
    "--site-url", "sites", metavar="URL", multiple=True, help="An address of the old site, links to which are changed."
)
@click.option(
    "--status",
    type=click.Choice(["approved", "in_review", "draft"]),
    default="approved",
    show_default=True,
    help="Status of the pages that the old site showed; its drafts stay drafts.",
)
@click.option("--no-history", is_flag=True, help="Import the files as they lie there, without who wrote them when.")
@click.option("--branch", metavar="NAME", help="Begin a branch for it. Default: stay on the present one.")
@click.option("--dry-run", is_flag=True, help="Change nothing; say what would come of it.")
@jobs_option
@cache_option
@format_option("text", "json", "github", "sarif")
def migrate_command(
    directory: Path,
    repo: Path,
    into: str | None,
    kind: str | None,
    sites: tuple[str, ...],
    status: str,
    no_history: bool,
    branch: str | None,
    dry_run: bool,
    jobs: int,
    cache: "Cache | None",
    form: str,
) -> None:
    """Import DIR, a folder of documentation made for mkdocs, Docusaurus or any tool that reads Markdown.

    Its history comes along. Nobody sees the pages before visibility.yaml says so. What needs a decision is printed,
    each at file:line:col; exit code 1 where some of it is an error.
    """
    from prmbuild.check.formats import render_findings, summary
    from prmbuild.migrate.layout import site_address
    from prmbuild.migrate.migrate import Wanted, default_place, migrate
    from prmbuild.request import Request
    from prmbuild.source.git import opened

    wanted = Wanted(
        folder=directory,
        into=(into or default_place(directory)).strip("/"),
        kind=cast("Kind | None", kind),
        sites=tuple(site_address(site) for site in sites),
        status=status,
        history=not no_history,
        branch=branch,
        dry_run=dry_run,
    )
    shown = progress()
    with opened(repo) as repository, closed(cache) as kept:
        _refuse(repository, wanted)
        request = Request(revision="HEAD", now=now(), worktree=False, jobs=jobs, cache=kept)
        done = migrate(repository, wanted, request, shown)
    shown.close()
    click.echo(coloured(done.findings) if form == "text" else render_findings(done.findings, form), nl=False)
    click.echo(summary(done.findings), err=True)
    _say_what_is_next(done, wanted)
    sys.exit(FINDINGS if has_errors(done.findings) else FINE)


def _refuse(repository: "GitRepository", wanted: "Wanted") -> None:
    """End with a usage error where importing would meet what is there already."""
    from prmbuild.catalog.address import address_of, claim
    from prmbuild.source.writing import identity

    root = repository.root
    if root is None:
        raise click.UsageError("a bare repository has no folder to import into")
    if not _INTO.match(wanted.into):
        raise click.UsageError(f"--into '{wanted.into}' is no folder below content/ with a plain name")
    head = repository.resolve("HEAD")
    inside = f"{wanted.into}/page.md"
    if said := claim(inside, address_of(inside.lower()).file):
        raise click.UsageError(f"{said}; choose another --into")
    if wanted.folder.resolve().is_relative_to(root.resolve()):
        raise click.UsageError(f"{wanted.folder} is in this repository already; move it with git mv")
    if root.resolve().is_relative_to(wanted.folder.resolve()):
        raise click.UsageError(f"{wanted.folder} holds this programme")
    if repository.tree(head, (wanted.into,)) or (root / wanted.into).exists():
        raise click.UsageError(f"{wanted.into} is there already; choose another place with --into")
    if not wanted.dry_run and repository.changed_files(("visibility.yaml",)):
        raise click.UsageError("visibility.yaml has changes that are not committed; commit them first")
    if identity(root) is None:
        raise click.UsageError('git does not know who you are: git config user.name "Your Name", and user.email')


def _say_what_is_next(done: "Migration", wanted: "Wanted") -> None:
    """Tell the person what was done, what can be decided, and how to undo it."""
    from prmbuild.publishable import stops

    files = f" and {done.files} files" if done.files else ""
    history = f", with {done.commits} commits of history" if done.commits else ""
    counts = Counter(finding.code for finding in done.findings)
    say = [f"{count:>6} × {code} {codes.ALL[code].title}" for code, count in sorted(counts.items())]
    if stopping := [finding.code for finding in done.findings if stops(finding)]:
        errors = "1 error stops" if len(stopping) == 1 else f"{len(stopping)} errors stop"
        say.append(f"{errors} every build until corrected: {', '.join(sorted(set(stopping)))}")
    say.append(f"{done.pages} pages{files} ({done.kind}){history}: {wanted.into}")
    if wanted.dry_run:
        say[-1] = f"would import {say[-1]}"
    else:
        say += [
            "Nobody sees them before the rule for them in visibility.yaml, its last one, is changed.",
            f"Undo it: git reset --hard {done.before[:12]}",
            "In a pull request, merge it with a merge commit: squashed or rebased, the history is lost.",
        ]
    click.echo("\n".join(say), err=True)
