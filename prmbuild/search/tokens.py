"""The words of a text, as the index holds them and as the reader's script looks them up.

``theme/assets/search/tokens.js`` does the same; ``tests/search/vectors.json`` holds both to it.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources
from itertools import zip_longest

BUCKETS = 256
"""Parts over which the terms of a segment are spread, beside that of `COMMON` words and that of short ones.

More of them are less to read for a word, but pack worse, and where each of them begins has to be read before.
"""

COMMON = frozenset((resources.files(__package__) / "common.txt").read_text(encoding="ascii").split())
"""Words that nearly every page has, in the languages of the interface. They share one bucket, read only on demand."""

SHORTEST = 3
"""Letters of the words that begin a longer one. Shorter terms answer only for themselves, and share one bucket."""

SHORTEST_OF_SYLLABLES = 2
"""The same where a letter is a syllable: two are a word in Korean."""

EDGE = "\ua66e"
"""Stands between terms and what is said of them: a letter that no term has.

A sign that is no letter would not do, as the audit reads over signs: it would take a term and a number behind it, or
terms beside each other, for a name that a page has.
"""

_FOLDED = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th",
    "\u0131": "i", "\u03c2": "\u03c3",
    "\u00ad": "", "\u2060": "", "\ufeff": "", "\u200b": " ", EDGE: " ",
}  # fmt: skip
_FOLDABLE = re.compile(f"[{''.join(_FOLDED)}]")
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670\u20d0-\u20f0\ufe00-\ufe0f]"
)
"""Accents, points of Hebrew and Arabic, and what chooses between looks of a sign. Other scripts' marks are letters."""

_SIGNS = r"(?:\+\+|#(?![^\W_]))?"
"""What names of programming languages end with, in which it tells one from the other: C, C++ and C#."""

_WORD = re.compile(r"[^\W_]+")
_WORD_WITH_SIGNS = re.compile(rf"[^\W_]+{_SIGNS}")
_FURTHER = re.compile("[\u0483-\u1fff\u2c00-\udfff\uf900-\U0001efff\U00020000-\U0010ffff]")
"""All but Latin, Greek and Cyrillic, and the signs and pictures of texts in these: only there are marks letters."""

_UNSPACED = (
    "\u3005-\u3007\u3040-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f"
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ebd\u0ec0-\u0ecd\u1000-\u103f\u1050-\u109f\u1780-\u17d3"
)
"""Scripts that set no space between words: Chinese and Japanese; Thai, Lao, Burmese and Khmer."""

_RUNS = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_UNSPACED_LETTER = re.compile(f"[{_UNSPACED}]")
_SYLLABLE = re.compile("[\uac00-\ud7a3]")
_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue"}
_UMLAUT = re.compile("[äöü]")
_WITH_UMLAUT = re.compile(r"\w*[äöü]\w*")


def normalised(text: str) -> str:
    """Return a text without case, accents and differences of form that people do not type."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.lower()).lower()
    folded = _FOLDABLE.sub(lambda found: _FOLDED[found[0]], _MARKS.sub("", decomposed))
    return unicodedata.normalize("NFC", folded)


def terms(text: str) -> list[str]:
    """Return the terms of a text, in order.

    A term is a word; where words are written without spaces between them (Japanese, Chinese, Thai), it is every two
    characters beside each other, and the last by itself.
    """
    text = normalised(text)
    if text.isascii() or not _FURTHER.search(text):
        return (_WORD_WITH_SIGNS if "#" in text or "++" in text else _WORD).findall(text)
    letter, word = _letters()
    words = word.findall(text.replace("_", " "))
    if not _UNSPACED_LETTER.search(text):
        return words
    return [term for found in words for term in _parts(found, letter, word)]


def respelled(text: str) -> list[str]:
    """Return, of the words with umlauts in a text, the terms that people type who have no keys for these.

    ``terms`` takes ä for a, as those who leave the dots out do; others write ae.
    """
    if text.isascii():
        return []
    low = unicodedata.normalize("NFC", text.lower())
    if not _UMLAUT.search(low):
        return []
    words = [word for piece in low.split() if not piece.isascii() for word in _WITH_UMLAUT.findall(piece)]
    return terms(_UMLAUT.sub(lambda found: _UMLAUTS[found[0]], " ".join(words)))


@cache
def _letters() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Match a letter with the marks behind it, which in many scripts are letters of their own; and a word."""
    codes = (*range(0x300, 0x1F000), *range(0xE0100, 0xE01F0))
    marks = "".join(chr(code) for code in codes if unicodedata.category(chr(code)).startswith("M"))
    return re.compile(rf"\w[{marks}]*"), re.compile(rf"\w[\w{marks}]*{_SIGNS}")


def _parts(found: str, letter: re.Pattern[str], word: re.Pattern[str]) -> Iterator[str]:
    for run in _RUNS.findall(found):
        if _UNSPACED_LETTER.match(run):
            letters = letter.findall(run)
            yield from map("".join, zip_longest(letters, letters[1:], fillvalue=""))
        else:
            yield from word.findall(run)


@lru_cache(maxsize=1 << 17)
def bucket(term: str) -> int:
    """Return the number of the bucket that holds a term: from 0 on, `BUCKETS` for common words, then the short ones.

    Terms that begin with the same three letters, two syllables of Korean, or letter of a script without spaces share a
    bucket, so that the beginning of a word is enough to find the words that begin so.

    Source: FNV-1a, 32 bits, over code points, folded to its upper half.
    """
    if term in COMMON:
        return BUCKETS
    start = 1 if _UNSPACED_LETTER.match(term) else SHORTEST_OF_SYLLABLES if _SYLLABLE.match(term) else SHORTEST
    if len(term) < start:
        return BUCKETS + 1
    mark = 2166136261
    for character in term[:start]:
        mark = ((mark ^ ord(character)) * 16777619) & 0xFFFFFFFF
    return (mark ^ (mark >> 16)) % BUCKETS
