"""Portals as one file, for a host that keeps what a run leaves."""

import shutil
import tarfile
from pathlib import Path

MANY = 5_000
"""Files from which a folder is packed: hosts take long for so many, and would keep equal ones many times."""


def pack(folder: Path, archive: Path) -> None:
    """Write a folder into a tar archive, in which equal files that are linked to each other stand once."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, "w") as file:
        file.add(folder, arcname=".")


def pack_in_place(folder: Path, archive: str) -> None:
    """Put an archive of a folder's contents in their place."""
    place = folder.with_name(f"{folder.name}.new")
    pack(folder, place / archive)
    shutil.rmtree(folder)
    place.rename(folder)
