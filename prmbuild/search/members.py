"""Gzip members that a reader unpacks one by one or many together."""

import struct
import zlib

_HEADER = b"\x1f\x8b\x08" + bytes(6) + b"\x03"
"""Tells no name and no time. Source: RFC 1952, "GZIP file format specification version 4.3", section 2.3."""

_LAST_BLOCK = b"\x03\0"
"""Of deflated data, with nothing in it. Source: RFC 1951, section 3.2.6."""

_FIELD = b"pb"
"""Names the extra field of a header."""

_FIXED = len(_HEADER)


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


def with_extra(member: bytes, extra: bytes) -> bytes:
    """Return a gzip member that has an extra field, given one that has none.

    Source: RFC 1952, section 2.3.1.
    """
    field = _FIELD + struct.pack("<H", len(extra)) + extra
    return member[:3] + b"\x04" + member[4:_FIXED] + struct.pack("<H", len(field)) + field + member[_FIXED:]


def without_extra(member: bytes) -> tuple[bytes, bytes]:
    """Return the two that `with_extra` was given."""
    (length,) = struct.unpack_from("<H", member, _FIXED)
    start, end = _FIXED + 2, _FIXED + 2 + length
    return _HEADER + member[end:], member[start + len(_FIELD) + 2 : end]
