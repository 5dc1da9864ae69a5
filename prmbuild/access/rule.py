"""From a request to a file of the store: the rule that the edge and the gateway share."""

import re
from urllib.parse import quote

from msgspec import Struct

from prmbuild.access.entries import LIVE, NOBODY, Lookup, key_name, release_for, revocations
from prmbuild.access.paths import NOT_FOUND, Folder, requested
from prmbuild.access.tokens import Session, read

SIGN_IN = "/sign-in/"

COOKIE = "__Host-prm"
"""Source: RFC 6265bis, section 4.1.3.2: such a cookie came over TLS, for this host alone."""

_INDEX = "index.html"
_DIGITS = re.compile(r"[0-9]{1,12}", re.ASCII)
_HEXADECIMAL = re.compile(r"(?:[0-9a-f]{2}){32,64}")


class Get(Struct, frozen=True):
    """The answer is an object of the store, or that it does not exist; ``key`` is not encoded."""

    key: str


class Go(Struct, frozen=True):
    """The answer is a redirect to a path of this site, as it stands in a request line."""

    location: str


class Nothing(Struct, frozen=True):
    """The answer is the one for whatever is not there, not visible, or asked for in an odd way."""


Answer = Get | Go | Nothing


def answer(method: str, raw: str, tokens: tuple[str, ...], lookup: Lookup, now: int) -> Answer:
    """Answer a request.

    Args:
        method: as it stands in the request line.
        raw: the path, likewise, without the query.
        tokens: every session cookie that came; more than one is odd.
        lookup: finds entries, see `prmbuild.access.entries`.
        now: seconds since 1970 UTC.
    """
    path = requested(raw.encode("utf-8", "surrogatepass"))
    if method not in ("GET", "HEAD") or path is None or path == NOT_FOUND:
        return Nothing()
    session = signed_in(tokens, lookup, now)
    place = located(session, path, lookup) if session is not None else None
    if place is None:
        return Go(f"{SIGN_IN}?to={_quoted(raw)}")
    return Go(f"{raw}/") if isinstance(place, Folder) else place


def located(session: Session, path: str, lookup: Lookup) -> Get | Folder | None:
    """Return where a path lies in the portal of a viewer; None for a viewer that has none.

    Args:
        session: who asks.
        path: from `prmbuild.access.paths.requested`; what lies there may not exist. A name without a dot is a folder's.
        lookup: finds entries.
    """
    end = path.rfind("/") + 1
    folder, last = path[:end], path[end:]
    prefix = prefix_of(session, folder, lookup)
    if prefix is None:
        return None
    if last and "." not in last:
        return Folder()
    return Get(f"{prefix}/{path}" if last else f"{prefix}/{path}{_INDEX}")


def signed_in(tokens: tuple[str, ...], lookup: Lookup, now: int) -> Session | None:
    """Return the session of a request; None where there is none, or one that was revoked."""
    if len(tokens) != 1:
        return None
    session = read(tokens[0], lambda kid: _secret(lookup(key_name(kid))), now)
    if session is None:
        return None
    for name in revocations(session.sub, session.sid, session.partner):
        before = lookup(name)
        # whatever cannot be read as an instant revokes
        if before is not None and (not _DIGITS.fullmatch(before) or session.iat <= int(before)):
            return None
    return session


def prefix_of(session: Session, folder: str, lookup: Lookup) -> str | None:
    """Return the prefix below which a folder of a viewer's portal lies; None for a viewer that has none.

    Args:
        session: who asks.
        folder: with a slash at its end; the root as an empty text. It may be one that does not exist.
        lookup: finds entries.
    """
    for deployment in (lookup(LIVE) or "").split(" "):
        portal = lookup(f"v/{deployment}/{session.partner}/{session.role}") if deployment else None
        if portal == NOBODY:
            return None
        release = lookup(f"r/{deployment}/{portal}") if portal else None
        if release:
            return f"portals/{portal}/{release_for(release, folder)}"
    return None


def _secret(entry: str | None) -> bytes | None:
    return bytes.fromhex(entry) if entry is not None and _HEXADECIMAL.fullmatch(entry) else None


def _quoted(raw: str) -> str:
    """Encode as ECMAScript's ``encodeURIComponent`` does. Source: ECMA-262, section 19.2.6.4."""
    return quote(raw, safe="-_.!~*'()")
