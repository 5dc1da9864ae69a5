"""Files as they are put: text compressed where that is smaller, once for all portals, and remembered."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import islice
from pathlib import Path

from msgspec.structs import replace

from prmbuild.errors import BrokenFileError
from prmbuild.media_types import compressible_type, media_type
from prmbuild.publish.site import Site
from prmbuild.records.headers import headers_for
from prmbuild.store.encoding import GZIP, compressed
from prmbuild.store.store import Content

_AT_ONCE = 8
"""Threads: ISA-L lets others run while it works."""

_BATCH = 256
"""Files looked up and compressed at a time, while those before them are put."""

_NOT_SMALLER = sha256().hexdigest()
"""Digest of what is remembered of bytes that compression does not make smaller: nothing."""


class Packing:
    """Makes contents of files.

    Args:
        site: has the files.
        gzip: whether text is compressed.
    """

    def __init__(self, site: Site, *, gzip: bool) -> None:
        self._site, self._file_of, self._cache = site, site.file_of, site.cache
        self._gzip = gzip
        self._smaller: dict[str, str] = {}
        self._made: dict[tuple[str, str], Content] = {}

    def contents(self, files: Iterable[tuple[str, str]]) -> Iterator[Content]:
        """Yield what is put for each file, in their order; for the same bytes of the same media type the same object.

        Args:
            files: path and SHA-256 of the bytes.

        Raises:
            StoreError: a file is not to be had.
            BrokenFileError: a file has other bytes than its digest says.
        """
        left = iter(files)
        while batch := [(digest, media_type(path)) for path, digest in islice(left, _BATCH)]:
            if self._gzip:
                new = (one for one in batch if one not in self._made)
                self._pack({digest for digest, kind in new if compressible_type(kind)} - self._smaller.keys())
            yield from (self._made.get(one) or self._content(*one) for one in batch)

    def dropped(self) -> int:
        """Drop what is damaged of all that there is to put, and return how many objects that are."""
        before = self._cache.corrupted
        self._cache.doubt()
        self._cache.missing({digest for one in self._site.portals for digest in one.files.values()})
        self._cache.missing(self._smaller.values())
        return self._cache.corrupted - before

    def _content(self, digest: str, kind: str) -> Content:
        headers = headers_for(kind)
        smaller = self._smaller.get(digest, _NOT_SMALLER) if compressible_type(kind) else _NOT_SMALLER
        if smaller == _NOT_SMALLER:
            made = Content(file=self._file_of(digest), digest=digest, headers=headers)
        else:
            encoded = replace(headers, content_encoding=GZIP)
            made = Content(file=self._cache.place(smaller), digest=smaller, headers=encoded, plain=digest)
        self._made[digest, kind] = made
        return made

    def _pack(self, digests: set[str]) -> None:
        keys = {_key(digest): digest for digest in digests}
        known = dict(self._cache.digests(keys))
        missing = {key: (digest, self._file_of(digest)) for key, digest in keys.items() if key not in known}
        if missing:
            known |= self._cache.put_many(_packed(missing))
        self._smaller |= {keys[key]: smaller for key, smaller in known.items()}


def _packed(files: Mapping[str, tuple[str, Path]]) -> Mapping[str, bytes]:
    with ThreadPoolExecutor(_AT_ONCE, "prmbuild-gzip") as threads:
        return dict(zip(files, threads.map(_smaller, files.values()), strict=True))


def _smaller(named: tuple[str, Path]) -> bytes:
    digest, file = named
    data = file.read_bytes()
    if sha256(data).hexdigest() != digest:
        raise BrokenFileError(file)
    made = compressed(data)
    return made if len(made) < len(data) else b""


def _key(digest: str) -> str:
    return sha256(f"gzip {digest}".encode()).hexdigest()
