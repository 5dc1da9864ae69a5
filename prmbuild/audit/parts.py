"""Taking files apart into the texts they hold, whatever they are packed in."""

import bz2
import io
import lzma
import re
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.audit import gzipped, images
from prmbuild.audit.repeats import squeezed

DEEPEST = 6
"""How many containers may stand one in the other before the audit gives up on a file."""

LARGEST = 1 << 28
"""The most bytes that are unpacked from one container."""

_SVG = re.compile(
    r"(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^<>\[]*(?:\[.*?\]\s*)?>)*<(?:\w+:)?svg[\s>]", re.IGNORECASE | re.DOTALL
)
_SVG_TEXT = re.compile(r"<(?:\w+:)?text\b.*?</(?:\w+:)?text\s*>", re.DOTALL | re.IGNORECASE)
_ASIDE = re.compile(
    r"<!--(?P<comment>.*?)-->|<(?P<tag>(?:\w+:)?(?:title|desc|metadata))\b[^>]*>(?P<text>.*?)</(?P=tag)\s*>",
    re.DOTALL | re.IGNORECASE,
)
_UNSEEN_MEMBERS = re.compile(
    r"(?:^|/)(?:docProps|customXml|META-INF|_rels)/|(?:^|/)(?:meta\.xml|docMetadata|comments\d*\.xml|people\.xml)",
    re.IGNORECASE,
)
_PRINTABLE = re.compile(
    rb"(?:[\t\r\n\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}){6,}"
)
_WIDE = (
    ("utf-16-le", re.compile(rb"(?:[\x00-\xff][\x00-\x1f]){4,}")),
    ("utf-16-be", re.compile(rb"(?:[\x00-\x1f][\x00-\xff]){4,}")),
    ("utf-16-le", re.compile(rb"(?:[\x00-\xff][\x00-\x1f\x30-\x9f\xac-\xd7]){6,}")),
    ("utf-16-be", re.compile(rb"(?:[\x00-\x1f\x30-\x9f\xac-\xd7][\x00-\xff]){6,}")),
)
"""Runs of characters of two bytes: of alphabets, then of ideographs and syllables as well."""

_SMALL = 1 << 14
_SHORT = 400
_TEXT_SAMPLE = 4096


class Part(Struct, frozen=True, kw_only=True):
    """A text inside a file.

    Attributes:
        place: what it is, for people, such as ``comment`` or ``docProps/core.xml``; empty for the file itself.
        text: decoded.
        read: whether it is what readers of the file come for, rather than what lies hidden in it.
        problem: why it could not be opened; empty where it could.
        digest: SHA-256 of a file that stands whole inside another; empty elsewhere.
    """

    place: str
    text: str
    read: bool
    problem: str = ""
    digest: str = ""


def parts(data: bytes, place: str = "", depth: int = 0, *, hidden: bool = True) -> Iterator[Part]:
    """Yield every text inside a file.

    Args:
        data: the file.
        place: where it was found, if it was inside another.
        depth: how many containers it was inside of.
        hidden: whether what is legible in bytes that are no text is wanted, which nobody reads but costs most.
    """
    if depth:
        yield Part(place=place, text="", read=False, digest=sha256(data).hexdigest())
    if depth > DEEPEST:
        yield Part(place=place, text="", read=False, problem="packed too deeply")
    elif data.startswith(b"%PDF-") or b"%PDF-" in data[:1024]:
        yield from _pdf(data, place, depth, hidden)
    elif data.startswith(images.PNG):
        yield from (Part(place=_joined(place, name), text=text, read=False) for name, text in images.png_texts(data))
        yield from _strings(data, place, hidden)
    elif _zipped(data):
        yield from _zip(data, place, depth, hidden)
    elif data.startswith(gzipped.MAGIC):
        yield from _gzip(data, place, depth, hidden)
    else:
        unpacked = _unpacked(data)
        if unpacked is not None:
            yield from parts(unpacked, _joined(place, "compressed data"), depth + 1, hidden=hidden)
            yield from _strings(data, place, hidden)
        else:
            yield from _plain(data, place, hidden)


def _joined(place: str, inner: str) -> str:
    return f"{place}, {inner}" if place else inner


def _plain(data: bytes, place: str, hidden: bool) -> Iterator[Part]:
    data = squeezed(data)
    text = _decoded(data)
    if text is None:
        yield from _strings(data, place, hidden)
    elif _SVG.match(text):
        yield from _svg(text, place)
    else:
        yield Part(place=place, text=text, read=True)


def _svg(text: str, place: str) -> Iterator[Part]:
    yield Part(place=place, text="\n".join(found[0] for found in _SVG_TEXT.finditer(text)), read=True)
    for found in _ASIDE.finditer(text):
        name = "comment" if found["comment"] is not None else found["tag"].lower()
        yield Part(place=_joined(place, name), text=found["comment"] or found["text"] or "", read=False)
    yield Part(place=place, text=text, read=False)


def opened_pdf() -> bool:
    """Tell whether this process has looked into a PDF so far, or might have: only then is what opens them loaded."""
    return "prmbuild.audit.pdf" in sys.modules


def _pdf(data: bytes, place: str, depth: int, hidden: bool) -> Iterator[Part]:
    from prmbuild.audit import pdf  # takes long to import, and most portals have none

    for found in pdf.contents(data):
        if found.data:
            inner = parts(found.data, _joined(place, found.name), depth + 1, hidden=hidden)
            yield from (replace(part, read=False) for part in inner)
        else:
            yield Part(place=_joined(place, found.name), text=found.text, read=found.read, problem=found.problem)
    yield from _strings(data, place, hidden)


def _zipped(data: bytes) -> bool:
    return b"PK\x05\x06" in data and zipfile.is_zipfile(io.BytesIO(data))


def _zip(data: bytes, place: str, depth: int, hidden: bool) -> Iterator[Part]:
    yield from _strings(data, place, hidden)
    left = LARGEST
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if archive.comment:
                yield Part(
                    place=_joined(place, "archive comment"), text=archive.comment.decode("utf-8", "replace"), read=False
                )
            for member in archive.infolist():
                name = _joined(place, member.filename)
                yield Part(
                    place=name, text=f"{member.filename}\n{member.comment.decode('utf-8', 'replace')}", read=False
                )
                left -= member.file_size
                if left < 0:
                    yield Part(place=name, text="", read=False, problem="too large to unpack")
                    return
                if not member.is_dir():
                    seen = not _UNSEEN_MEMBERS.search(member.filename)
                    inner = parts(archive.read(member), name, depth + 1, hidden=hidden)
                    yield from (replace(part, read=part.read and seen) for part in inner)
    except (
        zipfile.BadZipFile,
        RuntimeError,
        NotImplementedError,
        zlib.error,
        lzma.LZMAError,
        OSError,
        EOFError,
    ) as error:
        yield Part(place=place, text="", read=False, problem=str(error) or type(error).__name__)


def _gzip(data: bytes, place: str, depth: int, hidden: bool) -> Iterator[Part]:
    """Yield each member as a file of its own, and as it stands what is not compressed."""
    inside = _joined(place, "compressed data")
    end = 0
    for member in gzipped.members(data, LARGEST):
        if member.data:
            yield from _member(member.data, inside, depth + 1, hidden)
        if not member.whole:
            problem = "too large to unpack" if len(member.data) >= LARGEST else ""
            yield Part(place=inside, text="", read=False, problem=problem)
            break
        if _PRINTABLE.search(member.around):
            yield from _strings(member.around, place, hidden)
        end = member.end
    rest = data[end:]
    if rest and end:
        yield from parts(rest, _joined(place, "what follows compressed data"), depth + 1, hidden=hidden)
    elif rest:
        yield from _plain(rest, place, hidden)


def _member(data: bytes, place: str, depth: int, hidden: bool) -> Iterable[Part]:
    """Return the texts in a member of a gzip stream; files of search data have small ones in common."""
    if len(data) > _SMALL:
        return parts(data, place, depth, hidden=hidden)
    return _remembered(data, place, depth, hidden)


@lru_cache(maxsize=1 << 10)
def _remembered(data: bytes, place: str, depth: int, hidden: bool) -> tuple[Part, ...]:
    return tuple(parts(data, place, depth, hidden=hidden))


def _unpacked(data: bytes) -> bytes | None:
    """Unpack a stream that is compressed as a whole; None where it is not."""
    try:
        if data.startswith(b"BZh"):
            return bz2.BZ2Decompressor().decompress(data, LARGEST)
        if data.startswith(b"\xfd7zXZ\x00"):
            return lzma.LZMADecompressor().decompress(data, LARGEST)
        if len(data) > 2 and data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0:
            return zlib.decompressobj().decompress(data, LARGEST)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError):
        return None
    return None


def _decoded(data: bytes) -> str | None:
    """Decode a file that is text as a whole; None where it is not."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        if any(byte < 9 for byte in data[:_TEXT_SAMPLE]):
            return None
        return data.decode("cp1252", "replace")
    return None if "\0" in text else text


def _strings(data: bytes, place: str, hidden: bool) -> Iterator[Part]:
    """Yield what is legible in bytes that are no text, in one byte or two to a character, if that is wanted."""
    if not hidden:
        return
    data = squeezed(data)
    runs = [run.decode("utf-8", "replace") for run in _PRINTABLE.findall(data)]
    if b"\0" in data:
        runs += [run.decode(encoding) for encoding, pattern in _WIDE for run in pattern.findall(data)]
    # the byte before a text, and the one after it, may look like a letter of it
    runs += [inner for run in runs if len(run) <= _SHORT for inner in (run[1:], run[:-1], run[1:-1])]
    yield Part(place=_joined(place, "bytes") if place else "bytes", text="\n".join(runs), read=False)
