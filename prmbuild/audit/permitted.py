"""Which canaries portals may hold, because something that they show says the same."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import sha256

import numpy as np
from msgspec import Struct

from prmbuild.audit.allowed import Allowed, Said, Saying, asset_saying, baseline, course_saying, page_saying, page_words
from prmbuild.audit.arrays import distinct
from prmbuild.audit.batches import by_size
from prmbuild.audit.control import ShownPage
from prmbuild.audit.filled import among
from prmbuild.audit.needles import Numbers
from prmbuild.audit.premises import Premises
from prmbuild.audit.search import Search
from prmbuild.audit.shown import page_key
from prmbuild.audit.table import Canaries
from prmbuild.audit.work import Searched, Workers
from prmbuild.portals.views import SeenPage

_BATCH = 1 << 18
"""Characters of what portals say that a process listens to at a time."""


class Voice(Struct, frozen=True, kw_only=True):
    """Something that portals show, and so say.

    Attributes:
        portals: those that show it.
        key: the digest of all that it says.
        seen: the page; None for what is no page.
        saying: reads what it says.
    """

    portals: int
    key: str
    seen: SeenPage | None
    saying: Callable[[], Saying]


class Permitted(Struct, frozen=True, kw_only=True):
    """What portals may hold.

    Attributes:
        allowed: which canaries.
        baseline: the canaries in what every portal may say.
        voices: what portals show.
        said: the canaries in each of them.
        searched: the search for all canaries, for `prmbuild.audit.work.opened`; it takes many megabytes, which are not
            needed while files are searched for those that are worth it.
    """

    allowed: Allowed
    baseline: Numbers
    voices: Sequence[Voice]
    said: Sequence[Said]
    searched: Searched

    def pages(self) -> Sequence[ShownPage]:
        """Return what is said by pages."""
        return [
            ShownPage(voice.portals, voice.seen, said)
            for voice, said in zip(self.voices, self.said, strict=True)
            if voice.seen is not None
        ]

    def relevant(self) -> Numbers:
        """Return the canaries that are worth a search: some portal may not hold them, or a control needs them."""
        wanted = [np.flatnonzero(self.allowed.denied_somewhere()).astype(np.int32)]
        for said in self.said:
            wanted += (said.titles, said.sample)
        return distinct(np.concatenate(wanted))


def permitted(premises: Premises, canaries: Canaries, workers: Workers) -> Permitted:
    """Listen to everything that portals show.

    Args:
        premises: the portals, and what they show.
        canaries: what to listen for.
        workers: do the work.
    """
    shared = workers.share(Search.of(canaries, runs=workers.runs, thorough=True))
    allowed = Allowed(len(canaries), premises.everyone)
    found = shared.search.spoken(baseline(premises.state, premises.contents))
    filled = among(canaries, np.arange(len(canaries), dtype=np.int32), premises.vendor)
    always = np.array(sorted(found.union(filled.tolist())), np.int32)
    allowed.add(always, premises.everyone)
    voices = tuple(all_voices(premises))
    sayings = (voice.saying() for voice in voices)
    said = tuple(workers.listen(shared, by_size(sayings, lambda saying: saying.size, _BATCH)))
    for voice, heard in zip(voices, said, strict=True):
        allowed.add(heard.spoken, voice.portals)
    return Permitted(allowed=allowed, baseline=always, voices=voices, said=said, searched=shared.lent)


def all_voices(premises: Premises) -> Iterator[Voice]:
    """Yield what portals show: pages, courses, then assets."""
    for portals, path, seen in premises.shown.pages:
        yield _page(premises, portals, path, seen)
    for portals, _, course in premises.shown.courses:
        saying = course_saying(course, premises.vendor)
        key = _key("course", *saying.texts)
        yield Voice(portals=portals, key=key, seen=None, saying=partial(_given, saying))
    for portals, path, version in premises.shown.assets:
        blob = version.blob

        def read(path: str = path, blob: str | None = blob) -> Saying:
            return asset_saying(path, b"" if blob is None else premises.contents.data(blob))

        yield Voice(portals=portals, key=_key("asset", path, str(blob)), seen=None, saying=read)


def _page(premises: Premises, portals: int, path: str, seen: SeenPage) -> Voice:
    articles = premises.state.articles
    texts, titles = page_words(seen, articles, premises.vendor, premises.words)
    key = _key("page", path, repr(page_key(seen)), *texts, *titles)
    return Voice(
        portals=portals,
        key=key,
        seen=seen,
        saying=partial(page_saying, seen, articles, premises.vendor, premises.words),
    )


def _given(saying: Saying) -> Saying:
    return saying


def _key(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
