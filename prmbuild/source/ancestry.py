"""All commits that a revision goes back to, merged ones included: who wrote what, and who says that it is approved."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from prmbuild.errors import SourceError

if TYPE_CHECKING:
    from prmbuild.source.git import GitRepository

APPROVED_BY = "Approved-by"
APPROVED_CHANGE = "Approved-change"
_CO_AUTHOR = "Co-authored-by"

_TRAILERS = (_CO_AUTHOR, APPROVED_BY, APPROVED_CHANGE)
_FORMAT = "%H%x00%P%x00%T%x00%ae%x00%an%x00" + "%x00".join(
    f"%(trailers:key={key},valueonly,unfold,separator=%x1f)" for key in _TRAILERS
)
_FIELDS = 8
_ADDRESS = re.compile(r"[^\s<>,;]+@[^\s<>,;]+")
_QUOTED = re.compile(r"([0-9a-f]{32})(?:-([0-9a-f]{32}))?")


class Quote(Struct, frozen=True):
    """What a commit names as approved.

    Attributes:
        change: digest of the change; see `prmbuild.source.changes`.
        exposure: digest of what it exposes to whom; None where nothing is said of that.
    """

    change: str
    exposure: str | None = None

    def __str__(self) -> str:
        return self.change if self.exposure is None else f"{self.change}-{self.exposure}"


class Ancestor(Struct, frozen=True, kw_only=True):
    """A commit, as far as approval asks.

    Attributes:
        id: full object name.
        parents: full object names, the branch it was made on first.
        tree: object name of all files.
        author: address of its author.
        authors: addresses of its author and co-authors, as they stand there.
        approved_by: addresses in ``Approved-by:`` trailers.
        quotes: what ``Approved-change:`` trailers name.
        names_change: whether it has any such trailer, a misspelt one included.
    """

    id: str
    parents: tuple[str, ...]
    tree: str
    author: str
    author_name: str
    authors: frozenset[str]
    approved_by: tuple[str, ...]
    quotes: tuple[Quote, ...]
    names_change: bool

    @property
    def merge(self) -> bool:
        """Whether it joins histories."""
        return len(self.parents) > 1


class Ancestry(Struct, frozen=True, kw_only=True, dict=True):
    """A revision's commits.

    Attributes:
        commits: full object name → commit.
        line: the first-parent history, newest first.
    """

    commits: Mapping[str, Ancestor]
    line: tuple[str, ...]

    @cached_property
    def place(self) -> Mapping[str, int]:
        """Full object name → place on `line`."""
        return {commit: place for place, commit in enumerate(self.line)}

    @cached_property
    def _brought(self) -> Mapping[str, tuple[str, ...]]:
        """Commit on `line` → itself, and what its merge alone brought."""
        known: set[str] = set()
        found: dict[str, tuple[str, ...]] = {}
        for commit in reversed(self.line):
            own = [commit]
            known.add(commit)
            waiting = list(self.commits[commit].parents[1:])
            while waiting:
                other = waiting.pop()
                if other in known or other not in self.commits:
                    continue
                known.add(other)
                own.append(other)
                waiting += self.commits[other].parents
            found[commit] = tuple(own)
        return found

    def brought(self, place: int) -> Iterator[Ancestor]:
        """Yield the commit at a place of `line`, and those that it brought by being a merge."""
        for commit in self._brought[self.line[place]]:
            yield self.commits[commit]

    def parted(self, commit: str) -> int:
        """Return the newest place of `line` that a commit goes back to; one past its end where it goes back to none."""
        newest = len(self.line)
        seen: set[str] = set()
        waiting = [commit]
        while waiting:
            one = waiting.pop()
            if one in seen or one not in self.commits:
                continue
            seen.add(one)
            place = self.place.get(one)
            if place is None:
                waiting += self.commits[one].parents
            else:
                newest = min(newest, place)
        return newest

    def writes_nothing(self, commit: Ancestor) -> bool:
        """Tell whether a commit with one parent leaves all files as they are."""
        if len(commit.parents) != 1:
            return False
        parent = self.commits.get(commit.parents[0])
        return parent is not None and parent.tree == commit.tree


def read_ancestry(repository: "GitRepository", revision: str, *, without: str | None = None) -> Ancestry:
    """Read a revision's commits.

    Args:
        repository: holds them.
        revision: full object name.
        without: full object name of a commit that is left out, with all it goes back to.

    Raises:
        SourceError: git cannot answer.
    """
    raw = repository.ask(
        "log", "--no-show-signature", "--no-mailmap", "--encoding=UTF-8", "-z", f"--format={_FORMAT}", revision,
        *(("--not", without) if without else ()),
    )  # fmt: skip
    commits = {commit.id: commit for commit in _parsed(raw)}
    line: list[str] = []
    at: str | None = revision
    while at in commits:
        line.append(at)
        parents = commits[at].parents
        at = parents[0] if parents else None
    return Ancestry(commits=commits, line=tuple(line))


def address(text: str) -> str:
    """Return the e-mail address in ``Name <address>``, or the text itself, without regard to case."""
    bracketed = text.rpartition("<")[2].partition(">")[0] if "<" in text else text
    return bracketed.strip().casefold()


def _addresses(text: str) -> Iterator[str]:
    """Yield every address that a line names, also where it names several people."""
    yield address(text)
    yield from (found.casefold() for found in _ADDRESS.findall(text))


def _parsed(raw: bytes) -> Iterator[Ancestor]:
    tokens = raw.decode("utf-8", "replace").split("\0")[:-1]
    if len(tokens) % _FIELDS:
        raise SourceError("git log answered something unexpected")
    for start in range(0, len(tokens), _FIELDS):
        identifier, parents, tree, author, name, *trailers = tokens[start : start + _FIELDS]
        co_authors, approved_by, quotes = (_values(trailer) for trailer in trailers)
        yield Ancestor(
            id=identifier,
            parents=tuple(parents.split()),
            tree=tree,
            author=address(author),
            author_name=name,
            authors=frozenset((address(author), *(one for named in co_authors for one in _addresses(named)))),
            approved_by=tuple(address(one) for one in approved_by),
            quotes=tuple(Quote(*found.groups()) for quote in quotes if (found := _QUOTED.fullmatch(quote.casefold()))),
            names_change=bool(quotes),
        )


def _values(trailer: str) -> tuple[str, ...]:
    return tuple(value.strip() for value in trailer.split("\x1f") if value.strip())
