"""What an audit found."""

from collections.abc import Iterator
from enum import Enum

from msgspec import Struct

from prmbuild import codes
from prmbuild.diagnostics import Code, Diagnostic, ordered


class Kind(Enum):
    """What is in a portal that must not be, or is wrong with it."""

    TITLE = "title"
    PATH = "path"
    TEXT = "text"
    NAME = "name"
    ASSET = "asset"
    METADATA = "metadata"
    ANSWER = "answer"
    REFERENCE = "reference"
    UNACCOUNTED = "unaccounted"
    TAMPERED = "tampered"
    READER = "reader"
    BLIND = "blind"


_CODES: dict[Kind, Code] = {
    Kind.TITLE: codes.LEAKED_TITLE,
    Kind.PATH: codes.LEAKED_PATH,
    Kind.TEXT: codes.LEAKED_TEXT,
    Kind.NAME: codes.LEAKED_NAME,
    Kind.ASSET: codes.LEAKED_ASSET,
    Kind.METADATA: codes.LEAKED_METADATA,
    Kind.ANSWER: codes.LEAKED_ANSWER,
    Kind.REFERENCE: codes.STRAY_REFERENCE,
    Kind.UNACCOUNTED: codes.UNACCOUNTED_FILE,
    Kind.TAMPERED: codes.TAMPERED_FILE,
    Kind.READER: codes.WRONG_READER,
    Kind.BLIND: codes.BLIND_AUDIT,
}


_SAID = frozenset({Kind.TITLE, Kind.PATH, Kind.TEXT, Kind.NAME})
"""What a page may say by chance, too."""

_AGAIN = "run prmbuild build: what an audit found changed is written anew"


class Leak(Struct, frozen=True, kw_only=True):
    """One thing that must not be in a portal.

    Attributes:
        portal: its id; empty where the finding is about the build as a whole.
        file: path in the portal.
        place: where in the file, such as ``comment``; empty for its plain content.
        owner: repository path of what is betrayed; empty where nothing is.
        line: the line of `owner`, counted from 1.
        found: what was found, or what is wrong.
        excerpt: how it reads in the file; empty where there is nothing to read.
        source: repository path of what the file is made from, and perhaps a line of it; empty where that is not known.
    """

    portal: str
    file: str
    kind: Kind
    owner: str
    line: int
    found: str
    place: str = ""
    excerpt: str = ""
    source: str = ""

    def diagnostic(self) -> Diagnostic:
        """Return the leak as a finding, at the place of what is betrayed."""
        where = "/".join(filter(None, (self.portal, self.file))) + (f" ({self.place})" if self.place else "")
        found = f"{self.found}, and stands in what is made from {self.source}" if self.source else self.found
        message = f"{where}: {found}" + (f": …{self.excerpt}…" if self.excerpt else "")
        return _CODES[self.kind].at(self.owner or "build.json", message, line=self.line, hint=self._hint())

    def _hint(self) -> str:
        if self.kind is Kind.TAMPERED:
            return _AGAIN
        if self.kind is Kind.BLIND and self.owner:
            return "report it as a defect of prmbuild; until that is mended, use other words there or `status: draft`"
        hint = "nothing of this build may be published"
        if self.kind is Kind.METADATA and self.source:
            return f"{hint}; take it out of {self.source}, or let the readers of that file see {self.owner}"
        if self.kind in _SAID and self.source:
            page, hidden = self.source, self.owner
            return f"{hint}; if {page} says so itself, use other words there or in {hidden}, else report it as a defect"
        return hint


class Unread(Struct, frozen=True, kw_only=True):
    """A part of a file that the audit could not open; `file` and `place` as in `Leak`, with one portal that has it."""

    portal: str
    file: str
    place: str
    owner: str
    reason: str

    def diagnostic(self) -> Diagnostic:
        """Return it as a finding."""
        where = f"{self.portal}/{self.file}" + (f" ({self.place})" if self.place else "")
        return codes.UNREADABLE_ASSET.at(
            self.owner, f"{where} cannot be opened by the audit: {self.reason}", hint="only its bytes were searched"
        )


class AuditReport(Struct, frozen=True, kw_only=True):
    """The outcome of an audit.

    Attributes:
        leaks: by portal, file and kind. The build may be published only where there are none.
        unread: what could not be opened.
        portals: how many there are.
        files: their number, over all portals.
        blobs: the number of distinct contents.
        bytes: of distinct contents.
        canaries: how many strings were searched for.
        controls: how many strings had to be found, and were looked for by the same search.
    """

    leaks: tuple[Leak, ...]
    unread: tuple[Unread, ...]
    portals: int
    files: int
    blobs: int
    bytes: int
    canaries: int
    controls: int

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Return everything as findings, sorted by place."""
        return ordered(self._diagnostics())

    def _diagnostics(self) -> Iterator[Diagnostic]:
        yield from (leak.diagnostic() for leak in self.leaks)
        yield from (unread.diagnostic() for unread in self.unread)

    def summary(self) -> str:
        """Return the outcome in one line."""
        changed = sum(leak.kind is Kind.TAMPERED for leak in self.leaks)
        found = (("leaks", len(self.leaks) - changed), ("changed since the build", changed))
        outcome = ", ".join(f"{number} {what}" for what, number in found if number) or "clean"
        return (
            f"audit {outcome}: {self.portals} portals, {self.files} files, {self.blobs} distinct "
            f"({self.bytes / 1e6:.1f} MB), {self.canaries} canaries, {self.controls} controls"
        )
