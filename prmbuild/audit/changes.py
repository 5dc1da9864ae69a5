"""The audit of what changed since one that found everything clean; see `prmbuild.audit.recollection`.

A leak is a canary in a file of a portal that may not hold it. Whether a canary stands in a file is a fact of their
bytes alone, so of what was there before only that has to be looked at again which changed: a file that more portals
have, a canary that fewer may hold. And of new canaries it is known, from the runs of all that was ever searched, that
they stand in nothing old. Where that is not known, or anything is not clean, everything is audited.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from prmbuild.audit.allowed import Allowed, Said, baseline, controlled, said
from prmbuild.audit.batches import by_size
from prmbuild.audit.canaries import Canary, Packed, Source
from prmbuild.audit.control import Controls, Outcome, ShownPage
from prmbuild.audit.facts import BATCH, facts, size_of
from prmbuild.audit.gather import collected, general, origins
from prmbuild.audit.hiding import blind_spots
from prmbuild.audit.ledger import (
    Addresses,
    Ledger,
    Text,
    Way,
    body_of,
    file_text,
    name_key,
    name_text,
    page_files,
    readers_of,
    recollection,
    way_key,
    ways_of,
)
from prmbuild.audit.lists import Flags, flags
from prmbuild.audit.needles import Numbers
from prmbuild.audit.permitted import Voice, all_voices
from prmbuild.audit.premises import Premises
from prmbuild.audit.quizzes import betrayals, unseen
from prmbuild.audit.recollection import Recollection
from prmbuild.audit.references import Reference
from prmbuild.audit.report import AuditReport, Kind
from prmbuild.audit.runs import NewRuns, surely_absent
from prmbuild.audit.search import Search
from prmbuild.audit.table import Canaries
from prmbuild.audit.work import Suspect, confirm, workers
from prmbuild.progress import Progress
from prmbuild.visibility.sets import Translation

_SHARE = 5
"""Where more than one in so many things is new, an audit of everything costs less."""

_FEW = 100
"""So many new things are always few."""


_LIKELY = 16
"""Voices that are listened to before all are."""

_NONE: Numbers = np.zeros(0, np.int32)


class Unsure(Exception):
    """What changed cannot be judged by itself, or is not clean."""


def audit_changes(
    old: Recollection, premises: Premises, progress: Progress, jobs: int
) -> tuple[AuditReport, Recollection] | None:
    """Audit what changed.

    Args:
        old: the clean audit that the changes are counted from.
        premises: what is to be audited.
        progress: hears of the stages.
        jobs: processes that search.

    Returns:
        The report that an audit of everything makes, and what is to be remembered; None where one has to be made.

    Raises:
        SourceError: a file of the programme cannot be read.
        AuditError: the build is not what it says.
    """
    try:
        if any(premises.leaks()):
            return None
        return _Changes(old, premises, jobs).judged(progress)
    except Unsure:
        return None


class _Changes:
    """Changes under judgement. Canaries keep their old numbers; new ones have those after."""

    def __init__(self, old: Recollection, premises: Premises, jobs: int) -> None:
        self._old, self._premises, self._jobs = old, premises, jobs
        self._now = _translation(old, premises)
        self._size = len(old.canaries)
        self._runs = NewRuns(old.runs)
        self._ledger = Ledger(addresses=Addresses(old.ways.addresses))
        self._references: dict[str, Mapping[str, frozenset[Reference]]] = {}
        self._text_keys = tuple(old.texts.keys)
        search = Search.of(old.canaries)
        self._collect(search)
        self._search = search.with_others(self._canaries, self._runs)
        if any(blind_spots(search)):
            raise Unsure
        self._listen()
        self._allow()

    def judged(self, progress: Progress) -> tuple[AuditReport, Recollection]:
        """Return the report, and what is to be remembered.

        Raises:
            Unsure: everything has to be audited.
        """
        self._look(progress)
        self._follow()
        self._control()
        quizzes = self._quizzes()
        premises, texts = self._premises, self._ledger.texts
        report = AuditReport(
            leaks=(),
            unread=tuple(
                premises.unread(digest, place, reason)
                for digest in premises.uses
                for place, reason in texts[digest].problems
            ),
            portals=len(premises.portals),
            files=sum(portals.bit_count() for portals in premises.holders.values()),
            blobs=len(premises.uses),
            bytes=sum(texts[digest].size for digest in premises.uses),
            canaries=int(self._alive.sum()),
            controls=sum(outcome.made for outcome in self._ledger.outcomes) + quizzes,
        )
        remembered = recollection(
            self._ledger,
            premises,
            constant=self._old.constant,
            canaries=self._canaries,
            alive=self._alive,
            allowed=self._allowed,
            always=self._always,
            searched=self._searched,
            runs=self._runs.bits(),
        )
        return report, remembered

    def _collect(self, search: Search) -> None:
        """Find out which canaries there are: those of origins that are still there, and of new ones."""
        state, old = self._premises.state, self._old.origins
        fresh: dict[str, Packed] = {}
        for path, found in general(state, self._premises.contents).items():
            packed = found.packed()
            fresh[packed.key(path)] = packed
        listed = {origin.key: origin for origin in origins(state)}
        came = [(key, origin) for key, origin in listed.items() if key not in old.keys]
        _few(len(came), len(listed))
        for key, origin in came:
            data = b"" if origin.blob is None else self._premises.contents.data(origin.blob)
            fresh[key] = collected(origin, data).packed()
        wanted = {key: None for packed in fresh.values() for key in zip(packed.matches, packed.texts(), strict=True)}
        numbers = search.numbers(wanted)
        new = [key for key in wanted if key not in numbers]
        numbers.update(zip(new, range(self._size, self._size + len(new)), strict=True))
        self._canaries = self._old.canaries.joined(Canaries.of(new))
        self._new = np.arange(self._size, self._size + len(new), dtype=np.int32)
        self._alive = np.zeros(len(self._canaries), np.bool_)
        for key in (*fresh, *listed):
            if key in fresh:
                own = zip(fresh[key].matches, fresh[key].texts(), strict=True)
                self._ledger.origins[key] = np.array([numbers[one] for one in own], np.int32)
            else:
                self._ledger.origins[key] = old.own[old.keys[key]]
            self._alive[self._ledger.origins[key]] = True
        self._absent = np.array([self._surely_absent(number) for number in self._new.tolist()], np.bool_)

    def _surely_absent(self, number: int) -> bool:
        return surely_absent(self._old.runs, self._canaries.letters(number).encode("utf-8", "surrogatepass"))

    def _listen(self) -> None:
        """Find out which canaries portals say."""
        old = self._old.voices
        voices = list(all_voices(self._premises))
        _few(sum(voice.key not in old.keys for voice in voices), len(voices))
        for voice in voices:
            row = old.keys.get(voice.key)
            if row is None:
                heard = said(voice.saying(), self._search)
            else:
                heard = Said(spoken=old.spoken[row], titles=old.titles[row], sample=old.sample[row])
            self._ledger.voices.append(voice)
            self._ledger.said.append(heard)

    def _allow(self) -> None:
        """Find out which portals may hold each canary, and which canaries fewer may hold than before."""
        old, everyone = self._old, self._premises.everyone
        added = len(self._new)
        self._always = np.concatenate([old.always, np.zeros(added, np.bool_)])
        self._searched = np.concatenate([old.searched, self._absent])
        classes = np.concatenate([old.allowed.classes, np.zeros(added, np.int32)])
        self._allowed = Allowed.restored([self._now(mask) for mask in old.allowed.masks], classes, everyone)
        before = self._allowed.classes.copy()
        changed = self._restless()
        self._allowed.classes[changed] = self._allowed.class_of(0)
        self._allowed.add(np.flatnonzero(self._always).astype(np.int32), everyone)
        with_changed = set(old.voices.spoken.rows_with(changed[: self._size]).tolist())
        for voice, heard in zip(self._ledger.voices, self._ledger.said, strict=True):
            row = old.voices.keys.get(voice.key)
            if row is None or row in with_changed:
                self._allowed.add(heard.spoken[changed[heard.spoken]], voice.portals)
        self._ask_again()
        self._worse = self._worsened(before)
        self._unsearched = np.flatnonzero(self._allowed.denied_somewhere() & self._alive & ~self._searched)

    def _ask_again(self) -> None:
        """Listen again to what was said before, for new canaries that may stand in it and not everybody may hold."""
        doubtful = self._doubtful()
        if not len(doubtful):
            return
        search = Search.of(self._canaries, doubtful)
        state, contents = self._premises.state, self._premises.contents
        always = {number for text in baseline(state, contents) for number in search.spoken(text)}
        self._always[sorted(always)] = True
        self._allowed.add(np.array(sorted(always), np.int32), self._premises.everyone)
        likely, others = self._who_may_say(doubtful)
        for index in likely:
            if not len(self._doubtful()):
                return
            self._hear(index, said(self._ledger.voices[index].saying(), search))
        if len(self._doubtful()):
            sayings = (self._ledger.voices[index].saying() for index in others)
            with workers(self._jobs) as crew:
                batches = by_size(sayings, lambda saying: saying.size, BATCH)
                for index, heard in zip(others, crew.listen(search, batches), strict=True):
                    self._hear(index, heard)

    def _doubtful(self) -> Numbers:
        """Return the new canaries that may stand in something old and that some portal may not hold."""
        denied = self._allowed.denied_somewhere()[self._size :]
        return self._new[~self._absent & denied]

    def _hear(self, index: int, heard: Said) -> None:
        voice, before = self._ledger.voices[index], self._ledger.said[index]
        self._ledger.said[index] = replace(before, spoken=np.concatenate([before.spoken, heard.spoken]))
        self._allowed.add(heard.spoken, voice.portals)

    def _who_may_say(self, doubtful: Numbers) -> tuple[Sequence[int], Sequence[int]]:
        """Return which of the old voices are likely to say canaries, those that most hear first, and all others.

        Likely are those who say an old canary with the letters of a new one in it.
        """
        old = self._old
        letters, ends, numbers = old.canaries.spelt()
        _, places = Search.of(self._canaries, doubtful).find(letters.tobytes())
        holding = flags(numbers[np.searchsorted(ends, places, "right") - 1], self._size)
        rows = set(old.voices.spoken.rows_with(holding).tolist())
        likely: list[int] = []
        others: list[int] = []
        for index, voice in enumerate(self._ledger.voices):
            row = old.voices.keys.get(voice.key)
            if row is not None:
                (likely if row in rows else others).append(index)
        likely.sort(key=lambda index: -self._ledger.voices[index].portals.bit_count())
        return likely[:_LIKELY], likely[_LIKELY:] + others

    def _restless(self) -> Flags:
        """Return for each canary whether what is said with it changed."""
        old = self._old.voices
        gone = np.ones(len(old.portals), np.bool_)
        changed = np.ones(len(self._canaries), np.bool_)
        changed[: self._size] = False
        for voice, heard in zip(self._ledger.voices, self._ledger.said, strict=True):
            row = old.keys.get(voice.key)
            if row is None:
                changed[heard.spoken] = True
            else:
                gone[row] = self._now(old.portals[row]) != voice.portals
        changed[: self._size] |= old.spoken.in_rows(gone, self._size)
        return changed

    def _worsened(self, before: Numbers) -> Flags:
        """Return for each canary whether a portal may not hold it any more that might."""
        worse = np.zeros(len(self._canaries), np.bool_)
        pairs = before.astype(np.int64) << 32 | self._allowed.classes
        masks = self._allowed.masks
        for pair in np.unique(pairs[: self._size]).tolist():
            if masks[pair >> 32] & ~masks[pair & 0xFFFFFFFF]:
                worse |= np.concatenate([pairs[: self._size] == pair, np.zeros(len(self._new), np.bool_)])
        return worse

    def _look(self, progress: Progress) -> None:
        """Search new files and names, and find out what old ones may not hold any more."""
        premises, old = self._premises, self._old.texts
        progress.stage("searching every file", len(premises.uses))
        added, added_names = self._searched_again()
        came = {digest for digest in premises.uses if not self._searched_before(digest)}
        _few(len(came), len(premises.uses))
        progress.reused(len(premises.uses) - len(came | added.keys()))
        progress.advance(len(added))
        worse = set(old.found.rows_with(self._worse[: self._size]).tolist())
        for digest in premises.uses:
            if digest in came:
                self._look_at(digest)
                progress.advance()
            else:
                row = old.keys[digest]
                problems = old.problems.get(digest, ())
                found = np.concatenate([old.found[row], added.get(digest, _NONE)])
                text = file_text(premises, digest, found, int(old.sizes[row]), problems)
                self._judge_old(digest, text, row, row in worse or digest in added)
        keys = {path: name_key(path) for path in premises.holders}
        names = [path for path, key in keys.items() if key not in old.keys]
        inside = dict(zip(names, self._search.of_chunks(names), strict=True))
        for path, key in keys.items():
            if key not in old.keys:
                text = name_text(premises, path, np.array(sorted(inside[path][0]), np.int32))
                self._judge(key, text, text.found, name=path)
            else:
                row = old.keys[key]
                text = name_text(premises, path, np.concatenate([old.found[row], added_names.get(path, _NONE)]))
                self._judge_old(key, text, row, row in worse or path in added_names, name=path)

    def _searched_again(self) -> tuple[Mapping[str, Numbers], Mapping[str, Numbers]]:
        """Search what was there before for the canaries that have to be searched for, and were not.

        Returns:
            What was found: by SHA-256 of a file, and by the name of files.
        """
        if not len(self._unsearched):
            return {}, {}
        premises, keys = self._premises, self._old.texts.keys
        search = Search.of(self._canaries, self._unsearched.astype(np.int32))
        before = [digest for digest in premises.uses if digest in keys and self._searched_before(digest)]
        blobs = (replace(premises.blob(digest), suffixes=frozenset()) for digest in before)
        with workers(self._jobs) as crew:
            found = {told.digest: told.found for told in crew.look(search, by_size(blobs, size_of, BATCH))}
        names = [path for path in premises.holders if name_key(path) in keys]
        inside = {
            path: np.array(sorted(told), np.int32)
            for path, (told, _) in zip(names, search.of_chunks(names), strict=True)
            if told
        }
        self._searched[self._unsearched] = True
        self._worse[self._unsearched] = True
        return found, inside

    def _searched_before(self, digest: str) -> bool:
        row = self._old.texts.keys.get(digest)
        # what was but a file of the theme was not searched
        return row is not None and bool(self._old.texts.portals[row] or not self._premises.telling(digest))

    def _look_at(self, digest: str) -> None:
        blob = self._premises.blob(digest)
        seen = facts(blob, self._search)
        text = file_text(self._premises, digest, seen.found, seen.size, seen.problems)
        self._references[digest] = seen.references
        self._judge(digest, text, seen.found, data=blob.data)

    def _judge_old(self, key: str, text: Text, row: int, worse: bool, name: str = "") -> None:
        """Judge a text that was there before by what changed."""
        if text.portals & ~self._now(self._old.texts.portals[row]):
            self._judge(key, text, text.found, name)
        else:
            self._judge(key, text, text.found[self._worse[text.found]] if worse else text.found[:0], name)

    def _judge(self, key: str, text: Text, found: Numbers, name: str = "", data: bytes | None = None) -> None:
        """Note a text, unless it holds one of some canaries that it may not hold."""
        self._ledger.texts[key] = text
        if not len(found):
            return
        denied = [number for number, _ in self._allowed.denied(found[self._alive[found]], text.portals)]
        if not denied:
            return
        canaries = {number: self._canary(number) for number in denied}
        if not name and data is None:
            data = self._premises.forest.blobs[key]
        suspect = Suspect(
            digest="" if name else key,
            data=data or b"",
            name=name,
            canaries=canaries,
            alike={number: number for number in denied},
        )
        if confirm(suspect):
            raise Unsure

    def _canary(self, number: int) -> Canary:
        phrase = self._canaries.phrase(number)
        return Canary(
            key=phrase.replace(" ", ""),
            words=tuple(phrase.split(" ")),
            text=phrase,
            match=self._canaries.match(number),
            sources=(Source(Kind.TEXT, "", 1),),
        )

    def _follow(self) -> None:
        """Find out whether everything is still there that files refer to."""
        premises, old = self._premises, self._old.ways
        reached = [self._now(before) & ~premises.roads.reached(one) for one, before in zip(old.addresses, old.reached)]
        astray = set(old.targets.rows_with(np.array(reached, np.bool_)).tolist()) if any(reached) else set()
        for digest in premises.uses:
            for (suffix, folder), portals in ways_of(premises, digest).items():
                key = way_key(digest, suffix, folder)
                row = None if digest in self._references else old.keys.get(key)
                if row is None:
                    self._ledger.ways[key] = self._new_way(digest, suffix, folder, portals)
                    continue
                targets = old.targets[row]
                if row in astray or portals & ~self._now(old.portals[row]):
                    self._require((old.addresses[target] for target in targets.tolist()), portals)
                self._ledger.ways[key] = Way(portals, targets)

    def _new_way(self, digest: str, suffix: str, folder: str, portals: int) -> Way:
        if digest not in self._references:
            self._references[digest] = facts(self._premises.blob(digest), self._search).references
        references = self._references[digest].get(suffix, frozenset())
        roads = self._premises.roads
        if any(roads.astray(references, folder, portals)):
            raise Unsure
        return Way(portals, self._ledger.addresses.of(roads.targets(references, folder)))

    def _require(self, targets: Iterable[str], portals: int) -> None:
        if any(portals & ~self._premises.roads.reached(target) for target in targets):
            raise Unsure

    def _quizzes(self) -> int:
        """Return how many quizzes there are that betray nothing."""
        premises = self._premises
        asked = 0
        for path, quiz in premises.quizzes.items():
            for _, digest in premises.forest.files.get(path, ()):
                if path in premises.telling(digest):
                    text = premises.forest.blobs[digest].decode("utf-8", "replace")
                    if any(betrayals(text)) or unseen(text, quiz):
                        raise Unsure
                    asked += 1
        return asked

    def _control(self) -> None:
        """Find out whether what changed holds what it must."""
        pages = self._pages_to_control()
        controls = Controls(self._premises.state, tuple(pages.values()), self._canaries.letters)
        for digest in self._texts_to_hear(pages, controls):
            found = self._ledger.texts[digest].found
            controls.look(found[self._alive[found]], self._premises.telling(digest))
        outcomes = dict(zip(pages, controls.outcomes(), strict=True))
        if any(outcome.failed for outcome in outcomes.values()):
            raise Unsure
        if any(not self._searched[number] for number in controls.excused):
            raise Unsure
        old = self._old.voices
        for index, voice in enumerate(self._ledger.voices):
            outcome = outcomes.get(index)
            if outcome is None:
                row = old.keys[voice.key]
                outcome = Outcome(made=int(old.made[row]), excused=bool(old.excused[row]))
            self._ledger.outcomes.append(outcome)

    def _pages_to_control(self) -> Mapping[int, ShownPage]:
        """Return the pages whose controls may come out otherwise than before."""
        old, stirred = self._old.voices, self._stirred()
        rows = {*old.titles.rows_with(stirred).tolist(), *old.sample.rows_with(stirred).tolist()}
        unsure = bool((~self._absent).any())
        pages: dict[int, ShownPage] = {}
        for index, (voice, heard) in enumerate(zip(self._ledger.voices, self._ledger.said, strict=True)):
            if voice.seen is None:
                continue
            row = old.keys.get(voice.key)
            if row is not None and unsure and not (len(heard.titles) and len(heard.sample) and not old.excused[row]):
                # the letters of a new canary may be those of a line that had none
                heard = self._ledger.said[index] = self._controlled_anew(heard, voice)
                row = None
            if row is None or row in rows or not self._stands_as_before(voice, row):
                pages[index] = ShownPage(voice.portals, voice.seen, self._living(heard))
        return pages

    def _controlled_anew(self, heard: Said, voice: Voice) -> Said:
        """Return the canaries in what a page says, with new ones that are its titles or lines."""
        titles, sample = controlled(voice.saying(), self._search)
        return Said(spoken=heard.spoken, titles=titles, sample=sample)

    def _stands_as_before(self, voice: Voice, row: int) -> bool:
        old = self._old.voices
        if self._now(old.portals[row]) != voice.portals or old.bodies[row] != body_of(self._premises, voice):
            return False
        first = int(old.files.ends[row])
        before = {
            (self._text_keys[file], self._now(portals))
            for file, portals in zip(old.files[row].tolist(), old.holders[first:], strict=False)
        }
        return before == set(page_files(self._premises, voice))

    def _stirred(self) -> Flags:
        """Return the old canaries that are gone, or stand in other search data or navigation than before."""
        old, texts = self._old.texts, self._ledger.texts
        stirred = ~self._alive
        rows = np.zeros(len(old.portals), np.bool_)
        for key, row in old.keys.items():
            text = texts.get(key)
            before = self._now(old.navigation[row]), self._now(old.search[row])
            rows[row] = before != ((text.navigation, text.search) if text is not None else (0, 0))
        for key, text in texts.items():
            if (text.navigation or text.search) and key not in old.keys:
                stirred[text.found] = True
        return stirred[: self._size] | old.found.in_rows(rows, self._size)

    def _living(self, heard: Said) -> Said:
        alive = self._alive
        return Said(
            spoken=heard.spoken[alive[heard.spoken]],
            titles=heard.titles[alive[heard.titles]],
            sample=heard.sample[alive[heard.sample]],
        )

    def _texts_to_hear(self, pages: Mapping[int, ShownPage], controls: Controls) -> Iterator[str]:
        """Yield the files that hold something that is to be controlled, or must."""
        wanted = np.zeros(len(self._canaries), np.bool_)
        wanted[sorted(controls.wanted)] = True
        old = self._old.texts
        rows = set(old.found.rows_with(wanted[: self._size]).tolist())
        at = {digest for index in pages for digest, _ in page_files(self._premises, self._ledger.voices[index])}
        for digest in self._premises.uses:
            text = self._ledger.texts[digest]
            told = (text.navigation or text.search) and (digest not in old.keys or old.keys[digest] in rows)
            if told or digest in at:
                yield digest


def _translation(old: Recollection, premises: Premises) -> Translation:
    """Return what turns old sets of portals into such of those that there are now.

    A portal counts as the one that had its id, or else its first reader, before. Nothing hangs on that but how much has
    to be looked at again.
    """
    by_id = {portal: 1 << number for number, (portal, _) in enumerate(old.readers)}
    by_reader = {reader: 1 << number for number, (_, readers) in enumerate(old.readers) for reader in readers}
    now = readers_of(premises)
    return Translation(
        [by_id.get(portal) or next((by_reader[one] for one in readers if one in by_reader), 0) for portal, readers in now]
    )


def _few(new: int, everything: int) -> None:
    if new > max(_FEW, everything // _SHARE):
        raise Unsure
