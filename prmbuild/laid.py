"""What stands in a folder that was built into: as its ``build.json`` says or, far quicker, a note on this machine.

A note is believed only while the folder's ``build.json`` is the very file that was written when the note was.
"""

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from prmbuild.manifest import MANIFEST
from prmbuild.visibility.sets import For

UNDER_WAY = ".prmbuild-under-way"
"""Stands in a folder while it is brought up to date; where a run left it, all portals are written anew."""

_FOLDER = "outputs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """What a build wrote.

    Attributes:
        portals: ids; bit n of a set stands for the n-th.
        files: path below a portal's root → SHA-256 of the bytes that each set of portals has there.
    """

    portals: Sequence[str]
    files: Mapping[str, For[str]]


def laid(out: Path, machine: Path | None) -> Laid | None:
    """Return what an earlier build wrote; None where nothing reliable tells.

    Args:
        out: the folder that was built into.
        machine: where notes on this machine are; None where there are none.
    """
    found = None
    if machine is not None:
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            found = _noted(json.loads(note_of(machine, out, "laid").read_bytes()), mark(out / MANIFEST))
    if found is None:
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            found = _read(json.loads((out / MANIFEST).read_bytes()))
    return found if found is not None and _stays_inside(found) else None


def note(made: Laid, out: Path, machine: Path) -> None:
    """Note what was written; where that cannot be done, the next build reads ``build.json``."""
    files = {path: [[f"{some:x}", digest] for some, digest in held] for path, held in made.files.items()}
    keep(note_of(machine, out, "laid"), {"manifest": mark(out / MANIFEST), "portals": made.portals, "files": files})


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


def _noted(document: Any, manifest: Sequence[int]) -> Laid | None:  # noqa: ANN401
    if not manifest or document["manifest"] != manifest:
        return None
    return Laid(
        portals=[str(portal) for portal in document["portals"]],
        files={
            path: tuple((int(some, 16), digest) for some, digest in held) for path, held in document["files"].items()
        },
    )


def _read(document: Any) -> Laid:  # noqa: ANN401
    files: dict[str, dict[str, int]] = {}
    for number, portal in enumerate(document["portals"]):
        for path, digest in portal["files"].items():
            held = files.setdefault(path, {})
            held[digest] = held.get(digest, 0) | 1 << number
    return Laid(
        portals=[str(portal["id"]) for portal in document["portals"]],
        files={path: tuple((some, digest) for digest, some in held.items()) for path, held in files.items()},
    )


def _stays_inside(found: Laid) -> bool:
    """Tell whether all paths stay below the folder that they start from."""
    inside = all({"", ".", ".."}.isdisjoint(path.split("/")) for path in (*found.files, *found.portals))
    return inside and not any("/" in portal for portal in found.portals)
