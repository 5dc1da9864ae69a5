"""What a pipeline does, step by step. Each step says what it found; the command line tells it to people."""

import json
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from prmbuild import codes
from prmbuild.authored.schemas import schemas
from prmbuild.check.formats import as_gitlab, as_json, as_sarif, summary
from prmbuild.ci.summary import findings_table
from prmbuild.diagnostics import Diagnostic, has_errors
from prmbuild.output import write
from prmbuild.progress import Progress
from prmbuild.publishable import checked, publishable
from prmbuild.request import Request
from prmbuild.source.git import GitRepository

CHECK, REPORT, PUBLISH, SCHEDULED = "check", "report", "publish", "scheduled"
"""Steps, and the folders of what they leave."""

SCHEMAS = "schemas"
"""Folder of the JSON Schemas in a programme."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the steps look at.

    Attributes:
        kept: folder of what is kept with the run.
        base: what it is compared with; None means the publishing branch.
        proposed: whether it is a pull or merge request, which is not on the publishing branch yet.
        number: of that pull or merge request.
    """

    repository: GitRepository
    request: Request
    progress: Progress
    kept: Path
    base: str | None = None
    proposed: bool = False
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
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


def check_step(work: Work) -> Outcome:
    """Find everything that is wrong."""
    with checked(work.repository, work.request, work.progress) as (_, _, found):
        findings = _without_the_obvious(work, found)
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


def publish_step(work: Work, out: Path) -> Outcome:
    """Check, build and audit the portals, and keep them as one archive.

    Args:
        work: what to publish.
        out: folder of the portals; in the archive, equal files of several portals stand once.

    Raises:
        StoreError: a folder cannot be written.
    """
    with publishable(work.repository, work.request, work.progress) as outcome:
        findings = outcome.diagnostics
        merged = all(finding.code != codes.NOT_ON_BRANCH.id for finding in findings)
        if outcome.built is None or not merged:
            why = summary(findings) if merged else "this commit is not on the publishing branch"
            return Outcome(
                step=PUBLISH,
                title="publish",
                said=f"nothing was published, and what is live stays: {why}",
                failed=True,
                markdown=findings_table(findings),
                findings=findings,
            )
        write(outcome.built, out, work.progress)
        revision, portals = outcome.built.revision, len(outcome.built.portals)
    (work.kept / PUBLISH).mkdir(parents=True, exist_ok=True)
    with tarfile.open(work.kept / PUBLISH / "portals.tar", "w") as archive:
        archive.add(out, arcname=".")
    said = f"{portals} portals of commit {revision[:10]} built, audited and kept with the run; nothing is deployed yet"
    return Outcome(
        step=PUBLISH,
        title="publish",
        said=said,
        markdown=f"{said[:1].upper()}{said[1:]}.\n\n{findings_table(findings)}",
        findings=findings,
        files={"published.json": json.dumps({"version": 1, "revision": revision, "portals": portals}) + "\n"},
    )


def _without_the_obvious(work: Work, found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Leave out that a proposal is not on the publishing branch yet."""
    return tuple(one for one in found if not (work.proposed and one.code == codes.NOT_ON_BRANCH.id))


CHECKS: tuple[Step, ...] = (schemas_step, check_step)
"""What must hold for a programme to be merged."""
