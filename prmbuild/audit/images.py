"""Texts inside PNG images.

Source: https://www.w3.org/TR/png-3/ (chunks ``tEXt``, ``zTXt``, ``iTXt``, ``iCCP`` and ``eXIf``).

Other formats keep their texts (EXIF, XMP, comments) uncompressed, where they are found in the bytes themselves.
"""

import struct
import zlib
from collections.abc import Iterator

PNG = b"\x89PNG\r\n\x1a\n"

_LARGEST = 1 << 26


def png_texts(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield the name and text of every chunk that holds text, and of what follows the image."""
    place = len(PNG)
    while place + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        body = data[place + 8 : place + 8 + size]
        place += size + 12
        yield from _texts(kind.decode("latin-1"), body)
        if kind == b"IEND":
            break
    if place < len(data):
        yield "data after the image", data[place:].decode("utf-8", "replace")


def _texts(kind: str, body: bytes) -> Iterator[tuple[str, str]]:
    keyword, _, rest = body.partition(b"\0")
    name = f"{kind} chunk"
    if kind == "tEXt":
        yield name, f"{keyword.decode('latin-1')}\n{rest.decode('latin-1')}"
        yield name, rest.decode("utf-8", "replace")
    elif kind in ("zTXt", "iCCP"):
        text = _inflated(rest[1:])
        yield name, keyword.decode("latin-1")
        yield name, text.decode("latin-1")
        yield name, text.decode("utf-8", "replace")
    elif kind == "iTXt":
        compressed, (language, _, after) = rest[:1] == b"\1", rest[2:].partition(b"\0")
        translated, _, text = after.partition(b"\0")
        yield name, "\n".join(field.decode("utf-8", "replace") for field in (keyword, language, translated))
        yield name, (_inflated(text) if compressed else text).decode("utf-8", "replace")


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, _LARGEST)
    except zlib.error:
        return b""
