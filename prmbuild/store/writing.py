"""Small texts as what a store can put."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from prmbuild.store.store import Content, Headers


@contextmanager
def content(data: bytes, headers: Headers) -> Iterator[Content]:
    """Have bytes in a file for as long as they are put."""
    with tempfile.TemporaryDirectory(prefix="prmbuild-") as folder:
        file = Path(folder, "content")
        file.write_bytes(data)
        yield Content(file=file, digest=sha256(data).hexdigest(), headers=headers)
