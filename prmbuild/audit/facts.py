"""What the audit needs to know of one built file, whoever has it."""

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from prmbuild.audit.needles import Numbers
from prmbuild.audit.parts import Part, parts
from prmbuild.audit.references import Reference, in_file
from prmbuild.audit.search import Search

BATCH = 1 << 18
"""Bytes of built files that a process looks at at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A built file.

    Attributes:
        digest: SHA-256 of its bytes.
        data: its bytes.
        searched: whether it may betray something; the theme's own files do not.
        suffixes: how the names end under which it is looked at for references.
    """

    digest: str
    data: bytes
    searched: bool
    suffixes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
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
    return len(blob.data)


def facts(blob: Blob, search: Search) -> Facts:
    """Find out what the audit needs to know of a built file."""
    opened = tuple(parts(blob.data)) if blob.searched else ()
    texts: Sequence[str] = ()
    if blob.suffixes:
        texts = _read(opened) or (blob.data.decode("utf-8", "replace"),)
    found: Iterable[int] = search.file(blob.digest, opened) if blob.searched else ()
    return Facts(
        digest=blob.digest,
        size=len(blob.data),
        found=np.array(sorted(found), np.int32),
        references={suffix: frozenset().union(*(in_file(suffix, text) for text in texts)) for suffix in blob.suffixes},
        problems=tuple((part.place, part.problem) for part in opened if part.problem),
    )


def _read(opened: Sequence[Part]) -> Sequence[str]:
    """Return what readers come for of a file, which may be packed."""
    return [part.text for part in opened if part.read or len(opened) == 1]
