"""The audit of what changed since one that found everything clean; see `prmbuild.audit.recollection`.

A leak is a canary in a file of a portal that may not hold it. Whether a canary stands in a file is a fact of their
bytes alone, so of what was there before only that has to be looked at again which changed: a file that more portals
have, a canary that fewer may hold. And of new canaries it is known, from the runs of all that was ever searched, that
they stand in nothing old. Where that is not known, or anything is not clean, everything is audited.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

import numpy as np
from msgspec.structs import replace

from prmbuild.audit.allowed import Said, controlled
from prmbuild.audit.batches import by_size
from prmbuild.audit.control import Controls, Outcome, ShownPage
from prmbuild.audit.facts import BATCH, facts, size_of
from prmbuild.audit.hiding import blind_spots
from prmbuild.audit.ledger import (
    Text,
    Way,
    body_of,
    file_text,
    name_key,
    name_text,
    page_files,
    recollection,
    way_key,
    ways_of,
)
from prmbuild.audit.lists import flags
from prmbuild.audit.needles import Numbers
from prmbuild.audit.neighbours import Neighbours
from prmbuild.audit.parts import opened_pdf
from prmbuild.audit.permitted import Voice
from prmbuild.audit.premises import Premises
from prmbuild.audit.quizzes import betrayals, unseen
from prmbuild.audit.recollection import Recollection
from prmbuild.audit.references import Reference
from prmbuild.audit.report import AuditReport
from prmbuild.audit.search import Search
from prmbuild.audit.since import Since, Unsure, differing, few
from prmbuild.audit.successors import Successors
from prmbuild.audit.work import Suspect, confirm, workers
from prmbuild.progress import Progress


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
        if any(premises.leaks(old.judged)):
            return None
        return _Changes(old, premises, jobs).judged(progress)
    except Unsure:
        return None


class _Changes:
    """Changes under judgement; canaries are known by their numbers in `Since`."""

    def __init__(self, old: Recollection, premises: Premises, jobs: int) -> None:
        self._old, self._premises, self._jobs = old, premises, jobs
        self._since = Since(old, premises, jobs)
        self._ledger = self._since.ledger
        self._kept = self._since.kept
        self._neighbours = Neighbours(premises, self._ledger.voices)
        self._references: dict[str, Mapping[str, frozenset[Reference]]] = {}
        self._text_keys = tuple(old.texts.keys)
        self._touched, self._renamed = differing(old, premises)
        self._successors = Successors(old, premises, self._since, self._renamed)

    def judged(self, progress: Progress) -> tuple[AuditReport, Recollection]:
        """Return the report, and what is to be remembered.

        Raises:
            Unsure: everything has to be audited.
        """
        self._look(progress)
        if any(blind_spots(self._since.search, pdf=opened_pdf())):
            raise Unsure
        self._follow()
        self._control()
        quizzes = self._quizzes()
        premises = self._premises
        report = AuditReport(
            leaks=(),
            unread=tuple(
                premises.unread(digest, place, reason)
                for digest in premises.uses
                for place, reason in self._problems(digest)
            ),
            portals=len(premises.portals),
            files=sum(portals.bit_count() for portals in premises.holders.values()),
            blobs=len(premises.uses),
            bytes=sum(map(self._size, premises.uses)),
            canaries=int(self._since.alive.sum()),
            controls=sum(outcome.made for outcome in self._ledger.outcomes) + quizzes,
        )
        remembered = recollection(
            self._ledger,
            premises,
            constant=self._old.constant,
            canaries=self._since.canaries,
            alive=self._since.alive,
            allowed=self._since.allowed,
            always=self._since.always,
            searched=self._since.searched,
            runs=self._since.runs.bits(),
            index=self._since.search.index,
        )
        return report, remembered

    def _problems(self, digest: str) -> Sequence[tuple[str, str]]:
        text = self._ledger.texts.get(digest)
        return self._old.texts.problems.get(digest, ()) if text is None else text.problems

    def _size(self, digest: str) -> int:
        text = self._ledger.texts.get(digest)
        return int(self._old.texts.sizes[self._old.texts.keys[digest]]) if text is None else text.size

    def _found(self, digest: str) -> Numbers:
        text = self._ledger.texts.get(digest)
        return self._old.texts.found[self._old.texts.keys[digest]] if text is None else text.found

    def _look(self, progress: Progress) -> None:
        """Search new files and names, and find out what old ones may not hold any more."""
        premises, old = self._premises, self._old.texts
        progress.stage("searching every file", len(premises.uses))
        added, added_names = self._searched_again()
        came = {digest for digest in self._touched & premises.uses.keys() if not self._searched_before(digest)}
        few(len(came), len(premises.uses))
        progress.reused(len(premises.uses) - len(came | added.keys()))
        progress.advance(len(added))
        worse = set(old.found.rows_with(self._since.worse[: self._since.size]).tolist())
        self._touched = self._touched | added.keys() | {self._text_keys[row] for row in worse} | old.beside
        kept: list[int] = []
        for digest in premises.uses:
            if digest not in self._touched:
                kept.append(old.keys[digest])
            elif digest in came:
                self._look_at(digest)
                progress.advance()
            else:
                row = old.keys[digest]
                problems = old.problems.get(digest, ())
                found = _with(old.found[row], added.get(digest))
                text = file_text(premises, digest, found, int(old.sizes[row]), problems)
                self._judge_old(digest, text, row, row in worse or digest in added)
        kept += self._look_at_names(added_names, worse)
        self._kept.texts = np.array(kept, np.int32)

    def _look_at_names(self, added: Mapping[str, Numbers], worse: Set[int]) -> Sequence[int]:
        """Search new names; return the rows of those that are what they were."""
        premises, old = self._premises, self._old.texts
        rows = dict(zip(self._old.files, self._old.names.tolist(), strict=True))
        touched = self._renamed | added.keys() | {path for path, row in rows.items() if row in worse}
        keys = {path: name_key(path) for path in touched & premises.holders.keys()}
        names = [path for path, key in keys.items() if key not in old.keys]
        inside = dict(zip(names, self._since.search.of_chunks(names), strict=True))
        for path, key in keys.items():
            if key not in old.keys:
                text = name_text(premises, path, np.array(sorted(inside[path][0]), np.int32))
                self._judge(key, text, text.found, name=path)
            else:
                row = old.keys[key]
                text = name_text(premises, path, _with(old.found[row], added.get(path)))
                self._judge_old(key, text, row, row in worse or path in added, name=path)
        return [rows[path] for path in premises.holders if path not in keys]

    def _searched_again(self) -> tuple[Mapping[str, Numbers], Mapping[str, Numbers]]:
        """Search what was there before for the canaries that have to be searched for, and were not.

        Returns:
            What was found: by SHA-256 of a file, and by the name of files.
        """
        if not len(self._since.unsearched):
            return {}, {}
        premises, keys = self._premises, self._old.texts.keys
        search = Search.of(self._since.canaries, self._since.unsearched.astype(np.int32))
        before = [digest for digest in premises.uses if digest in keys and self._searched_before(digest)]
        blobs = (replace(premises.blob(digest), suffixes=frozenset()) for digest in before)
        with workers(self._jobs) as crew:
            told_each = crew.look(crew.share(search), by_size(blobs, size_of, BATCH))
            found = {told.digest: told.found for told in told_each}
        names = [path for path in premises.holders if name_key(path) in keys]
        inside = {
            path: np.array(sorted(told), np.int32)
            for path, (told, _) in zip(names, search.of_chunks(names), strict=True)
            if told
        }
        self._since.searched[self._since.unsearched] = True
        self._since.worse[self._since.unsearched] = True
        return found, inside

    def _searched_before(self, digest: str) -> bool:
        row = self._old.texts.keys.get(digest)
        # what was but a file of the theme was not searched
        return row is not None and bool(self._old.texts.portals[row] or not self._premises.telling(digest))

    def _look_at(self, digest: str) -> None:
        blob = self._premises.blob(digest).here()
        came = self._successors.came(blob)
        if came is not None:
            text = file_text(self._premises, digest, came.found, blob.size, ())
            if not (text.portals & ~came.earlier.portals or self._since.worse[came.stayed].any()):
                # what stayed was clean there, and is
                self._judge(digest, text, came.found_new, data=b"".join(came.new))
            else:
                self._judge(digest, text, came.found, data=blob.held)
            return
        seen = self._successors.facts(blob)
        text = file_text(self._premises, digest, seen.found, seen.size, seen.problems)
        self._references[digest] = seen.references
        self._judge(digest, text, seen.found, data=blob.held)

    def _judge_old(self, key: str, text: Text, row: int, worse: bool, name: str = "") -> None:
        """Judge a text that was there before by what changed."""
        if key in self._old.texts.beside or text.portals & ~self._since.now(self._old.texts.portals[row]):
            self._judge(key, text, text.found, name)
        else:
            self._judge(key, text, text.found[self._since.worse[text.found]] if worse else text.found[:0], name)

    def _judge(self, key: str, text: Text, found: Numbers, name: str = "", data: bytes | None = None) -> None:
        """Note a text, unless it holds one of some canaries that it may not hold."""
        self._ledger.texts[key] = text
        if not len(found):
            return
        denied = dict(self._since.allowed.denied(found[self._since.alive[found]], text.portals))
        if not denied:
            return
        if not name and data is None:
            data = self._premises.forest.blobs[key]
        suspect = Suspect(
            digest="" if name else key,
            data=data or b"",
            name=name,
            canaries={number: self._since.canary(number) for number in denied},
            alike={number: number for number in denied},
        )
        places = confirm(suspect)
        if self._neighbours.standing(suspect, denied, places):
            raise Unsure
        if places:
            self._ledger.beside.add(key)

    def _follow(self) -> None:
        """Find out whether everything is still there that files refer to."""
        premises, old = self._premises, self._old.ways
        lost = [
            bool(self._since.now(before) & ~premises.roads.reached(address))
            for address, before in zip(old.addresses, old.reached, strict=True)
        ]
        astray = set(old.targets.rows_with(np.array(lost, np.bool_)).tolist())
        follow = self._touched | {self._text_keys[row] for row in old.texts[sorted(astray)].tolist()}
        kept = flags(self._kept.texts, len(self._text_keys))
        kept[[self._old.texts.keys[digest] for digest in follow if digest in self._old.texts.keys]] = False
        self._kept.ways = np.flatnonzero(kept[old.texts]).astype(np.int32)
        for digest in follow & premises.uses.keys():
            for (suffix, folder), portals in ways_of(premises, digest).items():
                key = way_key(digest, suffix, folder)
                row = None if digest in self._references or digest in self._successors.took else old.keys.get(key)
                if row is None:
                    self._ledger.ways[key] = self._new_way(digest, suffix, folder, portals)
                    continue
                targets = old.targets[row]
                if row in astray or portals & ~self._since.now(old.portals[row]):
                    self._require((old.addresses[target] for target in targets.tolist()), portals)
                self._ledger.ways[key] = Way(digest, portals, targets)

    def _new_way(self, digest: str, suffix: str, folder: str, portals: int) -> Way:
        led = self._successors.led(digest, suffix, folder)
        if led is not None:
            if any(self._premises.roads.astray(led.new, folder, portals)):
                raise Unsure
            self._require(led.stayed, portals)
            return Way(digest, portals, self._ledger.addresses.of(led.targets))
        if digest not in self._references:
            self._references[digest] = facts(self._premises.blob(digest), self._since.search).references
        references = self._references[digest].get(suffix, frozenset())
        roads = self._premises.roads
        if any(roads.astray(references, folder, portals)):
            raise Unsure
        return Way(digest, portals, self._ledger.addresses.of(roads.targets(references, folder)))

    def _require(self, targets: Iterable[str], portals: int) -> None:
        if any(portals & ~self._premises.roads.reached(target) for target in targets):
            raise Unsure

    def _quizzes(self) -> int:
        """Return how many quizzes there are that betray nothing."""
        premises = self._premises
        asked = 0
        for path, course in premises.quizzes.items():
            for _, digest in premises.forest.files.get(path, ()):
                if path in premises.telling(digest):
                    text = premises.forest.blobs[digest].decode("utf-8", "replace")
                    if any(betrayals(text, course)) or unseen(text, course):
                        raise Unsure
                    asked += 1
        return asked

    def _control(self) -> None:
        """Find out whether what changed holds what it must."""
        pages = self._pages_to_control()
        controls = Controls(self._premises.state, tuple(pages.values()), self._since.canaries.letters)
        for digest in self._texts_to_hear(pages, controls):
            found = self._found(digest)
            controls.look(found[self._since.alive[found]], self._premises.telling(digest))
        outcomes = dict(zip(pages, controls.outcomes(), strict=True))
        if any(outcome.failed for outcome in outcomes.values()):
            raise Unsure
        if any(not self._since.searched[number] for number in controls.excused):
            raise Unsure
        old = self._old.voices
        for index, voice in enumerate(self._ledger.voices):
            outcome = outcomes.get(index)
            row = old.keys.get(voice.key)
            if outcome is None and row is not None:
                outcome = Outcome(made=int(old.made[row]), excused=bool(old.excused[row]))
            self._ledger.outcomes.append(outcome or Outcome(made=0))

    def _pages_to_control(self) -> Mapping[int, ShownPage]:
        """Return the pages whose controls may come out otherwise than before."""
        old, stirred = self._old.voices, self._successors.stirred(self._kept.texts, self._ledger.texts)
        rows = {*old.titles.rows_with(stirred).tolist(), *old.sample.rows_with(stirred).tolist()}
        unsure = bool((~self._since.absent).any())
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
        titles, sample = controlled(voice.saying(), self._since.search)
        return Said(spoken=heard.spoken, titles=titles, sample=sample)

    def _stands_as_before(self, voice: Voice, row: int) -> bool:
        old = self._old.voices
        if self._since.now(old.portals[row]) != voice.portals or old.bodies[row] != body_of(self._premises, voice):
            return False
        if voice.seen is not None and voice.seen.page.address.file not in self._renamed:
            return True
        first = int(old.files.ends[row])
        files = zip(old.files[row].tolist(), old.holders[first:], strict=False)
        before = {(self._text_keys[file], self._since.now(portals)) for file, portals in files}
        return before == set(page_files(self._premises, voice))

    def _living(self, heard: Said) -> Said:
        alive = self._since.alive
        return Said(
            spoken=heard.spoken[alive[heard.spoken]],
            titles=heard.titles[alive[heard.titles]],
            sample=heard.sample[alive[heard.sample]],
        )

    def _texts_to_hear(self, pages: Mapping[int, ShownPage], controls: Controls) -> Iterator[str]:
        """Yield the files that hold something that is to be controlled, or must."""
        wanted = np.zeros(len(self._since.canaries), np.bool_)
        wanted[sorted(controls.wanted)] = True
        old = self._old.texts
        rows = set(old.found.rows_with(wanted[: self._since.size]).tolist())
        at = {digest for index in pages for digest, _ in page_files(self._premises, self._ledger.voices[index])}
        for digest in self._premises.uses:
            text, row = self._ledger.texts.get(digest), old.keys.get(digest)
            if text is not None:
                told = text.navigation or text.search
            else:
                assert row is not None, "what is not judged anew was judged before"
                told = old.navigation[row] or old.search[row]
            if digest in at or (told and (row is None or row in rows)):
                yield digest


def _with(found: Numbers, added: Numbers | None) -> Numbers:
    return found if added is None else np.union1d(found, added)
