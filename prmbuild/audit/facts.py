"""What the audit needs to know of one built file, whoever has it."""

import posixpath
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from prmbuild.audit.needles import Numbers
from prmbuild.audit.parts import Part, parts
from prmbuild.audit.references import Reference, in_file
from prmbuild.audit.search import Search
from prmbuild.errors import AuditError, BrokenFileError

BATCH = 1 << 18
"""Bytes of built files that a process looks at at a time."""


class Blob(Struct, frozen=True, kw_only=True):
    """A built file.

    Attributes:
        digest: SHA-256 of its bytes.
        place: where whoever looks into it reads it; None where it is `held`.
        held: its bytes where there is no place to read them.
        searched: whether it may betray something; the theme's own files do not.
        suffixes: how the names end under which it is looked at for references.
    """

    digest: str
    place: Path | None
    held: bytes = b""
    searched: bool
    suffixes: frozenset[str]

    @property
    def size(self) -> int:
        """Its size in bytes.

        Raises:
            AuditError: it is not there.
        """
        try:
            return len(self.held) if self.place is None else self.place.stat().st_size
        except OSError as error:
            raise _unreadable(self.place, error) from error

    def read(self) -> bytes:
        """Return its bytes.

        Raises:
            AuditError: they cannot be read.
            BrokenFileError: they have another digest.
        """
        return self.held if self.place is None else verified(self.place, self.digest)

    def here(self) -> "Blob":
        """Return the file with its bytes, for who needs them more than once; raises as `read` does."""
        return replace(self, place=None, held=self.read())


class Facts(Struct, frozen=True, kw_only=True):
    """What was found out about a built file.

    Attributes:
        digest: SHA-256 of its bytes.
        size: in bytes.
        found: the canaries that may stand in it.
        references: suffix of a name → what a file of that name refers to.
        problems: place and reason of what could not be opened.
    """

    digest: str
    size: int
    found: Numbers
    references: Mapping[str, frozenset[Reference]]
    problems: tuple[tuple[str, str], ...]

    def referred(self, path: str) -> frozenset[Reference]:
        """Return what the file refers to where it has a certain name."""
        return self.references.get(posixpath.splitext(path)[1], frozenset())


def size_of(blob: Blob) -> int:
    """Return the size of a file in bytes."""
    return blob.size


def verified(place: Path, digest: str) -> bytes:
    """Read a file that has a certain SHA-256.

    Raises:
        AuditError: it cannot be read.
        BrokenFileError: it has not.
    """
    try:
        data = place.read_bytes()
    except OSError as error:
        raise _unreadable(place, error) from error
    if sha256(data).hexdigest() != digest:
        raise BrokenFileError(place)
    return data


def _unreadable(place: Path | None, error: OSError) -> AuditError:
    return AuditError(f"{place}: {error.strerror or error}", hint="check the disk and permissions")


def facts(blob: Blob, search: Search) -> Facts:
    """Find out what the audit needs to know of a built file."""
    return facts_each((blob,), search)[0]


def facts_each(blobs: Sequence[Blob], search: Search) -> Sequence[Facts]:
    """Find out what the audit needs to know of each of several built files."""
    read = [blob.read() for blob in blobs]
    opened = [tuple(parts(data)) if blob.searched else () for blob, data in zip(blobs, read, strict=True)]
    searched = [(blob.digest, inside) for blob, inside in zip(blobs, opened, strict=True) if blob.searched]
    told = iter(search.files(searched))
    return [
        Facts(
            digest=blob.digest,
            size=len(data),
            found=np.array(sorted(next(told)) if blob.searched else (), np.int32),
            references=_references(blob, data, inside),
            problems=tuple((part.place, part.problem) for part in inside if part.problem),
        )
        for blob, data, inside in zip(blobs, read, opened, strict=True)
    ]


def _references(blob: Blob, data: bytes, opened: Sequence[Part]) -> Mapping[str, frozenset[Reference]]:
    """Return what a file refers to, by suffix of its name."""
    texts: Sequence[str] = ()
    if blob.suffixes:
        texts = _read(opened) or (data.decode("utf-8", "replace"),)
    return {suffix: frozenset().union(*(in_file(suffix, text) for text in texts)) for suffix in blob.suffixes}


def _read(opened: Sequence[Part]) -> Sequence[str]:
    """Return what readers come for of a file, which may be packed."""
    return [part.text for part in opened if part.read or len(opened) == 1]
