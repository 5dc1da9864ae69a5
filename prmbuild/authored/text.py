"""Bytes of an authored file into text, and words of it into messages."""

import codecs
import re
import unicodedata
from collections.abc import Iterable

from prmbuild import codes
from prmbuild.authored.likeness import Names
from prmbuild.diagnostics import Diagnostic

KIB = 1024
MIB = 1024 * KIB

_QUOTED_LENGTH = 60
_SUGGESTED_LENGTH = 64
_NEAR = 0.6
_UNPRINTABLE = re.compile(r"[^\S ]|[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")


_TAKEN_FOR = {"\u0130": "i", "\u0131": "i", "\u017f": "s", "\u212a": "k"}
"""Letters that a pattern which ignores case takes for an i, s or k, while making them small does not."""

_LIKE_LETTERS = re.compile(f"[{''.join(_TAKEN_FOR)}]")


def small_letters(text: str) -> str:
    """Return a text with small letters: where it lacks some of ASCII, no pattern that ignores case finds them."""
    plain = text if text.isascii() else _LIKE_LETTERS.sub(lambda found: _TAKEN_FOR[found[0]], text)
    return plain.lower()


def decode(path: str, data: bytes, *, limit: int) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """Decode a file as UTF-8, without its byte order mark and with ``\\n`` for CRLF.

    Args:
        path: repository path, for findings.
        data: the file.
        limit: the most bytes the file may have.

    Returns:
        The text, or None and what is wrong.
    """
    if len(data) > limit:
        message = f"the file has {len(data):,} bytes; {limit:,} are allowed"
        return None, (codes.FILE_TOO_LARGE.at(path, message, hint="split it"),)
    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        return None, (_not_utf8(path, error.object, error.start),)
    return text.replace("\r\n", "\n"), ()


def _not_utf8(path: str, data: bytes, offset: int) -> Diagnostic:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return codes.NOT_UTF8.at(path, "the file is UTF-16", hint="save it as UTF-8")
    before = data[:offset].decode(errors="replace")
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    message = f"the byte {data[offset]:#04x} is not UTF-8"
    return codes.NOT_UTF8.at(path, message, line=line, column=column, hint="save the file as UTF-8")


def quoted(value: object) -> str:
    """Return a value as it may stand in a message: on one line, visible, and not too long."""
    if isinstance(value, bool):
        return "the truth value true" if value else "the truth value false"
    if isinstance(value, int | float):
        return f"the number {value}"
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    text = str(value)
    if len(text) > _QUOTED_LENGTH:
        text = text[: _QUOTED_LENGTH - 1] + "…"
    return "'" + _UNPRINTABLE.sub("�", text) + "'"


def suggestion(word: object, known: Iterable[str]) -> str:
    """Return ``did you mean 'x'?`` for the known word nearest to the given one, or nothing."""
    if not isinstance(word, str) or len(word) > _SUGGESTED_LENGTH:
        return ""
    folded = {candidate.casefold(): candidate for candidate in known}
    names = Names(folded)
    near = names.nearest(word.casefold().replace("_", "-"), _NEAR)
    if near is None:
        near = names.nearest(word.casefold(), _NEAR)
    return f"did you mean '{folded[near]}'?" if near is not None else ""


def listed(words: Iterable[str]) -> str:
    """Return words as ``one of a, b, c``, cut after twelve."""
    every = list(words)
    if not every:
        return "there are none"
    shown = ", ".join(every[:12])
    return f"one of {shown}, …" if len(every) > 12 else f"one of {shown}"


def slug(text: str) -> str:
    """Return a text as an id: small letters and digits, joined by hyphens; empty where nothing of it can stand."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64].strip("-")
