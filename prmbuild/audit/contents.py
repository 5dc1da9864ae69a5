"""The files of a programme, each read and opened once."""

from hashlib import sha256

from prmbuild.audit.parts import Part, parts
from prmbuild.source.snapshot import Snapshot


class Contents:
    """Reads files of a snapshot by git's object names."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._opened: dict[str, tuple[Part, ...]] = {}
        self._digests: dict[str, str] = {}

    def data(self, blob: str) -> bytes:
        """Return the bytes of a file."""
        return self._snapshot.read(blob)

    def text(self, blob: str) -> str:
        """Return a file as text, whatever it is."""
        return self.data(blob).decode("utf-8", "replace")

    def digest(self, blob: str) -> str:
        """Return the SHA-256 of a file."""
        if blob not in self._digests:
            self._digests[blob] = sha256(self.data(blob)).hexdigest()
        return self._digests[blob]

    def parts(self, blob: str) -> tuple[Part, ...]:
        """Return the texts inside a file."""
        digest = self.digest(blob)
        if digest not in self._opened:
            self._opened[digest] = tuple(parts(self.data(blob)))
        return self._opened[digest]
