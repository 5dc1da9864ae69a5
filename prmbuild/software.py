"""What runs: this package as it stands, the interpreter, and the libraries beside it."""

import os
import sys
from pathlib import Path
from sysconfig import get_path

import prmbuild


def installed() -> list[str]:
    """Return what the software is made of: this package's files as they stand, the names of installed distributions."""
    top = Path(prmbuild.__file__).parent
    files = []
    for folder, _, names in os.walk(top):
        if not folder.endswith("__pycache__"):
            found = ((name, os.stat(f"{folder}/{name}")) for name in names)  # noqa: PTH116  # 200 files on a hot path
            files += [f"{folder}/{name} {one.st_size} {one.st_mtime_ns}" for name, one in found]
    libraries = [name for name in os.listdir(get_path("purelib")) if name.endswith(".dist-info")]  # noqa: PTH208
    return [sys.version, *sorted(files), *sorted(libraries)]
