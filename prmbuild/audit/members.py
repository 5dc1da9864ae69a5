"""Files in members, such as search data: what is found out about a member holds in every file that has it.

The edit of a page makes its segment of search data anew for all who see it: some three hundred members, of which a
handful are others than before. So a member is looked into once, however many files have it. And what stands in members
that an earlier file had too, which was searched, is known without searching: what was found in that file, and does not
stand in those of its members that are gone. Where that leaves a doubt, all members are searched.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from prmbuild.audit import gzipped
from prmbuild.audit.facts import Blob, Facts, facts_each
from prmbuild.audit.lists import Flags
from prmbuild.audit.needles import Numbers
from prmbuild.audit.parts import LARGEST, parts
from prmbuild.audit.references import Reference, in_file
from prmbuild.audit.search import Search

_START = 20
"""Bytes by which a member that was met before is looked up; none is shorter.

Source: RFC 1952, section 2.3: a header has 10 bytes, a trailer 8, and deflated data at least 2.
"""

_REMEMBERED = 1 << 21
"""Bytes of members that are remembered at a time, in each process that searches: files that have some in common come
one after the other. With what is known of them they take five times as much memory."""

_PACKED_OTHERWISE = (b"%PDF-", b"PK\x05\x06")
"""What may make something else of a file that begins like gzip; see `prmbuild.audit.parts.parts`."""


class Earlier(Struct, frozen=True, kw_only=True):
    """A file that was searched in an earlier audit.

    Attributes:
        digest: SHA-256 of it.
        members: those that it has.
        found: the canaries in it.
        portals: those where it was clean, whatever stands beside it.
    """

    digest: str
    members: frozenset[bytes]
    found: Numbers
    portals: int


class Came(Struct, frozen=True, kw_only=True):
    """What is known of a file that came in the place of an earlier one.

    Attributes:
        earlier: that one.
        new: the members that it had not.
        gone: those of its members that are gone.
        found: the canaries in all of the file.
        found_new: those in the new members.
        stayed: those in the other members.
    """

    earlier: Earlier
    new: Sequence[bytes]
    gone: Sequence[bytes]
    found: Numbers
    found_new: Numbers
    stayed: Numbers


class _Referred(NamedTuple):
    """What a member refers to, by suffix of its file's name; whether readers come for anything in it; problems."""

    references: Mapping[str, frozenset[Reference]]
    read: bool
    problems: tuple[tuple[str, str], ...]


class Members:
    """Looks into files, and into each member of those in members once.

    Args:
        search: searches them.
        most: bytes of members that are remembered at a time, for those who look into everything.
    """

    def __init__(self, search: Search, most: int = _REMEMBERED) -> None:
        self.search = search
        self._most, self._size = most, 0
        self._by_start: dict[bytes, list[bytes]] = {}
        self._found: dict[bytes, frozenset[int]] = {}
        self._referred: dict[tuple[bytes, frozenset[str]], _Referred] = {}

    def facts_each(self, blobs: Sequence[Blob]) -> Sequence[Facts]:
        """Return what `prmbuild.audit.facts.facts_each` does."""
        if self._size > self._most:
            self._forget()
        held = [blob.here() for blob in blobs]
        told = [self.facts(blob, self.cut(blob.held)) if blob.searched else None for blob in held]
        others = iter(facts_each([blob for blob, known in zip(held, told, strict=True) if known is None], self.search))
        return [next(others) if known is None else known for known in told]

    def cut(self, data: bytes) -> Sequence[bytes]:
        """Return the members of a file; none where it is not made of several whole ones and nothing else."""
        if not data.startswith(gzipped.MAGIC) or any(mark in data for mark in _PACKED_OTHERWISE):
            return ()
        found: list[bytes] = []
        at = 0
        while at < len(data):
            member = self._met(data, at) or self._unpacked(data, at)
            if not member:
                return ()
            found.append(member)
            at += len(member)
        # how many bytes a member has unpacked stands at its end, and all together may have no more than so many
        unpacked = sum(int.from_bytes(member[-4:], "little") for member in found)
        return found if len(found) > 1 and unpacked < LARGEST else ()

    def facts(self, blob: Blob, members: Sequence[bytes]) -> Facts | None:
        """Return what `prmbuild.audit.facts.facts` does; None where members do not tell it.

        Args:
            blob: a file that is searched, with its bytes.
            members: from `cut`.
        """
        if not members:
            return None
        referred = [self._refer(member, blob.suffixes) for member in members]
        if not any(one.read for one in referred):
            return None
        found, whole = self._all(members), self.search.whole(blob.digest)
        return Facts(
            digest=blob.digest,
            size=len(blob.held),
            found=_sorted(found if whole is None else found | {whole}),
            references=self.references(members, blob.suffixes),
            problems=tuple(problem for one in referred for problem in one.problems),
        )

    def came(self, blob: Blob, members: Sequence[bytes], earlier: Earlier, alive: Flags) -> Came | None:
        """Return what is known of a file by what was found in an earlier one; None where that does not tell.

        Args:
            blob: a file that is searched, with its bytes.
            members: from `cut`.
            earlier: a file with some of these members, all of which could be opened. Each canary that is searched for
                now was searched for in it, or surely stands nowhere in it.
            alive: which canaries there are still; the others may be found or not.
        """
        if self.search.whole(earlier.digest) is not None:
            return None  # what stands for all of it may have been found as that alone
        new = [member for member in members if member not in earlier.members]
        referred = [self._refer(member, blob.suffixes) for member in new]
        if not any(one.read for one in referred) or any(one.problems for one in referred):
            return None
        lost = earlier.members.difference(members)
        before, gone, own = frozenset(earlier.found.tolist()), self._all(lost), self._all(new)
        if any(alive[number] for number in (before & gone) - own):
            return None  # it may stand in what stayed as well
        stayed = before - gone
        whole = self.search.whole(blob.digest)
        return Came(
            earlier=earlier,
            new=new,
            gone=tuple(lost),
            found=_sorted(stayed | own | (set() if whole is None else {whole})),
            found_new=_sorted(own if whole is None else own | {whole}),
            stayed=_sorted(stayed),
        )

    def references(self, members: Iterable[bytes], suffixes: frozenset[str]) -> Mapping[str, frozenset[Reference]]:
        """Return what members refer to, by suffix of their file's name."""
        referred = [self._refer(member, suffixes).references for member in members]
        return {suffix: frozenset().union(*(one[suffix] for one in referred)) for suffix in suffixes}

    def _met(self, data: bytes, at: int) -> bytes:
        """Return the member that begins at a place of a file, if it was met before: its bytes tell where it ends."""
        for member in self._by_start.get(data[at : at + _START], ()):
            if data.startswith(member, at):
                return member
        return b""

    def _unpacked(self, data: bytes, at: int) -> bytes:
        """Return the member that begins at a place of a file; empty where it is not whole."""
        member = gzipped.member(data, at, LARGEST) if data.startswith(gzipped.MAGIC, at) else None
        if member is None or not member.whole:
            return b""
        found = data[at : member.end]
        self._by_start.setdefault(found[:_START], []).append(found)
        self._size += len(found)
        return found

    def _forget(self) -> None:
        self._by_start.clear()
        self._found.clear()
        self._referred.clear()
        self._size = 0

    def _refer(self, member: bytes, suffixes: frozenset[str]) -> _Referred:
        known = self._referred.get((member, suffixes))
        if known is None:
            opened = tuple(parts(member))
            texts = [part.text for part in opened if part.read]
            known = self._referred[member, suffixes] = _Referred(
                references={
                    suffix: frozenset().union(*(in_file(suffix, text) for text in texts)) for suffix in suffixes
                },
                read=bool(texts),
                problems=tuple((part.place, part.problem) for part in opened if part.problem),
            )
        return known

    def _all(self, members: Iterable[bytes]) -> frozenset[int]:
        """Return the canaries in some members."""
        wanted = list(members)
        missing = list(dict.fromkeys(member for member in wanted if member not in self._found))
        inside = self.search.inside_each([tuple(parts(member)) for member in missing])
        self._found.update(zip(missing, map(frozenset, inside), strict=True))
        return frozenset().union(*map(self._found.__getitem__, wanted))


def _sorted(found: Iterable[int]) -> Numbers:
    return np.array(sorted(found), np.int32)
