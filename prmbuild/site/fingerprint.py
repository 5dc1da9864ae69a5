"""What documents are made by: the digest of the code and templates, for keys of what is remembered."""

from functools import cache
from hashlib import sha256
from pathlib import Path

import prmbuild.search
from prmbuild.search.segment import VERSION

_SUFFIXES = (".py", ".html", ".txt")


@cache
def fingerprint() -> str:
    """Return the digest of the code that makes documents and search data, its templates included."""
    folders = (Path(__file__).parent, Path(prmbuild.search.__path__[0]))
    sources = [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in _SUFFIXES]
    parts = (VERSION, *(sha256(path.read_bytes()).hexdigest() for path in sources))
    return sha256("\0".join(parts).encode()).hexdigest()
