"""What an audit begins with: which portals there are, what they show, and which files they have."""

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set

from prmbuild.audit.contents import Contents
from prmbuild.audit.facts import Blob
from prmbuild.audit.inventory import Inventory, static_digests
from prmbuild.audit.readers import wrong_readers
from prmbuild.audit.references import SUFFIXES
from prmbuild.audit.report import Leak, Unread
from prmbuild.audit.roads import Roads
from prmbuild.audit.shown import shown
from prmbuild.audit.trees import Forest
from prmbuild.catalog.address import address_of
from prmbuild.desired import Desired
from prmbuild.render.look import LOOK_PREFIX
from prmbuild.render.words import DEFAULT, words
from prmbuild.visibility.sets import members


class Premises:
    """A state of a programme, and the files that are to be audited. Bit n of a set of portals stands for the n-th.

    Args:
        state: the state.
        forest: the files.

    Attributes:
        vendor: whose portals these are.
        words: the interface's, in lists of pages.
        contents: reads files of the programme.
        shown: what the portals show.
        static: path → SHA-256 of the files of the theme and the look.
        inventory: knows which files there may be.
        uses: SHA-256 → path → the portals that have the file there.
        holders: path → the portals that have a file there.
        roads: knows where references lead.
        quizzes: path of a file → the course whose quiz it asks.
        judged: facts about the texts that are shown; complete once `leaks` found nothing.
    """

    def __init__(self, state: Desired, forest: Forest) -> None:
        self.state, self.forest = state, forest
        self.portals = state.portals
        self.vendor = state.site.name
        self.words = words(str(state.site.look.theme.get("language", DEFAULT)))
        self.everyone = (1 << len(state.portals)) - 1
        self.judged: set[str] = set()
        self.contents = Contents(state.catalog.snapshot)
        self.shown = shown(state.shown)
        self.static = static_digests(state)
        self._theme = frozenset(digest for path, digest in self.static.items() if not path.startswith(LOOK_PREFIX))
        self.inventory = Inventory(state.portals, self.shown, self.static, self.contents)
        self.uses: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.holders: dict[str, int] = defaultdict(int)
        for path, held in forest.files.items():
            for portals, digest in held:
                self.uses[digest][path] |= portals
                self.holders[path] |= portals
        self.roads = Roads(self.holders, state.site.url)
        self.quizzes = {
            address_of(course.quiz.path).file: course for _, _, course in self.shown.courses if course.quiz is not None
        }

    def leaks(self, known: Set[str] = frozenset()) -> Iterator[Leak]:
        """Yield what is wrong before any file is opened.

        Args:
            known: what `judged` was in a clean audit.
        """
        yield from self.forest.leaks
        yield from wrong_readers(self.state, self.shown, known, self.judged)
        yield from self.inventory.misplaced(self.forest.files)
        yield from self.inventory.lacking(self.holders)

    def telling(self, digest: str) -> Mapping[str, int]:
        """Return the uses of a file in which it may betray something: the theme's own files do not."""
        uses = self.uses[digest]
        if digest not in self._theme:
            return uses
        return {path: portals for path, portals in uses.items() if path not in self.static}

    def referring(self, digest: str) -> Iterator[tuple[str, int]]:
        """Yield the uses of a file in which what it refers to must be there: path and portals."""
        for path, portals in self.uses[digest].items():
            if path in self.static or self.inventory.made(path) & portals:
                yield path, portals

    def blob(self, digest: str) -> Blob:
        """Return a file as those take it who look into it."""
        place = self.forest.blobs.place(digest)
        suffixes = {posixpath.splitext(path)[1] for path, _ in self.referring(digest)}
        return Blob(
            digest=digest,
            place=place,
            held=self.forest.blobs[digest] if place is None else b"",
            searched=bool(self.telling(digest)),
            suffixes=SUFFIXES & suffixes,
        )

    def unread(self, digest: str, place: str, reason: str) -> Unread:
        """Return that a part of a file could not be opened, with one of the portals that have it."""
        path, portals = next(iter(self.uses[digest].items()))
        portal = next(members(portals))
        owner = self.inventory.owner(path, portal)
        return Unread(portal=self.portals[portal].id, file=path, place=place, owner=owner, reason=reason)
