"""Arrays in one file: written whole or not at all, known by a digest, and left in the file until they are used."""

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

_MAGIC = b"prmbuild arrays\n"
_DIGEST = 32
_LENGTH = 8
_START = len(_MAGIC) + _DIGEST + _LENGTH
_ALIGNED = 64

Arrays = Mapping[str, npt.NDArray[Any]]


_Number = TypeVar("_Number", bound=np.integer[Any])


def distinct(values: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
    """Return each value once, in order; what NumPy has for it imports another 30 ms of NumPy."""
    ordered = np.sort(values)
    first = np.ones(len(ordered), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def write_arrays(place: Path, told: Mapping[str, object], arrays: Arrays) -> None:
    """Write arrays, and what JSON can hold, to a file, in place of what was there.

    Raises:
        OSError: it cannot be written; what was there still is.
    """
    shapes: dict[str, tuple[str, int, int]] = {}
    end = 0
    for name, values in arrays.items():
        end = -(-end // _ALIGNED) * _ALIGNED
        shapes[name] = values.dtype.str, end, len(values)
        end += values.nbytes
    header = json.dumps({"told": told, "arrays": shapes}, ensure_ascii=True).encode()
    header += b" " * (-(_START + len(header)) % _ALIGNED)
    digest = sha256()
    new = place.with_name(f"{place.name}.{os.getpid()}.new")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        new.touch(0o600)
        with new.open("wb") as file:
            file.write(_MAGIC + bytes(_DIGEST))
            body = 0
            for piece in (len(header).to_bytes(_LENGTH, "big"), header):
                digest.update(piece)
                file.write(piece)
            for name, values in arrays.items():
                padding = bytes(shapes[name][1] - body)
                for part in (padding, np.ascontiguousarray(values).view(np.uint8).data):
                    digest.update(part)
                    file.write(part)
                body = shapes[name][1] + values.nbytes
            file.seek(len(_MAGIC))
            file.write(digest.digest())
        new.replace(place)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def read_arrays(place: Path) -> tuple[Mapping[str, Any], Arrays] | None:
    """Return what `write_arrays` wrote; None where there is nothing, or it is broken."""
    try:
        with place.open("rb") as file:
            data = mmap(file.fileno(), 0, access=ACCESS_READ)
    except (OSError, ValueError):
        return None
    view = memoryview(data)
    if view[: len(_MAGIC)] != _MAGIC:
        return None
    if sha256(view[len(_MAGIC) + _DIGEST :]).digest() != view[len(_MAGIC) : len(_MAGIC) + _DIGEST]:
        return None
    length = int.from_bytes(view[len(_MAGIC) + _DIGEST : _START], "big")
    header = json.loads(bytes(view[_START : _START + length]))
    start = _START + length
    arrays = {
        name: np.frombuffer(data, np.dtype(kind), count, start + offset)
        for name, (kind, offset, count) in header["arrays"].items()
    }
    return header["told"], arrays
