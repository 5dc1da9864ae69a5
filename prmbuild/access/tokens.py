"""Sessions as signed tokens.

A token is a JSON Web Token in its one canonical spelling, signed with HMAC-SHA-256. Nothing in it is parsed before its
signature is right, but the name of the key. No parser of JSON is asked, as two of them would not answer alike.

Source: RFC 7515, sections 3.1 and 7.1; RFC 7518, section 3.2; RFC 7519, section 4.1.
"""

import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import asdict

LONGEST = 1024
"""Characters of a token."""

SKEW = 60
"""Seconds that the clocks of any two machines differ by at most; see `prmbuild.sessions.clocks`."""

AHEAD = 4 * SKEW
"""Seconds later than now that a token may begin; likewise."""

LONGEST_LIFE = 12 * 3600
"""Seconds that a token may hold. After that, nobody needs the key that signed it or remembers that it was revoked."""

_PART = rb"[A-Za-z0-9_-]+"
_TOKEN = re.compile(rb"(%b)\.(%b)\.(%b)" % (_PART, _PART, _PART))
KID = re.compile(r"[a-z0-9]{1,32}")
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""Ids of partners and roles. Source: DESIGN, section 6."""

OPAQUE = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Who somebody is, and which session it is, in the gateway's own words: no name, no address."""

_INSTANT = "[1-9][0-9]{0,11}"
_CLAIMS = re.compile(
    f'{{"sub":"({OPAQUE.pattern})","sid":"({OPAQUE.pattern})","partner":"({NAME.pattern})","role":"({NAME.pattern})",'
    f'"iat":({_INSTANT}),"exp":({_INSTANT})}}'
)
"""How `mint` spells a session."""

_LAST = 10**12 - 1
"""The last instant that has so many digits."""


class Session(Struct, frozen=True, kw_only=True):
    """Somebody who signed in.

    Attributes:
        sub: who.
        sid: which session.
        iat: when it begins, which may be a little later than when the token was made, in seconds since 1970 UTC.
        exp: from when it holds no more, likewise.
    """

    sub: str
    sid: str
    partner: str
    role: str
    iat: int
    exp: int

    def sound(self) -> bool:
        """Tell whether every field is what it should be."""
        named = all(isinstance(name, str) and NAME.fullmatch(name) for name in (self.partner, self.role))
        known = all(isinstance(name, str) and OPAQUE.fullmatch(name) for name in (self.sub, self.sid))
        timed = type(self.iat) is int and type(self.exp) is int
        return named and known and timed and 0 < self.iat < self.exp <= min(self.iat + LONGEST_LIFE, _LAST)


SecretOf = Callable[[str], bytes | None]
"""Returns the secret of a key; None where there is no such key, or no longer."""


def mint(session: Session, kid: str, secret: bytes) -> str:
    """Return a token.

    Args:
        session: must be sound.
        kid: the name of the key.
        secret: at least 32 bytes. Source: RFC 7518, section 3.2.
    """
    if not session.sound() or not KID.fullmatch(kid) or len(secret) < 32:
        raise ValueError("neither an unsound session nor a weak key makes a token")
    signed = _header(kid) + b"." + _encoded(json.dumps(asdict(session), separators=(",", ":")).encode())
    return (signed + b"." + _signature(signed, secret)).decode()


def read(token: str, secret_of: SecretOf, now: int) -> Session | None:
    """Return the session of a token; None where it is not one that holds now.

    Args:
        token: may be anything.
        secret_of: finds keys.
        now: seconds since 1970 UTC.
    """
    found = _TOKEN.fullmatch(token.encode("utf-8", "surrogatepass")) if len(token) <= LONGEST else None
    if found is None:
        return None
    header, body, signature = found.groups()
    kid = _kid(header)
    secret = secret_of(kid) if kid is not None else None
    if secret is None or not hmac.compare_digest(_signature(header + b"." + body, secret), signature):
        return None
    session = _session(body)
    held = session is not None and session.sound() and session.iat <= now + AHEAD and now < session.exp
    return session if held else None


def _header(kid: str) -> bytes:
    return _encoded(b'{"alg":"HS256","kid":"%b","typ":"JWT"}' % kid.encode())


def _kid(header: bytes) -> str | None:
    """Return the name of the key in a header that is spelt as `mint` does; None for any other."""
    found = re.fullmatch(rb'\{"alg":"HS256","kid":"([a-z0-9]{1,32})","typ":"JWT"\}', _decoded(header))
    kid = found[1].decode() if found else None
    return kid if kid is not None and _header(kid) == header else None


def _session(body: bytes) -> Session | None:
    """Return the session in a body that is spelt as `mint` does; None for any other."""
    claims = _decoded(body)
    found = _CLAIMS.fullmatch(claims.decode("latin-1"))
    if found is None or _encoded(claims) != body:
        return None
    sub, sid, partner, role, iat, exp = found.groups()
    return Session(sub=sub, sid=sid, partner=partner, role=role, iat=int(iat), exp=int(exp))


def _signature(signed: bytes, secret: bytes) -> bytes:
    return _encoded(hmac.digest(secret, signed, "sha256"))


def _encoded(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def _decoded(data: bytes) -> bytes:
    """Return the bytes that a text stands for; none where it is odd."""
    try:
        return urlsafe_b64decode(data + b"=" * (-len(data) % 4))
    except ValueError:
        return b""
