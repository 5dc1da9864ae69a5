"""What a store of objects can do, whichever it is.

Two promises carry everything that is built on it: an object is there whole or not at all, and of several who put under
one condition one succeeds.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from msgspec import Struct


class Headers(Struct, frozen=True, kw_only=True):
    """What an object is served with; empty fields are not sent.

    Source: RFC 9110, sections 8.3 and 8.4; RFC 9111, section 5.2; RFC 6266.
    """

    content_type: str
    cache_control: str = ""
    content_encoding: str = ""
    content_disposition: str = ""


class Content(Struct, frozen=True, kw_only=True):
    """What is to be put.

    Attributes:
        file: has the bytes; it is neither changed nor kept.
        digest: SHA-256 of the bytes, hexadecimal.
        plain: SHA-256 of what a reader gets, once it is decoded; empty where nothing is encoded.
    """

    file: Path
    digest: str
    headers: Headers
    plain: str = ""


class Entry(Struct, frozen=True, kw_only=True):
    """An object without its bytes.

    Attributes:
        size: of its bytes.
        digest: SHA-256 of its bytes, hexadecimal, as it was put; empty where somebody else put it.
        tag: opaque; another one where the bytes are others.
        plain: SHA-256 of what a reader gets, as it was put: `digest`, where nothing is encoded.
    """

    key: str
    size: int
    digest: str
    tag: str
    headers: Headers
    plain: str


class Listed(Struct, frozen=True, kw_only=True):
    """What a listing tells of an object; its size in bytes."""

    key: str
    size: int


class Store(Protocol):
    """Objects under keys: ``/``-separated names without empty, ``.`` or ``..`` parts.

    Every method may raise `StoreError`: the store does not answer, or refuses. What became of a put that raises is not
    known; put again under the same condition, and where that says no, look. A put of a file that has other bytes than
    its digest says raises `BrokenFileError`, and puts nothing.
    """

    @property
    def place(self) -> str:
        """Where it is, said alike by whoever opens it, wherever they stand."""

    @property
    def url(self) -> str:
        """Its name for people: ``dir:PATH`` or ``s3://BUCKET/PREFIX``."""

    @property
    def gzip(self) -> bool:
        """Whether text is put compressed, since readers get objects just as they are stored."""

    def put_absent(self, key: str, content: Content) -> str | None:
        """Put an object where there is none: its tag; None where there is one."""

    def put_matching(self, key: str, content: Content, tag: str) -> str | None:
        """Put an object in the place of the one with this tag: its tag; None where that is not there any more."""

    def get(self, key: str) -> tuple[bytes, Entry] | None:
        """Return an object; None where there is none."""

    def head(self, key: str) -> Entry | None:
        """Return an object without its bytes; None where there is none."""

    def copy(self, source: str, target: str) -> bool:
        """Copy an object with its headers, inside the store, over what may be there; False where there is no source."""

    def listed(self, folder: str) -> Iterator[Listed]:
        """Return the objects below a folder, in no order; below the root where it is empty."""

    def delete(self, keys: Iterable[str]) -> Mapping[str, str]:
        """Delete objects: key → why it is still there. What was not there is no failure."""

    def settle(self) -> None:
        """Return once all that was put outlives a loss of power."""
