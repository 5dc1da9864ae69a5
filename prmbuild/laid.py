"""What stands in a folder that was built into, as its ``build.json`` says; and where notes about it are kept."""

import json
import os
import re
import shutil
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec import Struct

from prmbuild.manifest import MANIFEST, PARTS, Files, part_file, part_of, read_part

PORTALS = "portals"

UNDER_WAY = ".prmbuild-under-way"
"""Stands in a folder while it is brought up to date; where a run left it, all portals are written anew."""

DOUBTED = ".prmbuild-doubted"
"""Stands in a folder that an audit found otherwise than it was built; the next build writes all portals anew."""

_FOLDER = "outputs"

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Laid(Struct, frozen=True, kw_only=True):
    """What a build wrote.

    Attributes:
        out: the folder that it was written into.
        portals: ids; bit n of a set stands for the n-th.
        parts: name of each part of the manifest → its SHA-256.
    """

    out: Path
    portals: Sequence[str]
    parts: Mapping[str, str]

    def files(self, names: Iterable[str]) -> Files:
        """Return the files of some parts.

        Raises:
            OSError: a part cannot be read.
            ValueError: a part is not what it was.
        """
        return {path: held for name in names for path, held in self._part(name).items()}

    def _part(self, name: str) -> Files:
        data = (self.out / part_file(self.parts[name])).read_bytes()
        try:
            found = read_part(data) if sha256(data).hexdigest() == self.parts[name] else None
        except (TypeError, AttributeError) as error:
            raise ValueError(name) from error
        if found is None or not all(part_of(path) == name and _stays_inside(path) for path in found):
            raise ValueError(name)
        return found


def laid(out: Path) -> Laid | None:
    """Return what an earlier build wrote; None where nothing reliable tells.

    Args:
        out: the folder that was built into.
    """
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        document: Any = json.loads((out / MANIFEST).read_bytes())
        portals = [str(portal["id"]) for portal in document["portals"]]
        parts = {str(name): str(digest) for name, digest in document["files"].items()}
        named = all(_stays_inside(portal) and "/" not in portal for portal in portals)
        if named and all(_DIGEST.fullmatch(digest) for digest in parts.values()):
            return Laid(out=out, portals=portals, parts=parts)
    return None


def doubt(out: Path) -> None:
    """Have the next build into a folder write everything anew; where that cannot be noted, ``--mend`` does the same."""
    with suppress(OSError):
        lay_mark(out / DOUBTED)


def lay_mark(place: Path) -> None:
    """Have an empty file stand at a place, whatever stood there.

    Raises:
        OSError: it cannot be written.
    """
    if not is_file(place):
        remove(place)
        os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))


def reliable(out: Path) -> bool:
    """Tell whether the last build into a folder was over, and no audit found it changed since."""
    return not any(os.path.lexists(out / name) for name in (UNDER_WAY, DOUBTED))


def mark(manifest: Path) -> list[int]:
    """Return what tells a ``build.json`` from one that another build wrote in its place.

    Empty where there is none, and where nobody may rely on what stands beside it.
    """
    try:
        found = manifest.stat(follow_symlinks=False)
    except OSError:
        return []
    return [found.st_size, found.st_mtime_ns, found.st_ino] if reliable(manifest.parent) else []


def state_of(out: Path) -> Mapping[str, str]:
    """Return folder → what changes when it goes, comes or gets another entry at its top; of one that is none nothing.

    They are those of all portals, the one that these stand in, and `PARTS`. It takes one call for each, so what changes
    further below does not show.
    """
    found: dict[str, str] = {}
    with suppress(OSError):
        portals = (f"{PORTALS}/{entry.name}" for entry in os.scandir(out / PORTALS))
        for name in (PARTS, PORTALS, *portals):
            status = (out / name).stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                found[name.encode("utf-8", "replace").decode()] = f"{status.st_ino} {status.st_mtime_ns}"
    return found


def is_folder(place: Path) -> bool:
    """Tell whether a folder stands at a place, not a link to one.

    Raises:
        OSError: nobody can tell.
    """
    try:
        return stat.S_ISDIR(place.stat(follow_symlinks=False).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def is_file(place: Path) -> bool:
    """Tell whether a plain file stands at a place, not a link to one.

    Raises:
        OSError: nobody can tell.
    """
    try:
        return stat.S_ISREG(place.stat(follow_symlinks=False).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def remove(place: Path) -> None:
    """Remove whatever stands at a place, and nothing that a link leads to.

    Raises:
        OSError: it cannot be removed.
    """
    if is_folder(place):
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


def note_of(machine: Path, out: Path, kind: str) -> Path:
    """Return where a note about a folder stands on this machine."""
    return machine / _FOLDER / f"{sha256(os.fsencode(out.resolve())).hexdigest()}.{kind}"


def keep(place: Path, what: Mapping[str, object]) -> None:
    """Write a note whole, or not at all."""
    new = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(json.dumps(what, separators=(",", ":")), encoding="utf-8")
        new.replace(place)
    except OSError:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def _stays_inside(path: str) -> bool:
    """Tell whether a path stays below the folder that it starts from."""
    return {"", ".", ".."}.isdisjoint(path.split("/"))
