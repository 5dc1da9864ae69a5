"""What people read before they merge: who will see what, and the portals that change."""

from contextlib import ExitStack
from dataclasses import replace

from prmbuild.authored.programme import Programme
from prmbuild.build import build
from prmbuild.check.formats import summary
from prmbuild.ci.report import MARKDOWN, NUMBER
from prmbuild.ci.steps import REPORT, Outcome, Step, Work
from prmbuild.ci.summary import findings_table
from prmbuild.desired import desired, read_authored
from prmbuild.exposure.compare import compared
from prmbuild.exposure.markdown import as_markdown
from prmbuild.exposure.report import report
from prmbuild.exposure.since import merge_base
from prmbuild.exposure.wording import headline
from prmbuild.preview.changed import Side, changed_portals, write_changed
from prmbuild.preview.index import index
from prmbuild.publishable import publishable

PORTALS = "portals"
"""Folder of the portals that change: kept apart from the report, and for a shorter time."""

_COMMENT, _PAGE = 50_000, 900_000
"""Bytes of the report in a comment, which is made longer by making it inert, and on the page of a run."""


def exposure_step(work: Work) -> Outcome:
    """Say who will gain, lose or see changed what."""
    title = "exposure"
    number = {NUMBER: f"{work.number}\n"} if work.number is not None else {}
    authored = read_authored(work.repository, work.request)
    if authored.programme is None or authored.look is None:
        found = authored.diagnostics
        return Outcome(
            step=REPORT,
            title=title,
            said=f"nothing can be said, as the configuration has errors: {summary(found)}",
            failed=True,
            markdown=findings_table(found),
            files={
                MARKDOWN: f"The configuration has errors, so nothing can be said.\n\n{findings_table(found)}",
                **number,
            },
        )
    start = _start(work, authored.programme)
    with compared(work.repository, authored, start, work.request, work.progress) as comparison:
        exposure = comparison.exposure
        return Outcome(
            step=REPORT,
            title=title,
            said=headline(exposure),
            text=report(comparison, "text"),
            markdown=as_markdown(exposure, _PAGE),
            files={
                MARKDOWN: as_markdown(exposure, _COMMENT),
                "report.json": report(comparison, "json"),
                "report.html": report(comparison, "html"),
                **number,
            },
        )


def portals_step(work: Work) -> Outcome:
    """Write the portals that change, with a page that names them.

    Raises:
        StoreError: a folder cannot be written.
    """
    title = "portals"
    with ExitStack() as states:
        outcome = states.enter_context(publishable(work.repository, work.request, work.progress))
        if outcome.built is None or outcome.state is None:
            said = f"none can be built: {summary(outcome.diagnostics)}"
            return Outcome(step=REPORT, title=title, said=said, failed=True)
        head = Side(outcome.state, outcome.built)
        start = _start(work, outcome.state.catalog.programme)
        base = _base(work, start, states)
        changed = changed_portals(base, head)
        commit = work.repository.commit(start)
        page = index(head, changed, f"{commit.short} of {commit.at:%Y-%m-%d}", known=base is not None)
        if changed:
            write_changed(head, changed, page, work.kept / PORTALS, work.progress)
        every = len(head.built.portals)
    ids = "".join(f"- {portal.id}\n" for portal in changed)
    said = f"{len(changed)} of {every} change"
    return Outcome(step=REPORT, title=title, said=said, markdown=f"{said}.\n\n{ids}")


def _base(work: Work, start: str, states: ExitStack) -> Side | None:
    """Build what is compared with; None where its configuration has errors."""
    request = replace(work.request, revision=start, worktree=False)
    authored = read_authored(work.repository, request)
    if authored.programme is None or authored.look is None:
        return None
    state = states.enter_context(desired(authored, request, work.progress))
    return Side(state, build(state, work.progress))


def _start(work: Work, programme: Programme) -> str:
    """Return the commit at which what is looked at left what it is compared with.

    Raises:
        SourceError: there is nothing to compare with.
    """
    if work.base is None:
        branch = programme.settings.branch
        return merge_base(work.repository, work.request.revision, branch, worktree=work.request.worktree)
    base = work.repository.resolve(work.base)
    return work.repository.merge_base(work.repository.resolve(work.request.revision), base) or base


REPORTS: tuple[Step, ...] = (exposure_step, portals_step)
"""What people read before they merge."""
