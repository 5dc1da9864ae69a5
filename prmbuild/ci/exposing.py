"""What people read before they merge: who will see what, and the portals that change."""

from contextlib import ExitStack

from msgspec.structs import replace

from prmbuild.check.formats import summary
from prmbuild.ci.archive import MANY, pack_in_place
from prmbuild.ci.report import MARKDOWN, NUMBER
from prmbuild.ci.steps import REPORT, Outcome, Step, Work, base_of
from prmbuild.ci.summary import findings_table
from prmbuild.desired import read_authored
from prmbuild.exposure.compare import compared
from prmbuild.exposure.excerpts import excerpts
from prmbuild.exposure.markdown import as_markdown
from prmbuild.exposure.report import whole_report
from prmbuild.exposure.wording import headline
from prmbuild.preview.changed import Side, base_side, changed_portals, write_changed
from prmbuild.preview.index import index
from prmbuild.publishable import publishable

PORTALS, ARCHIVE = "portals", "portals.tar"
"""Folder of the portals that change, kept apart from the report and for a shorter time; many are in an archive."""

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
    start = base_of(work, authored.programme)
    request = replace(work.request, proposed_to=start)
    merged = read_authored(work.repository, request)
    with compared(work.repository, merged, start, request, work.progress) as comparison:
        exposure, shown = comparison.exposure, excerpts(comparison)
        return Outcome(
            step=REPORT,
            title=title,
            said=headline(exposure),
            text=whole_report(comparison, "text", request.cache),
            markdown=as_markdown(exposure, shown, _PAGE),
            files={
                MARKDOWN: as_markdown(exposure, shown, _COMMENT),
                "report.json": whole_report(comparison, "json", request.cache),
                "report.html": whole_report(comparison, "html", request.cache),
                **number,
            },
        )


def portals_step(work: Work) -> Outcome:
    """Write the portals that change, with a page that names them.

    Raises:
        StoreError: a folder cannot be written.
    """
    title = "portals"
    authored = read_authored(work.repository, work.request)
    if authored.programme is None:
        return Outcome(step=REPORT, title=title, said="none can be built: the configuration has errors", failed=True)
    start = base_of(work, authored.programme)
    with ExitStack() as states:
        request = replace(work.request, proposed_to=start)
        outcome = states.enter_context(publishable(work.repository, request, work.progress))
        if outcome.built is None or outcome.state is None:
            said = f"none can be built: {summary(outcome.diagnostics)}"
            return Outcome(step=REPORT, title=title, said=said, failed=True)
        head = Side(outcome.state, outcome.built)
        base = base_side(work.repository, start, work.request, states, work.progress)
        changed = changed_portals(base, head)
        commit = work.repository.commit(start)
        page = index(head, changed, f"{commit.short} of {commit.at:%Y-%m-%d}", known=base is not None)
        if changed:
            folder = work.kept / PORTALS
            write_changed(head, changed, page, folder, work.progress)
            ids = {portal.id for portal in changed}
            if sum(len(tree.files) for tree in head.built.trees if tree.portal.id in ids) > MANY:
                pack_in_place(folder, ARCHIVE)
        every = len(head.built.portals)
    listed = "".join(f"- {portal.id}\n" for portal in changed)
    said = f"{len(changed)} of {every} change"
    return Outcome(step=REPORT, title=title, said=said, markdown=f"{said}.\n\n{listed}")


REPORTS: tuple[Step, ...] = (exposure_step, portals_step)
"""What people read before they merge."""
