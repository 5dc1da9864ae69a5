"""Trees of digests: a root stands for a list of entries, and a few digests prove that one of them is in it.

Leaves and nodes are digested apart, so that neither passes for the other. What else has SHA-256 digests is not told
apart from them: a climb must begin with `leaf`, of an entry that says what its digest is of. A node does not tell left
from right, and leaves are in the order of their digests, so that a proof says nothing of where an entry stands among
the others.

Every leaf is salted. The salts are drawn from the whole list, so whoever knows less of it can neither make them nor
find out by trying which entries stand beside the one that was proven.
Source: RFC 6962, section 2.1, for the separation and for digests without a partner, which go up as they are.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256, shake_256

LENGTH = 32
"""Bytes of a digest."""

SALT = 16
"""Bytes of a salt: nobody tries them all."""

_LEAF, _NODE, _END = b"\0", b"\1", b"\0"
_EMPTY = sha256(b"").digest()


def salts(entries: Sequence[bytes]) -> Sequence[bytes]:
    """Return the salts of a list's entries."""
    drawn = shake_256(_END.join(entries)).digest(SALT * len(entries))
    return [drawn[at : at + SALT] for at in range(0, len(drawn), SALT)]


def leaf(salt: bytes, entry: bytes) -> bytes:
    """Return the digest of an entry."""
    return sha256(_LEAF + salt + entry).digest()


def leaves(entries: Sequence[bytes]) -> Sequence[bytes]:
    """Return the leaves of a list's entries."""
    return [sha256(_LEAF + salt + entry).digest() for salt, entry in zip(salts(entries), entries, strict=True)]


def root(entries: Sequence[bytes]) -> bytes:
    """Return the digest that stands for a list of entries; these are not ambiguous, and none is there twice."""
    if len(entries) == 1:
        return leaf(shake_256(entries[0]).digest(SALT), entries[0])
    level: Sequence[bytes] = sorted(leaves(entries))
    while len(level) > 1:
        level = _above(level)
    return level[0] if level else _EMPTY


def beside(entries: Sequence[bytes], number: int) -> Sequence[bytes]:
    """Return the digests that lead from an entry to the root, from the bottom up."""
    made = leaves(entries)
    level: Sequence[bytes] = sorted(made)
    at = level.index(made[number])
    found = []
    while len(level) > 1:
        if at ^ 1 < len(level):
            found.append(level[at ^ 1])
        level, at = _above(level), at // 2
    return found


def climbed(one: bytes, others: Iterable[bytes]) -> bytes:
    """Return the root to which a leaf and the digests beside its way lead."""
    for other in others:
        one = _node(one, other)
    return one


def _above(level: Sequence[bytes]) -> Sequence[bytes]:
    found = [_node(one, other) for one, other in zip(level[::2], level[1::2], strict=False)]
    return [*found, level[-1]] if len(level) % 2 else found


def _node(one: bytes, other: bytes) -> bytes:
    return sha256(_NODE + one + other if one < other else _NODE + other + one).digest()
