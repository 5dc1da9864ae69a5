"""What runs: part of the key of everything that is remembered from run to run."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from sysconfig import get_path

LIBRARIES = ("Markdown", "PyYAML", "pathspec", "pydantic")
"""Distributions whose version shapes what is read and found, beside those of the renderer."""

AWS_EXTRA = (
    "pip install 'prmbuild[aws]'; in a programme, write prmbuild[aws] into requirements.in, then: make lock setup"
)
"""What to do where what talks to AWS is not installed."""

_PACKAGE = Path(__file__).parent


_KEPT = _PACKAGE / "__pycache__" / "fingerprint"
"""Keeps what was read of the sources where Python keeps what it compiled of them, and holds as long: until the size or
the time of change of one of them is another.
"""


@cache
def fingerprint() -> str:
    """Return the digest of this code and of what it is written with: the same wherever these are the same."""
    versions = [repr(sys.version_info[:3]), *(f"{name}={metadata.version(name)}" for name in LIBRARIES)]
    seen = _digest((*versions, *installed()))
    with suppress(OSError, ValueError):
        seen_then, known = _KEPT.read_text(encoding="ascii").split()
        if seen_then == seen:
            return known
    found = _digest((*versions, *(sha256(file.read_bytes()).hexdigest() for file in sorted(_PACKAGE.rglob("*.py")))))
    if not sys.dont_write_bytecode:
        _keep(f"{seen} {found}")
    return found


def _digest(parts: Iterable[str]) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _keep(text: str) -> None:
    """Write at once or not at all, as others may read and write at the same time; without it, sources are read anew."""
    unfinished = _KEPT.with_name(f"{_KEPT.name}.{os.getpid()}")
    with suppress(OSError):
        unfinished.write_text(text, encoding="ascii")
        unfinished.replace(_KEPT)


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
