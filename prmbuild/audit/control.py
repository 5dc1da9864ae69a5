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
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from html import escape, unescape
from urllib.parse import quote

from pypdf import PdfWriter

from prmbuild.audit.allowed import SAMPLE, Said
from prmbuild.audit.gather import SENTINEL
from prmbuild.audit.inventory import HOME_PAGE, NAVIGATION, SEARCH
from prmbuild.audit.letters import letters, windows, words
from prmbuild.audit.needles import Numbers
from prmbuild.audit.parts import parts
from prmbuild.audit.prose import prose
from prmbuild.audit.report import Kind, Leak
from prmbuild.audit.search import Search
from prmbuild.audit.shown import union
from prmbuild.desired import Desired
from prmbuild.portals.views import SeenPage
from prmbuild.render.article import ArticleBody
from prmbuild.visibility.sets import members

_UNSEEN = re.compile(r"<(script|style|pre)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


class Controls:
    """Says what must be found of visible pages, and whether it was.

    A page's title and one of its lines must be found in its own file, in the search data of every portal that shows it,
    and its title in their navigation.

    Args:
        state: the programme and its portals.
        pages: the set of portals that show a page, the page, and its canaries.
        letters_of: returns the letters of a canary.

    Attributes:
        made: how many controls there were.
    """

    def __init__(
        self, state: Desired, pages: Sequence[tuple[int, SeenPage, Said]], letters_of: Callable[[int], str]
    ) -> None:
        self.made = 0
        self._state = state
        self._letters_of = letters_of
        self._shown = pages
        self._pages: dict[str, list[tuple[int, SeenPage]]] = defaultdict(list)
        self._expected: dict[str, tuple[frozenset[int], frozenset[int]]] = {}
        for portals, seen, said in pages:
            self._pages[seen.page.address.file].append((portals, seen))
            self._expected[seen.input.key] = frozenset(said.titles.tolist()), frozenset(said.sample.tolist())
        self._wanted = frozenset().union(*(numbers for both in self._expected.values() for numbers in both))
        self._navigation: dict[int, int] = defaultdict(int)
        self._search: dict[int, int] = defaultdict(int)

    def check(self, found: Numbers, uses: Mapping[str, int]) -> Iterator[Leak]:
        """Yield what must be found in a file and was not.

        Args:
            found: the canaries in it.
            uses: path → the portals that have it there.
        """
        inside: frozenset[int] | None = None
        for path, mask in uses.items():
            pages = self._pages.get(path, ())
            told = next((told for name, told in self._told() if name.fullmatch(path)), None)
            if inside is None and (pages or told is not None):
                inside = self._wanted.intersection(found.tolist())
            for holders, seen in pages:
                if holders & mask and inside is not None:
                    for what, group in self._groups(seen):
                        yield from self._missed(mask & holders, group, inside, seen, what, path)
            for number in inside or () if told is not None else ():
                assert told is not None
                told[number] |= mask

    def check_documents(self) -> Iterator[Leak]:
        """Yield what must be found in the search data and the navigation and was not, once all files were looked at."""
        for portals, seen, _ in self._shown:
            for what, group in self._groups(seen):
                yield from self._untold(portals, group, self._search, seen, what, "search/index.json")
                if what == "title" and seen.page.path != HOME_PAGE:
                    yield from self._untold(portals, group, self._navigation, seen, what, "navigation.json")

    def _told(self) -> Iterator[tuple[re.Pattern[str], dict[int, int]]]:
        yield NAVIGATION, self._navigation
        yield SEARCH, self._search

    def _groups(self, seen: SeenPage) -> Iterator[tuple[str, frozenset[int]]]:
        return (
            (what, group)
            for what, group in zip(("title", "text"), self._expected[seen.input.key], strict=True)
            if group
        )

    def _untold(
        self, portals: int, group: frozenset[int], told: Mapping[int, int], seen: SeenPage, what: str, path: str
    ) -> Iterator[Leak]:
        missing = portals & ~union(told.get(number, 0) for number in group)
        yield from self._missed(missing or portals, group, frozenset() if missing else group, seen, what, path)

    def _missed(
        self, portals: int, group: frozenset[int], inside: frozenset[int], seen: SeenPage, what: str, path: str
    ) -> Iterator[Leak]:
        if group.isdisjoint(inside):
            # rendering may leave nothing of the lines that were chosen
            if what == "text" and not self._rendered(group, seen):
                return
            portal = self._state.portals[next(members(portals))]
            yield blindness(portal.id, path, f"the {what} of {seen.page.path} is not found there")
        self.made += 1

    def _rendered(self, group: frozenset[int], seen: SeenPage) -> bool:
        lines = shown_lines(seen, self._state.engine.body(seen.input.key))
        return any(self._letters_of(number) in lines for number in group)


def blindness(portal: str, file: str, found: str) -> Leak:
    """Return that the audit does not see what it must."""
    return Leak(portal=portal, file=file, kind=Kind.BLIND, owner="", line=1, found=found)


def shown_lines(seen: SeenPage, body: ArticleBody) -> frozenset[str]:
    """Return the letters of lines of a page that its article shows and search finds, in parts as canaries are.

    Args:
        seen: the page.
        body: its article.
    """
    said = _said(body)
    lines = [line for _, line in prose(seen.input.text)]
    parts_of_lines = (
        "".join(window) for line in lines[:: max(1, len(lines) // SAMPLE)] for window in windows(words(line))
    )
    return frozenset(joined for joined in parts_of_lines if all(joined in text for text in said))


def _said(body: ArticleBody) -> tuple[str, str]:
    """Return the letters that an article's page shows and those that search finds; a diagram or script shows none."""
    shown = _TAG.sub("", _UNSEEN.sub(" ", body.html))
    found = _TAG.sub("", " ".join(f"{section.title} {section.text}" for section in body.sections))
    return letters(unescape(shown)), letters(unescape(found))


def blind_spots(search: Search) -> Iterator[str]:
    """Yield every way of hiding a text that a search does not see through; it must know `SENTINEL`."""
    (sentinel,) = search.exactly((SENTINEL,))
    for name, hide in HIDING.items():
        data = hide(SENTINEL)
        if not sentinel & search.file(sha256(data).hexdigest(), parts(data)):
            yield name


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
