"""Manifests: which bytes stand where in a portal, and the digest that names its release.

The digest is that of a tree of folders, so folders that several portals have alike are digested once, and a proof that
a file belongs to a release shows nothing of its neighbours but digests.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from prmbuild.visibility.sets import For, combined, members

MANIFEST = "build.json"
"""The file that holds the manifests of all portals of a build."""

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


def releases(files: Mapping[str, For[str]], number: int) -> tuple[str, ...]:
    """Return the digests of several portals' manifests at once; see `release`.

    Args:
        files: path → SHA-256 of the bytes that each set of portals has there.
        number: of portals.
    """
    top = _Folder()
    for path, held in files.items():
        *folders, name = path.split("/")
        folder = top
        for one in folders:
            folder = folder.folders.setdefault(one, _Folder())
        folder.files[name] = held
    found = dict.fromkeys(range(number), _EMPTY)
    for portals, digest in _digests(top):
        found.update(dict.fromkeys(members(portals), digest))
    return tuple(found[portal] for portal in range(number))


@dataclass(slots=True)
class _Folder:
    files: dict[str, For[str]] = field(default_factory=dict)
    folders: "dict[str, _Folder]" = field(default_factory=dict)


def _digests(folder: _Folder) -> For[str]:
    parts = {**folder.files, **{f"{name}/": _digests(inner) for name, inner in folder.folders.items()}}
    names = sorted(parts)
    found = []
    for portals, digests in combined([parts[name] for name in names]):
        entries = [[name, digest] for name, digest in zip(names, digests, strict=True) if digest is not None]
        found.append((portals, sha256(_ENCODER.encode(entries).encode()).hexdigest()))
    return tuple(found)
