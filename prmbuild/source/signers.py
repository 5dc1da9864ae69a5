"""``allowed_signers``: whose keys sign, in the format of OpenSSH that git uses."""

import base64
import binascii
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

from msgspec import Struct

_KEY_TYPES = ("ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-")
_WILD = frozenset("*?!")


class SignerLine(Struct, frozen=True, kw_only=True):
    """One line of the file.

    Attributes:
        number: counted from 1.
        people: addresses, in lower case.
        fingerprint: ``SHA256:`` and the digest of the key, as OpenSSH writes it; empty where there is a problem.
        problem: why the line lets nobody sign; None where it does.
    """

    number: int
    people: tuple[str, ...]
    fingerprint: str = ""
    problem: str | None = None


def read_signers(data: bytes) -> tuple[SignerLine, ...]:
    """Read the file.

    Lines with wildcards, and those of certificate authorities, let nobody sign: an approval names a person and a key.

    Source: https://man.openbsd.org/ssh-keygen.1#ALLOWED_SIGNERS
    """
    return tuple(_lines(data.decode("utf-8", "replace").splitlines()))


def _lines(lines: Iterable[str]) -> Iterator[SignerLine]:
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            words = shlex.split(line, posix=False)
        except ValueError:
            words = line.split()
        people = tuple(name.strip().casefold() for name in words[0].strip('"').split(","))
        yield _line(number, people, words[1:])


def _line(number: int, people: tuple[str, ...], words: Sequence[str]) -> SignerLine:
    place = next((place for place, word in enumerate(words) if word.startswith(_KEY_TYPES)), None)
    if place is None or place + 1 >= len(words):
        return SignerLine(number=number, people=people, problem="names no public key")
    if any(character in _WILD for name in people for character in name):
        return SignerLine(number=number, people=people, problem="names its people by a wildcard")
    if any("cert-authority" in word.casefold() for word in words[:place]):
        return SignerLine(number=number, people=people, problem="is for a certificate authority")
    fingerprint = _fingerprint(words[place + 1])
    if fingerprint is None:
        return SignerLine(number=number, people=people, problem="has a broken public key")
    return SignerLine(number=number, people=people, fingerprint=fingerprint)


def _fingerprint(key: str) -> str | None:
    """Return the fingerprint of a public key in base64, as OpenSSH writes it; None where it is none."""
    try:
        data = base64.b64decode(key, validate=True)
    except binascii.Error:
        return None
    return f"SHA256:{base64.b64encode(sha256(data).digest()).decode().rstrip('=')}"


def read_revoked(data: bytes) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Read ``revoked_signers``: a public key a line, as in a ``.pub`` file.

    Returns:
        The keys, each its type and its base64 text; and the numbers of lines, counted from 1, that hold none.
    """
    keys: list[str] = []
    others: list[int] = []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        words = line.split()
        if len(words) > 1 and words[0].startswith(_KEY_TYPES) and _fingerprint(words[1]) is not None:
            keys.append(f"{words[0]} {words[1]}")
        else:
            others.append(number)
    return tuple(keys), tuple(others)


class Signers(Struct, frozen=True, kw_only=True):
    """Whose signatures count.

    Attributes:
        data: the file, as git reads it.
        lines: what it says.
    """

    data: bytes
    lines: tuple[SignerLine, ...]

    def people(self, principal: str, fingerprint: str) -> frozenset[str]:
        """Return the addresses of who signed.

        Args:
            principal: whom git took the signer for.
            fingerprint: that of the key.
        """
        name = principal.casefold()
        return frozenset(
            person
            for line in self.lines
            if line.fingerprint == fingerprint and name in line.people
            for person in line.people
        )

    def groups(self) -> Iterator[Sequence[str]]:
        """Yield the addresses of one person each: who share a line or a key."""
        by_key: dict[str, list[str]] = {}
        for line in self.lines:
            if line.fingerprint:
                by_key.setdefault(line.fingerprint, []).extend(line.people)
        yield from by_key.values()


NOBODY = Signers(data=b"", lines=())


def signers_of(data: bytes | None) -> Signers:
    """Return who may sign by the bytes of the file; nobody where there is none."""
    return NOBODY if data is None else Signers(data=data, lines=read_signers(data))


Verdicts = Mapping[str, frozenset[str]]
"""Full object name of a commit → addresses of who validly signed it; empty where nobody did."""
