"""The form in which texts are compared: letters and digits alone.

Markup, punctuation, spaces, line ends, case, accents, ligatures and invisible characters make no difference, so a
text is found however it was marked up, broken into lines or joined.
"""

import re
from collections.abc import Iterator
from string import ascii_lowercase, ascii_uppercase
from unicodedata import normalize

_NOISE = re.compile(r"\W+")
_ASCII_NOISE = bytes(code for code in range(128) if not chr(code).isalnum())
_LOWER = bytes.maketrans(ascii_uppercase.encode(), ascii_lowercase.encode())
_SPACED = bytes(code if code > 127 or chr(code).isalnum() else ord(" ") for code in range(256))
_UNSEEN = re.compile(
    "[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]+"
)
_IDEOGRAPHIC = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_IDEOGRAPHIC}]|[^\W_{_IDEOGRAPHIC}]+")
_WIDE = re.compile(rf"[{_IDEOGRAPHIC}]")

EDGE = "\ua66e"
"""A letter of no text: where it stands, `letters` on its two sides are not in a row."""

WINDOW = 12
"""The most words of one canary: a longer line is cut into parts of about equal length."""


def folded(text: str) -> str:
    """Return the text without differences of case, accents and compatible characters, and without invisible ones."""
    return text.casefold() if text.isascii() else _UNSEEN.sub("", normalize("NFKD", text)).casefold()


def letters(text: str) -> str:
    """Return the letters and digits of a text, folded, with nothing between them."""
    if not text.isascii():
        text = normalize("NFKD", text).casefold()
    # ASCII goes first, as bytes, because that is many times faster and leaves little behind
    bare = text.encode("utf-8", "surrogatepass").translate(_LOWER, _ASCII_NOISE).decode("utf-8", "surrogatepass")
    return bare if bare.replace(EDGE, "").isascii() else _NOISE.sub("", bare)


def letter_bytes(text: str) -> bytes:
    """Return the `letters` of a text as the bytes that are searched."""
    if text.isascii():
        return text.encode().translate(_LOWER, _ASCII_NOISE)
    return letters(text).encode("utf-8", "surrogatepass")


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text, folded; each ideograph is a word."""
    # ASCII is cut as bytes, because that is many times faster; few words are left that have other characters
    cut = folded(text).encode("utf-8", "surrogatepass").translate(_SPACED).decode("utf-8", "surrogatepass")
    if cut.isascii():
        return tuple(cut.split())
    return tuple(word for piece in cut.split() for word in ((piece,) if piece.isascii() else _WORD.findall(piece)))


def weight(text: str) -> int:
    """Return how much `letters` tell: their number, an ideograph counting twice."""
    return len(text) + (0 if text.isascii() else len(_WIDE.findall(text)))


def windows(found: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Cut the words of a line into parts of at most `WINDOW` words and about equal length."""
    parts = -(-len(found) // WINDOW)
    for part in range(parts):
        yield found[part * len(found) // parts : (part + 1) * len(found) // parts]
