"""Making an edition: the checks, the build and the audit, and what to tell people when they forbid it."""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from prmbuild.diagnostics import Severity, ordered
from prmbuild.errors import PrmError
from prmbuild.progress import Progress
from prmbuild.publishable import publishable
from prmbuild.request import Request
from prmbuild.serve.edition import Edition, edition_of
from prmbuild.source.git import opened


class Made(Struct, frozen=True, kw_only=True):
    """The outcome of a build.

    Attributes:
        edition: None where the findings forbid it.
        findings: the errors that were found, as text; some, such as broken links, do not stop a build.
        partial: whether the edition lacks most of what it will have, and another build follows at once.
    """

    edition: Edition | None
    findings: tuple[str, ...]
    partial: bool = False


def make(directory: Path, request: Request, progress: Progress) -> Made:
    """Build the programme whose repository is around a directory.

    Raises:
        SourceError: git cannot answer.
        PrmError: the environment is broken in another way.
    """
    with opened(directory) as repository, publishable(repository, request, progress) as outcome:
        serious = ordered(found for found in outcome.diagnostics if found.severity is Severity.ERROR)
        edition = None
        if outcome.built is not None and outcome.state is not None:
            edition = edition_of(outcome.built, outcome.state.catalog.programme)
        return Made(edition=edition, findings=tuple(str(found) for found in serious))


def remake(directory: Path, request: Request, progress: Progress) -> Made:
    """Build again, for people who look at an earlier edition: what stops the build is a finding like any other."""
    return heeded(lambda: make(directory, request, progress))


def heeded(work: Callable[[], Made]) -> Made:
    """Make an edition, and turn whatever stops that into a finding."""
    try:
        return work()
    except PrmError as error:
        return Made(edition=None, findings=(f"{error.message} ({error.hint})" if error.hint else error.message,))
    except Exception as error:  # the earlier edition must stay up, whatever half-saved files make of a build
        return Made(edition=None, findings=(f"the build failed unexpectedly: {type(error).__name__}: {error}",))
