"""Who may approve a file, and who may not as they wrote some of it; in words."""

from collections.abc import Iterable

from msgspec import Struct

from prmbuild.source.authority import FILES


class Part(Struct, frozen=True, kw_only=True, order=True):
    """What makes somebody an author.

    Attributes:
        person: address, in lower case.
        commit: full object name of a commit that they wrote.
        co_author: whether it names them in a ``Co-authored-by:`` trailer only.
    """

    person: str
    commit: str
    co_author: bool

    def __str__(self) -> str:
        return f"{self.person} ({'named as co-author' if self.co_author else 'author'} of {self.commit[:10]})"


class Entitled(Struct, frozen=True, kw_only=True):
    """The people whom ``prm.yaml`` names for a file.

    Attributes:
        people: addresses of who may approve it as it stands, sorted.
        wrote: why others may not: what they wrote of it since it was last approved, sorted.
        decides: whether the file itself says who may approve, so that naming somebody else waits with it.
    """

    people: tuple[str, ...] = ()
    wrote: tuple[Part, ...] = ()
    decides: bool = False

    def __str__(self) -> str:
        if self.people:
            but = f", but not {', '.join(map(str, self.wrote))}" if self.wrote else ""
            return f"{'one of ' if len(self.people) > 1 else ''}{', '.join(self.people)} may approve it{but}"
        other = "name {} for its path under approval in prm.yaml, by a change of its own"
        if not self.wrote:
            return f"nobody may approve it: {other.format('people')}"
        anew = "have somebody else write it anew"
        if len(self.wrote) > 1:
            anew = "bring what each of them wrote by a change of its own, for another to approve"
        back = f"take it back to how it was last approved, then {anew}"
        ways = back if self.decides else f"{other.format('somebody else')}; or {back}"
        return f"only {' and '.join(map(str, self.wrote))} might approve it, but wrote some of it: {ways}"


def persons(parts: Iterable[Part]) -> frozenset[str]:
    """Return the addresses of whom some parts make authors."""
    return frozenset(part.person for part in parts)


def entitled(path: str, people: Iterable[str], wrote: Iterable[Part]) -> Entitled:
    """Return who of some people may approve a file, and who may not.

    Args:
        path: the file.
        people: addresses of who is named for it.
        wrote: what some of them wrote of it; the first of each person counts.
    """
    parts: dict[str, Part] = {}
    for part in wrote:
        parts.setdefault(part.person, part)
    return Entitled(
        people=tuple(sorted({*people} - parts.keys())), wrote=tuple(sorted(parts.values())), decides=path in FILES
    )
