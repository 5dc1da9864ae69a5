"""What a pipeline does, step by step. Each step says what it found; the command line tells it to people."""

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct, field

from prmbuild import codes
from prmbuild.authored.layout import is_laid_out, laid_out
from prmbuild.authored.programme import Programme
from prmbuild.authored.reading import PRM, read_settings
from prmbuild.authored.schemas import schemas
from prmbuild.check.formats import as_gitlab, as_json, as_sarif, summary
from prmbuild.ci.inert import escaped
from prmbuild.ci.summary import findings_table
from prmbuild.diagnostics import Diagnostic, has_errors, ordered
from prmbuild.exposure.since import merge_base
from prmbuild.owners.codeowners import MARK, Host, codeowners
from prmbuild.progress import Progress
from prmbuild.publishable import checked
from prmbuild.request import Request
from prmbuild.source.git import GitRepository
from prmbuild.source.snapshot import PLACES
from prmbuild.widening.check import check_widening

CHECK, REPORT, PUBLISH, SCHEDULED = "check", "report", "publish", "scheduled"
"""Steps, and the folders of what they leave."""

SCHEMAS = "schemas"
"""Folder of the JSON Schemas in a programme."""


class Work(Struct, frozen=True, kw_only=True):
    """What the steps look at.

    Attributes:
        kept: folder of what is kept with the run.
        base: what it is compared with; None means the publishing branch.
        proposed: whether it is to be merged onto what it is compared with, and so is judged as if it were.
        number: of that pull or merge request.
    """

    repository: GitRepository
    request: Request
    progress: Progress
    kept: Path
    base: str | None = None
    proposed: bool = False
    number: int | None = None


class Outcome(Struct, frozen=True, kw_only=True):
    """What a step found.

    Attributes:
        step: whose folder the files go to.
        title: for people.
        said: the outcome in a sentence of our own words; quotes nothing that was authored.
        failed: whether the pipeline should fail.
        text: what it found, for a terminal.
        markdown: for the page of the run; authored text in it does nothing.
        findings: for annotations.
        files: name → text, to keep with the run.
    """

    step: str
    title: str
    said: str
    failed: bool = False
    text: str = ""
    markdown: str = ""
    findings: tuple[Diagnostic, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)


Step = Callable[[Work], Outcome]


def layout_step(work: Work) -> Outcome:
    """Compare the layout of every authored YAML file and front matter with the one that ``prmbuild format`` gives."""
    commit = work.repository.resolve(work.request.revision)
    files = work.repository.tree(commit, PLACES)
    other = [
        path
        for path, file in sorted(files.items())
        if file.regular and is_laid_out(path) and _otherwise(path, work.repository.read(file.blob))
    ]
    step, title = CHECK, "layout"
    if not other:
        return Outcome(step=step, title=title, said="as prmbuild format has it")
    said = f"{len(other)} files are laid out otherwise; run 'prmbuild format' and commit what it writes"
    listed = "".join(f"- {escaped(path)}\n" for path in other[:100])
    return Outcome(step=step, title=title, said=said, failed=True, markdown=f"{said}.\n\n{listed}")


def schemas_step(work: Work) -> Outcome:
    """Compare the committed JSON Schemas, where there are any, with those of this version of prmbuild."""
    commit = work.repository.resolve(work.request.revision)
    there = work.repository.tree(commit, [SCHEMAS])
    step, title = CHECK, "schemas"
    if not there:
        return Outcome(step=step, title=title, said="the programme keeps none")
    stale = [
        name
        for name, text in schemas().items()
        if (file := there.get(f"{SCHEMAS}/{name}")) is None or work.repository.read(file.blob) != text.encode()
    ]
    if not stale:
        return Outcome(step=step, title=title, said="up to date")
    said = f"{len(stale)} not up to date; run 'prmbuild schemas' and commit what it writes"
    return Outcome(step=step, title=title, said=said, failed=True, markdown=f"{said.capitalize()}.\n")


def owners_step(work: Work) -> Outcome:
    """Compare a committed CODEOWNERS that prmbuild wrote with what ``prm.yaml`` says now."""
    commit = work.repository.resolve(work.request.revision)
    there = work.repository.tree(commit, [PRM, *(host.file for host in Host)])
    written = {host: work.repository.read(there[host.file].blob) for host in Host if host.file in there}
    step, title = CHECK, "owners"
    settings, document, _ = read_settings(work.repository.read(there[PRM].blob)) if PRM in there else (None, None, ())
    if settings is None or document is None:
        return Outcome(step=step, title=title, said="not compared, as prm.yaml cannot be read")
    stale = [
        host.file
        for host, data in written.items()
        if data.startswith(MARK.encode()) and data.decode(errors="replace") != codeowners(settings, document, host)[0]
    ]
    if not stale:
        return Outcome(step=step, title=title, said="up to date" if written else "the programme keeps none")
    said = f"{stale[0]} is not up to date; run 'prmbuild owners' and commit what it writes"
    return Outcome(step=step, title=title, said=said, failed=True, markdown=f"{said}.\n")


def check_step(work: Work) -> Outcome:
    """Find everything that is wrong, and in a proposal what it would show to more partners without their approval."""
    with checked(work.repository, work.request, work.progress) as (authored, state, found):
        if work.proposed and state is not None and authored.programme is not None:
            start = base_of(work, authored.programme)
            found = (*found, *check_widening(work.repository, start, work.request, work.progress))
        findings = ordered(_without_the_obvious(work, found))
    return Outcome(
        step=CHECK,
        title="check",
        said=summary(findings),
        failed=has_errors(findings),
        markdown=findings_table(findings),
        findings=findings,
        files={
            "findings.json": as_json(findings),
            "findings.sarif": as_sarif(findings),
            "gitlab.json": as_gitlab(findings),
        },
    )


def base_of(work: Work, programme: Programme) -> str:
    """Return the commit at which what is looked at left what it is compared with.

    Raises:
        SourceError: there is nothing to compare with.
    """
    if work.base is None:
        branch = programme.settings.branch
        return merge_base(work.repository, work.request.revision, branch, worktree=work.request.worktree)
    base = work.repository.resolve(work.base)
    return work.repository.merge_base(work.repository.resolve(work.request.revision), base) or base


def _otherwise(path: str, data: bytes) -> bool:
    """Tell whether a file is not in its layout; what cannot be read is the business of the check."""
    made, _ = laid_out(path, data)
    return made is not None and made != data


def _without_the_obvious(work: Work, found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Leave out that a proposal is not on the publishing branch yet."""
    return tuple(one for one in found if not (work.proposed and one.code == codes.NOT_ON_BRANCH.id))


CHECKS: tuple[Step, ...] = (layout_step, schemas_step, owners_step, check_step)
"""What must hold for a programme to be merged."""
