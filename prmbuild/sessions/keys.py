"""Keys that sign sessions: how one takes over from another without anybody having to sign in again."""

import secrets
from datetime import UTC, datetime

from msgspec.structs import replace

from prmbuild.errors import StoreError
from prmbuild.sessions.state import Key, Sessions

_BYTES = 32
"""Of a secret. Source: RFC 7518, section 3.2: at least as many as the hash gives."""


class LastKeyError(StoreError):
    """Without a key nobody could sign in any more."""


def made(now: int) -> Key:
    """Return a new key, which no edge has yet.

    Args:
        now: in seconds since 1970 UTC.
    """
    kid = f"{datetime.fromtimestamp(now, UTC):%Y%m%d}{secrets.token_hex(4)}"
    return Key(kid=kid, secret=secrets.token_hex(_BYTES), signs=None)


def with_one_coming(sessions: Sessions, key: Key, now: int) -> Sessions:
    """Return the sessions with a key that is to take over; the same where one is about to already.

    The very first signs at once, so it is not one that is about to.

    Args:
        key: the new one.
        now: in seconds since 1970 UTC.
    """
    last = sessions.keys[-1] if sessions.keys else None
    coming = last is not None and last is not sessions.signing(now) and (last.signs is None or last.signs > now)
    return sessions if coming else replace(sessions, keys=(*sessions.keys, key))


def with_all_signing(sessions: Sessions, begins: int) -> Sessions:
    """Return the sessions with keys that may sign from an instant on, those that could not before or only later.

    A machine whose clock was ahead may have said later; once every replica has them there is nothing to wait for.

    Args:
        begins: in seconds since 1970 UTC, when every replica of every edge has them.
    """
    keys = tuple(replace(key, signs=begins if key.signs is None else min(key.signs, begins)) for key in sessions.keys)
    return replace(sessions, keys=keys)


def without(sessions: Sessions, kid: str, *, last: bool = False) -> Sessions:
    """Return the sessions without a key, which is remembered as retired; tokens that it signed do not hold any more.

    Args:
        sessions: they need not know the key: it may be at an edge alone.
        kid: its name.
        last: whether it goes though no other key could sign.

    Raises:
        LastKeyError: no other key could sign.
    """
    left = tuple(key for key in sessions.keys if key.kid != kid)
    signed = any(key.kid == kid and not key.checks for key in sessions.keys)
    if signed and not last and not any(key.may_sign for key in left):
        raise LastKeyError(f"no other key could sign but {kid}", hint="prmbuild keys rotate makes one first")
    return replace(sessions, keys=left, retired=tuple(dict.fromkeys((*sessions.retired, kid))))
