"""What people read before they merge: who will see what, and the portals that change."""

from prmbuild.check.formats import summary
from prmbuild.ci.report import MARKDOWN, NUMBER
from prmbuild.ci.steps import REPORT, Outcome, Step, Work
from prmbuild.ci.summary import findings_table
from prmbuild.desired import Authored, read_authored
from prmbuild.exposure.compare import compared
from prmbuild.exposure.markdown import as_markdown
from prmbuild.exposure.report import report
from prmbuild.exposure.since import merge_base
from prmbuild.exposure.wording import headline

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
    with compared(work.repository, authored, base_of(work, authored), work.request, work.progress) as comparison:
        exposure = comparison.exposure
    return Outcome(
        step=REPORT,
        title=title,
        said=headline(exposure),
        text=report(exposure, "text"),
        markdown=as_markdown(exposure, _PAGE),
        files={MARKDOWN: as_markdown(exposure, _COMMENT), "report.json": report(exposure, "json"), **number},
    )


def base_of(work: Work, authored: Authored) -> str:
    """Return the commit at which what is looked at left what it is compared with.

    Raises:
        SourceError: there is nothing to compare with.
    """
    if work.base is None:
        assert authored.programme is not None
        branch = authored.programme.settings.branch
        return merge_base(work.repository, work.request.revision, branch, worktree=work.request.worktree)
    base = work.repository.resolve(work.base)
    return work.repository.merge_base(work.repository.resolve(work.request.revision), base) or base


REPORTS: tuple[Step, ...] = (exposure_step,)
"""What people read before they merge."""
