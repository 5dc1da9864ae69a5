"""How large browsers show a picture that nobody gave a size: a fact of its bytes.

It is better not known than wrong, as pages say it and browsers then believe them. So it is told of PNG, JPEG, GIF, WebP
and AVIF, and of SVG that gives both lengths; not of a picture that some browsers turn and others do not, nor where
its bytes say two things: EXIF twice, another size than it has pixels, a frame larger than the screen.
"""

import re
import struct
from collections.abc import Iterator, Mapping
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
_PNG = b"\x89PNG\r\n\x1a\n"

_APP1 = 0xE1
_PIXELS_FOLLOW = 0xDA
_ALONE = frozenset((0x00, 0x01, *range(0xD0, 0xDA)))
"""Markers of a JPEG that no length follows. Source: ITU-T T.81, table B.1."""

_EXTENSION, _FRAME = 0x21, 0x2C

_EXIF = 1 << 16
_ORIENTATION, _RESOLUTION, _MORE, _WIDTH, _HEIGHT = 0x0112, 0x011A, 0x8769, 0xA002, 0xA003
_SHORT = 3
_ON_ITS_SIDE = range(5, 9)
"""Orientations in which width and height change places. Source: EXIF 2.32, 4.6.4."""

_MARKUP = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*<")
_SVG = "http://www.w3.org/2000/svg svg"
_LENGTH = re.compile(r"\s*\+?([0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})(px|in|cm|mm|q|pt|pc)?\s*", re.I | re.A)
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
    width, height = found.width, found.height
    turned = found.rotation in _ON_ITS_SIDE
    exifs = list(_exifs(data))
    told = {_tags(exif).get(_ORIENTATION, 0) in _ON_ITS_SIDE for exif in exifs}
    if data.startswith(_JPEG):  # every browser heeds its EXIF, not every one that of other formats
        raw = (height, width) if turned else (width, height)
        doubtful = len(exifs) > 1 or not told <= {turned} or any(_denser(exif, *raw) for exif in exifs)
    else:
        doubtful = turned or True in told or (data.startswith(b"GIF") and _outgrown(data[:HEAD]))
    return (0, 0) if doubtful else (width, height)


def _exifs(data: bytes) -> Iterator[bytes]:
    """Yield every EXIF in a JPEG, PNG or WebP, from its byte order on."""
    if data.startswith(_JPEG):
        found = (body for kind, body in _segments(data[:HEAD]) if kind == _APP1 and body.startswith(b"Exif\0"))
    elif data.startswith(_PNG):
        found = (body for kind, body in _png_chunks(data) if kind == b"eXIf")
    elif data.startswith(b"RIFF"):
        found = (body for kind, body in _riff_chunks(data) if kind == b"EXIF")
    else:
        return
    for body in found:
        yield body[6:] if body.startswith(b"Exif\0") else body


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and begin of each chunk. Source: https://www.w3.org/TR/png-3/#5Chunk-layout"""
    place = len(_PNG)
    while place + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        yield kind, data[place + 8 : place + 8 + min(length, _EXIF)]
        place += 8 + length + 4


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and begin of each chunk. Source: https://developers.google.com/speed/webp/docs/riff_container"""
    place = 12
    while place + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, place)
        yield kind, data[place + 8 : place + 8 + min(length, _EXIF)]
        place += 8 + length + length % 2


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the segments of a JPEG before its pixels: marker and body. Source: ITU-T T.81, B.1.1."""
    place = 2
    while (place := data.find(b"\xff", place)) >= 0:
        while data[place : place + 1] == b"\xff":
            place += 1
        kind = data[place] if place < len(data) else _PIXELS_FOLLOW
        if kind == _PIXELS_FOLLOW:
            return
        place += 1
        if kind not in _ALONE:
            length = int.from_bytes(data[place : place + 2], "big")
            yield kind, data[place + 2 : place + length]
            place += max(length, 2)


def _tags(exif: bytes, pointer: int | None = None) -> Mapping[int, int]:
    """Return the numbers that EXIF says: tag → value.

    Args:
        exif: begins with its byte order.
        pointer: where the directory begins; None for the first one.
    """
    order = "<" if exif.startswith(b"II") else ">"
    found: dict[int, int] = {}
    with suppress(struct.error):  # it ends before it should
        (start,) = struct.unpack_from(f"{order}I", exif, 4) if pointer is None else (pointer,)
        (number,) = struct.unpack_from(f"{order}H", exif, start)
        for one in range(number):
            place = start + 2 + 12 * one
            tag, kind = struct.unpack_from(f"{order}HH", exif, place)
            (value,) = struct.unpack_from(f"{order}{'H' if kind == _SHORT else 'I'}", exif, place + 8)
            found.setdefault(tag, value)
    return found


def _denser(exif: bytes, width: int, height: int) -> bool:
    """Tell whether EXIF says that a picture is shown in another size than it has pixels.

    Source: https://html.spec.whatwg.org/multipage/images.html#preparing-an-image-for-presentation
    """
    tags = _tags(exif)
    if _RESOLUTION not in tags or _MORE not in tags:
        return False
    more = _tags(exif, tags[_MORE])
    return (more.get(_WIDTH, width), more.get(_HEIGHT, height)) != (width, height)


def _outgrown(data: bytes) -> bool:
    """Tell whether the first frame of a GIF is larger than its screen, which then grows; or there is none.

    Source: https://www.w3.org/Graphics/GIF/spec-gif89a.txt
    """
    try:
        width, height, flags = struct.unpack_from("<HHB", data, 6)
        place = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)  # behind the colours
        while data[place] == _EXTENSION:
            place += 2
            while length := data[place]:
                place += 1 + length
            place += 1
        left, top, wide, high = struct.unpack_from("<HHHH", data, place + 1)
    except (IndexError, struct.error):
        return True
    return data[place] != _FRAME or left + wide > width or top + high > height


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
