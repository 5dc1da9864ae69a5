"""The form in which texts are compared: letters and digits alone.

Markup, punctuation, spaces, line ends, case, accents, ligatures and invisible characters make no difference, so a
text is found however it was marked up, broken into lines or joined.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase
from unicodedata import normalize

import numpy as np

_ASCII_NOISE = bytes(code for code in range(128) if not chr(code).isalnum())
_LOWER = bytes.maketrans(ascii_uppercase.encode(), ascii_lowercase.encode())
_SPACED = bytes(
    ord(chr(code).lower()) if code < 128 and chr(code).isalnum() else code if code > 127 else ord(" ")
    for code in range(256)
)
"""Folds letters of ASCII, and turns what else there is of it into spaces."""

_UNSEEN = re.compile(
    "[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]+"
)
_IDEOGRAPHIC = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"(?!\W)[{_IDEOGRAPHIC}]|[^\W_{_IDEOGRAPHIC}]+")
_WIDE = re.compile(rf"[{_IDEOGRAPHIC}]")

EDGE = "\ua66e"
"""A letter of no text: where it stands, `letters` on its two sides are not in a row."""

_FOREIGN = re.compile(rf"[^\x00-\x7f{EDGE}]+")
"""What is to be folded; `EDGE` stays as it is, and some texts are full of it."""

_FOREIGN_BYTES = re.compile(rb"[\x80-\xff]+")

_RUNS = 1 << 10
"""Runs of characters beyond ASCII that are remembered; most are marks of punctuation."""

_CHARACTERS = 1 << 14
"""Characters beyond ASCII that are remembered."""

_LONG = 48
"""Characters of a run from which on they are looked up together."""

_BASIC = 1 << 16
"""Characters of Unicode's basic plane."""

_UNKNOWN = -1

WINDOW = 12
"""The most words of one canary: a longer line is cut into parts of about equal length."""


def folded(text: str) -> str:
    """Return the text without differences of case, accents and compatible characters, and without invisible ones."""
    return text.casefold() if text.isascii() else _UNSEEN.sub("", normalize("NFKD", text)).casefold()


def letters(text: str) -> str:
    """Return the letters and digits of a text, folded, with nothing between them."""
    return letter_bytes(text).decode("utf-8", "surrogatepass")


def letter_bytes(text: str) -> bytes:
    """Return the `letters` of a text as the bytes that are searched."""
    # ASCII goes first, as bytes, because that is many times faster and leaves little behind
    bare = text.encode("utf-8", "surrogatepass").translate(_LOWER, _ASCII_NOISE)
    return bare if bare.isascii() else _FOREIGN_BYTES.sub(_letters_of, bare)


def letter_bytes_each(texts: Sequence[str]) -> Sequence[bytes]:
    """Return the `letter_bytes` of each of several texts; of many short ones at once, because that is faster."""
    joined = "\0".join(texts)
    if joined.count("\0") >= len(texts):  # some have one themselves
        without = [text for text in texts if "\0" not in text]
        others = iter(letter_bytes_each(without) if without else ())
        return [letter_bytes(text) if "\0" in text else next(others) for text in texts]
    bare = joined.encode("utf-8", "surrogatepass").translate(_LOWER, _ASCII_NOISE[1:])
    return (bare if bare.isascii() else _FOREIGN_BYTES.sub(_letters_of, bare)).split(b"\0")


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text, folded; each ideograph is a word."""
    # ASCII is cut as bytes, because that is many times faster; few words are left that have other characters
    if text.isascii():
        return tuple(text.encode().translate(_SPACED).decode().split())
    text = _FOREIGN.sub(_seen, text)
    cut = text.encode("utf-8", "surrogatepass").translate(_SPACED).decode("utf-8", "surrogatepass")
    if cut.isascii():
        return tuple(cut.split())
    found: list[str] = []
    for piece in cut.split():
        if piece.isascii():
            found.append(piece)
        else:
            found += _WORD.findall(piece)
    return tuple(found)


def _letters_of(found: "re.Match[bytes]") -> bytes:
    """Fold a run of characters beyond ASCII, one by one: marks, whose order depends on others, are no letters."""
    return _run(found[0])


def _seen(found: "re.Match[str]") -> str:
    return _seen_run(found[0])


@lru_cache(maxsize=_RUNS)
def _run(run: bytes) -> bytes:
    text = run.decode("utf-8", "surrogatepass")
    pairs = text.encode("utf-16-le", "surrogatepass") if len(text) > _LONG else b""
    if len(pairs) == 2 * len(text):  # none beyond the basic plane
        return _spelling().of(pairs)
    return "".join(map(_letter, text)).encode("utf-8", "surrogatepass")


class _Spelling:
    """The letters of characters of Unicode's basic plane, in arrays.

    For long runs: these are pictures and the like, read as text. They hold nearly every character there is, so to look
    each up by itself would take most of the time that is spent on them.
    """

    def __init__(self) -> None:
        self._letters = bytearray()
        self._starts = np.zeros(_BASIC, np.int64)
        self._sizes = np.full(_BASIC, _UNKNOWN, np.int64)

    def of(self, pairs: bytes) -> bytes:
        """Return the letters of a text, given as two bytes a character, folded character by character."""
        codes = np.frombuffer(pairs, "<u2")
        sizes = self._sizes[codes]
        if (sizes == _UNKNOWN).any():
            for code in set(codes[sizes == _UNKNOWN].tolist()):
                letter = _letter(chr(code)).encode("utf-8", "surrogatepass")
                self._starts[code], self._sizes[code] = len(self._letters), len(letter)
                self._letters += letter
            sizes = self._sizes[codes]
        ends = np.cumsum(sizes)
        places = np.arange(ends[-1]) + np.repeat(self._starts[codes] - ends + sizes, sizes)
        found: bytes = np.frombuffer(self._letters, np.uint8)[places].tobytes()
        return found


@lru_cache(maxsize=1)
def _spelling() -> _Spelling:
    return _Spelling()


@lru_cache(maxsize=_CHARACTERS)
def _letter(character: str) -> str:
    return "".join(filter(str.isalnum, folded(character)))


@lru_cache(maxsize=_RUNS)
def _seen_run(run: str) -> str:
    return folded(run)


def weight(text: str) -> int:
    """Return how much `letters` tell: their number, an ideograph counting twice."""
    return len(text) + (0 if text.isascii() else len(_WIDE.findall(text)))


def windows(found: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Cut the words of a line into parts of at most `WINDOW` words and about equal length."""
    parts = -(-len(found) // WINDOW)
    for part in range(parts):
        yield found[part * len(found) // parts : (part + 1) * len(found) // parts]
