"""Which canaries portals may hold, because something that they show says the same."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from prmbuild.audit.allowed import (
    Allowed,
    Said,
    Saying,
    asset_saying,
    baseline,
    course_saying,
    page_saying,
)
from prmbuild.audit.batches import MapBatches, by_size
from prmbuild.audit.contents import Contents
from prmbuild.audit.needles import Numbers
from prmbuild.audit.search import Search
from prmbuild.audit.shown import Shown
from prmbuild.audit.table import Table
from prmbuild.audit.work import Searched, listen
from prmbuild.desired import Desired
from prmbuild.portals.views import SeenPage

_BATCH = 1 << 18
"""Characters of what portals say that a process listens to at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permitted:
    """What portals may hold.

    Attributes:
        allowed: which canaries.
        pages: the set of portals that show a page, the page, and its canaries.
    """

    allowed: Allowed
    pages: Sequence[tuple[int, SeenPage, Said]]

    def relevant(self) -> Numbers:
        """Return the canaries that are worth a search: some portal may not hold them, or a control needs them."""
        wanted = [np.flatnonzero(self.allowed.denied_somewhere()).astype(np.int32)]
        for _, _, said in self.pages:
            wanted += (said.titles, said.sample)
        return np.unique(np.concatenate(wanted))


def permitted(
    state: Desired,
    shown: Shown,
    table: Table,
    contents: Contents,
    handed: Callable[[Search], Searched],
    map_batches: MapBatches,
) -> Permitted:
    """Listen to everything that portals show.

    Args:
        state: the programme and its portals.
        shown: what these show.
        table: the canaries.
        contents: reads assets.
        handed: makes a search one that `map_batches` can hand to those who do the work.
        map_batches: does the work.
    """
    everyone = (1 << len(state.portals)) - 1
    search = table.search(range(table.size))
    allowed = Allowed(table.size, everyone)
    for text in baseline(state, contents):
        allowed.add(np.array(sorted(search.spoken(text)), np.int32), everyone)
    listening = partial(listen, handed(search))
    batches = map_batches(listening, by_size(sayings(state, shown, contents), lambda saying: saying.size, _BATCH))
    said = [heard for batch in batches for heard in batch]
    shows = [mask for things in (shown.pages, shown.courses, shown.assets) for mask, _, _ in things]
    for mask, heard in zip(shows, said, strict=True):
        allowed.add(heard.spoken, mask)
    pages = [(mask, seen, heard) for (mask, _, seen), heard in zip(shown.pages, said, strict=False)]
    return Permitted(allowed=allowed, pages=pages)


def sayings(state: Desired, shown: Shown, contents: Contents) -> Iterator[Saying]:
    """Yield what portals say, in the order of `Shown`: pages, courses, then assets."""
    yield from (page_saying(seen, state.articles) for _, _, seen in shown.pages)
    yield from (course_saying(course) for _, _, course in shown.courses)
    for _, path, version in shown.assets:
        yield asset_saying(path, b"" if version.blob is None else contents.data(version.blob))
