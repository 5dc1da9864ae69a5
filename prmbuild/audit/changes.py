"""Whether what changed since a clean audit can have let anything out, worked out from the changes alone.

The answer errs on one side only: where it is yes, a full audit finds nothing; where it is no, one has to be run.
"""

import posixpath
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from prmbuild.audit.allowed import Saying, said
from prmbuild.audit.canaries import MATCHES, Canary, Match, Source
from prmbuild.audit.facts import Blob, Facts, facts
from prmbuild.audit.gather import Origin, collected
from prmbuild.audit.inventory import Inventory
from prmbuild.audit.quizzes import betrayals, unseen
from prmbuild.audit.references import SUFFIXES
from prmbuild.audit.remembered import Remembered
from prmbuild.audit.report import Kind
from prmbuild.audit.roads import Roads
from prmbuild.audit.scanner import search
from prmbuild.audit.work import Suspect, confirm
from prmbuild.authored.resource import QuizSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Which portals say something, before and after; what it is, where any do after."""

    before: int
    after: int
    saying: Saying | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What must be found in a changed document.

    Attributes:
        portals: those whose document it is.
        pages: keys of what the pages in it say.
        text: whether their texts must be found, and not only their titles.
    """

    portals: int
    pages: Sequence[str]
    text: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is different from the state of a remembered audit.

    Attributes:
        general: as of `Remembered.general`, of the new state.
        portals: how many there are; they must be the same portals for the same readers.
        origins: where canaries come from → whether it came (or went).
        sayings: key → who says it.
        files: path and SHA-256 → the portals that had these bytes there, and those that have them.
        controls: path of a changed document → what must be found in it.
    """

    general: str
    portals: int
    origins: Mapping[Origin, bool]
    sayings: Mapping[str, Spoken]
    files: Mapping[tuple[str, str], tuple[int, int]]
    controls: Mapping[str, Sequence[Control]] = field(default_factory=dict)


def merged(first: Changes, then: Changes) -> Changes:
    """Return what two changes, one after the other, come to."""
    origins = dict(first.origins)
    for origin, came in then.origins.items():
        if origins.get(origin, came) == came:
            origins[origin] = came
        else:
            del origins[origin]
    sayings = dict(first.sayings)
    for key, spoken in then.sayings.items():
        sayings[key] = replace(spoken, before=sayings[key].before if key in sayings else spoken.before)
    files = dict(first.files)
    for place, (before, after) in then.files.items():
        files[place] = files[place][0] if place in files else before, after
    return Changes(
        general=then.general,
        portals=then.portals,
        origins=origins,
        sayings={key: spoken for key, spoken in sayings.items() if spoken.before != spoken.after},
        files={place: masks for place, masks in files.items() if masks[0] != masks[1]},
        controls={**first.controls, **then.controls},
    )


def harmless(
    old: Remembered,
    changes: Changes,
    *,
    source: Callable[[str], bytes],
    blob: Callable[[str], bytes],
    inventory: Inventory,
    roads: Roads,
    quizzes: Mapping[str, QuizSource],
) -> bool:
    """Tell whether changes of a state that was clean certainly leave it clean.

    Whether the rules admit the readers of what changed is for `prmbuild.audit.readers.wrong_readers` to say.

    Args:
        old: what is remembered of the clean state.
        changes: all that is different since.
        source: reads a file of the programme, by git's object name.
        blob: reads a built file, by its SHA-256.
        inventory: knows what the changed files should be.
        roads: knows what every portal has.
        quizzes: path of a quiz document → the quiz.
    """
    if changes.general != old.general or changes.portals != old.portals:
        return False
    unread = {unread.file for unread in old.report.unread}
    if _fewer(changes.files) or any(path in unread for path, _ in changes.files):
        return False
    try:
        return _Judgement(old, changes, source).holds(blob, inventory, roads, quizzes)
    except _Unknown:
        return False


class _Unknown(Exception):
    """The changes begin with something that is not remembered."""


def _fewer(files: Mapping[tuple[str, str], tuple[int, int]]) -> bool:
    """Tell whether some portal has no file any more where it had one: others may refer to it."""
    had: dict[str, int] = {}
    has: dict[str, int] = {}
    for (path, _), (before, after) in files.items():
        had[path] = had.get(path, 0) | before
        has[path] = has.get(path, 0) | after
    return any(mask & ~has[path] for path, mask in had.items())


class _Judgement:
    """Changes under judgement: canaries are known by their old numbers, new ones by numbers after these."""

    def __init__(self, old: Remembered, changes: Changes, source: Callable[[str], bytes]) -> None:
        self._old, self._changes = old, changes
        self._everyone = (1 << changes.portals) - 1
        self._gone, self._new = self._canaries(source)
        self._searches = (old.search, search(self._new.items()))
        self._heard = {
            key: [said(spoken.saying, each) for each in self._searches]
            for key, spoken in changes.sayings.items()
            if spoken.saying is not None and spoken.after
        }
        self._allowed = self._permissions()
        self._facts: dict[str, list[Facts]] = {}

    def holds(
        self,
        blob: Callable[[str], bytes],
        inventory: Inventory,
        roads: Roads,
        quizzes: Mapping[str, QuizSource],
    ) -> bool:
        """Tell whether nothing can have got out."""
        if not self._old_files_are_safe():
            return False
        for (path, digest), (before, after) in self._changes.files.items():
            came = after & ~before
            if not came:
                continue
            if any(inventory.misplaced({digest: {path: came}})):
                return False
            data = blob(digest)
            if path in quizzes:
                text = data.decode("utf-8", "replace")
                if any(betrayals(text)) or unseen(text, quizzes[path]):
                    return False
            suffix = posixpath.splitext(path)[1]
            found = self._look(digest, data, suffix if inventory.made(path) & after else "")
            if found[0].problems or any(roads.astray(found[0].references.get(suffix, ()), path, after)):
                return False
            if not (self._is_safe(path, digest, data, came) and self._is_seen(path, digest, after)):
                return False
        return True

    def _look(self, digest: str, data: bytes, suffix: str) -> Sequence[Facts]:
        """Look at a new file for old canaries, and for new ones."""
        known = self._facts.get(digest)
        if known is None or (suffix in SUFFIXES and suffix not in known[0].references):
            file = Blob(digest=digest, data=data, searched=True, suffixes=SUFFIXES & {suffix})
            known = self._facts[digest] = [facts(file, each) for each in self._searches]
        return known

    def _canaries(self, source: Callable[[str], bytes]) -> tuple[frozenset[int], Mapping[int, Canary]]:
        """Return the canaries that are no more, and those that are new."""
        fewer: Counter[int] = Counter()
        more: dict[tuple[Match, str], Source] = {}
        for origin, came in self._changes.origins.items():
            if came:
                packed = collected(origin, b"" if origin.blob is None else source(origin.blob)).packed()
                for phrase, match in zip(
                    packed.phrases.split("\n") if packed.matches else (), packed.matches, strict=True
                ):
                    more.setdefault((MATCHES[match], phrase), Source(Kind.TEXT, origin.path, 1))
            else:
                numbers = self._old.of_origin(origin)
                if numbers is None:
                    raise _Unknown
                fewer.update(numbers.tolist())
        known = self._numbers(more)
        first = self._old.table.size
        new = {
            first + index: Canary(
                key=phrase.replace(" ", ""), words=tuple(phrase.split(" ")), text=phrase, match=match, sources=(source,)
            )
            for index, ((match, phrase), source) in enumerate(
                (key, source) for key, source in more.items() if key not in known
            )
        }
        counts = self._old.table.counts(sorted(fewer.keys() - known.values()))
        return frozenset(number for number, count in counts.items() if count <= fewer[number]), new

    def _numbers(self, wanted: Iterable[tuple[Match, str]]) -> dict[tuple[Match, str], int]:
        """Return the numbers of those canaries that are known."""
        keys = list(wanted)
        found: dict[tuple[Match, str], int] = {}
        for key, numbers in zip(keys, self._old.search.exactly([phrase for _, phrase in keys]), strict=True):
            match, phrase = key
            whole = self._old.search.whole(phrase) if match is Match.DIGEST else None
            for number in numbers if whole is None else (whole,):
                if (self._old.table.match(number), self._old.table.phrase(number)) == key:
                    found[key] = number
        return found

    def _permissions(self) -> Mapping[int, int]:
        """Return what is different about which portals may hold a canary: canary → portals."""
        lost: set[int] = set()
        gained: dict[int, int] = {}
        for key, spoken in self._changes.sayings.items():
            if spoken.before & ~spoken.after:
                heard = self._old.spoken(key)
                if heard is None or self._old.mask(key) != spoken.before:
                    raise _Unknown
                lost.update(heard.spoken.tolist())
            if spoken.after & ~spoken.before:
                for heard in self._heard[key]:
                    for number in heard.spoken.tolist():
                        gained[number] = gained.get(number, 0) | spoken.after
        lost = {number for number in lost if not self._old.always(number) and number not in self._gone}
        # what others say as well need not be looked for among all that is said
        lost = {number for number in lost if self._old.allowed(number) & ~gained.get(number, 0)}
        now = {key: spoken.after for key, spoken in self._changes.sayings.items()}
        left = self._old.speakers(lost, now) if lost else {}
        allowed = {number: left.get(number, 0) | gained.get(number, 0) for number in lost | self._new.keys()}
        for number in gained.keys() - allowed.keys():
            allowed[number] = self._old.allowed(number) | gained[number]
        return allowed

    def _may_hold(self, number: int) -> int:
        known = self._allowed.get(number)
        return self._old.allowed(number) if known is None else known

    def _old_files_are_safe(self) -> bool:
        """Tell whether no file that was there before holds what has become forbidden."""
        for number, portals in self._allowed.items():
            canary = self._new.get(number)
            if canary is None:
                if self._old.allowed(number) & ~portals and not self._old.surely_nowhere(self._known(number)):
                    return False
            elif self._everyone & ~portals and not self._old.surely_nowhere(canary):
                return False
        return True

    def _is_safe(self, path: str, digest: str, data: bytes, came: int) -> bool:
        """Tell whether a new file and its name hold nothing that is forbidden."""
        numbers = {number for each in self._facts[digest] for number in each.found.tolist()}
        numbers |= {number for each in self._searches for number in each.text(path)}
        canaries = {
            number: self._new.get(number) or self._known(number)
            for number in numbers - self._gone
            if came & ~self._may_hold(number)
        }
        alike = dict.fromkeys(canaries)
        return not canaries or not any(
            confirm(Suspect(digest=suspect, data=inside, name=name, canaries=canaries, alike=alike))
            for suspect, inside, name in ((digest, data, ""), ("", b"", path))
        )

    def _is_seen(self, path: str, digest: str, mask: int) -> bool:
        """Tell whether what must be found in a file was."""
        inside = {number for each in self._facts[digest] for number in each.found.tolist()}
        for control in self._changes.controls.get(path, ()):
            for key in control.pages if control.portals & mask else ():
                known = self._old.spoken(key)
                heard = self._heard.get(key) or ([known] if known is not None else None)
                if heard is None:
                    raise _Unknown
                titles = {number for each in heard for number in each.titles.tolist()}
                sample = {number for each in heard for number in each.sample.tolist()}
                if (titles and titles.isdisjoint(inside)) or (control.text and sample and sample.isdisjoint(inside)):
                    return False
        return True

    def _known(self, number: int) -> Canary:
        phrase = self._old.table.phrase(number)
        return Canary(
            key=phrase.replace(" ", ""),
            words=tuple(phrase.split(" ")),
            text=phrase,
            match=self._old.table.match(number),
            sources=(Source(Kind.TEXT, "", 1),),
        )
