"""What can go wrong outside the content: broken environments, as exceptions with fields.

Problems *in* the content are never exceptions; they are `prmbuild.diagnostics.Diagnostic` values.
Only the command line turns these exceptions into text and exit codes.
"""


class PrmError(Exception):
    """Something outside the content stops the run.

    Args:
        message: what is wrong, lower case, naming the place.
        hint: what the person can do about it; may be empty.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class SourceError(PrmError):
    """The git repository cannot be read: not one, shallow, or without the revision asked for."""


class RenderError(PrmError):
    """A page could not be rendered; nothing was written."""


class ExecutorError(PrmError):
    """The cluster that is to render is not there, went away, or is not set up as this machine is."""


class StoreError(PrmError):
    """An output could not be written or read back."""


class BrokenFileError(StoreError):
    """A file on this machine has not the bytes that it is known for: a disk or somebody changed them since.

    Args:
        file: its path.
    """

    def __init__(self, file: object) -> None:
        super().__init__(
            f"{file} has not the bytes that were written",
            hint="check the disk; 'prmbuild cache check', with the place that --cache names, drops what is damaged",
        )
        self.file = file


class NoPlaceError(StoreError):
    """What a person wrote names no place, whatever stands there: a mistake in writing, not in the environment."""


class ChangedError(StoreError):
    """What stands in a store is not what was written there, or is lost; to ask once more does not help.

    Args:
        key: of the object.
        found: what is wrong with it, for people; it goes on from the name of the object.
        hint: what the person can do about it.
    """

    def __init__(self, key: str, found: str, *, hint: str) -> None:
        super().__init__(f"'{key}' in the store {found}", hint=hint)
        self.key = key
        self.found = found


class AuditError(PrmError):
    """The audit could not do its work; what was built must not be published."""


class HostError(PrmError):
    """GitHub or GitLab does not answer, refuses, or did not start this run."""


class AccessError(PrmError):
    """Somebody would get what is not theirs; nothing was done."""


class StackError(PrmError):
    """The stack on AWS is not created, changed or found."""
