"""Plain YAML scalars, read only where YAML 1.1 and 1.2 agree.

Source: https://yaml.org/spec/1.2.2/#103-core-schema and https://yaml.org/type/ (1.1).
"""

import json
import math
import re

from msgspec import Struct

from prmbuild import codes
from prmbuild.diagnostics import Code

PlainValue = str | int | float | bool | None

_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLEANS = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_WORDS_1_1 = frozenset(
    form for word in ("yes", "no", "on", "off", "y", "n") for form in (word, word.capitalize(), word.upper())
)
_MAYBE_NUMBER = re.compile(r"[-+]?\.?[0-9]|[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)$")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+\Z")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]*(?:[eE][-+][0-9]+)?\Z")
_LEADING_ZERO_FLOAT = re.compile(r"[-+]?0[0-9]+\.[0-9]*\Z")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)\Z")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    r"(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]*)?)?"
    r"(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?)?\Z"
)
_OTHER_NUMBER = re.compile(
    r"[-+]?(?:0b[01_]+|0o[0-7]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*|(?:[0-9][0-9_]*)?\.[0-9_]+|[0-9][0-9_]*\.[0-9_]*)"
    r"(?:[eE][-+]?[0-9]+)?\Z"
)
_DIGITS = 15
_PLAIN = re.compile(r"[A-Za-z](?:[\w.,/()+-]|[ ](?![#]))*(?<! )\Z", re.ASCII)


class Doubt(Struct, frozen=True):
    """A plain scalar that may not stand as it is."""

    code: Code
    message: str
    hint: str


def read_plain(text: str, *, date_wanted: bool) -> PlainValue | Doubt:
    """Return what a plain (unquoted) scalar means, or why that is in doubt.

    Args:
        text: the scalar.
        date_wanted: whether an ISO 8601 date or time may stand here; it is returned as text.
    """
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text in _WORDS_1_1:
        hint = "write true or false, or put quotes around it"
        return Doubt(codes.IMPLICIT_BOOLEAN, f"'{text}' may be read as a truth value", hint)
    if text == "=":
        return Doubt(codes.AMBIGUOUS_SCALAR, "'=' is read differently by YAML 1.1", "put quotes around it")
    if not _MAYBE_NUMBER.match(text):
        return text
    return _number(text, date_wanted=date_wanted)


def _number(text: str, *, date_wanted: bool) -> PlainValue | Doubt:
    shown = text if len(text) <= 40 else text[:39] + "…"
    quote = "put quotes around it"
    if _DECIMAL.match(text) or _HEXADECIMAL.match(text):
        if len(text) > _DIGITS:
            return Doubt(codes.NOT_FINITE, f"the number {shown} has too many digits to be kept exactly", quote)
        return int(text, 0)
    if _FLOAT.match(text):
        number = float(text)
        if math.isinf(number):
            return Doubt(codes.NOT_FINITE, f"the number {shown} is out of range", quote)
        return number
    if _NOT_FINITE.match(text):
        return Doubt(codes.NOT_FINITE, f"'{shown}' is not an ordinary number", quote)
    if _LEADING_ZERO.match(text) or _LEADING_ZERO_FLOAT.match(text):
        return Doubt(codes.LEADING_ZERO, f"{shown} may be read as an octal number", f"{quote}, or remove the zero")
    if _SEXAGESIMAL.match(text):
        return Doubt(codes.SEXAGESIMAL_NUMBER, f"{shown} may be read as a number in base 60", quote)
    if _TIMESTAMP.match(text):
        if date_wanted:
            return text
        return Doubt(codes.IMPLICIT_TIMESTAMP, f"{shown} may be read as a date, and no date is wanted here", quote)
    if _OTHER_NUMBER.match(text):
        return Doubt(codes.AMBIGUOUS_SCALAR, f"{shown} is a number to some readers of YAML and text to others", quote)
    return text


def write_scalar(text: str) -> str:
    """Return a text on one line as a scalar of a block mapping, that every reader of YAML takes for that text."""
    if _PLAIN.match(text) and read_plain(text, date_wanted=False) == text:
        return text
    return json.dumps(text, ensure_ascii=False)
