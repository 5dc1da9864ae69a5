"""A store in the memory of a test: it keeps the same contract, and a copy of it costs nothing."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from msgspec.structs import replace

from prmbuild.store.keys import checked
from prmbuild.store.store import Content, Entry, Listed


class MemoryStore:
    """Objects in a dictionary."""

    place = url = "dir:/memory"
    gzip = False

    def __init__(self, objects: Mapping[str, tuple[bytes, Entry]] | None = None) -> None:
        self._objects = dict(objects or {})
        self._alone = threading.RLock()

    def copied(self) -> "MemoryStore":
        return MemoryStore(self._objects)

    def put_absent(self, key: str, content: Content) -> str | None:
        with self._alone:
            return None if key in self._objects else self._put(key, content)

    def put_matching(self, key: str, content: Content, tag: str) -> str | None:
        with self._alone:
            found = self.head(key)
            return self._put(key, content) if found is not None and found.tag == tag else None

    def _put(self, key: str, content: Content) -> str:
        data = content.file.read_bytes()
        assert sha256(data).hexdigest() == content.digest
        entry = Entry(
            key=checked(key),
            size=len(data),
            digest=content.digest,
            tag=content.digest,  # like S3's, it follows from the bytes
            headers=content.headers,
            plain=content.plain or content.digest,
        )
        self._objects[key] = (data, entry)
        return entry.tag

    def get(self, key: str) -> tuple[bytes, Entry] | None:
        return self._objects.get(key)

    def head(self, key: str) -> Entry | None:
        found = self._objects.get(key)
        return found[1] if found is not None else None

    def copy(self, source: str, target: str) -> bool:
        with self._alone:
            found = self._objects.get(source)
            if found is not None:
                self._objects[target] = (found[0], replace(found[1], key=target))
            return found is not None

    def listed(self, folder: str) -> Iterator[Listed]:
        inside = f"{folder}/" if folder else ""
        found = [one for key, (_, one) in self._objects.items() if key.startswith(inside)]
        return iter([Listed(key=one.key, size=one.size) for one in found])

    def delete(self, keys: Iterable[str]) -> Mapping[str, str]:
        for key in keys:
            self._objects.pop(key, None)
        return {}

    def settle(self) -> None:
        pass
