"""Ways in which a text can lie hidden in a file; the audit claims to see through all of them, and tries each time."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from html import escape
from urllib.parse import quote

from prmbuild.audit.gather import SENTINEL
from prmbuild.audit.parts import parts
from prmbuild.audit.search import Search


def blind_spots(search: Search, *, pdf: bool = True) -> Iterator[str]:
    """Yield every way of hiding a text that a search does not see through.

    Args:
        search: must know `SENTINEL`.
        pdf: whether it is asked about documents that take long to open.
    """
    (sentinel,) = search.exactly((SENTINEL,))
    hidden = {name: hide(SENTINEL) for name, hide in HIDING.items() if pdf or hide is not _pdf}
    found = search.files([(sha256(data).hexdigest(), tuple(parts(data))) for data in hidden.values()])
    yield from (name for name, inside in zip(hidden, found, strict=True) if not sentinel & inside)


def _zipped(member: str, compression: int = zipfile.ZIP_DEFLATED) -> Callable[[str], bytes]:
    def hide(text: str) -> bytes:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", compression) as archive:
            archive.writestr(member, f"<sst><si><t>{escape(text)}</t></si></sst>")
        return data.getvalue()

    return hide


def _png(kind: bytes, body: Callable[[bytes], bytes]) -> Callable[[str], bytes]:
    def hide(text: str) -> bytes:
        found = body(text.encode())
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")
            for name, data in ((b"IHDR", bytes(13)), (kind, found), (b"IEND", b""))
        )

    return hide


def _pdf(text: str) -> bytes:
    from pypdf import PdfWriter  # takes long to import

    writer = PdfWriter()
    writer.add_blank_page(72, 72)
    writer.add_metadata({"/Title": text})
    data = io.BytesIO()
    writer.write(data)
    return data.getvalue()


HIDING: Mapping[str, Callable[[str], bytes]] = {
    "plain text": lambda text: text.encode(),
    "capitals and punctuation": lambda text: text.upper().replace(" ", " - ").encode(),
    "HTML entities": lambda text: "".join(f"&#{ord(character)};" for character in text).encode(),
    "tags within words": lambda text: "<b>".join(text[start : start + 2] for start in range(0, len(text), 2)).encode(),
    "an attribute": lambda text: f'<p data-x="{escape(text)}"></p>'.encode(),
    "a comment": lambda text: f"<!-- {text} -->".encode(),
    "JSON escapes": lambda text: ("{" + "".join(f"\\u{ord(character):04x}" for character in text) + "}").encode(),
    "escaped HTML in JSON": lambda text: (
        '{"x":"' + escape(escape(f"<i>{text}</i>")).replace("&", "\\u0026") + '"}'
    ).encode(),
    "percent signs": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()).encode(),
    "base64": lambda text: b"data:text/plain;base64," + b64encode(text.encode()),
    "a data URL": lambda text: f'<img src="data:image/svg+xml,{quote(f"<svg><title>{text}</title></svg>")}">'.encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16 in other bytes": lambda text: b"\xff\xd8\xff\xe1\x00" + text.encode("utf-16-le") + b"\x00\x01",
    "gzip": lambda text: gzip.compress(text.encode(), mtime=0),
    "zlib": lambda text: zlib.compress(text.encode()),
    "bzip2": lambda text: bz2.compress(text.encode()),
    "xz": lambda text: lzma.compress(text.encode(), preset=0),  # others take 100 MB of memory
    "a zip archive": _zipped("a/b.xml"),
    "a workbook": _zipped("xl/sharedStrings.xml"),
    "a PNG tEXt chunk": _png(b"tEXt", lambda text: b"Title\0" + text),
    "a PNG zTXt chunk": _png(b"zTXt", lambda text: b"Title\0\0" + zlib.compress(text)),
    "a PNG iTXt chunk": _png(b"iTXt", lambda text: b"Title\0\1\0\0\0" + zlib.compress(text)),
    "SVG metadata": lambda text: f"<svg><metadata>{escape(text)}</metadata></svg>".encode(),
    "PDF document information": _pdf,
}
"""Ways in which a text can lie hidden in a file, by name."""
