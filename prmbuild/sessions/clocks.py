"""How instants of several machines compare: the one place that says what is assumed, and what follows from it.

Sessions are signed, revoked, checked and forgotten by machines whose clocks differ. Assumed is that no two of them
differ by more than `SKEW` seconds. A clock that is further off may let a session outlive a revocation, so machines that
sign or revoke keep their clocks by NTP.

* A revocation says ``until``: a token that begins at ``until`` or before does not hold. The clock of whoever signed may
  have been ahead, so ``until`` lies `SKEW` ahead of the clock of whoever revokes.
* Whoever signs in again begins after that, up to `SKEW` + 1 seconds from then. So tokens that begin later than now are
  nothing odd, and the next revocation has to reach past those, too, however soon and on whichever machine it is made:
  past ``until`` + 1 of each that can have let a session of its own begin late. Nothing else makes it reach further, so
  one after another for each of a hundred people reach as far as one.
* The rule takes a token that begins up to `prmbuild.access.tokens.AHEAD` later than now, which is 4 × `SKEW`. Whoever
  signs makes none that begins later than 3 × `SKEW` by their own clock, so the rule takes each at once, wherever: its
  clock may be `SKEW` behind. Of the 3, one is how far the clock of whoever revoked may be ahead, one is how far a
  revocation reaches, and the third is room for some that were made in the same second.
* A token that was signed at an instant has expired everywhere `LONGEST_LIFE` + 4 × `SKEW` later: it began 3 later at
  most, and a clock may be one behind. Likewise what is revoked until an instant has expired everywhere
  `LONGEST_LIFE` + `SKEW` later.
* Entries reach every replica of an edge within seconds, which `prmbuild.publish.edges.edges.SETTLES` is much more than.
"""

from collections.abc import Mapping

from prmbuild.access.entries import REVOKED_EVERYBODY, revoked_partner, revoked_user
from prmbuild.access.tokens import AHEAD, LONGEST_LIFE, SKEW
from prmbuild.errors import StoreError

_SESSION = "x/s"

_FAR = "; where a clock was far ahead, docs/publishing.md says under Clocks what leads out"


def revoked_until(name: str, revoked: Mapping[str, int], now: int) -> int:
    """Return up to when tokens do not hold, for a revocation that is made now.

    Args:
        name: of its entry, see `prmbuild.access.entries.revocations`.
        revoked: what is revoked already, name → until when.
        now: in seconds since 1970 UTC.
    """
    begun = [until + 1 for other, until in revoked.items() if _delays(other, name)]
    return max(now + SKEW, revoked.get(name, 0), *begun)


def _delays(other: str, name: str) -> bool:
    """Tell whether a revocation can have let a session begin late that another is about.

    Nobody signs in to a session that was revoked by itself, and no session is of two people or two partners.
    """
    kind = _kind(other)
    return kind != _SESSION and (other == name or kind != _kind(name))


def _kind(name: str) -> str:
    return name.rpartition("/")[0] if name != REVOKED_EVERYBODY else name


def begins(revoked: Mapping[str, int], sub: str, partner: str, now: int) -> int:
    """Return when a session begins that somebody signs in to now: after all that was revoked.

    Args:
        revoked: what is revoked, name → until when.
        sub: who, see `prmbuild.access.tokens.Session`.
        partner: id.
        now: in seconds since 1970 UTC.

    Raises:
        StoreError: that is later than the rule takes, so there would be a session that does not hold.
    """
    names = (revoked_user(sub), revoked_partner(partner), REVOKED_EVERYBODY)
    begun = max(now, *(revoked.get(name, 0) + 1 for name in names))
    early = begun - now - (AHEAD - SKEW)
    if early > 0:
        message = f"sessions of '{partner}' were revoked until after now, more than clocks may differ"
        hint = f"check the clocks; whoever signs in {early} seconds from now is let in"
        raise StoreError(message, hint=hint + _FAR if early > AHEAD else hint)
    return begun


def forgotten_at(until: int) -> int:
    """Return from when a revocation need not be remembered: every token that it is about has expired everywhere.

    Args:
        until: as in `prmbuild.sessions.state.Sessions.revoked`.
    """
    return until + LONGEST_LIFE + SKEW


def expired_at(signed: int) -> int:
    """Return when every token that was signed before an instant has expired everywhere.

    Args:
        signed: by the clock of whoever signed, in seconds since 1970 UTC.
    """
    return signed + LONGEST_LIFE + AHEAD
