"""What this software is made of: part of the key of everything that is remembered from run to run."""

import sys
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path

LIBRARIES = ("Markdown", "PyYAML", "pathspec", "pydantic")
"""Distributions whose version shapes what is read and found, beside those of the renderer."""


@cache
def fingerprint() -> str:
    """Return the digest of this code and of what it is written with."""
    parts = [repr(sys.version_info[:3]), *(f"{name}={metadata.version(name)}" for name in LIBRARIES)]
    files = sorted(Path(__file__).parent.rglob("*.py"))
    return sha256("\0".join((*parts, *(sha256(file.read_bytes()).hexdigest() for file in files))).encode()).hexdigest()
