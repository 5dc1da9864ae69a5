"""How large browsers show a picture: wrong is worse than not known, and no bytes make it fail."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prmbuild.dimensions import HEAD, LARGEST, dimensions

SVG = '<svg xmlns="http://www.w3.org/2000/svg" {}><rect width="7" height="9"/></svg>'


def exif(orientation: int, order: str = ">") -> bytes:
    mark = {">": b"MM", "<": b"II"}[order]
    return mark + struct.pack(f"{order}HIHHHIHHI", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *more: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + b"".join(more)


def jpeg(width: int, height: int, *segments: tuple[int, bytes]) -> bytes:
    frame = (0xC0, struct.pack(">BHHB", 8, height, width, 3) + bytes(9))
    parts = (
        b"\xff" + bytes([kind]) + struct.pack(">H", len(body) + 2) + body
        for kind, body in (*segments, frame, (0xDA, b""))
    )
    return b"\xff\xd8" + b"".join(parts)


def gif(width: int, height: int, *frame: int, before: bytes = b"") -> bytes:
    frame = frame or (0, 0, width, height)
    return b"GIF89a" + struct.pack("<HH", width, height) + bytes(3) + before + b"," + struct.pack("<HHHHx", *frame)


def dense(width: int, height: int) -> bytes:
    """EXIF of 144 dpi that says how large a picture is."""
    return (
        b"MM"
        + struct.pack(">HIH", 42, 8, 2)
        + struct.pack(">HHII", 0x011A, 5, 1, 68)
        + struct.pack(">HHII", 0x8769, 4, 1, 38)
        + bytes(4)
        + struct.pack(">H", 2)
        + struct.pack(">HHII", 0xA002, 4, 1, width)
        + struct.pack(">HHIHH", 0xA003, 3, 1, height, 0)
        + bytes(4)
        + struct.pack(">II", 144, 1)
    )


def webp(width: int, height: int, more: bytes = b"") -> bytes:
    body = (
        b"VP8X" + struct.pack("<IB3x", 10, 8) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    )
    return b"RIFF" + struct.pack("<I", len(body + more) + 4) + b"WEBP" + body + more


def in_webp(data: bytes) -> bytes:
    return b"EXIF" + struct.pack("<I", len(data)) + data


def in_jpeg(data: bytes) -> tuple[int, bytes]:
    return 0xE1, b"Exif\0\0" + data


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (png(400, 200), (400, 200)),
        (png(400, 200, chunk(b"eXIf", exif(1))), (400, 200)),
        (png(400, 200, chunk(b"eXIf", exif(3))), (400, 200)),
        (png(400, 200, chunk(b"eXIf", exif(6))), None),  # some browsers turn it, others do not
        (png(400, 200, chunk(b"IDAT", bytes(HEAD)), chunk(b"eXIf", exif(8, "<"))), None),
        (png(400, 200, chunk(b"tEXt", b"k\0eXIf" + exif(1)), chunk(b"eXIf", exif(6))), None),
        (png(400, 200, chunk(b"tEXt", b"k\0eXIf" + exif(6))), (400, 200)),
        (png(400, 200, chunk(b"eXIf", exif(1)), chunk(b"eXIf", exif(6))), None),
        (jpeg(400, 200), (400, 200)),
        (jpeg(400, 200, in_jpeg(exif(1))), (400, 200)),
        *((jpeg(400, 200, in_jpeg(exif(turned))), (200, 400)) for turned in (5, 6, 7, 8)),
        (jpeg(400, 200, in_jpeg(exif(6, "<"))), (200, 400)),
        (jpeg(400, 200, (0xE2, bytes(60_000)), in_jpeg(exif(6))), (200, 400)),
        (jpeg(400, 200, in_jpeg(exif(6)), in_jpeg(exif(1))), None),
        (jpeg(400, 200, (0xE1, b"Exif\0?" + exif(6))), None),  # some take that for EXIF, others do not
        (jpeg(400, 200, in_jpeg(exif(1)), (0xE1, b"Exif\0?" + exif(6))), None),
        (jpeg(400, 200, in_jpeg(exif(6)), (0xE1, b"http://ns.adobe.com/xap/1.0/\0")), (200, 400)),
        (jpeg(400, 200, in_jpeg(dense(200, 100))), None),
        (jpeg(400, 200, in_jpeg(dense(400, 200))), (400, 200)),
        (jpeg(400, 200, (0xE2, b"\xff\xe1Exif\0"), in_jpeg(exif(1))), (400, 200)),
        (jpeg(400, 0), None),
        (gif(400, 200), (400, 200)),
        (gif(40_000, 200), None),
        (gif(400, 200, before=b"!\xf9\x04" + bytes(4) + b"\0!\xfe\x02,,\0"), (400, 200)),
        (gif(400, 200, 10, 10, 390, 190), (400, 200)),
        (gif(400, 200, 0, 0, 401, 200), None),
        (gif(400, 200, 0, 10, 400, 200), None),
        (gif(400, 200)[:13], None),
        (webp(400, 200), (400, 200)),
        (webp(400, 200, in_webp(exif(1))), (400, 200)),
        (webp(400, 200, in_webp(exif(6))), None),
        (webp(400, 200, in_webp(b"Exif\0\0" + exif(6))), None),
        (webp(400, 200, in_webp(b"II")), (400, 200)),
        (webp(400, 200, b"XYZW\x05\0\0\0EXIF?\0" + in_webp(exif(6))), None),
        (png(0, 200), None),
        (png(400, LARGEST + 1), None),
        (png(400, 200)[:20], None),
        (b"%PDF-1.7", None),
        (b"PK\x03\x04", None),
        (b"", None),
    ],
)
def test_of_pictures_made_of_pixels(data: bytes, size: tuple[int, int] | None) -> None:
    assert dimensions(data) == size


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="400" height="200"', (400, 200)),
        ("viewBox='0 0 4 2' height='200' width='400'", (400, 200)),
        ('width=" 400px " height="+200.0PX"', (400, 200)),
        ('width="4cm" height="20mm"', (151, 76)),
        ('width="1in" height="72pt"', (96, 96)),
        ('width="2pc" height="40Q"', (32, 38)),
        ('width=".6" height="1.4"', (1, 1)),
        ('viewBox="0 0 400 200"', None),  # it is then as wide as the column, or as nothing
        ('viewBox="0 0 400 200" width="100"', None),
        ('width="100%" height="100%"', None),
        ('width="10em" height="5em"', None),
        ('width="0" height="200"', None),
        ('width="-4" height="200"', None),
        ('width="4 px" height="200"', None),
        ('width="999999999" height="1"', None),
        (f'width="{"9" * 1000}" height="1"', None),
        ('width="\u00a04" height="2"', None),
        ('width="4\u0131n" height="2"', None),
        ('stroke-width="3" data-height="4"', None),
    ],
)
def test_of_drawings(attributes: str, size: tuple[int, int] | None) -> None:
    assert dimensions(SVG.format(attributes).encode()) == size


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (f'<?xml version="1.0"?>\n<!-- <svg width="1" height="1"> -->\n{SVG}', (4, 2)),
        (f'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd" [<!ENTITY ns "n">]>{SVG}', (4, 2)),
        (f"\ufeff  {SVG}", (4, 2)),
        ('<s:svg xmlns:s="http://www.w3.org/2000/svg" width="4" height="2"/>', (4, 2)),
        ('<svg width="4" height="2"/>', None),  # of no namespace: browsers show nothing
        ('<html><svg xmlns="http://www.w3.org/2000/svg" width="4" height="2"/></html>', None),
        (f'<?xml version="1.0" encoding="klingon"?>{SVG}', None),
        (f'<?xml version="1.0" encoding="idna"?>{SVG}', None),
        (f"<!--{'-' * HEAD}{SVG}", None),
        (
            '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
            '<svg xmlns="http://www.w3.org/2000/svg" width="&a;" height="2"/>',
            None,
        ),
        ("<", None),
    ],
)
def test_of_what_stands_around_a_drawing(data: str, size: tuple[int, int] | None) -> None:
    text = data.replace(SVG, SVG.format('width="4" height="2"'))
    assert dimensions(text.encode()) == size


def test_entities_do_not_grow_without_end() -> None:
    nested = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 20}">' for n in range(1, 12))
    data = (
        f'<!DOCTYPE svg [<!ENTITY e0 "1">{nested}]><svg xmlns="http://www.w3.org/2000/svg" width="&e11;" height="1"/>'
    )
    assert dimensions(data.encode()) is None


STARTS = (png(9, 9), jpeg(9, 9, in_jpeg(exif(6))), gif(9, 9), webp(9, 9, in_webp(exif(6))), SVG.format("").encode())
AVIF = b"\0\0\0\x18ftypavif\0\0\0\0avifmif1"


@given(st.sampled_from((*STARTS, AVIF, b"<", b"\xff\xd8\xff")), st.integers(0, 80), st.binary(max_size=200))
def test_of_whatever_bytes_it_tells_something_sound_or_nothing(start: bytes, kept: int, rest: bytes) -> None:
    found = dimensions(start[:kept] + rest)
    assert found is None or all(1 <= side <= LARGEST for side in found)
