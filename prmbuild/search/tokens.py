"""The words of a text, as the index holds them and as the reader's script looks them up.

``theme/assets/search/tokens.js`` does the same; ``tests/search/vectors.json`` holds both to it.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources

BUCKETS = 256
"""Parts over which the terms of a segment are spread, beside that of `COMMON` words and that of short ones.

More of them are less to read for a word, but pack worse, and where each of them begins has to be read before.
"""

COMMON = frozenset((resources.files(__package__) / "common.txt").read_text(encoding="ascii").split())
"""Words that nearly every page has, in the languages of the interface. They share one bucket, read only on demand."""

SHORTEST = 3
"""Letters of the words that begin a longer one. Shorter terms answer only for themselves, and share one bucket."""

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
_MARKS = re.compile("[\u0300-\u036f]")
_WORD = re.compile(r"[^\W_]+")
_IDEOGRAPHS = (
    "\u3005-\u3007\u3040-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f"
)
_RUNS = re.compile(f"[{_IDEOGRAPHS}]+|[^{_IDEOGRAPHS}]+")
_IDEOGRAPH = re.compile(f"[{_IDEOGRAPHS}]")


def normalised(text: str) -> str:
    """Return a text without case, accents and differences of form that people do not type."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.lower()).lower()
    folded = _FOLDABLE.sub(lambda found: _FOLDED[found[0]], _MARKS.sub("", decomposed))
    return unicodedata.normalize("NFC", folded)


def terms(text: str) -> list[str]:
    """Return the terms of a text, in order.

    A term is a word; where words are written without spaces between them (Japanese, Chinese), it is every two
    characters beside each other, and the last by itself.
    """
    text = normalised(text)
    words = _WORD.findall(text)
    if text.isascii() or not _IDEOGRAPH.search(text):
        return words
    return [term for word in words for term in _parts(word)]


def _parts(word: str) -> Iterator[str]:
    for run in _RUNS.findall(word):
        if _IDEOGRAPH.match(run):
            yield from (run[start : start + 2] for start in range(len(run)))
        else:
            yield run


@lru_cache(maxsize=1 << 17)
def bucket(term: str) -> int:
    """Return the number of the bucket that holds a term: from 0 on, `BUCKETS` for common words, then the short ones.

    Terms that begin with the same three letters, or with the same ideograph, share a bucket, so that the beginning of
    a word is enough to find the words that begin so.

    Source: FNV-1a, 32 bits, over code points, folded to its upper half.
    """
    if term in COMMON:
        return BUCKETS
    ideographic = _IDEOGRAPH.match(term)
    if not ideographic and len(term) < SHORTEST:
        return BUCKETS + 1
    mark = 2166136261
    for character in term[: 1 if ideographic else SHORTEST]:
        mark = ((mark ^ ord(character)) * 16777619) & 0xFFFFFFFF
    return (mark ^ (mark >> 16)) % BUCKETS
