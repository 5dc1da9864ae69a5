"""Manifests: which bytes stand where in a portal, and the digest that names its release.

The digest is that of a tree of folders, so folders that several portals have alike are digested once, and a proof that
a file belongs to a release shows nothing of its neighbours but digests.

Of all portals of a build together it is written down in *parts*, one for each folder at their top and one for the files
there. A part has the name of its own digest, so that a build writes those that changed, and reads those it needs.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from prmbuild.visibility.sets import For, combined, members

MANIFEST = "build.json"
"""The file that says which portals a build has, and names the parts that say which files they have."""

PARTS = "files"
"""The folder beside it with these parts."""

Files = Mapping[str, For[str]]
"""Path below a portal's root → SHA-256 of the bytes that each set of portals has there."""

_ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))
_EMPTY = sha256(b"[]").hexdigest()


def release(files: Mapping[str, str]) -> str:
    """Return the digest of a portal's manifest: it changes when a byte or a name does, and only then.

    It is the SHA-256 of a folder's entries as JSON: ``[[name, digest], …]`` sorted by name, without white space; the
    digest of a file is that of its bytes, and a folder's name ends with a slash.

    Args:
        files: path → SHA-256 of the bytes, hexadecimal.
    """
    return releases({path: ((1, digest),) for path, digest in files.items()}, 1)[0]


def releases(files: Files, number: int) -> tuple[str, ...]:
    """Return the digests of several portals' manifests at once; see `release`.

    Args:
        files: what the portals have.
        number: of portals.
    """
    return releases_of((tops(name, part) for name, part in parts(files).items()), number)


def releases_of(tops: Iterable[Files], number: int) -> tuple[str, ...]:
    """Return the digests of several portals' manifests.

    Args:
        tops: of each part what `tops` returns.
        number: of portals.
    """
    top = _Folder(files={name: held for some in tops for name, held in some.items()})
    found = dict.fromkeys(range(number), _EMPTY)
    for portals, digest in _digests(top):
        found.update(dict.fromkeys(members(portals), digest))
    return tuple(found[portal] for portal in range(number))


def tops(name: str, part: Files) -> Files:
    """Return what stands at the top of portals of one part: name → digest, where a folder's name ends with a slash.

    Args:
        name: of the part.
        part: its files.
    """
    if not name:
        return part
    known = {name.rstrip("/"): _Folder()}
    for path, held in part.items():
        place, _, file = path.rpartition("/")
        _folder(place, known).files[file] = held
    return {name: _digests(known[name.rstrip("/")])}


def parts(files: Files) -> Mapping[str, Files]:
    """Return the parts by name: ``x/`` has the files below the folder ``x``, the empty one those at the top."""
    found: dict[str, dict[str, For[str]]] = {}
    for path, held in files.items():
        found.setdefault(part_of(path), {})[path] = held
    return found


def part_of(path: str) -> str:
    """Return the name of the part that has a file."""
    folder, slash, _ = path.partition("/")
    return folder + slash if slash else ""


def write_part(part: Files) -> bytes:
    """Write a part: ``{path: [[portals, SHA-256], …]}`` sorted by path, a line for each file.

    A set of portals is a hexadecimal number, in which bit n stands for the n-th portal of the build.
    """
    lines = (
        f"{_ENCODER.encode(path)}:{_ENCODER.encode([[f'{portals:x}', digest] for portals, digest in sorted(held)])}"
        for path, held in sorted(part.items())
    )
    return b"{\n" + ",\n".join(lines).encode() + b"\n}\n"


def read_part(data: bytes) -> Files:
    """Read what `write_part` wrote.

    Raises:
        ValueError, TypeError, AttributeError: it is something else.
    """
    written: Any = json.loads(data)
    return {path: tuple((int(portals, 16), str(digest)) for portals, digest in held) for path, held in written.items()}


def part_file(digest: str) -> str:
    """Return where the part with this SHA-256 stands, beside `MANIFEST`."""
    return f"{PARTS}/{digest}.json"


@dataclass(slots=True)
class _Folder:
    files: dict[str, For[str]] = field(default_factory=dict)
    folders: "dict[str, _Folder]" = field(default_factory=dict)


def _folder(path: str, known: dict[str, _Folder]) -> _Folder:
    """Return the folder at a path, made where it is not known, and so those above it."""
    found = known.get(path)
    if found is None:
        found = known[path] = _Folder()
        above, _, name = path.rpartition("/")
        _folder(above, known).folders[name] = found
    return found


def _digests(folder: _Folder) -> For[str]:
    parts = {**folder.files, **{f"{name}/": _digests(inner) for name, inner in folder.folders.items()}}
    names = sorted(parts)
    found = []
    for portals, digests in combined([parts[name] for name in names]):
        entries = [[name, digest] for name, digest in zip(names, digests, strict=True) if digest is not None]
        found.append((portals, sha256(_ENCODER.encode(entries).encode()).hexdigest()))
    return tuple(found)
