"""Gzip members that a reader unpacks one by one or many together."""

import struct
import zlib

_HEADER = b"\x1f\x8b\x08" + bytes(6) + b"\x03"
"""Tells no name and no time. Source: RFC 1952, "GZIP file format specification version 4.3", section 2.3."""

_LAST_BLOCK = b"\x03\0"
"""Of deflated data, with nothing in it. Source: RFC 1951, section 3.2.6."""


def member(data: bytes, level: int) -> bytes:
    """Return a gzip member.

    Its blocks end where a byte ends, and the last one is empty. So what lies between its header and that block is a
    part of any stream: a reader puts such parts one after the other and unpacks them in one go.

    Args:
        data: what is packed.
        level: of compression, 0 to 9.

    Source: RFC 1951, "DEFLATE Compressed Data Format Specification version 1.3", section 3.2.3.
    """
    packing = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    blocks = (packing.compress(data), packing.flush(zlib.Z_SYNC_FLUSH), _LAST_BLOCK)
    return b"".join((_HEADER, *blocks, struct.pack("<2I", zlib.crc32(data), len(data))))
