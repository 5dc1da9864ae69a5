"""Whether what is built is what was merged."""

from collections.abc import Iterator

from prmbuild import codes
from prmbuild.authored.reading import marks_of
from prmbuild.check.written import Written
from prmbuild.desired import Desired
from prmbuild.diagnostics import Diagnostic

SETTINGS = "prm.yaml"


def check_revision(written: Written, state: Desired) -> Iterator[Diagnostic]:
    """Find a revision that the publishing branch never had; uncommitted files are known not to be there."""
    branch = state.catalog.programme.settings.branch
    if not written.snapshot.preview and written.snapshot.on_branch(branch) is False:
        line, column = marks_of(SETTINGS, written.snapshot.read_path(SETTINGS)).value(("branch",))
        message = f"this is not what is on '{branch}'"
        hint = f"right for a preview; otherwise merge it to '{branch}' first"
        yield codes.NOT_ON_BRANCH.at(SETTINGS, message, line=line, column=column, hint=hint)
