"""A store in a directory of this machine, laid out so that a web server can serve it.

An object's bytes are a file under its key. Headers other than the usual ones lie beside the tree, in a file whose name
holds the digest of the bytes, so that they never stand for other bytes, whenever a run is ended.
"""

import fcntl
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from errno import EMLINK
from hashlib import file_digest, sha256
from pathlib import Path

from msgspec.structs import asdict

from prmbuild.errors import BrokenFileError, StoreError
from prmbuild.store.keys import checked
from prmbuild.store.store import Content, Entry, Headers, Listed

_OWN = ".prmbuild-store"
_NEW, _HEADERS, _LOCK = "new", "headers", "lock"
_CHUNK = 1 << 20
_FEW = 256
"""Files that are brought to the disk one by one; of more, everything that this machine has still to write is."""
_NOT_THERE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class DirectoryStore:
    """Objects in a directory.

    Args:
        folder: is made where it does not exist, once something is put.
        usual: the headers of a key that need no writing down; those of files that somebody else put there, too.
        secret: tells keys whose files are for their owner alone.
    """

    def __init__(
        self, folder: Path, usual: Callable[[str], Headers], secret: Callable[[str], bool] = lambda _: False
    ) -> None:
        self._folder = folder
        self._usual = usual
        self._secret = secret
        self._own = folder / _OWN
        self._unsettled: set[Path] = set()

    @property
    def place(self) -> str:
        """Where it is, said alike by whoever opens it on this machine, wherever they stand."""
        return f"dir:{self._folder.resolve()}"

    @property
    def url(self) -> str:
        """Its name for people."""
        return f"dir:{self._folder}"

    @property
    def gzip(self) -> bool:
        """False: a web server compresses for those who ask for it, and reads files as they are for all others."""
        return False

    def put_absent(self, key: str, content: Content) -> str | None:
        """Put an object where there is none."""
        place = self._place(key)
        with self._said(place), self._written(key, content) as new, self._alone():
            if place.exists():
                return None
            place.parent.mkdir(parents=True, exist_ok=True)
            self._describe(key, content)
            self._unsettled.add(place)
            os.link(new, place)
        return _tag(content.digest, content.headers)

    def put_matching(self, key: str, content: Content, tag: str) -> str | None:
        """Put an object in the place of another."""
        place = self._place(key)
        with self._said(place), self._written(key, content) as new, self._alone():
            before = self.head(key)
            if before is None or before.tag != tag:
                return None
            self._replace(key, content, new)
        return _tag(content.digest, content.headers)

    def get(self, key: str) -> tuple[bytes, Entry] | None:
        """Return an object."""
        place = self._place(key)
        with self._said(place):
            try:
                data = place.read_bytes()
            except _NOT_THERE:
                return None
            return data, self._entry(key, len(data), sha256(data).hexdigest())

    def head(self, key: str) -> Entry | None:
        """Return an object without its bytes, which are read for their digest."""
        place = self._place(key)
        with self._said(place):
            try:
                with place.open("rb") as file:
                    return self._entry(key, os.fstat(file.fileno()).st_size, file_digest(file, "sha256").hexdigest())
            except _NOT_THERE:
                return None

    def copy(self, source: str, target: str) -> bool:
        """Copy an object with its headers: the two share their bytes, as files are replaced and never changed."""
        found, place = self.head(source), self._place(target)
        if found is None:
            return False
        with self._said(place), self._alone():
            place.parent.mkdir(parents=True, exist_ok=True)
            (self._own / _NEW).mkdir(parents=True, exist_ok=True)
            new = self._own / _NEW / f"{os.getpid()}-{threading.get_ident()}"
            new.unlink(missing_ok=True)
            try:
                os.link(self._place(source), new)
            except OSError as error:
                if error.errno != EMLINK:
                    raise
                shutil.copy(self._place(source), new)  # as many share these bytes as the file system allows
            plain = found.plain if found.headers.content_encoding else ""
            self._replace(target, Content(file=new, digest=found.digest, headers=found.headers, plain=plain), new)
            new.unlink(missing_ok=True)  # a rename to a file that it is already does nothing
        return True

    def listed(self, folder: str) -> Iterator[Listed]:
        """Return the objects below a folder."""
        top = self._place(folder) if folder else self._folder
        with self._said(top):
            for parent, folders, names in os.walk(top):
                if parent == str(self._folder) and _OWN in folders:
                    folders.remove(_OWN)
                for name in names:
                    place = Path(parent, name)
                    yield Listed(key=place.relative_to(self._folder).as_posix(), size=place.stat().st_size)

    def delete(self, keys: Iterable[str]) -> Mapping[str, str]:
        """Delete objects, and folders that are empty then."""
        failed: dict[str, str] = {}
        for key in keys:
            place = self._place(key)
            try:
                with self._alone():
                    place.unlink(missing_ok=True)
                    shutil.rmtree(self._descriptions(key), ignore_errors=True)
                    self._tidy(place.parent)
            except OSError as error:
                failed[key] = error.strerror or str(error)
        return failed

    def settle(self) -> None:
        """Return once all that was put is on the disk."""
        places, self._unsettled = self._unsettled, set()
        if len(places) > _FEW:
            os.sync()
            return
        with self._said(self._folder):
            folders = {parent for place in places for parent in place.parents if parent.is_relative_to(self._folder)}
            for place in (*places, *sorted(folders, reverse=True)):
                _fsync(place)

    def _place(self, key: str) -> Path:
        if checked(key).split("/", 1)[0] == _OWN:
            raise StoreError(f"'{key}' is the store's own")
        return self._folder / key

    def _entry(self, key: str, size: int, digest: str) -> Entry:
        try:
            said = json.loads(self._description(key, digest).read_bytes())
            plain = str(said.pop("plain", digest))
            headers = Headers(**said)
        except FileNotFoundError:
            plain, headers = digest, self._usual(key)
        except (ValueError, TypeError, AttributeError) as error:
            raise StoreError(f"the headers of '{key}' cannot be read: {error}", hint="publish it anew") from error
        return Entry(key=key, size=size, digest=digest, tag=_tag(digest, headers), headers=headers, plain=plain)

    def _replace(self, key: str, content: Content, new: Path) -> None:
        self._describe(key, content)
        self._unsettled.add(self._place(key))
        new.replace(self._place(key))
        others = self._descriptions(key)
        for other in others.iterdir() if others.is_dir() else ():
            if other != self._description(key, content.digest):
                other.unlink(missing_ok=True)

    def _describe(self, key: str, content: Content) -> None:
        """Write down an object's headers, before its bytes come."""
        place = self._description(key, content.digest)
        if content.headers == self._usual(key) and not content.plain:
            place.unlink(missing_ok=True)
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        new = place.with_suffix(".new")
        plain = {"plain": content.plain} if content.plain else {}
        new.write_text(json.dumps(asdict(content.headers) | plain), encoding="utf-8")
        self._unsettled.add(place)
        new.replace(place)

    def _descriptions(self, key: str) -> Path:
        # a name of the tree may be a file here and a folder there, so names are digests of whole keys
        name = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        return self._own / _HEADERS / name[:2] / name

    def _description(self, key: str, digest: str) -> Path:
        return self._descriptions(key) / f"{digest}.json"

    @contextmanager
    def _written(self, key: str, content: Content) -> Iterator[Path]:
        """Write a file that has the bytes of what is put, checked against their digest."""
        folder = self._own / _NEW
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
        with content.file.open("rb") as file, tempfile.NamedTemporaryFile(dir=folder, delete=False) as new:
            place = Path(new.name)
            try:
                found = sha256()
                while data := file.read(_CHUNK):
                    found.update(data)
                    new.write(data)
                new.flush()
                if found.hexdigest() != content.digest:
                    raise BrokenFileError(content.file)
                place.chmod(0o600 if self._secret(key) else 0o644)
                yield place
            finally:
                place.unlink(missing_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other threads and processes from putting meanwhile."""
        if not self._own.is_dir():
            self._own.mkdir(parents=True, exist_ok=True)
        with (self._own / _LOCK).open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _said(self, place: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            hint = "check the folder, its permissions and the space on its disk"
            raise StoreError(f"{place}: {error.strerror or error}", hint=hint) from error

    def _tidy(self, folder: Path) -> None:
        while folder != self._folder:
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent


def _fsync(place: Path) -> None:
    """Return once a file, or the names in a folder, are on the disk; what was deleted meanwhile needs it no more."""
    try:
        opened = os.open(place, os.O_RDONLY)
    except _NOT_THERE:
        return
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _tag(digest: str, headers: Headers) -> str:
    return sha256(json.dumps([digest, asdict(headers)]).encode()).hexdigest()
