"""Which versions of one file wait for approval, and which did with the bytes that come back."""

from prmbuild.source.history import Version


class Waiting:
    """Follows one file along its history, the oldest version first.

    What was undone, deleted or followed by an approved version waits no more. Its bytes are still approved by nobody,
    so it counts again where they come back, with what waited when it came. Once its bytes are approved it is settled.

    Attributes:
        now: the versions that wait, newest first.
        approved: object name of the bytes that were approved last.
    """

    def __init__(self) -> None:
        self.now: tuple[Version, ...] = ()
        self._with: dict[int, tuple[Version, ...]] = {}
        self._ended: dict[str | None, Version] = {}
        self._approvals: dict[str | None, int] = {}
        self.approved: str | None = None

    def before(self, version: Version) -> tuple[Version, ...]:
        """Return the earlier versions that the approval of one covers too, newest first."""
        ended = self.ended(version.blob)
        if not ended:
            return self.now
        known = {one.position for one in self.now}
        return (*self.now, *(one for one in ended if one.position not in known))

    def ended(self, blob: str | None) -> tuple[Version, ...]:
        """Return what waited with bytes that nobody approved since, and does no more, newest first."""
        if blob not in self._ended:
            return ()
        waited = self._with[self._ended[blob].position]
        settled = {
            covered.position
            for one in waited
            if self._approvals.get(one.blob, one.position) < one.position
            for covered in self._with[one.position]
        }
        return tuple(one for one in waited if one.blob == blob or one.position not in settled)

    def keep(self, version: Version) -> None:
        """Take in a version that nobody approved."""
        self.now = self._with[version.position] = (version, *self.before(version))

    def approve(self, version: Version) -> None:
        """Take in a version that is approved."""
        self._approvals[version.blob] = version.position
        self.approved = version.blob
        self._ended.pop(version.blob, None)
        self.end()

    def end(self) -> None:
        """Take in that what waits is undone."""
        for version in self.now:
            # the newest with the same bytes waited with those before it
            newest = self._ended.get(version.blob)
            if version.blob not in self._approvals and (newest is None or version.position < newest.position):
                self._ended[version.blob] = version
        self.now = ()
