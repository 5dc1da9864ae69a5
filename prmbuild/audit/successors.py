"""Files that came in the place of others: what is known of them by what was found in these; see `Members`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress

import numpy as np
from msgspec import Struct

from prmbuild.audit.facts import Blob, Facts, verified
from prmbuild.audit.ledger import Text, way_key
from prmbuild.audit.lists import Flags, flags
from prmbuild.audit.members import Came, Earlier, Members
from prmbuild.audit.needles import Numbers
from prmbuild.audit.premises import Premises
from prmbuild.audit.recollection import Recollection
from prmbuild.audit.references import Reference
from prmbuild.audit.since import Since
from prmbuild.errors import AuditError, StoreError


class Led(Struct, frozen=True, kw_only=True):
    """Where a file leads.

    Attributes:
        new: what those of its members refer to that the earlier file had not.
        stayed: addresses that the others lead to, if not these too.
        targets: all addresses that it leads to, sorted.
    """

    new: frozenset[Reference]
    stayed: frozenset[str]
    targets: tuple[str, ...]


class Successors:
    """Finds the files of a clean audit in whose place others came, and says what that tells of these.

    Args:
        old: the clean audit.
        premises: of the new one.
        since: what is different since.
        changed: paths where something else stands than before.

    Attributes:
        took: SHA-256 of a file of which the earlier one told → what is known of it.
    """

    def __init__(self, old: Recollection, premises: Premises, since: Since, changed: Iterable[str]) -> None:
        self._old, self._premises, self._since = old, premises, since
        self._members = Members(since.search)
        self._known: dict[str, Earlier | None] = {}
        self._gone: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for path in changed:
            self._gone[_folder(path)].extend(old.files.get(path, ()))
        self.took: dict[str, Came] = {}

    def facts(self, blob: Blob) -> Facts:
        """Find out what is to be known of a file, by its members where it has any."""
        return self._members.facts_each((blob,))[0]

    def came(self, blob: Blob) -> Came | None:
        """Return what is known of a file by the one in whose place it came; None where nothing is.

        Args:
            blob: the file, with its bytes.
        """
        if len(self._since.unsearched) or not blob.searched:
            return None  # these would have to be searched for in the members that stayed
        members = self._members.cut(blob.held)
        if not members:
            return None
        own = frozenset(members)
        places = {(_folder(path), portals) for path, portals in self._premises.uses[blob.digest].items()}
        earlier = {
            digest: one
            for folder, portals in places
            for before, digest in self._gone.get(folder, ())
            if self._since.now(before) & portals and (one := self._earlier(digest)) is not None
        }
        nearest = max(earlier.values(), key=lambda one: len(own & one.members), default=None)
        came = None if nearest is None else self._members.came(blob, members, nearest, self._since.alive)
        if came is not None:
            self.took[blob.digest] = came
        return came

    def _earlier(self, digest: str) -> Earlier | None:
        """Return a file that was searched before; None where it is not made of members, or is no more."""
        if digest not in self._known:
            old, row = self._old.texts, self._old.texts.keys[digest]
            data = b""
            if old.portals[row] and digest not in old.problems:
                with suppress(AuditError, StoreError):  # nothing keeps it any more
                    place = self._premises.forest.blobs.place(digest)
                    data = b"" if place is None else verified(place, digest)
            members = frozenset(self._members.cut(data))
            clean = 0 if digest in old.beside else self._since.now(old.portals[row])
            known = Earlier(digest=digest, members=members, found=old.found[row], portals=clean)
            self._known[digest] = known if members else None
        return self._known[digest]

    def led(self, digest: str, suffix: str, folder: str) -> Led | None:
        """Return where a file leads, where the one tells it in whose place it came.

        Args:
            digest: SHA-256 of the file.
            suffix: of its name.
            folder: that its references are counted from.
        """
        came = self.took.get(digest)
        row = None if came is None else self._old.ways.keys.get(way_key(came.earlier.digest, suffix, folder))
        if came is None or row is None:
            return None
        roads, ways = self._premises.roads, self._old.ways
        references = self._members.references(came.new, frozenset({suffix}))[suffix]
        lost = self._members.references(came.gone, frozenset({suffix}))[suffix]
        new, gone = roads.targets(references, folder), roads.targets(lost, folder)
        if not gone <= new:
            return None  # what stayed may lead there as well
        before = frozenset(ways.addresses[target] for target in ways.targets[row].tolist())
        return Led(new=references, stayed=before - gone, targets=tuple(sorted(before | new)))

    def stirred(self, kept: Numbers, texts: Mapping[str, Text]) -> Flags:
        """Return the old canaries that are gone, or stand in other search data or navigation than before.

        Args:
            kept: the rows of old texts that are what they were.
            texts: SHA-256, or key of a name → all other texts that there are now.
        """
        old, size = self._old.texts, self._since.size
        stirred: Flags = ~self._since.alive
        rows = np.zeros(len(old.portals), np.bool_)
        keys = list(old.keys)
        for row in np.flatnonzero(~flags(kept, len(old.portals))).tolist():
            text = texts.get(keys[row])
            rows[row] = self._told(row) != ((text.navigation, text.search) if text is not None else (0, 0))
        for key, text in texts.items():
            if (text.navigation or text.search) and key not in old.keys:
                moved = flags(text.found, len(stirred))
                place = self._place_of(key, text)
                if place is not None:
                    # what stands in both stands where it stood
                    rows[place] = False
                    moved[:size] ^= flags(old.found[place], size)
                stirred |= moved
        stirred[:size] |= old.found.in_rows(rows, size)
        return stirred[:size]

    def _place_of(self, digest: str, text: Text) -> int | None:
        """Return the row of the old text whose place a file took in all portals; None where there is none."""
        came = self.took.get(digest)
        if came is None or came.earlier.digest in self._premises.uses:
            return None
        row = self._old.texts.keys[came.earlier.digest]
        return row if self._told(row) == (text.navigation, text.search) else None

    def _told(self, row: int) -> tuple[int, int]:
        """Return the portals where an old text was a part of the navigation, and of the search data."""
        old = self._old.texts
        return self._since.now(old.navigation[row]), self._since.now(old.search[row])


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
