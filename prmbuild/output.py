"""Writing built portals to a directory: ``portals/<portal>/<path>`` and ``build.json``."""

import json
import os
import shutil
import tempfile
from pathlib import Path

from prmbuild import __version__
from prmbuild.build import Built
from prmbuild.errors import StoreError

MANIFEST = "build.json"
PORTALS = "portals"


def manifest(built: Built) -> bytes:
    """Return ``build.json``: which portals there are, who their viewers are, and each file's SHA-256."""
    document = {
        "version": 1,
        "prmbuild": __version__,
        "revision": built.revision,
        "preview": built.preview,
        "portals": [
            {
                "id": tree.portal.id,
                "viewers": [{"partner": viewer.partner, "role": viewer.role} for viewer in tree.portal.viewers],
                "release": tree.release,
                "files": dict(tree.files),
            }
            for tree in built.trees
        ],
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def write(built: Built, out: Path) -> None:
    """Write the portals below ``out``; what an earlier build left there is replaced as a whole.

    Equal files of several portals are one file with several names.

    Raises:
        StoreError: the directory holds something else, or cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()) and not (out / MANIFEST).is_file():
            raise StoreError(
                f"{out} is not empty and was not written by prmbuild", hint="name an empty folder with --out"
            )
        with tempfile.TemporaryDirectory(prefix=".prmbuild-", dir=out) as temporary:
            staged = Path(temporary) / PORTALS
            staged.mkdir()
            _write_trees(built, staged)
            (Path(temporary) / MANIFEST).write_bytes(manifest(built))
            if (out / PORTALS).exists():
                (out / PORTALS).rename(Path(temporary) / "old")
            staged.rename(out / PORTALS)
            (Path(temporary) / MANIFEST).replace(out / MANIFEST)
    except OSError as error:
        raise StoreError(
            f"{error.filename or out}: {error.strerror or error}", hint="check the disk and permissions"
        ) from error


def _write_trees(built: Built, folder: Path) -> None:
    written: dict[str, Path] = {}
    for tree in built.trees:
        for path, digest in tree.files.items():
            place = folder / tree.portal.id / path
            place.parent.mkdir(parents=True, exist_ok=True)
            first = written.get(digest)
            if first is None:
                place.write_bytes(built.blobs[digest])
                written[digest] = place
            else:
                _link(first, place)


def _link(first: Path, place: Path) -> None:
    try:
        os.link(first, place)
    except OSError:
        shutil.copyfile(first, place)
