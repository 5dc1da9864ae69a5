"""The books of an audit: what was found of each thing, row by row, from which a `Recollection` is made."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace

from prmbuild.audit.allowed import Allowed, Said
from prmbuild.audit.control import Outcome
from prmbuild.audit.facts import Facts
from prmbuild.audit.inventory import NAVIGATION, SEARCH
from prmbuild.audit.lists import Flags, Lists, flags
from prmbuild.audit.needles import Needles, Numbers
from prmbuild.audit.permitted import Voice
from prmbuild.audit.premises import Premises
from prmbuild.audit.recollection import Origins, Recollection, Texts, Voices, Ways
from prmbuild.audit.references import SUFFIXES
from prmbuild.audit.roads import folder_of
from prmbuild.audit.runs import Bits
from prmbuild.audit.search import Search
from prmbuild.audit.shown import union
from prmbuild.audit.table import Canaries
from prmbuild.software import installed
from prmbuild.source.snapshot import OVERRIDES

_MOST = 0.9
"""The share of canaries that an index must have for it to be used again, and the share of it that must be canaries."""


class Text(Struct, frozen=True, kw_only=True):
    """A file, or a name of files; as in `Texts`."""

    portals: int
    navigation: int
    search: int
    found: Numbers
    size: int
    problems: Sequence[tuple[str, str]] = ()


class Way(Struct, frozen=True):
    """What files with the same bytes refer to in a folder: SHA-256, the portals that have one, and where it leads.

    The places it leads to are numbers of `Addresses`.
    """

    digest: str
    portals: int
    targets: Numbers


class Kept(Struct):
    """What stays as it was in an earlier audit: rows of its `Texts` and of its `Ways`."""

    old: Recollection
    texts: Numbers = field(default_factory=lambda: np.zeros(0, np.int32))
    ways: Numbers = field(default_factory=lambda: np.zeros(0, np.int32))


class Addresses:
    """Addresses in portals, and numbers that stand for them.

    Args:
        known: those with the first numbers.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self.numbers = {address: number for number, address in enumerate(known)}

    def of(self, addresses: Iterable[str]) -> Numbers:
        """Return the numbers of addresses."""
        found = [self.numbers.setdefault(address, len(self.numbers)) for address in addresses]
        return np.array(found, np.int32)


class Ledger(Struct, frozen=True, kw_only=True):
    """The books of an audit.

    Attributes:
        origins: key → canaries.
        voices: what portals say.
        said: the canaries in each of them.
        outcomes: how the controls of each of them came out.
        texts: key → what was found there; without those that are kept.
        ways: key → where it leads; likewise.
        beside: the SHA-256 of files as in `Texts`.
        kept: what stays as it was; None for an audit of everything.
        addresses: those that ways lead to, and others.
    """

    origins: dict[str, Numbers] = field(default_factory=dict)
    voices: list[Voice] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    texts: dict[str, Text] = field(default_factory=dict)
    ways: dict[str, Way] = field(default_factory=dict)
    beside: set[str] = field(default_factory=set)
    addresses: Addresses = field(default_factory=Addresses)
    kept: Kept | None = None


def file_text(premises: Premises, digest: str, found: Numbers, size: int, problems: Sequence[tuple[str, str]]) -> Text:
    """Return what is known of a file.

    Args:
        premises: where it stands.
        digest: SHA-256 of it.
        found: the canaries in it.
        size: in bytes.
        problems: what of it could not be opened.
    """
    uses = premises.telling(digest)
    return Text(
        portals=union(uses.values()),
        navigation=union(portals for path, portals in uses.items() if NAVIGATION.fullmatch(path)),
        search=union(portals for path, portals in uses.items() if SEARCH.fullmatch(path)),
        found=found,
        size=size,
        problems=problems,
    )


def name_text(premises: Premises, path: str, found: Numbers) -> Text:
    """Return what is known of a name of files."""
    return Text(portals=premises.holders[path], navigation=0, search=0, found=found, size=0)


def name_key(path: str) -> str:
    """Return the key of a name of files."""
    return _digest("name", path)


def ways_of(premises: Premises, digest: str) -> Mapping[tuple[str, str], int]:
    """Return suffix and folder → portals of what a file's references are followed for."""
    found: dict[tuple[str, str], int] = {}
    for path, portals in premises.referring(digest):
        suffix = posixpath.splitext(path)[1]
        if suffix in SUFFIXES:
            way = suffix, folder_of(path)
            found[way] = found.get(way, 0) | portals
    return found


def new_ways(premises: Premises, facts: Facts, addresses: Addresses) -> Iterator[tuple[str, Way]]:
    """Yield where a file that was looked at leads."""
    for (suffix, folder), portals in ways_of(premises, facts.digest).items():
        targets = premises.roads.targets(facts.references.get(suffix, ()), folder)
        yield way_key(facts.digest, suffix, folder), Way(facts.digest, portals, addresses.of(targets))


def way_key(digest: str, suffix: str, folder: str) -> str:
    """Return the key of what a file refers to where it has a suffix and stands in a folder."""
    return _digest(digest, suffix, folder)


def constant_of(premises: Premises) -> str:
    """Return the digest of what must be the same for a recollection to hold: software, theme and look.

    Args:
        premises: of the audit.
    """
    files, settings = premises.state.catalog.snapshot.files, premises.state.catalog.programme.settings
    look = sorted((path, file.blob) for path, file in files.items() if path.startswith(f"{OVERRIDES}/"))
    static = sorted(premises.static.items())
    return _digest(*installed(), settings.vendor, settings.portal_url, repr(look), repr(static))


def recollection(
    ledger: Ledger,
    premises: Premises,
    *,
    constant: str,
    canaries: Canaries,
    alive: Flags,
    allowed: Allowed,
    always: Flags,
    searched: Flags,
    runs: Bits,
    index: Needles,
) -> Recollection:
    """Return what is to be remembered of a clean audit.

    Args:
        ledger: its books.
        premises: what it began with.
        constant: from `constant_of`.
        canaries: those that the books know by number.
        alive: which of them there are still.
        allowed: as in `Recollection`.
        always: likewise.
        searched: likewise.
        runs: likewise.
        index: of this audit or an earlier one, with the canaries' numbers of the books.
    """
    numbers = _anew(alive)

    def lists(found: Iterable[Numbers]) -> Lists:
        return Lists.of(tuple(found)).renumbered(numbers)

    texts = _all_texts(ledger)
    rows = texts.keys
    files = [_files(premises, voice, rows) for voice in ledger.voices]
    held = [portals for found in files for _, portals in found]
    ways = _all_ways(ledger, rows)
    used = flags(ways.targets.values, len(ledger.addresses.numbers))
    addresses = [address for address, number in ledger.addresses.numbers.items() if used[number]]
    living = canaries.only(alive)
    return Recollection(
        constant=constant,
        readers=readers_of(premises),
        canaries=living,
        allowed=Allowed.restored(allowed.masks, allowed.classes[alive], premises.everyone),
        always=always[alive],
        searched=searched[alive],
        runs=runs,
        index=_indexed(living, index.renumbered(numbers)),
        origins=Origins(keys=_rows(ledger.origins), own=lists(ledger.origins.values())),
        voices=Voices(
            keys=_rows(voice.key for voice in ledger.voices),
            portals=[voice.portals for voice in ledger.voices],
            spoken=lists(said.spoken for said in ledger.said),
            titles=lists(said.titles for said in ledger.said),
            sample=lists(said.sample for said in ledger.said),
            bodies=[body_of(premises, voice) for voice in ledger.voices],
            files=Lists.of([np.array([row for row, _ in found], np.int32) for found in files]),
            holders=held,
            made=np.array([outcome.made for outcome in ledger.outcomes], np.int32),
            excused=np.array([outcome.excused for outcome in ledger.outcomes], np.bool_),
        ),
        texts=replace(texts, found=texts.found.renumbered(numbers)),
        ways=replace(
            ways,
            targets=ways.targets.renumbered(_anew(used)),
            addresses=addresses,
            reached=[premises.roads.reached(address) & premises.everyone for address in addresses],
        ),
        judged=frozenset(premises.judged),
        files=premises.forest.files,
        names=np.array([rows[name_key(path)] for path in premises.forest.files], np.int32),
    )


def _indexed(canaries: Canaries, index: Needles) -> Needles:
    """Return an index of most canaries: the one there is, unless too many came or went since."""
    if index.living >= _MOST and index.covered(len(canaries)).mean() >= _MOST:
        return index
    return Search.of(canaries).index


def _all_texts(ledger: Ledger) -> Texts:
    """Return those that are kept and those that were found, with the canaries' numbers of the books."""
    new = ledger.texts.values()
    texts = Texts(
        keys=_rows(ledger.texts),
        portals=[text.portals for text in new],
        navigation=[text.navigation for text in new],
        search=[text.search for text in new],
        found=Lists.of([text.found for text in new]),
        sizes=np.array([text.size for text in new], np.int64),
        problems={key: text.problems for key, text in ledger.texts.items() if text.problems},
        beside=ledger.beside,
    )
    if ledger.kept is None:
        return texts
    old, rows = ledger.kept.old.texts, ledger.kept.texts.tolist()
    keys = list(old.keys)
    kept = [keys[row] for row in rows]
    return Texts(
        keys=_rows((*kept, *texts.keys)),
        portals=[*map(old.portals.__getitem__, rows), *texts.portals],
        navigation=[*map(old.navigation.__getitem__, rows), *texts.navigation],
        search=[*map(old.search.__getitem__, rows), *texts.search],
        found=old.found.picked(ledger.kept.texts).joined(texts.found),
        sizes=np.concatenate([old.sizes[ledger.kept.texts], texts.sizes]),
        problems={**{key: old.problems[key] for key in kept if key in old.problems}, **texts.problems},
        beside=texts.beside,  # those of before were judged again
    )


def _all_ways(ledger: Ledger, rows: Mapping[str, int]) -> Ways:
    """Return those that are kept and those that were followed, with the addresses' numbers of the books.

    Args:
        ledger: the books.
        rows: SHA-256 of a file → its row in `Texts`.
    """
    new = ledger.ways.values()
    ways = Ways(
        keys=_rows(ledger.ways),
        texts=np.array([rows[way.digest] for way in new], np.int32),
        portals=[way.portals for way in new],
        targets=Lists.of([way.targets for way in new]),
        addresses=(),
        reached=(),
    )
    if ledger.kept is None:
        return ways
    old, kept = ledger.kept.old.ways, ledger.kept.ways.tolist()
    keys, digests = list(old.keys), list(ledger.kept.old.texts.keys)
    texts = [rows[digests[row]] for row in old.texts[ledger.kept.ways].tolist()]
    return Ways(
        keys=_rows((*(keys[row] for row in kept), *ways.keys)),
        texts=np.concatenate([np.array(texts, np.int32), ways.texts]),
        portals=[*map(old.portals.__getitem__, kept), *ways.portals],
        targets=old.targets.picked(ledger.kept.ways).joined(ways.targets),
        addresses=(),
        reached=(),
    )


def readers_of(premises: Premises) -> Sequence[tuple[str, Sequence[str]]]:
    """Return id of each portal, and its readers."""
    return [
        (portal.id, tuple(f"{viewer.partner}/{viewer.role}" for viewer in portal.viewers))
        for portal in premises.portals
    ]


def body_of(premises: Premises, voice: Voice) -> str:
    """Return the digest of the article of what portals say; empty for what is no page."""
    return "" if voice.seen is None else premises.state.engine.body_digest(voice.seen.input.key)


def page_files(premises: Premises, voice: Voice) -> Sequence[tuple[str, int]]:
    """Return the files in which a page must be found: SHA-256, and the portals of the page that have it."""
    if voice.seen is None:
        return ()
    held = premises.forest.files.get(voice.seen.page.address.file, ())
    return [(digest, portals & voice.portals) for portals, digest in held if portals & voice.portals]


def _files(premises: Premises, voice: Voice, rows: Mapping[str, int]) -> Sequence[tuple[int, int]]:
    return [(rows[digest], portals) for digest, portals in page_files(premises, voice)]


def _anew(kept: Flags) -> Numbers:
    """Return for each number the one it has when only some are kept; -1 for the others."""
    return np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)


def _rows(keys: Iterable[str]) -> Mapping[str, int]:
    return {key: row for row, key in enumerate(keys)}


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
