"""A text as it stands, and as whoever reads it decodes it: entities, escapes, percent signs, tags, base64."""

import binascii
import re
from collections.abc import Iterator, Sequence
from html import unescape
from urllib.parse import unquote

import numpy as np

DEEPEST = 5
"""How many encodings may lie one over the other."""

TAG = re.compile(r"<!--.*?-->|</?[a-zA-Z!?](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)

_TAGS = re.compile(f"({TAG.pattern})", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]{1,6})\}|([nrtbf\"'\\/]))")
_PERCENT = re.compile(r"%[0-9a-fA-F]{2}")
_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/_-]{60,}\r?\n)*[A-Za-z0-9+/_-]{20,}={0,2}")
_SHORTEST = 20
_DIGITS = bytes(chr(code).isascii() and (chr(code).isalnum() or chr(code) in "+/_-") for code in range(256))
"""Turns bytes that are digits of base64 into 1, the others into 0."""

_STANDARD = bytes.maketrans(b"-_", b"+/")

_UNKNOWN = "\ufffd"
"""Stands for what is no character."""

_CONTROL = {"n": "\n", "r": "\r", "t": "\t", "b": " ", "f": " "}


def layers(text: str) -> Iterator[str]:
    """Yield a text, then what it becomes when it is decoded, again and again while that tells more than `views` do."""
    for _ in range(DEEPEST):
        yield text
        inner = _decoded(text)
        if inner == text or (
            inner == unescape(text) and inner.count("<") == text.count("<") and _decoded(inner) == inner
        ):
            return
        text = inner


def views(text: str, *, plain: bool = False) -> Iterator[str]:
    """Yield what a text says between its tags and what it says within them, entities decoded; together all of it.

    Args:
        text: HTML, or what may be.
        plain: whether it may as well be no HTML. Then what looks like a tag or an entity in it may be what it says, so
            it is yielded as it stands, too.
    """
    if "<" not in text:
        yield unescape(text) if "&" in text else text
    else:
        pieces = _TAGS.split(text)
        told = ["".join(pieces[::2]), " \n".join(pieces[1::2])]
        if plain or "</" not in text:
            told.append(text)  # what looks like a tag may be a word in angle brackets
        for view in told:
            yield unescape(view) if "&" in view else view
    if plain and "&" in text:
        yield text


def between_tags(text: str, tag: str = "") -> str:
    """Return a text with ``tag`` in place of its tags, entities decoded."""
    bare = TAG.sub(tag, text)
    return unescape(bare) if "&" in bare else bare


def embedded(text: str) -> Iterator[bytes]:
    """Yield whatever stands in a text as base64 and is worth a look."""
    return (data for _, data in embedded_each((text,)))


def embedded_each(texts: Sequence[str]) -> Iterator[tuple[int, bytes]]:
    """Yield whatever stands in one of several texts as base64 and is worth a look, after the index of that text."""
    joined = "\0".join(texts)
    if len(joined) < _SHORTEST:
        return
    # as bytes, most texts are told to have none many times faster than by the expression
    spelt = joined.encode("ascii", "replace")
    others = np.flatnonzero(np.frombuffer(spelt.translate(_DIGITS), np.uint8) == 0)
    edges = np.concatenate([np.full(1, -1), others, np.full(1, len(spelt))])
    runs = edges[:-1][np.diff(edges) > _SHORTEST] + 1
    if not len(runs):
        return
    ends = np.cumsum([len(text) + 1 for text in texts])
    done = 0
    for start, index in zip(runs.tolist(), np.searchsorted(ends, runs, "right").tolist(), strict=True):
        if start < done:
            continue
        found = _BASE64.match(spelt, start)
        assert found is not None
        done = found.end()
        data = _unpacked(found[0])
        if data is not None:
            yield index, data


def _unpacked(encoded: bytes) -> bytes | None:
    """Return what stands in base64; None where it is not worth a look."""
    run = encoded.translate(_STANDARD, b"\r\n=")
    padded = run[: len(run) - (len(run) % 4 == 1)] + b"=" * (-len(run) % 4)
    try:
        data = binascii.a2b_base64(padded, strict_mode=True)
    except binascii.Error:
        return None
    return data if _meaningful(data) else None


_MAGIC = (
    b"\x89PNG",
    b"%PDF",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\xff\xd8\xff",
    b"GIF8",
    b"RIFF",
    b"BZh",
    b"\xfd7zXZ",
    b"\x78",
)


def _meaningful(data: bytes) -> bool:
    if data.startswith(_MAGIC):
        return True
    # most is no text, and to be told so by a character is many times faster than by an exception
    text = data.decode("utf-8", "replace")
    if _UNKNOWN in text and text.count(_UNKNOWN) > data.count(_UNKNOWN.encode()):
        return False
    return text.isprintable() or "\0" not in text


def _decoded(text: str) -> str:
    if "\\" in text:
        text = _ESCAPE.sub(_unescaped, text)
    if "&" in text:
        text = unescape(text)
    if "%" in text and _PERCENT.search(text):
        text = unquote(text, errors="replace")
    return text


def _unescaped(found: "re.Match[str]") -> str:
    code = found[1] or found[2] or found[3]
    if code is None:
        return _CONTROL.get(found[4], found[4])
    number = int(code, 16)
    return chr(number) if number <= 0x10FFFF else ""
