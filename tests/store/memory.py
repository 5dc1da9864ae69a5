"""A store in the memory of a test: it keeps the same contract, and costs no file."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from prmbuild.errors import BrokenFileError
from prmbuild.store.keys import checked
from prmbuild.store.store import Content, Entry, Headers, Listed

_Kept = tuple[bytes, Headers, str]
"""Bytes, headers, and the digest of what a reader gets; empty where that is the same."""


class MemoryStore:
    """Objects in a dictionary.

    Attributes:
        objects: key → object; a test may copy and change it.
    """

    gzip = False

    def __init__(self, objects: Mapping[str, _Kept] | None = None, place: str = "memory") -> None:
        self.objects: dict[str, _Kept] = dict(objects or {})
        self.place = self.url = place
        self._alone = threading.Lock()

    def put_absent(self, key: str, content: Content) -> str | None:
        with self._alone:
            return self._put(key, content) if checked(key) not in self.objects else None

    def put_matching(self, key: str, content: Content, tag: str) -> str | None:
        with self._alone:
            found = self.head(key)
            return self._put(key, content) if found is not None and found.tag == tag else None

    def get(self, key: str) -> tuple[bytes, Entry] | None:
        found = self.objects.get(checked(key))
        if found is None:
            return None
        data, headers, plain = found
        digest = sha256(data).hexdigest()
        tag = sha256(f"{digest} {headers}".encode()).hexdigest()
        entry = Entry(key=key, size=len(data), digest=digest, tag=tag, headers=headers, plain=plain or digest)
        return data, entry

    def head(self, key: str) -> Entry | None:
        found = self.get(key)
        return found[1] if found is not None else None

    def copy(self, source: str, target: str) -> bool:
        checked(target)
        with self._alone:
            if checked(source) in self.objects:
                self.objects[target] = self.objects[source]
            return source in self.objects

    def listed(self, folder: str) -> Iterator[Listed]:
        below = f"{folder}/" if folder else ""
        for key, (data, *_) in list(self.objects.items()):
            if key.startswith(below):
                yield Listed(key=key, size=len(data))

    def delete(self, keys: Iterable[str]) -> Mapping[str, str]:
        for key in keys:
            self.objects.pop(key, None)
        return {}

    def settle(self) -> None:
        pass

    def _put(self, key: str, content: Content) -> str:
        data = content.file.read_bytes()
        if sha256(data).hexdigest() != content.digest:
            raise BrokenFileError(content.file)
        self.objects[key] = (data, content.headers, content.plain)
        found = self.head(key)
        assert found is not None
        return found.tag
