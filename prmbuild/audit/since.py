"""What is different since a clean audit about canaries, what portals say, and so about who may hold what."""

from collections.abc import Sequence, Set

import numpy as np
from msgspec.structs import replace

from prmbuild.audit.allowed import Allowed, Said, baseline, said
from prmbuild.audit.arrays import distinct
from prmbuild.audit.batches import by_size
from prmbuild.audit.canaries import Canary, Packed, Source
from prmbuild.audit.facts import BATCH
from prmbuild.audit.filled import among
from prmbuild.audit.gather import collected, general, origins
from prmbuild.audit.ledger import Addresses, Kept, Ledger, readers_of
from prmbuild.audit.lists import Flags, flags
from prmbuild.audit.needles import Numbers
from prmbuild.audit.permitted import all_voices
from prmbuild.audit.premises import Premises
from prmbuild.audit.recollection import Recollection
from prmbuild.audit.report import Kind
from prmbuild.audit.runs import NewRuns, surely_absent
from prmbuild.audit.search import Search
from prmbuild.audit.table import Canaries
from prmbuild.audit.work import workers
from prmbuild.visibility.sets import Translation

_SHARE = 3
"""Where more than one in so many things is new, an audit of everything costs less."""

_FEW = 100
"""So many new things are always few."""


_LIKELY = 16
"""Voices that are listened to before all are."""


class Unsure(Exception):
    """What changed cannot be judged by itself, or is not clean."""


class Since:
    """Canaries and who may hold them, from those of a clean audit. They keep their old numbers; new ones have more.

    Args:
        old: the clean audit.
        premises: of the new one.
        jobs: processes that may be used.

    Attributes:
        ledger: the books of the new audit, begun: origins, voices and what is said.
        kept: what of the old books stays, of which the new ones know.
        now: turns old sets of portals into those of the new audit.
        size: how many old canaries there are.
        canaries: the old ones and the new.
        new: numbers of the new ones.
        absent: which of the new ones surely stand in nothing that was there before.
        alive: which canaries there are still.
        search: for all of them; `runs` takes in what it searches.
        allowed: which portals may hold each.
        always: which of them every portal may say.
        searched: which of them all old files were searched for.
        unsearched: those that have to be searched for in them.
        worse: which of them a portal may not hold any more that might.

    Raises:
        Unsure: too much is new.
    """

    def __init__(self, old: Recollection, premises: Premises, jobs: int) -> None:
        self._old, self._premises, self._jobs = old, premises, jobs
        self.kept = Kept(old)
        self.ledger = Ledger(addresses=Addresses(old.ways.addresses), kept=self.kept)
        self.now = _translation(old, premises)
        self.size = len(old.canaries)
        self.runs = NewRuns(old.runs)
        self._collect(Search.resumed(old.canaries, old.index))
        self.search = Search.resumed(self.canaries, old.index, self.runs)
        self._listen()
        self._allow()

    def canary(self, number: int) -> Canary:
        """Return a canary, without where it stands."""
        phrase = self.canaries.phrase(number)
        return Canary(
            key=phrase.replace(" ", ""),
            words=tuple(phrase.split(" ")),
            text=phrase,
            match=self.canaries.match(number),
            sources=(Source(Kind.TEXT, "", 1),),
        )

    def _collect(self, search: Search) -> None:
        """Find out which canaries there are: those of origins that are still there, and of new ones."""
        state, old = self._premises.state, self._old.origins
        fresh: dict[str, Packed] = {}
        for path, found in general(state, self._premises.contents).items():
            packed = found.packed()
            fresh[packed.key(path)] = packed
        listed = {origin.key: origin for origin in origins(state)}
        came = [(key, origin) for key, origin in listed.items() if key not in old.keys]
        few(len(came), len(listed))
        for key, origin in came:
            data = b"" if origin.blob is None else self._premises.contents.data(origin.blob)
            fresh[key] = collected(origin, data).packed()
        wanted = {key: None for packed in fresh.values() for key in zip(packed.matches, packed.texts(), strict=True)}
        numbers = search.numbers(wanted)
        new = [key for key in wanted if key not in numbers]
        numbers.update(zip(new, range(self.size, self.size + len(new)), strict=True))
        self.canaries = self._old.canaries.joined(Canaries.of(new))
        self.new = np.arange(self.size, self.size + len(new), dtype=np.int32)
        self.alive = np.zeros(len(self.canaries), np.bool_)
        for key in (*fresh, *listed):
            if key in fresh:
                own = zip(fresh[key].matches, fresh[key].texts(), strict=True)
                self.ledger.origins[key] = np.array([numbers[one] for one in own], np.int32)
            else:
                self.ledger.origins[key] = old.own[old.keys[key]]
            self.alive[self.ledger.origins[key]] = True
        self.absent = np.array([self._surely_absent(number) for number in self.new.tolist()], np.bool_)

    def _surely_absent(self, number: int) -> bool:
        return surely_absent(self._old.runs, self.canaries.letters(number).encode("utf-8", "surrogatepass"))

    def _listen(self) -> None:
        """Find out which canaries portals say."""
        old = self._old.voices
        voices = list(all_voices(self._premises))
        few(sum(voice.key not in old.keys for voice in voices), len(voices))
        for voice in voices:
            row = old.keys.get(voice.key)
            if row is None:
                heard = said(voice.saying(), self.search)
            else:
                heard = Said(spoken=old.spoken[row], titles=old.titles[row], sample=old.sample[row])
            self.ledger.voices.append(voice)
            self.ledger.said.append(heard)

    def _allow(self) -> None:
        """Find out which portals may hold each canary, and which canaries fewer may hold than before."""
        old, everyone = self._old, self._premises.everyone
        added = len(self.new)
        self.always = np.concatenate([old.always, np.zeros(added, np.bool_)])
        self.always[among(self.canaries, self.new, self._premises.vendor)] = True
        self.searched = np.concatenate([old.searched, self.absent])
        classes = np.concatenate([old.allowed.classes, np.zeros(added, np.int32)])
        self.allowed = Allowed.restored([self.now(mask) for mask in old.allowed.masks], classes, everyone)
        before = self.allowed.classes.copy()
        changed = self._restless()
        self.allowed.classes[changed] = self.allowed.class_of(0)
        self.allowed.add(np.flatnonzero(self.always).astype(np.int32), everyone)
        with_changed = set(old.voices.spoken.rows_with(changed[: self.size]).tolist())
        self.allowed.add_all(
            (heard.spoken[changed[heard.spoken]], voice.portals)
            for voice, heard in zip(self.ledger.voices, self.ledger.said, strict=True)
            if (row := old.voices.keys.get(voice.key)) is None or row in with_changed
        )
        self._ask_again()
        self.worse = self._worsened(before)
        self.unsearched = np.flatnonzero(self.allowed.denied_somewhere() & self.alive & ~self.searched)

    def _ask_again(self) -> None:
        """Listen again to what was said before, for new canaries that may stand in it and not everybody may hold."""
        doubtful = self._doubtful()
        if not len(doubtful):
            return
        search = Search.of(self.canaries, doubtful)
        state, contents = self._premises.state, self._premises.contents
        always = np.array(sorted(search.spoken(baseline(state, contents))), np.int32)
        self.always[always] = True
        self.allowed.add(always, self._premises.everyone)
        likely, others = self._who_may_say(doubtful)
        for index in likely:
            if not len(self._doubtful()):
                return
            self._hear(index, said(self.ledger.voices[index].saying(), search))
        if len(self._doubtful()):
            sayings = (self.ledger.voices[index].saying() for index in others)
            with workers(self._jobs) as crew:
                batches = by_size(sayings, lambda saying: saying.size, BATCH)
                for index, heard in zip(others, crew.listen(crew.share(search), batches), strict=True):
                    self._hear(index, heard)

    def _doubtful(self) -> Numbers:
        """Return the new canaries that may stand in something old and that some portal may not hold."""
        denied = self.allowed.denied_somewhere()[self.size :]
        return self.new[~self.absent & denied]

    def _hear(self, index: int, heard: Said) -> None:
        voice, before = self.ledger.voices[index], self.ledger.said[index]
        self.ledger.said[index] = replace(before, spoken=np.concatenate([before.spoken, heard.spoken]))
        self.allowed.add(heard.spoken, voice.portals)

    def _who_may_say(self, doubtful: Numbers) -> tuple[Sequence[int], Sequence[int]]:
        """Return which of the old voices are likely to say canaries, those that most hear first, and all others.

        Likely are those who say an old canary with the letters of a new one in it.
        """
        old = self._old
        letters, ends, numbers = old.canaries.spelt()
        _, places = Search.of(self.canaries, doubtful).find(letters.tobytes())
        holding = flags(numbers[np.searchsorted(ends, places, "right") - 1], self.size)
        rows = set(old.voices.spoken.rows_with(holding).tolist())
        likely: list[int] = []
        others: list[int] = []
        for index, voice in enumerate(self.ledger.voices):
            row = old.voices.keys.get(voice.key)
            if row is not None:
                (likely if row in rows else others).append(index)
        likely.sort(key=lambda index: -self.ledger.voices[index].portals.bit_count())
        return likely[:_LIKELY], likely[_LIKELY:] + others

    def _restless(self) -> Flags:
        """Return for each canary whether what is said with it changed."""
        old = self._old.voices
        gone = np.ones(len(old.portals), np.bool_)
        changed = np.ones(len(self.canaries), np.bool_)
        changed[: self.size] = False
        for voice, heard in zip(self.ledger.voices, self.ledger.said, strict=True):
            row = old.keys.get(voice.key)
            if row is None:
                changed[heard.spoken] = True
            else:
                gone[row] = self.now(old.portals[row]) != voice.portals
        changed[: self.size] |= old.spoken.in_rows(gone, self.size)
        return changed

    def _worsened(self, before: Numbers) -> Flags:
        """Return for each canary whether a portal may not hold it any more that might."""
        worse = np.zeros(len(self.canaries), np.bool_)
        pairs = before.astype(np.int64) << 32 | self.allowed.classes
        masks = self.allowed.masks
        for pair in distinct(pairs[: self.size]).tolist():
            if masks[pair >> 32] & ~masks[pair & 0xFFFFFFFF]:
                worse |= np.concatenate([pairs[: self.size] == pair, np.zeros(len(self.new), np.bool_)])
        return worse


def _translation(old: Recollection, premises: Premises) -> Translation:
    """Return what turns old sets of portals into such of those that there are now.

    A portal counts as the one that had its id, or else its first reader, before. Nothing hangs on that but how much has
    to be looked at again.
    """
    by_id = {portal: 1 << number for number, (portal, _) in enumerate(old.readers)}
    by_reader = {reader: 1 << number for number, (_, readers) in enumerate(old.readers) for reader in readers}
    return Translation(
        [
            by_id.get(portal) or next((by_reader[one] for one in readers if one in by_reader), 0)
            for portal, readers in readers_of(premises)
        ]
    )


def differing(old: Recollection, premises: Premises) -> tuple[Set[str], Set[str]]:
    """Return the SHA-256 of files that others have, or have elsewhere, than before, and the paths of such files.

    All others are what they were, for whom they were.
    """
    now, before = premises.forest.files, old.files
    if list(old.readers) != list(readers_of(premises)):
        return premises.uses.keys(), now.keys() | before.keys()
    paths = {path for path in now.keys() | before.keys() if now.get(path) != before.get(path)}
    held = (held for path in paths for held in (*now.get(path, ()), *before.get(path, ())))
    return {digest for _, digest in held}, paths


def few(new: int, everything: int) -> None:
    """Raise `Unsure` where too many of some things are new."""
    if new > max(_FEW, everything // _SHARE):
        raise Unsure
