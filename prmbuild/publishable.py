"""What may be published: built only where the checks allow it, and only as the audit found it clean."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path

from msgspec import Struct

from prmbuild import codes
from prmbuild.audit.audit import AuditReport, audit
from prmbuild.build import Built, build
from prmbuild.cache import AUDITS
from prmbuild.check.check import findings
from prmbuild.desired import Authored, Desired, desired, read_authored
from prmbuild.diagnostics import Diagnostic, Severity, has_errors
from prmbuild.errors import BrokenFileError, PrmError, RenderError
from prmbuild.progress import Progress
from prmbuild.request import Request
from prmbuild.source.git import GitRepository

HARMLESS = frozenset({codes.BROKEN_LINK.id, codes.BROKEN_ANCHOR.id, codes.MISSING_ASSET.id})
"""Errors that fail ``check`` but stop no build: a reference that leads nowhere is undone, and shows nobody more."""


class Publishable(Struct, frozen=True, kw_only=True):
    """The outcome of building a programme.

    Attributes:
        diagnostics: everything that was found.
        built: None where findings, or the audit's, forbid it.
        state: None where the configuration has errors.
        report: None where nothing was built.
    """

    diagnostics: tuple[Diagnostic, ...]
    built: Built | None = None
    state: Desired | None = None
    report: AuditReport | None = None

    @property
    def told(self) -> tuple[Diagnostic, ...]:
        """What a build tells of: errors, and all that the audit found, which no check finds."""
        audited = frozenset(self.report.diagnostics()) if self.report is not None else frozenset()
        return tuple(one for one in self.diagnostics if one.severity is Severity.ERROR or one in audited)

    @property
    def unmerged(self) -> Diagnostic | None:
        """The finding that the commit is not on the publishing branch; None where it is, or nobody here can know."""
        return next((one for one in self.diagnostics if one.code == codes.NOT_ON_BRANCH.id), None)


def stops(diagnostic: Diagnostic) -> bool:
    """Tell whether a finding stops a build."""
    return diagnostic.severity is Severity.ERROR and diagnostic.code not in HARMLESS


@contextmanager
def checked(
    repository: GitRepository, request: Request, progress: Progress
) -> Iterator[tuple[Authored, Desired | None, tuple[Diagnostic, ...]]]:
    """Read a programme, work out its desired state and check both.

    Raises:
        SourceError: git cannot answer.
        RenderError: a page cannot be rendered, and no finding says why.
    """
    progress.stage("reading the programme")
    authored = read_authored(repository, request)
    if authored.programme is None or authored.look is None:
        yield authored, None, findings(authored, None, request.cache)
        return
    with ExitStack() as stack:
        try:
            state = stack.enter_context(desired(authored, request, progress))
        except RenderError:
            without = findings(authored, None, request.cache)
            if not has_errors(without):
                raise
            yield authored, None, without
            return
        progress.stage("checking")
        yield authored, state, findings(authored, state, request.cache, state.engine.map)


def _memory(repository: GitRepository, request: Request) -> Path:
    """Return the file on this machine that remembers the audits of a programme."""
    programme = sha256(os.fsencode(repository.folder.resolve())).hexdigest()
    return request.cache.folder / AUDITS / programme


@contextmanager
def publishable(repository: GitRepository, request: Request, progress: Progress) -> Iterator[Publishable]:
    """Check, build and audit a programme.

    Where something in the cache is found damaged, it is all done once more, with every object read before it is used:
    so all that is damaged of what is needed is made anew, not only what was come upon.

    Raises:
        SourceError: git cannot answer.
        RenderError: a page cannot be rendered.
        AuditError: the audit could not do its work.
        StoreError: the cache holds other bytes than were written, even what was made just now.
    """
    damage = request.cache.damage
    with ExitStack() as stack:
        try:
            outcome = stack.enter_context(_publishable(repository, request, progress))
            sound = request.cache.damage == damage
        except PrmError as error:
            if not isinstance(error, BrokenFileError) and request.cache.damage == damage:
                raise
            sound = False
        if not sound:
            stack.close()
            request.cache.doubt()
            outcome = stack.enter_context(_publishable(repository, request, progress))
        yield outcome


@contextmanager
def _publishable(repository: GitRepository, request: Request, progress: Progress) -> Iterator[Publishable]:
    with checked(repository, request, progress) as (_, state, diagnostics):
        if state is None or any(stops(diagnostic) for diagnostic in diagnostics):
            yield Publishable(diagnostics=diagnostics, state=state)
            return
        built = build(state, progress)
        report = audit(built, state, progress, request.jobs, _memory(repository, request))
        clean = not report.leaks
        yield Publishable(
            diagnostics=(*diagnostics, *report.diagnostics()),
            built=built if clean else None,
            state=state,
            report=report,
        )
