"""Secrets that do not belong in a repository: keys, tokens and passwords."""

import math
import re
from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from prmbuild import codes
from prmbuild.authored.text import small_letters
from prmbuild.diagnostics import Diagnostic

LONGEST = 8 * 1024 * 1024
"""Text files with more bytes are data, and not searched."""

ENTROPY = 3.0
"""Bits for each character from which on a value next to the word 'password' is taken for a real one."""


class _Kind(Struct, frozen=True, kw_only=True):
    """A kind of secret; the secret itself is the pattern's last group, or all of it.

    Attributes:
        signs: a text without any of these, letters small, holds no secret of the kind; spares most of the searching.
        needs: nor does a text without this.
        shown: how many characters of the secret only say what it is, and may be told.
    """

    name: str
    signs: tuple[str, ...]
    needs: str
    pattern: re.Pattern[str]
    shown: int


def _kind(name: str, sign: str, pattern: str, shown: int = 4, needs: str = "") -> _Kind:
    return _Kind(name=name, signs=tuple(sign.split()), needs=needs, pattern=re.compile(pattern), shown=shown)


KINDS = (
    _kind("a private key", "private", r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----", 0),
    _kind("an AWS access key", "akia asia", r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Z0-9])"),
    _kind(
        "an AWS secret key",
        "aws",
        r"(?i:aws.{0,20}?(?:secret|private)).{0,20}?[\s\"'=:]([A-Za-z0-9/+]{40})(?![\w/+=])",
        0,
    ),
    _kind(
        "a GitHub token",
        "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
        r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})\b",
    ),
    _kind("a GitLab token", "glpat", r"\bglpat-[A-Za-z0-9_-]{20,}"),
    _kind("a Slack token", "xox", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    _kind(
        "a Slack webhook", "slack", r"\bhooks\.slack\.com/services/(T[A-Za-z0-9]+/B[A-Za-z0-9]+/[A-Za-z0-9]{20,})", 0
    ),
    _kind("a Google API key", "aiza", r"\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    _kind("a Google OAuth secret", "gocspx", r"\bGOCSPX-[A-Za-z0-9_-]{28}(?![A-Za-z0-9_-])"),
    _kind("a Stripe key", "_live_ _test_", r"\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}"),
    _kind("an API key", "sk-", r"\bsk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_-]{32,}"),
    _kind("an npm token", "npm_", r"\bnpm_[A-Za-z0-9]{36}\b"),
    _kind("a PyPI token", "pypi-", r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}"),
    _kind("a SendGrid key", "sg.", r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b"),
    _kind("a Telegram bot token", ":aa", r"(?<![0-9])[0-9]{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"),
    _kind("an Azure storage key", "accountkey", r"\bAccountKey=([A-Za-z0-9+/]{86}==)", 0),
    _kind("a signed token (JWT)", ".eyj", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}"),
    _kind("a password in an address", "://", r"://[^\s/:@'\"<>]+:([^\s/:@'\"<>{}$*]{3,})@", 0, "@"),
)

_ASSIGNED = re.compile(
    r"(?i)(?:passw(?:or)?d|passwort|passphrase|secret|api[_-]?key|access[_-]?key|(?:auth|access)[_-]?token"
    r"|client[_-]?secret)[\"'`]?\s*(?::|=|=>)\s*([\"'`]?)([^\s\"'`<>{}()\[\]$,;]{8,})\1"
)
_BEFORE_ASSIGNED = re.compile(r"(?:passwd|password|passwort|passphrase|secret|key|token)[\"'`]?\s*[:=]")
"""What `_ASSIGNED` finds begins so, letters small; a tenth of the work, as case matters."""

_ASSIGNED_SIGNS = (
    *("passwd", "password", "passwort", "passphrase", "secret"),
    *(f"{word}{dash}key" for word in ("api", "access") for dash in ("", "_", "-")),
    *(f"{word}{dash}token" for word in ("auth", "access") for dash in ("", "_", "-")),
)
"""What `_ASSIGNED` finds holds one of these, letters small."""

_PLACEHOLDER = re.compile(
    r"(?i)example|your|xxx|\*\*\*|\.\.\.|…|changeme|placeholder|dummy|sample|redacted|secret|password|token|todo"
)


def secrets_in(path: str, text: str) -> Iterator[Diagnostic]:
    """Find what looks like a secret in a text."""
    seen: list[tuple[int, int]] = []
    small = small_letters(text)
    for name, start, end, shown in (*_known(text, small), *_assigned(text, small)):
        if any(start < other_end and other_start < end for other_start, other_end in seen):
            continue
        seen.append((start, end))
        line = text.count("\n", 0, start) + 1
        column = start - (text.rfind("\n", 0, start) + 1) + 1
        message = f"this looks like {name}: {_masked(text[start:end], shown)}"
        hint = "make it invalid where it was issued, then delete it here"
        yield codes.SECRET.at(path, message, line=line, column=column, hint=hint)


def _known(text: str, small: str) -> Iterator[tuple[str, int, int, int]]:
    for kind in KINDS:
        if kind.needs not in small or not any(sign in small for sign in kind.signs):
            continue
        for found in kind.pattern.finditer(text):
            group = kind.pattern.groups
            if not _is_placeholder(found[group]):
                yield kind.name, found.start(group), found.end(group), kind.shown


def _assigned(text: str, small: str) -> Iterator[tuple[str, int, int, int]]:
    if not any(sign in small for sign in _ASSIGNED_SIGNS) or not _BEFORE_ASSIGNED.search(small):
        return
    for found in _ASSIGNED.finditer(text):
        value = found[2]
        mixed = any(character.isdigit() for character in value) and any(character.isalpha() for character in value)
        if mixed and _entropy(value) >= ENTROPY and not _is_placeholder(value) and "/" not in value[:2]:
            yield "a password", found.start(2), found.end(2), 0


def _is_placeholder(value: str) -> bool:
    """Tell whether a value only shows what a secret would look like."""
    return bool(_PLACEHOLDER.search(value)) or len(set(value)) < 5


def _entropy(value: str) -> float:
    """Return Shannon's entropy in bits for each character."""
    return -sum(count / len(value) * math.log2(count / len(value)) for count in Counter(value).values())


def _masked(secret: str, shown: int) -> str:
    return f"{secret[:shown]}… ({len(secret)} characters)"
