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
    with tempfile.NamedTemporaryFile(prefix="prmbuild-") as file:
        file.write(data)
        file.flush()
        yield Content(file=Path(file.name), digest=sha256(data).hexdigest(), headers=headers)
