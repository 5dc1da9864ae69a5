"""Sessions for whoever signed in."""

from prmbuild.access.tokens import Session, mint
from prmbuild.errors import StoreError
from prmbuild.sessions.clocks import begins
from prmbuild.sessions.state import Sessions


def minted(
    sessions: Sessions, *, sub: str, sid: str, partner: str, role: str, now: int, lasts: int
) -> tuple[str, Session]:
    """Return a token for a session that somebody signs in to now, and the session.

    Args:
        sessions: keys and revocations.
        sub: who, see `prmbuild.access.tokens.Session`.
        sid: which session.
        partner: id.
        role: id.
        now: in seconds since 1970 UTC.
        lasts: seconds from when it begins, at most `prmbuild.access.tokens.LONGEST_LIFE`.

    Raises:
        StoreError: there is no key, or see `prmbuild.sessions.clocks.begins`.
    """
    key = sessions.signing(now)
    if key is None:
        raise StoreError("there is no key that signs sessions", hint="prmbuild keys rotate makes one")
    begun = begins(sessions.revoked, sub, partner, now)
    session = Session(sub=sub, sid=sid, partner=partner, role=role, iat=begun, exp=begun + lasts)
    return mint(session, key.kid, bytes.fromhex(key.secret)), session
