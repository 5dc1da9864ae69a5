"""The positive control: what must be in a portal is found there by the search that looks for leaks.

An audit that finds nothing proves something only where it would have found something.
"""

import bz2
import gzip
import io
import lzma
import re
import zipfile
import zlib
from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape, unescape
from urllib.parse import quote

from pypdf import PdfWriter

from prmbuild.audit.gather import SENTINEL
from prmbuild.audit.letters import letters, windows, words
from prmbuild.audit.parts import parts
from prmbuild.audit.prose import prose
from prmbuild.audit.scanner import Scanner
from prmbuild.portals.views import SeenPage
from prmbuild.render.article import Article, ArticleBody

_UNSEEN = re.compile(r"<(script|style|pre)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")

SAMPLE = 32
"""About how many lines of a page the control looks for; one of them must be found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Canaries of a visible page: any one of each group must be found in a file that holds the page."""

    title: frozenset[int]
    text: frozenset[int]


class Controls:
    """Says what must be found of visible pages.

    Args:
        scanner: knows the canaries.
        articles: key of its input → article.
        body: returns the body of the article with a key.
    """

    def __init__(self, scanner: Scanner, articles: Mapping[str, Article], body: Callable[[str], ArticleBody]) -> None:
        self._numbers: dict[str, set[int]] = defaultdict(set)
        for number, canary in enumerate(scanner.canaries):
            self._numbers[canary.key].add(number)
        self._articles = articles
        self._body = body
        self._known: dict[str, Expected] = {}

    def expected(self, seen: SeenPage) -> Expected:
        """Return what must be found of a page as its readers see it."""
        key = seen.input.key
        if key not in self._known:
            titles = (seen.input.title or "", self._articles[key].title)
            lines = [line for _, line in prose(seen.input.text)]
            sample = lines[:: max(1, len(lines) // SAMPLE)]
            said = _said(self._body(key))
            keys = {
                joined
                for line in sample
                for window in windows(words(line))
                if all((joined := "".join(window)) in text for text in said)
            }
            self._known[key] = Expected(
                title=frozenset().union(*(self._numbers.get(letters(title), ()) for title in titles)),
                text=frozenset().union(*(self._numbers.get(key, ()) for key in keys)),
            )
        return self._known[key]


def _said(body: ArticleBody) -> tuple[str, str]:
    """Return the letters that an article's page shows and those that search finds; a diagram or script shows none."""
    shown = _TAG.sub("", _UNSEEN.sub(" ", body.html))
    found = _TAG.sub("", " ".join(f"{section.title} {section.text}" for section in body.sections))
    return letters(unescape(shown)), letters(unescape(found))


def blind_spots(scanner: Scanner) -> Iterator[str]:
    """Yield every way of hiding a text that the search does not see through."""
    sentinel = scanner_number(scanner)
    for name, hide in HIDING.items():
        data = hide(SENTINEL)
        if sentinel not in scanner.file(sha256(data).hexdigest(), parts(data)):
            yield name


def scanner_number(scanner: Scanner) -> int | None:
    """Return the number of the canary that stands for `SENTINEL`; None where the search does not know it."""
    key = letters(SENTINEL)
    return next((number for number, canary in enumerate(scanner.canaries) if canary.key == key), None)


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
    "xz": lambda text: lzma.compress(text.encode()),
    "a zip archive": _zipped("a/b.xml"),
    "a workbook": _zipped("xl/sharedStrings.xml"),
    "a PNG tEXt chunk": _png(b"tEXt", lambda text: b"Title\0" + text),
    "a PNG zTXt chunk": _png(b"zTXt", lambda text: b"Title\0\0" + zlib.compress(text)),
    "a PNG iTXt chunk": _png(b"iTXt", lambda text: b"Title\0\1\0\0\0" + zlib.compress(text)),
    "SVG metadata": lambda text: f"<svg><metadata>{escape(text)}</metadata></svg>".encode(),
    "PDF document information": _pdf,
}
"""Ways in which a text can lie hidden in a file, by name."""
