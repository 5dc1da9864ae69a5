"""What an audit that found nothing knew, kept in a folder, so that what changes later can be judged against it."""

import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from prmbuild.audit.allowed import Said, own_words
from prmbuild.audit.canaries import Canary, Match
from prmbuild.audit.gather import Origin
from prmbuild.audit.needles import Numbers, Places, Traces, traces
from prmbuild.audit.report import AuditReport, Unread
from prmbuild.audit.search import Search
from prmbuild.audit.table import Table
from prmbuild.desired import Desired
from prmbuild.source.snapshot import CONFIGURATION, OVERRIDES

_FACTS, _CODES = "facts.json", "codes"
_GENERAL = (*CONFIGURATION, f"{OVERRIDES}/")
_IDENTIFIER = re.compile(rb"[0-9a-f]{10,}")
_KeyArray = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Where to keep what an audit knew.

    Attributes:
        folder: made where it does not exist.
        token: names the state that is audited.
        general: digest of all that canaries come from besides files; see `general_digest`.
    """

    folder: Path
    token: str
    general: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What an audit knew.

    Attributes:
        token: names the state that was audited.
        general: digest of all that canaries come from besides files.
        portals: how many there are.
        origins: where canaries come from, by the numbers that `table` knows.
        table: the canaries.
        masks: sets of portals.
        classes: canary → the index in `masks` of the portals that may hold it.
        baseline: whether each canary may be held by all portals, whatever they show.
        sayings: key of what portals say → the portals that say it, and the canaries in it.
        traces: of all built files and their names; see `prmbuild.audit.needles.traces`.
        codes: what looks like an identifier in them.
        report: what it reported.
    """

    token: str
    general: str
    portals: int
    origins: Sequence[Origin]
    table: Table
    masks: Sequence[int]
    classes: Numbers
    baseline: npt.NDArray[np.bool_]
    sayings: Mapping[str, tuple[int, Said]]
    traces: Traces
    codes: frozenset[bytes]
    report: AuditReport


def origin_key(origin: Origin) -> str:
    """Return what tells an origin from every other."""
    return "\0".join((origin.path, str(origin.blob), str(origin.named), *origin.evidence))


def keep(folder: Path, knowledge: Knowledge) -> None:
    """Keep what an audit knew in place of what an earlier one did."""
    folder.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=".new-", dir=folder))
    table = knowledge.table
    table.search(range(table.size)).save(new)
    table.save(new)
    _save_keys(new / "origins", (origin_key(origin) for origin in knowledge.origins))
    _save_keys(new / "sayings", knowledge.sayings)
    heard = [said for _, said in knowledge.sayings.values()]
    for name in ("spoken", "titles", "sample"):
        _save_lists(new / name, [getattr(said, name) for said in heard])
    np.save(new / "traces.npy", knowledge.traces)
    (new / _CODES).write_bytes(b"\n".join(sorted(knowledge.codes)))
    np.save(new / "classes.npy", knowledge.classes)
    np.save(new / "baseline.npy", knowledge.baseline)
    facts = {
        "token": knowledge.token,
        "general": knowledge.general,
        "portals": knowledge.portals,
        "masks": [f"{mask:x}" for mask in knowledge.masks],
        "said": [f"{mask:x}" for mask, _ in knowledge.sayings.values()],
        "report": {**asdict(knowledge.report), "leaks": []},
    }
    (new / _FACTS).write_text(json.dumps(facts))
    current = folder / "current"
    if current.exists():
        current.rename(new / "old")
    new.rename(current)
    shutil.rmtree(current / "old", ignore_errors=True)


class Remembered:
    """What `keep` kept. Nothing is read before it is asked for.

    Args:
        folder: the same as for `keep`.

    Raises:
        OSError: nothing is kept there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "current"
        self._known: dict[str, npt.NDArray[Any]] = {}
        facts = json.loads((self._folder / _FACTS).read_text())
        self.token: str = facts["token"]
        self.general: str = facts["general"]
        self.portals: int = facts["portals"]
        self._masks = [int(mask, 16) for mask in facts["masks"]]
        self._said_by = [int(mask, 16) for mask in facts["said"]]
        report = facts["report"]
        self.report = AuditReport(**{**report, "leaks": (), "unread": tuple(Unread(**one) for one in report["unread"])})
        self.search = Search.load(self._folder)
        self.table = Table.load(self._folder)
        self._classes: Numbers = self._array("classes")
        self._baseline: npt.NDArray[np.bool_] = self._array("baseline")

    def allowed(self, number: int) -> int:
        """Return the portals that may hold a canary."""
        return self._masks[int(self._classes[number])]

    def always(self, number: int) -> bool:
        """Tell whether portals may hold a canary whatever they show."""
        return bool(self._baseline[number])

    def of_origin(self, origin: Origin) -> Numbers | None:
        """Return the canaries of a file, one that stands there often more than once; None for an unknown file."""
        row = self._row("origins", origin_key(origin))
        return None if row is None else self.table.of_origin(row)

    def spoken(self, key: str) -> Said | None:
        """Return the canaries in what portals say; None where none of them said that."""
        row = self._row("sayings", key)
        if row is None:
            return None
        spoken, titles, sample = (self._list(name, row) for name in ("spoken", "titles", "sample"))
        return Said(spoken=spoken, titles=titles, sample=sample)

    def mask(self, key: str) -> int:
        """Return the portals that say something."""
        row = self._row("sayings", key)
        return 0 if row is None else self._said_by[row]

    def surely_nowhere(self, canary: Canary) -> bool:
        """Tell whether a canary certainly stands in no built file, nor in its name; nothing is said where it may."""
        if canary.match is Match.DIGEST:
            return False
        letters = canary.key.encode("utf-8", "surrogatepass")
        if _IDENTIFIER.fullmatch(letters):
            return letters not in (self._folder / _CODES).read_bytes()
        mine, all_of_them = traces(letters), self._array("traces")
        places = np.searchsorted(all_of_them, mine)
        return bool((all_of_them.take(places, mode="clip") != mine).any()) if len(all_of_them) else False

    def speakers(self, numbers: Iterable[int], changed: Mapping[str, int]) -> Mapping[int, int]:
        """Return for each of some canaries the portals that say it.

        Args:
            numbers: the canaries.
            changed: key of what is no longer said by the portals that said it → those that say it now.
        """
        wanted = np.array(sorted(numbers), np.int32)
        said_by = list(self._said_by)
        for key, mask in changed.items():
            row = self._row("sayings", key)
            if row is not None:
                said_by[row] = mask
        spoken, ends = self._array("spoken"), self._array("spoken-ends")
        found = dict.fromkeys(wanted.tolist(), 0)
        places = np.flatnonzero(np.isin(spoken, wanted))
        rows = np.searchsorted(ends, places, "right") - 1
        for place, row in zip(places.tolist(), rows.tolist(), strict=True):
            found[int(spoken[place])] |= said_by[row]
        return found

    def _row(self, name: str, key: str) -> int | None:
        keys: _KeyArray = self._array(f"{name}-keys")
        wanted = _hash(key)
        place = int(np.searchsorted(keys, wanted))
        return int(self._array(f"{name}-order")[place]) if place < len(keys) and keys[place] == wanted else None

    def _list(self, name: str, row: int) -> Numbers:
        ends: Places = self._array(f"{name}-ends")
        found: Numbers = self._array(name)[ends[row] : ends[row + 1]]
        return found

    def _array(self, name: str) -> npt.NDArray[Any]:
        if name not in self._known:
            self._known[name] = np.load(self._folder / f"{name}.npy", mmap_mode="r")
        return self._known[name]


def _hash(key: str) -> np.uint64:
    return np.uint64(int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big"))


def _save_keys(place: Path, keys: Iterable[str]) -> None:
    hashes = np.array([_hash(key) for key in keys], np.uint64)
    order = np.argsort(hashes, kind="stable")
    np.save(place.with_name(f"{place.name}-keys.npy"), hashes[order])
    np.save(place.with_name(f"{place.name}-order.npy"), order)


def _save_lists(place: Path, lists: Sequence[Numbers]) -> None:
    ends = np.cumsum([0, *map(len, lists)], dtype=np.int64)
    np.save(place.with_name(f"{place.name}-ends.npy"), ends)
    np.save(place.with_name(f"{place.name}.npy"), np.concatenate([np.zeros(0, np.int32), *lists]))


def general_digest(state: Desired) -> str:
    """Return the digest of what must stay the same for changes to be judged by themselves.

    These are the configuration, the look, the readers of each portal, the quizzes, and the audit's own code.
    """
    snapshot = state.catalog.snapshot
    told = [
        _own_code(),
        repr([(path, file.blob) for path, file in snapshot.files.items() if path.startswith(_GENERAL)]),
        repr([(portal.id, portal.viewers) for portal in state.portals]),
        repr([course.quiz for _, course in sorted(state.catalog.courses.items())]),
        state.engine.toolchain.fingerprint,
    ]
    return sha256("\0".join(told).encode("utf-8", "surrogatepass")).hexdigest()


@lru_cache(maxsize=1)
def _own_code() -> str:
    package = Path(__file__).parent
    parts = [place.read_bytes() for place in sorted(package.glob("*.py"))]
    return sha256(b"\0".join((*parts, *(text.encode() for text in own_words())))).hexdigest()
