"""Approvals that commits carry: what each is about, and who gives it.

A commit approves what it brings to the branch itself. One that names a change, by `Approved-change:`, approves exactly
that change and nothing else, wherever it stands: on the branch that was merged, or after the commits it is about.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from msgspec import Struct

from prmbuild.source.ancestry import Ancestor, Ancestry
from prmbuild.source.authority import Authorities, Authority
from prmbuild.source.changes import FARTHEST, Changes
from prmbuild.source.entitled import Part
from prmbuild.source.history import History
from prmbuild.source.proofs import Proofs
from prmbuild.source.signers import Verdicts


class Claim(Struct, frozen=True, kw_only=True):
    """A commit that may approve a run of the first-parent history.

    Attributes:
        commit: carries the approval.
        newest: place of the newest commit that it is about.
        oldest: place of the oldest.
    """

    commit: Ancestor
    newest: int
    oldest: int


class Approving(Protocol):
    """Tells who approves by a commit, as one kind of evidence proves it."""

    def __call__(self, claim: Claim, authority: Authority) -> frozenset[str]:
        """Return addresses, in lower case, of who approves; not whether they may.

        Args:
            claim: the approval.
            authority: in force before what the claim is about.
        """


class ByTrailer:
    """Believes the ``Approved-by:`` trailers of a commit."""

    def __call__(self, claim: Claim, authority: Authority) -> frozenset[str]:
        """Return who is named."""
        return frozenset(claim.commit.approved_by)


class BySignature:
    """Believes the signature of a commit.

    Args:
        proofs: verifies signatures.
        claims: all there are; those under one authority are verified together.
        authorities: tells which are.
        revoked: keys that count no more; see `Proofs.signatures`.
    """

    def __init__(self, proofs: Proofs, claims: Iterable[Claim], authorities: Authorities, revoked: bytes) -> None:
        self._proofs = proofs
        self._reign = authorities.reign
        self._revoked = revoked
        self._commits: dict[int, dict[str, None]] = {}
        for claim in claims:
            self._commits.setdefault(self._reign(claim.oldest), {})[claim.commit.id] = None
        self._verdicts: dict[int, Verdicts] = {}

    def __call__(self, claim: Claim, authority: Authority) -> frozenset[str]:
        """Return whose signature it is."""
        reign = self._reign(claim.oldest)
        if reign not in self._verdicts:
            self._verdicts[reign] = self._proofs.signatures(self._commits[reign], authority.signers, self._revoked)
        return self._verdicts[reign][claim.commit.id]


def claims(history: History, ancestry: Ancestry) -> Mapping[int, tuple[Claim, ...]]:
    """Return place on the first-parent history → every approval that may be about the commit there."""
    changes = Changes(history, ancestry)
    found: dict[int, list[Claim]] = {}
    for place in range(len(ancestry.line)):
        for claim in _claims_at(place, ancestry, changes):
            for about in range(claim.newest, claim.oldest + 1):
                found.setdefault(about, []).append(claim)
    return {place: tuple(some) for place, some in found.items()}


def _claims_at(place: int, ancestry: Ancestry, changes: Changes) -> Iterator[Claim]:
    for commit in ancestry.brought(place):
        own = commit.id == ancestry.line[place]
        if own and not commit.names_change and changes.touched(place):
            yield Claim(commit=commit, newest=place, oldest=place)
        for quote in commit.quotes:
            length = changes.reach(place, quote.change, FARTHEST if own else 1)
            if length is not None and (own or _knew(commit, changes.before(place, length), ancestry)):
                yield Claim(commit=commit, newest=place, oldest=place + length - 1)


def _knew(commit: Ancestor, latest: int | None, ancestry: Ancestry) -> bool:
    """Tell whether an approval was given with the latest word on the files in sight: none is good for a second time."""
    return latest is None or ancestry.parted(commit.id) <= latest


class Authors:
    """Tells who wrote what came to the branch.

    Args:
        ancestry: the commits.
        proofs: tells whether a merge holds anything of its own.
    """

    def __init__(self, ancestry: Ancestry, proofs: Proofs) -> None:
        self._ancestry = ancestry
        self._proofs = proofs

    def among(self, people: frozenset[str], commits: Iterable[Ancestor], authority: Authority) -> tuple[Part, ...]:
        """Return what makes some people authors, alone or with others, of what some commits change: one part for each.

        A commit that leaves all files as they are writes nothing, nor does a merge that git makes by itself.
        """
        found: dict[str, Part] = {}
        for commit in commits:
            theirs = (people & authority.people.all_of(commit.authors)) - found.keys()
            if theirs and not self._writes_nothing(commit):
                alone = authority.people.all_of((commit.author,))
                for one in theirs:
                    found[one] = Part(person=one, commit=commit.id, co_author=one not in alone)
        return tuple(found.values())

    def _writes_nothing(self, commit: Ancestor) -> bool:
        return self._proofs.merged_only(commit) if commit.merge else self._ancestry.writes_nothing(commit)

    def of_places(self, people: frozenset[str], places: Iterable[int], authority: Authority) -> tuple[Part, ...]:
        """Return what makes some people authors of what the commits at places of the history brought."""
        return self.among(people, (one for place in places for one in self._ancestry.brought(place)), authority)
