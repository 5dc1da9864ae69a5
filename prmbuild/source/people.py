"""Who is the same person under several addresses."""

import re
from collections.abc import Iterable, Sequence

_ADDRESS = re.compile(r"<([^<>]*)>")


class People:
    """Addresses of people; those that belong to one person count as one.

    Args:
        groups: addresses of one person each. Groups that share an address are one person.
    """

    def __init__(self, groups: Iterable[Sequence[str]]) -> None:
        self._known: dict[str, frozenset[str]] = {}
        for group in groups:
            addresses = {address.strip().casefold() for address in group if address.strip()}
            together = frozenset(addresses).union(*(self.aliases(address) for address in addresses))
            for address in together:
                self._known[address] = together

    def __eq__(self, other: object) -> bool:
        return isinstance(other, People) and self._known == other._known

    __hash__ = None  # type: ignore[assignment]  # compared, never a key

    def aliases(self, address: str) -> frozenset[str]:
        """Return all addresses of the person who has this one, itself included, without regard to case."""
        folded = address.casefold()
        return self._known.get(folded, frozenset((folded,)))

    def all_of(self, addresses: Iterable[str]) -> frozenset[str]:
        """Return all addresses of some people."""
        return frozenset().union(*map(self.aliases, addresses))


def read_mailmap(data: bytes) -> Iterable[Sequence[str]]:
    """Yield the addresses that a line of a ``.mailmap`` says are one person's.

    git maps an address to a person only together with a name on some lines. Here every line counts for every name: in
    doubt two addresses are one person, who cannot approve what the other wrote.

    Source: https://git-scm.com/docs/gitmailmap
    """
    for line in data.decode("utf-8", "replace").splitlines():
        found = _ADDRESS.findall(line.partition("#")[0])
        if len(found) > 1:
            yield found
