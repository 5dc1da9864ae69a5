"""What ``prmbuild preview`` does."""

import sys
import webbrowser
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import click
from msgspec import Struct
from msgspec.structs import replace

from prmbuild.authored.programme import Programme
from prmbuild.authored.text import suggestion
from prmbuild.cache import Cache
from prmbuild.check.formats import render_findings
from prmbuild.cli.explanation import require
from prmbuild.cli.options import FINDINGS, now
from prmbuild.cli.out import refuse_inside, refuse_unfit
from prmbuild.cli.progress import progress
from prmbuild.desired import Authored, Considered, consider, desired, read_authored, site_of
from prmbuild.exposure.joint import joint
from prmbuild.exposure.model import Pair
from prmbuild.exposure.naming import named
from prmbuild.exposure.since import merge_base, proposal
from prmbuild.preview.asked import Asked, asked, candidates
from prmbuild.preview.changed import Side, base_side, changed_portals, write_changed
from prmbuild.preview.index import index
from prmbuild.preview.sight import ahead, problems, unseen, whole_portal
from prmbuild.preview.writing import write_folder, write_single
from prmbuild.progress import Progress
from prmbuild.publishable import publishable
from prmbuild.render.engine import engine
from prmbuild.request import Request
from prmbuild.selection import select
from prmbuild.serve.edition import ViewerId
from prmbuild.serve.preview import Previewer, assuming, notes_on, uncommitted
from prmbuild.serve.server import Work, run
from prmbuild.source.git import GitRepository, opened
from prmbuild.visibility.audience import Viewer


class Options(Struct, frozen=True, kw_only=True):
    """What was given on the command line.

    Attributes:
        moment: the clock; None for the present.
        worktree: whether uncommitted files are shown; None where that was not said.
        frozen: whether a commit was named, so that nothing that happens later is shown.
        out: where to write instead of serving.
        browse: whether to open a browser.
    """

    repo: Path
    revision: str
    moment: datetime | None
    worktree: bool | None
    frozen: bool
    jobs: int
    cache: Cache
    out: Path | None
    browse: bool
    port: int

    def request(self, repository: GitRepository) -> Request:
        """Return what is asked for: uncommitted files lie over the commit where there are any and they are wanted."""
        from prmbuild.source.snapshot import PLACES

        wanted = not self.frozen if self.worktree is None else self.worktree
        return Request(
            revision=self.revision,
            now=self.moment or now(),
            worktree=wanted and repository.changed_files(PLACES) > 0,
            jobs=self.jobs,
            cache=self.cache,
        )

    @property
    def single(self) -> bool:
        """Whether one file is to be written."""
        return self.out is not None and bool(self.out.suffix) and not self.out.is_dir()

    def refuse_out(self, repository: GitRepository, *, portals: bool = False) -> None:
        """End with a usage error where nothing can be written to ``--out``.

        Args:
            repository: the programme's.
            portals: whether a folder is meant, however its name ends.
        """
        if self.out is not None:
            refuse_inside(self.out, repository)
            if portals or not self.single:
                refuse_unfit(self.out)

    def later(self) -> Request:
        """Return what is asked for by now."""
        with opened(self.repo) as repository:
            return self.request(repository)


def preview_page(options: Options, written: str, viewer: str | None, *, assume: bool) -> None:
    """Show a page as a viewer would get it, or say in how many ways who sees it, and end the run."""
    shown = progress()
    with opened(options.repo) as repository:
        options.refuse_out(repository)
        request = options.request(repository)
        authored = read_authored(repository, request)
        if authored.programme is None or authored.look is None:
            shown.close()
            click.echo(render_findings(authored.diagnostics, "text"), nl=False)
            sys.exit(FINDINGS)
        place = _place(authored, written, repository)
        if assume:
            request = assuming(request, authored, place)
        viewers = _viewers(authored.programme, viewer)
        found = problems(authored, place)
        if found:
            shown.close()
            click.echo(render_findings(found, "text"), nl=False)
            sys.exit(FINDINGS)
        state = consider(authored, request, shown, viewers)
        if viewer is None or ":" not in viewer:
            versions = _versions(authored, state, request, place, shown)
            shown.close()
            if viewer is None:
                _list(state, place, versions, written)
                return
            chosen = _first_role(state, versions, viewers, viewer)
        else:
            chosen = viewers[0]
        missing = _missing(authored, state, request, place, chosen, shown)
        shown.close()
        if missing:
            _refuse(place, chosen, missing)
        for note in notes_on(ahead(state, place), uncommitted=uncommitted(state)):
            click.echo(f"prmbuild: {note}", err=True)
        if options.out is not None:
            _write(options, authored, request, place, chosen, shown)
            return
        previewer = Previewer(
            directory=options.repo,
            request=options.later,
            written=written,
            viewer=ViewerId(chosen.partner, chosen.role),
            assume=assume,
        )
        work = Work(
            directory=options.repo,
            first=lambda heard: previewer.first(authored, state, request, place, heard),
            again=previewer.again,
            commits=not options.frozen,
            files=not options.frozen and options.worktree is not False,
        )
        run(
            work,
            port=options.port,
            reader=previewer.viewer,
            place=place.url,
            open_browser=options.browse,
            progress=shown,
        )


def _place(authored: Authored, written: str, repository: GitRepository) -> Asked:
    assert authored.programme is not None
    place = asked(written, authored.snapshot, repository.root, authored.programme.settings.portal_url)
    if place is None:
        raise click.UsageError(
            f"there is no '{written}' in the programme. {suggestion(written, candidates(authored.snapshot))}".strip()
        )
    return place


def _viewers(programme: Programme, written: str | None) -> Sequence[Viewer]:
    partner, _, role = (written or "").partition(":")
    require(programme, partner or None, role or None)
    return [viewer for viewer in programme.viewers() if partner in ("", viewer.partner) and role in ("", viewer.role)]


Versions = Sequence[tuple[Viewer, ...]]
"""The viewers who see something in one way, for each way."""


def _versions(authored: Authored, state: Considered, request: Request, place: Asked, heard: Progress) -> Versions:
    """Return who sees what was asked for in which way; nobody where nobody does."""
    readership = state.views.readership
    if place.path is None:
        return [readership.viewers]
    if place.path in state.views.pages:
        with engine(site_of(authored, state.catalog, preview=request.worktree), 1, request.cache) as renders:
            variants = select(state, (place.path,), renders, heard).variants.get(place.path)
        seen = variants if variants is not None else state.views.pages[place.path]
        return [readership.of(some) for some, _ in seen]
    for identifier, courses in state.views.courses.items():
        if place.path in state.catalog.courses[identifier].files:
            return [readership.of(some) for some, _ in courses]
    if place.path in state.catalog.assets:
        with desired(authored, request, heard, readership.viewers) as whole:
            versions: dict[str | None, list[Viewer]] = {}
            for portal in whole.portals:
                version = portal.assets.get(place.path)
                if version is not None:
                    versions.setdefault(version.blob, []).extend(portal.viewers)
            return [tuple(viewers) for viewers in versions.values()]
    return []


def _list(state: Considered, place: Asked, versions: Versions, written: str) -> None:
    """Say who sees what was asked for in which way, and how to look at each."""
    name = place.path or f"/{place.url}"
    for note in notes_on(ahead(state, place), uncommitted=uncommitted(state)):
        click.echo(f"prmbuild: {note}", err=True)
    if not versions:
        viewer = state.views.readership.viewers[0]
        click.echo(f"nobody sees {name}; what would have to change for {viewer.partner} ({viewer.role}):")
        for reason in unseen(state, place, viewer):
            click.echo(f"  - {reason}")
        sys.exit(FINDINGS)
    if place.path is None:
        click.echo(
            f"{name} is made for each portal; name a viewer: --as {versions[0][0].partner}:{versions[0][0].role}"
        )
        return
    everyone = len(state.views.readership.viewers)
    seeing = sum(map(len, versions))
    ways = "in one version" if len(versions) == 1 else f"in {len(versions)} versions"
    click.echo(f"{click.style(name, bold=True)}: {seeing} of {everyone} viewers see it, {ways}")
    known, _, _ = joint(None, state.catalog.programme)
    bits = {viewer: 1 << number for number, viewer in enumerate(known.pairs)}
    for viewers in sorted(versions, key=len, reverse=True):
        some = sum(bits[Pair(viewer.partner, viewer.role)] for viewer in viewers)
        click.echo(f"\n  {named(known, some, known.head)}")
        click.echo(f"    prmbuild preview {written} --as {viewers[0].partner}:{viewers[0].role}")


def _first_role(state: Considered, versions: Versions, viewers: Sequence[Viewer], partner: str) -> Viewer:
    """Return the partner's first viewer who sees it, and say where its roles see different things."""
    first = next((viewer for viewer in viewers if any(viewer in some for some in versions)), viewers[0])
    others = [viewer for viewer in viewers if not any(viewer in some and first in some for some in versions)]
    if versions and others:
        roles = ", ".join(viewer.role for viewer in others)
        click.echo(
            f"prmbuild: as {first.partner}:{first.role}; to {roles} it looks otherwise or does not show: "
            f"--as {partner}:{others[0].role}",
            err=True,
        )
    return first


def _missing(
    authored: Authored, state: Considered, request: Request, place: Asked, viewer: Viewer, heard: Progress
) -> tuple[str, ...]:
    if place.path in state.catalog.assets and place.path not in state.catalog.pages:
        with desired(authored, request, heard, (viewer,)) as whole:
            return unseen(whole, place, viewer)
    return unseen(state, place, viewer)


def _refuse(place: Asked, viewer: Viewer, reasons: Sequence[str]) -> None:
    click.echo(f"{place.path} is not visible to {viewer.partner} ({viewer.role}):")
    for reason in reasons:
        click.echo(f"  - {reason}")
    sys.exit(FINDINGS)


def _write(
    options: Options, authored: Authored, request: Request, place: Asked, viewer: Viewer, heard: Progress
) -> None:
    """Write what was asked for, and print where it is."""
    assert options.out is not None and authored.programme is not None
    _, built = whole_portal(authored, request, viewer, heard)
    if options.single:
        written = write_single(built, place, options.out, authored.programme.settings.portal_url)
    else:
        written = write_folder(built, place, options.out, heard)
    progress().close()
    click.echo(written)
    if options.browse:
        webbrowser.open(written.resolve().as_uri())


def preview_changed(options: Options, base: str | None) -> None:
    """Write the portals that differ from a base, and a page that names them, and end the run."""
    assert options.out is not None
    shown = progress()
    with opened(options.repo) as repository, ExitStack() as open_states:
        options.refuse_out(repository, portals=True)
        request = options.request(repository)
        authored = read_authored(repository, request)
        if authored.programme is None:
            shown.close()
            click.echo(render_findings(authored.diagnostics, "text"), nl=False)
            sys.exit(FINDINGS)
        branch = authored.programme.settings.branch
        start = repository.resolve(base or merge_base(repository, request.revision, branch, worktree=request.worktree))
        if proposal(repository, authored, start):
            request = replace(request, proposed_to=start)
        outcome = open_states.enter_context(publishable(repository, request, shown))
        if outcome.built is None or outcome.state is None:
            shown.close()
            click.echo(render_findings(outcome.diagnostics, "text"), nl=False)
            click.echo("prmbuild: nothing is written until this is corrected", err=True)
            sys.exit(FINDINGS)
        head = Side(outcome.state, outcome.built)
        before = base_side(repository, start, request, open_states, shown)
        changed = changed_portals(before, head)
        commit = repository.commit(start)
        page = index(head, changed, f"{commit.short} of {commit.at:%Y-%m-%d}", known=before is not None)
        write_changed(head, changed, page, options.out, shown)
        shown.close()
    number, every = len(changed), len(head.built.portals)
    click.echo(
        f"{number} of {every} portal{'' if every == 1 else 's'} differ from {commit.short}: {options.out}/index.html"
    )
    if options.browse and changed:
        webbrowser.open((options.out / "index.html").resolve().as_uri())
