"""Sessions for whoever signed in."""

from prmbuild.access.entries import revocations
from prmbuild.access.tokens import Session, mint
from prmbuild.errors import StoreError
from prmbuild.sessions.state import Sessions


def minted(sessions: Sessions, *, sub: str, sid: str, partner: str, role: str, now: int, lasts: int) -> str:
    """Return a token for a session that begins now.

    Args:
        sessions: keys and revocations.
        sub: who, see `prmbuild.access.tokens.Session`.
        sid: which session.
        partner: id.
        role: id.
        now: in seconds since 1970 UTC.
        lasts: seconds, at most `prmbuild.access.tokens.LONGEST_LIFE`.

    Raises:
        StoreError: there is no key.
    """
    key = sessions.signing(now)
    if key is None:
        raise StoreError("there is no key that signs sessions", hint="prmbuild keys rotate makes one")
    # a revocation reaches a minute ahead, as clocks may differ; who signs in after it begins after it
    until = [sessions.revoked[name] for name in revocations(sub, sid, partner) if name in sessions.revoked]
    begins = max(now, *(instant + 1 for instant in until)) if until else now
    session = Session(sub=sub, sid=sid, partner=partner, role=role, iat=begins, exp=now + lasts)
    return mint(session, key.kid, bytes.fromhex(key.secret))
