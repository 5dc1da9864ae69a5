"""What runs: part of the key of everything that is remembered from run to run."""

import os
import sys
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from sysconfig import get_path

LIBRARIES = ("Markdown", "PyYAML", "pathspec", "pydantic")
"""Distributions whose version shapes what is read and found, beside those of the renderer."""

_PACKAGE = Path(__file__).parent


@cache
def fingerprint() -> str:
    """Return the digest of this code and of what it is written with: the same wherever these are the same."""
    parts = [repr(sys.version_info[:3]), *(f"{name}={metadata.version(name)}" for name in LIBRARIES)]
    files = sorted(_PACKAGE.rglob("*.py"))
    return sha256("\0".join((*parts, *(sha256(file.read_bytes()).hexdigest() for file in files))).encode()).hexdigest()


@cache
def installed() -> tuple[str, ...]:
    """Return what the software on this machine is made of: this package's files as they stand, and the names of
    installed distributions.
    """
    files = []
    for folder, _, names in os.walk(_PACKAGE):
        if not folder.endswith("__pycache__"):
            found = ((name, os.stat(f"{folder}/{name}")) for name in names)  # noqa: PTH116  # 200 files on a hot path
            files += [f"{folder}/{name} {one.st_size} {one.st_mtime_ns}" for name, one in found]
    libraries = [name for name in os.listdir(get_path("purelib")) if name.endswith(".dist-info")]  # noqa: PTH208
    return sys.version, *sorted(files), *sorted(libraries)
