"""Other words for a page's prose, so that a copy of a page is another page to a renderer, a cache and a search."""

import random
import re
from collections.abc import Sequence

_SHARE = 0.25
"""How many of the longer words of a copy are others, of 1."""

_FENCE = re.compile(r"^\s*(```|~~~)")
_AS_IT_IS = re.compile(r"^(\s{4}|\t|\s*[|<#>]|\s*\[[^\]]+\]:|///|!!!|\?\?\?|---)")
"""Lines that stay: code, tables, HTML, headings (links lead to them), references, blocks."""
_PIECE = re.compile(
    r"(`[^`]*`|\]\([^)]*\)|\]\[[^\]]*\]|\[\^?[^\]]*\]|<[^>]*>|\bhttps?://\S+|\S*[@/_{}&\\]\S*)|\b([a-z]{6,})\b"
)
_WORD = re.compile(r"\b[a-z]{6,12}\b")


def vocabulary(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the distinct longer words of some texts, in order."""
    return tuple(sorted({word for text in texts for word in _WORD.findall(text)}))


def sentence(words: Sequence[str], rng: random.Random, length: int) -> str:
    """Return that many words with a capital and a full stop."""
    return " ".join(rng.choice(words) for _ in range(length)).capitalize() + "."


def varied(text: str, words: Sequence[str], rng: random.Random) -> str:
    """Return Markdown with some of its words replaced, its markup, links and headings being kept."""

    def other(found: re.Match[str]) -> str:
        return found[0] if found[1] or rng.random() >= _SHARE else rng.choice(words)

    lines, fenced = [], False
    for line in text.split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        lines.append(line if fenced or _AS_IT_IS.match(line) else _PIECE.sub(other, line))
    return "\n".join(lines)
