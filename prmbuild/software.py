"""What runs: part of the key of everything that is remembered from run to run."""

import json
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path

LIBRARIES = ("Markdown", "PyYAML", "imagesize", "pathspec", "pydantic")
"""Distributions whose version shapes what is read and found, beside those of the renderer."""

AWS_EXTRA = (
    "pip install 'prmbuild[aws]'; in a programme, write prmbuild[aws] into requirements.in, then: make lock setup"
)
"""What to do where what talks to AWS is not installed."""

_PACKAGE = Path(__file__).parent
_MEMORY = "software.json"


@cache
def fingerprint() -> str:
    """Return the digest of this code and of what it is written with: the same wherever these are the same."""
    return remembered("fingerprint", lambda: digest_of(LIBRARIES, sorted(_PACKAGE.rglob("*.py"))))


def digest_of(libraries: Iterable[str], files: Iterable[Path]) -> str:
    """Return the digest of this Python, of the versions of libraries and of what stands in files."""
    versions = (f"{name}={version(name)}" for name in libraries)
    return _digest((repr(sys.version_info[:3]), *versions, *(sha256(file.read_bytes()).hexdigest() for file in files)))


def version(library: str) -> str:
    """Return the version of an installed distribution."""

    def find_out() -> str:
        from importlib import metadata  # takes longer to import than all versions do to read

        return metadata.version(library)

    return remembered(f"version of {library}", find_out)


def remembered(name: str, find_out: Callable[[], str]) -> str:
    """Return what follows from the software on this machine alone: found out once, for as long as that is `installed`.

    Args:
        name: names it.
        find_out: returns it.
    """
    known = _memory()
    if name not in known:
        known[name] = find_out()
        keep(_MEMORY, json.dumps({"seen": _digest(installed()), "known": known}).encode())
    return known[name]


@cache
def _memory() -> dict[str, str]:
    with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
        memory = json.loads(kept(_MEMORY))
        if memory["seen"] == _digest(installed()):
            return {str(name): str(known) for name, known in memory["known"].items()}
    return {}


def kept(name: str) -> bytes:
    """Return what was kept where Python keeps what it compiled of this package.

    Raises:
        OSError: nothing can be read.
    """
    return (_PACKAGE / "__pycache__" / name).read_bytes()


def keep(name: str, data: bytes) -> None:
    """Keep something at once or not at all, as others may read and write at the same time, and do the same.

    Where Python keeps nothing, or nothing can be written, it is made again next time.
    """
    if sys.dont_write_bytecode:
        return
    place = _PACKAGE / "__pycache__" / name
    unfinished = place.with_name(f"{name}.{os.getpid()}")
    with suppress(OSError):
        unfinished.write_bytes(data)
        unfinished.replace(place)


def _digest(parts: Iterable[str]) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


@cache
def installed() -> tuple[str, ...]:
    """Return what the software on this machine is made of: this package's files as they stand, and the names of
    installed distributions, which tell their versions.
    """
    files = []
    for folder, _, names in os.walk(_PACKAGE):
        if not folder.endswith("__pycache__"):
            found = ((name, os.stat(f"{folder}/{name}")) for name in names)  # noqa: PTH116  # 200 files on a hot path
            files += [f"{folder}/{name} {one.st_size} {one.st_mtime_ns}" for name, one in found]
    return sys.version, *sorted(files), *(name for folder in sys.path for name in _distributions(folder))


def _distributions(folder: str) -> Iterable[str]:
    with suppress(OSError):  # of where Python looks for modules, not all is there
        return sorted(name for name in os.listdir(folder or ".") if name.endswith((".dist-info", ".egg-info")))  # noqa: PTH208
    return ()
