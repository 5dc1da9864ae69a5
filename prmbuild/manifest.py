"""Manifests: which bytes stand where in a portal, and the digest that names its release.

The digest is that of a tree of folders, so folders that several portals have alike are digested once. Each folder is a
tree of its entries, so a few digests prove that a file belongs to a release, and show nothing of what stands beside it.

Of all portals of a build together it is written down in *parts*, one for each folder at their top and one for the files
there. A part has the name of its own digest, so that a build writes those that changed, and reads those it needs.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct, field

from prmbuild import merkle
from prmbuild.visibility.sets import For, combined, members

MANIFEST = "build.json"
"""The file that says which portals a build has, and names the parts that say which files they have."""

PARTS = "files"
"""The folder beside it with these parts."""

Files = Mapping[str, For[str]]
"""Path below a portal's root → SHA-256 of the bytes that each set of portals has there."""

_ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


class Step(Struct, frozen=True, kw_only=True):
    """An entry of a folder, and what proves that it is one.

    Attributes:
        name: of a file; or of a folder, with a slash at its end.
        salt: of the entry, hexadecimal; see `prmbuild.merkle`.
        beside: digests that lead from the entry to the folder's root, from the bottom up, hexadecimal.
    """

    name: str
    salt: str
    beside: tuple[str, ...]


def release(files: Mapping[str, str]) -> str:
    """Return the digest of a portal's manifest: it changes when a byte or a name does, and only then.

    It is the root of the `prmbuild.merkle` tree of a folder's entries, sorted by name. An entry is a digest and a name
    in UTF-8; the digest of a file is that of its bytes, that of a folder its root, and a folder's name ends with a
    slash.

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
    found = dict.fromkeys(range(number), merkle.root(()).hex())
    for portals, digest in _roots(top):
        found.update(dict.fromkeys(members(portals), digest.hex()))
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
    return {name: tuple((portals, digest.hex()) for portals, digest in _roots(known[name.rstrip("/")]))}


def proof(files: Mapping[str, str], path: str) -> tuple[Step, ...]:
    """Return what proves that a file belongs to a release, from the file up; see `proven`.

    Args:
        files: as for `release`.
        path: one of them.
    """
    known = {"": _Folder()}
    for place, digest in files.items():
        folder, _, name = place.rpartition("/")
        _folder(folder, known).files[name] = ((1, digest),)
    steps: list[Step] = []
    name = ""
    while name != path:
        folder, _, last = path.removesuffix(name).rstrip("/").rpartition("/")
        steps.append(_step(known[folder], f"{last}/" if name else last))
        name = path[len(folder) + 1 :] if folder else path
    return tuple(steps)


def proven(path: str, digest: str, steps: Sequence[Step]) -> str:
    """Return the release that a file belongs to, if what is said to prove it is right.

    The digest of a file is that of its bare bytes, and whoever has the bytes that a leaf, a node or a root is the
    digest of could pass these for a file. So it is the path that says which leaves are climbed from: that of the file,
    whose name ends with no slash, then that of each folder it stands in, whose name ends with one. No path is empty, so
    there is at least the first of them, and a digest of one kind is never read as one of another.

    Args:
        path: of the file.
        digest: SHA-256 of its bytes, hexadecimal.
        steps: from `proof`.

    Raises:
        ValueError: what is said cannot be right.
    """
    *folders, file = path.split("/")
    if not {"", ".", ".."}.isdisjoint((*folders, file)):
        raise ValueError("no file has that path")
    if [step.name for step in steps] != [file, *(f"{folder}/" for folder in reversed(folders))]:
        raise ValueError("the steps do not lead along that path")
    found = _bytes(digest, merkle.LENGTH)
    for step in steps:
        leaf = merkle.leaf(_bytes(step.salt, merkle.SALT), _entry(step.name, found))
        found = merkle.climbed(leaf, [_bytes(other, merkle.LENGTH) for other in step.beside])
    return found.hex()


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
    written = json.loads(data).items()
    return {path: tuple([(int(portals, 16), str(digest)) for portals, digest in held]) for path, held in written}


def part_file(digest: str) -> str:
    """Return where the part with this SHA-256 stands, beside `MANIFEST`."""
    return f"{PARTS}/{digest}.json"


class _Folder(Struct):
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


def _roots(folder: _Folder) -> For[bytes]:
    if len(folder.files) == 1 and not folder.folders:  # as most: a page by itself
        [(name, held)] = folder.files.items()
        ending = _encoded(name)
        return tuple([(portals, merkle.root((bytes.fromhex(digest) + ending,))) for portals, digest in held])
    names, parts = _parts(folder)
    encoded = [_encoded(name) for name in names]
    found = []
    for portals, digests in combined(parts):
        entries = [digest + name for name, digest in zip(encoded, digests, strict=True) if digest is not None]
        found.append((portals, merkle.root(entries)))
    return tuple(found)


def _parts(folder: _Folder) -> tuple[Sequence[str], Sequence[For[bytes]]]:
    """Return the names of a folder's entries, sorted, and the digest of each."""
    parts: dict[str, For[bytes]] = {
        name: tuple([(portals, bytes.fromhex(digest)) for portals, digest in held])
        for name, held in folder.files.items()
    }
    for name, inner in folder.folders.items():
        parts[f"{name}/"] = _roots(inner)
    names = sorted(parts)
    return names, [parts[name] for name in names]


def _step(folder: _Folder, name: str) -> Step:
    """Return the step that proves an entry of a folder of one portal."""
    names, parts = _parts(folder)
    entries = [_entry(other, part[0][1]) for other, part in zip(names, parts, strict=True)]
    at = names.index(name)
    return Step(
        name=name,
        salt=merkle.salts(entries)[at].hex(),
        beside=tuple(digest.hex() for digest in merkle.beside(entries, at)),
    )


def _entry(name: str, digest: bytes) -> bytes:
    return digest + _encoded(name)


@lru_cache(maxsize=1 << 10)
def _encoded(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def _bytes(text: str, length: int) -> bytes:
    found = bytes.fromhex(text)
    if len(found) != length or found.hex() != text:
        raise ValueError("that is no digest")
    return found
