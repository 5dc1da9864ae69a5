"""What stands in a folder that was built into, as its ``build.json`` says; and where notes about it are kept."""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from prmbuild.manifest import MANIFEST, Files, part_file, part_of, read_part
from prmbuild.visibility.sets import For

UNDER_WAY = ".prmbuild-under-way"
"""Stands in a folder while it is brought up to date; where a run left it, all portals are written anew."""

_FOLDER = "outputs"


_DIGEST = re.compile(r"[0-9a-f]{64}")


class LaidFiles(Mapping[str, For[str]]):
    """The files of all portals, part for part as they are asked for.

    Args:
        out: the folder that was built into.
        parts: name → SHA-256.

    Raises:
        ValueError: a part is not what it was. Whoever asks for a file or goes through them hears of it.
    """

    def __init__(self, out: Path, parts: Mapping[str, str]) -> None:
        self._out, self._parts = out, parts
        self._known: dict[str, Files] = {}

    def part(self, name: str) -> Files:
        """Return the files of a part; none where there is no such part."""
        if name not in self._known:
            self._known[name] = self._read(name) if name in self._parts else {}
        return self._known[name]

    def __getitem__(self, path: str) -> For[str]:
        return self.part(part_of(path))[path]

    def __iter__(self) -> Iterator[str]:
        return (path for name in self._parts for path in self.part(name))

    def __len__(self) -> int:
        return sum(len(self.part(name)) for name in self._parts)

    def _read(self, name: str) -> Files:
        digest = self._parts[name]
        try:
            data = (self._out / part_file(digest)).read_bytes()
            found = read_part(data) if sha256(data).hexdigest() == digest else None
        except (OSError, TypeError, AttributeError) as error:
            raise ValueError(name) from error
        if found is None or not all(part_of(path) == name and _stays_inside(path) for path in found):
            raise ValueError(name)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """What a build wrote.

    Attributes:
        portals: ids; bit n of a set stands for the n-th.
        parts: name of each part of the manifest → its SHA-256.
        files: path below a portal's root → SHA-256 of the bytes that each set of portals has there.
    """

    portals: Sequence[str]
    parts: Mapping[str, str]
    files: Mapping[str, For[str]]


NOTHING = Laid(portals=(), parts={}, files={})
"""What stands in an empty folder."""


def laid(out: Path) -> Laid | None:
    """Return what an earlier build wrote, of which files are read when they are asked for; None where nothing tells.

    Args:
        out: the folder that was built into.
    """
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        document: Any = json.loads((out / MANIFEST).read_bytes())
        portals = [str(portal["id"]) for portal in document["portals"]]
        parts = {str(name): str(digest) for name, digest in document["files"].items()}
        named = all(_stays_inside(portal) and "/" not in portal for portal in portals)
        if named and all(_DIGEST.fullmatch(digest) for digest in parts.values()):
            return Laid(portals=portals, parts=parts, files=LaidFiles(out, parts))
    return None


def all_laid(out: Path) -> Laid | None:
    """Return what an earlier build wrote, all of it read; None where nothing reliable tells."""
    found = laid(out)
    with suppress(ValueError):
        return found and Laid(portals=found.portals, parts=found.parts, files=dict(found.files))
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
