"""Disks that change bytes."""

import os
from pathlib import Path


def overwrite(path: Path, data: bytes | None = None) -> None:
    """Change the bytes of a file and hide it: same time of change, and where no bytes are given same size."""
    status = path.stat()
    path.chmod(0o644)
    path.write_bytes(bytes(status.st_size) if data is None else data)
    path.chmod(status.st_mode)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
