"""``prmbuild build``."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from prmbuild.cli.options import (
    FINDINGS,
    format_option,
    repository_option,
    request_options,
)
from prmbuild.cli.out import folder_at, out_option, refuse_inside, refuse_unfit
from prmbuild.cli.profile import profiled
from prmbuild.cli.progress import Timed, progress
from prmbuild.progress import ARTICLES, PAGES

if TYPE_CHECKING:
    from prmbuild.build import Built
    from prmbuild.last_build import LastBuild
    from prmbuild.request import Request


@click.command("build")
@repository_option
@out_option("Folder to write portals/ and build.json to.")
@click.option(
    "--mend",
    is_flag=True,
    help="Read what the cache holds, and write everything in the folder anew, in case either was changed.",
)
@click.option(
    "--profile",
    "profile",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a cProfile of the main process to this file.",
)
@request_options
@format_option("text", "json", "github", "sarif")
def build_command(
    repo: Path,
    out: Path | None,
    mend: bool,
    profile: Path | None,
    request: "Request",
    form: str,
) -> None:
    """Build every portal into a folder, after the checks and an audit for leaks.

    Nothing is written where an error other than a broken link was found, or where the audit is not clean.
    """
    from prmbuild.laid import mark, reliable, state_of
    from prmbuild.last_build import LastBuild, digest_of, linked_to_damaged, note, recall, until
    from prmbuild.manifest import MANIFEST
    from prmbuild.source.git import opened

    shown = progress()
    timed = Timed(shown)
    with profiled(profile), opened(repo) as repository:
        folder = folder_at(out, repository)
        refuse_inside(folder, repository)
        request = replace(request, revision=repository.resolve(request.revision))
        inputs = digest_of(request.revision, repository.branches())
        last = recall(request.cache.folder, folder)
        known = last is not None and last.holds(inputs, request.now, folder, request.cache.damage)
        if last is not None and known and not (mend or request.worktree):
            shown.close()
            _tell(last, folder, form, timed, built=True)
            return

        from prmbuild.check.formats import summary
        from prmbuild.output import write
        from prmbuild.publishable import publishable

        refuse_unfit(folder)
        if mend or not reliable(folder) or linked_to_damaged(last, request.cache.damage):
            request.cache.doubt()
        with publishable(repository, request, timed) as outcome:
            damage = request.cache.damage
            if outcome.built is not None:
                harmed = last.harmed(folder) if last is not None else frozenset()
                anew = mend or linked_to_damaged(last, damage)
                write(outcome.built, folder, timed, anew=anew, harmed=harmed)
            timed.end()
            shown.close()
            due = outcome.state.catalog.due if outcome.state is not None else None
            made = LastBuild(
                inputs="" if request.worktree else inputs,  # a preview is never taken for a build
                since=request.now.isoformat(),
                until=until(request.now, due).isoformat(),
                manifest=mark(folder / MANIFEST),
                state=state_of(folder),
                damage=damage,
                counts=_counts(outcome.built),
                summary=summary(outcome.diagnostics),
                findings=[[one.path, one.line, one.column, one.code, one.message, one.hint] for one in outcome.told],
            )
            if outcome.built is not None:
                note(request.cache.folder, folder, made)
            _tell(made, folder, form, timed, built=outcome.built is not None)
            if outcome.built is None:
                sys.exit(FINDINGS)


def _counts(built: "Built | None") -> Mapping[str, int]:
    files = built.files if built else {}
    return {
        "portals": len(built.portals) if built else 0,
        "files": sum(portals.bit_count() for held in files.values() for portals, _ in held),
        "pages": len({digest for path, held in files.items() if path.endswith(".html") for _, digest in held}),
    }


def _made(timed: Timed) -> Mapping[str, Mapping[str, int]]:
    """Return how many articles and pages were made now, and how many were kept from an earlier run."""
    stages = {"articles": timed.named(ARTICLES), "pages": timed.named(PAGES)}
    return {
        "rendered": {what: sum(stage.done for stage in found) for what, found in stages.items()},
        "reused": {what: sum(stage.reused for stage in found) for what, found in stages.items()},
    }


def _tell(last: "LastBuild", out: Path, form: str, timed: Timed, *, built: bool) -> None:
    """Report a build, whether it was made now or before."""
    from prmbuild import codes
    from prmbuild.check.formats import as_json, render_findings

    told = [
        codes.ALL[str(code)].at(str(path), str(message), line=int(line), column=int(column), hint=str(hint))
        for path, line, column, code, message, hint in last.findings
    ]
    made = _made(timed)
    if form == "json":
        click.echo(as_json(told, {"counts": {**last.counts, **made}, **timed.document()}), nl=False)
    else:
        click.echo(render_findings(told, form), nl=False)
    if built:
        click.echo(
            f"{last.counts['portals']} portals with {last.counts['files']} files in {out}; "
            f"{last.counts['pages']} distinct pages, {made['rendered']['pages']} of them rendered now; "
            f"audit clean; {last.summary}",
            err=True,
        )
    else:
        click.echo(f"nothing was built: {last.summary}", err=True)
