"""How large browsers show a picture that nobody gave a size: a fact of its bytes.

It is better not known than wrong, as pages say it and browsers then believe them. So it is told of PNG, JPEG, GIF, WebP
and AVIF, and of SVG that gives both lengths; not of a picture that some browsers turn and others do not.
"""

import re
import struct
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from prmbuild.software import digest_of, remembered

HEAD = 1 << 19
"""Bytes that are looked at for a size. What stands before it is less: previews, colour profiles, notes of editors."""

LARGEST = 65_535
"""Pixels of a side; of what says that it is larger, nothing is told. Source: ITU-T T.81, B.2.2 (JPEG)."""

_RASTER = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|RIFF....WEBP|....ftypavi[fs]", re.DOTALL)
_JPEG = b"\xff\xd8"
_EXIF_CHUNKS = ((b"\x89PNG", b"eXIf", 4), (b"RIFF", b"EXIF", 8))
"""How pictures begin that may have EXIF in a chunk, the name of that chunk, and bytes from there to the EXIF."""

_EXIF = 1 << 16
_ORIENTATION = 0x0112
_ON_ITS_SIDE = range(5, 9)
"""Orientations in which width and height change places. Source: EXIF 2.32, 4.6.4."""

_MARKUP = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*<")
_SVG = "http://www.w3.org/2000/svg svg"
_LENGTH = re.compile(r"\s*\+?([0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})(px|in|cm|mm|q|pt|pc)?\s*", re.IGNORECASE)
_PIXELS = {"": 1.0, "px": 1.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4, "q": 96 / 101.6, "pt": 96 / 72, "pc": 16.0}
"""Pixels in each unit. Source: https://www.w3.org/TR/css-values-4/#absolute-lengths"""


class Dimensions(NamedTuple):
    """Width and height of a picture in CSS pixels; from 1 to `LARGEST`."""

    width: int
    height: int


def dimensions(data: bytes) -> Dimensions | None:
    """Return how large a picture is shown; None for what is no picture, is broken, or leaves that to the page.

    Args:
        data: the bytes of a file of any kind.
    """
    if _RASTER.match(data):
        width, height = _raster(data)
    elif _MARKUP.match(data):
        width, height = _drawing(data[:HEAD])
    else:
        return None
    return Dimensions(width, height) if 1 <= width <= LARGEST and 1 <= height <= LARGEST else None


def measurer() -> str:
    """Return the digest of what tells dimensions: the same code and library tell the same of the same bytes."""
    return remembered("measurer", lambda: digest_of(("imagesize",), (Path(__file__),)))


def _raster(data: bytes) -> tuple[int, int]:
    """Return width and height, turned as browsers do; zero where these differ, or it cannot be told."""
    import imagesize  # takes long to import, and most edits bring no picture

    try:
        found = imagesize.get_info(BytesIO(data[:HEAD]), dpi=False, colors=False, channels=False)
    except Exception:  # it raises whatever reading broken bytes may raise
        return 0, 0
    # every browser heeds the EXIF of JPEG, not every one that of other formats
    turned = not data.startswith(_JPEG) and (found.rotation in _ON_ITS_SIDE or _orientation(data) in _ON_ITS_SIDE)
    return (0, 0) if turned else (found.width, found.height)


def _orientation(data: bytes) -> int:
    """Return the orientation that the EXIF in a chunk of a picture names; zero for none."""
    for begins, chunk, length in _EXIF_CHUNKS:
        place = data.find(chunk) if data.startswith(begins) else -1
        if place >= 0:
            exif = data[place + length :][:_EXIF].removeprefix(b"Exif\0\0")
            order = "<" if exif.startswith(b"II") else ">"
            try:
                (start,) = struct.unpack_from(f"{order}I", exif, 4)
                (number,) = struct.unpack_from(f"{order}H", exif, start)
                entries = (struct.unpack_from(f"{order}HHIH", exif, start + 2 + 12 * one) for one in range(number))
                return next((int(value) for tag, _, _, value in entries if tag == _ORIENTATION), 0)
            except struct.error:
                return 0
    return 0


def _drawing(data: bytes) -> tuple[int, int]:
    """Return the lengths that an SVG gives, in whole pixels; zero where it gives none or they depend on the page.

    Not left to imagesize, which takes them from whichever element of the drawing has some first.
    """
    found: list[dict[str, str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        found.append(attributes if name == _SVG else {})
        raise _Found

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    with suppress(_Found, expat.ExpatError, LookupError, ValueError):  # the last two for encodings that there are not
        parser.Parse(data)
    attributes = found[0] if found else {}
    return _pixels(attributes.get("width", "")), _pixels(attributes.get("height", ""))


def _pixels(length: str) -> int:
    found = _LENGTH.fullmatch(length)
    return int(float(found[1]) * _PIXELS[(found[2] or "").lower()] + 0.5) if found else 0


class _Found(Exception):
    """The root element was read; nothing behind it matters."""
