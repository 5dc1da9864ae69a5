"""What stands in a folder that was built into, as its ``build.json`` says; and where notes about it are kept."""

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from msgspec import Struct

from prmbuild.manifest import MANIFEST, Files, part_file, part_of, read_part

UNDER_WAY = ".prmbuild-under-way"
"""Stands in a folder while it is brought up to date; where a run left it, all portals are written anew."""

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


def mark(manifest: Path) -> list[int]:
    """Return what tells a ``build.json`` from one that another build wrote in its place.

    Empty where there is none, and where a build into its folder is not over.
    """
    try:
        if (manifest.parent / UNDER_WAY).exists():
            return []
        found = manifest.stat()
    except OSError:
        return []
    return [found.st_size, found.st_mtime_ns, found.st_ino]


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
