"""Bringing what a plan needs into a store, and proving that it arrived."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain

from msgspec import Struct

from prmbuild.errors import StoreError
from prmbuild.media_types import media_type
from prmbuild.progress import Progress
from prmbuild.publish.lock import Lock
from prmbuild.publish.packing import Packing
from prmbuild.publish.plan import Object, Plan, PortalPlan
from prmbuild.publish.site import Site
from prmbuild.records.layout import manifest_key, release_folder
from prmbuild.records.records import canonical
from prmbuild.records.transfers import every
from prmbuild.records.writing import not_kept, put_once, put_over
from prmbuild.store.encoding import digest_as_read, same_headers, same_to_readers
from prmbuild.store.store import Content, Entry, Store

_SAMPLE = 32
"""How many of the objects that were put are read back as a whole."""


class _Task(Struct, frozen=True, kw_only=True):
    """An object that has to be there.

    Attributes:
        key: its name.
        digest: SHA-256 of what readers get.
        source: name of an object that is the same; None where there is none.
        content: what is put there, where it is not copied.
    """

    key: str
    digest: str
    source: str | None
    content: Content


_Wanted = tuple[str, Object, str | None]
"""The key of an object, what the plan says of it, and the key of what it can be copied from."""

_Manifest = tuple[str, bytes]
"""The key of a manifest, and its bytes."""


class Bringing:
    """Brings what a plan needs into a store.

    Args:
        plan: what is needed.
        site: has the bytes.
        store: where to.
        lock: held, and renewed meanwhile.
        progress: hears of the stages.
    """

    def __init__(self, plan: Plan, site: Site, store: Store, lock: Lock, progress: Progress) -> None:
        self._plan = plan
        self._changing = [one for one in plan.portals if one.after is not None and not one.same]
        self._packing = Packing(site, gzip=store.gzip)
        self._store = store
        self._lock = lock
        self._progress = progress
        self._tasks: list[_Task] = []
        self._found: list[_Task] = []
        self._put_right: list[_Task] = []

    def bring(self) -> None:
        """Put and copy what is not there yet, and put the manifests of new releases.

        Raises:
            StoreError: the store fails, or somebody else changes what is put.
            LockedError: somebody else took the lock over.
        """
        manifests = self._manifests()
        self._progress.stage("putting objects", sum(len(one.objects) for one in self._changing) + len(manifests))
        # nothing leads to a manifest before a deployment does, so it need not wait for the objects that it names
        wanted: Iterator[_Task | _Manifest] = chain(self._needed(), manifests)
        for reused in every(self._bring, wanted):
            (self._progress.reused if reused else self._progress.advance)()
            self._lock.renew()

    def verify(self) -> None:
        """Compare what the store lists with what should be there, and read some of it back.

        The list proves that every object is there, and has as many bytes as it should. That they are the right ones the
        store proved itself when it took them with their SHA-256; a copy has the bytes of what it is a copy of. What an
        earlier run put is known by what stands beside it only, and others were copied from it: it is read as a whole.
        So is a sample of everything, which proves that the store does what it says. What is something else, as when
        what it was copied from was changed since it was deployed, is put right; then everything is read.

        Raises:
            StoreError: an object is not there, or somebody else changes it, or the store fails.
        """
        self._progress.stage("verifying", len(self._tasks))
        sample = self._tasks[:: max(1, len(self._tasks) // _SAMPLE)]
        folders = map(_folder, self._changing)
        looks: Iterator[str | _Task] = chain(folders, dict.fromkeys((*sample, *self._found)))
        listed: dict[str, int] = {}
        for found in every(self._looked_at, looks):
            listed |= found
            self._progress.advance(len(found))
        size = cache(lambda file: file.stat().st_size)  # most are in many portals
        odd = []
        for task in self._tasks:
            if task.key not in listed:
                raise _lost(task)
            if listed[task.key] != size(task.content.file):
                odd.append(task)
        # another machine may have compressed it, then it is read; or it is broken
        for _ in every(self._read_back, odd):
            pass
        if self._put_right:
            for _ in every(self._read_back, self._tasks):
                self._lock.renew()

    def _needed(self) -> Iterator[_Task]:
        """Yield what is needed: what has to be put, as it is ready; copies of what was there before; copies of that.

        Portals share most of their files, so nearly all of a first deployment is copied. A copy carries no bytes, and
        costs half of a put.
        """
        first: dict[tuple[str, str], str] = {}  # same bytes and media type, and so same headers, are the same object
        put: list[_Wanted] = []
        old: list[_Wanted] = []
        new: list[_Wanted] = []
        for one in self._changing:
            folder = _folder(one)
            for item in one.objects:
                key = f"{folder}/{item.path}"
                source: str | None = item.source or first.setdefault((item.digest, media_type(item.path)), key)
                if source == key:
                    put.append((key, item, None))
                else:
                    (old if item.source else new).append((key, item, source))
        items = put + old + new
        contents = self._packing.contents((item.path, item.digest) for _, item, _ in items)
        for (key, item, source), content in zip(items, contents, strict=True):
            task = _Task(key=key, digest=item.digest, source=source, content=content)
            self._tasks.append(task)
            yield task

    def _manifests(self) -> Sequence[_Manifest]:
        files = self._plan.files
        return [
            (manifest_key(one.portal, one.after.release), canonical(files[one.portal]))
            for one in self._plan.portals
            if one.after is not None and one.portal in files
        ]

    def _bring(self, one: _Task | _Manifest) -> bool:
        """Bring an object or a manifest, and tell whether the object was there already."""
        if isinstance(one, _Task):
            return self._put(one)
        put_once(self._store, *one)
        return False

    def _put(self, task: _Task) -> bool:
        """Bring an object, and tell whether it was there already."""
        # where the source is not there, or still on its way, the bytes are put all the same
        if task.source is not None and self._store.copy(task.source, task.key):
            return False
        if self._store.put_absent(task.key, task.content) is not None:
            return False
        found = self._store.head(task.key)
        if found is None or not same_to_readers(found, task.content):
            put_over(self._store, task.key, task.content)
            return False
        self._found.append(task)
        return True

    def _looked_at(self, one: str | _Task) -> Mapping[str, int]:
        """Return what is below a folder: key → size in bytes; of an object nothing, as it is read back."""
        if isinstance(one, str):
            return {found.key: found.size for found in self._store.listed(one)}
        self._read_back(one)
        return {}

    def _read_back(self, task: _Task) -> None:
        read = self._store.get(task.key)
        if read is None:
            raise _lost(task)
        if _is(task, *read):
            return
        put_over(self._store, task.key, task.content)
        self._put_right.append(task)
        read = self._store.get(task.key)
        if read is None or not _is(task, *read):
            raise not_kept(task.key)


def _is(task: _Task, data: bytes, entry: Entry) -> bool:
    """Tell whether what stands in the store is what has to be there."""
    right = digest_as_read(data, entry.headers) == task.digest
    return right and same_headers(entry.headers, task.content.headers)


def _lost(task: _Task) -> StoreError:
    return StoreError(f"'{task.key}' did not arrive", hint="deploy again: it goes on from here")


def _folder(one: PortalPlan) -> str:
    assert one.after is not None
    return release_folder(one.portal, one.after.release)
