"""What is remembered of an audit that found everything clean: enough to audit what changed alone.

Everything is a fact about bytes and canaries, known by the digests of what it is about, and sets of portals.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct

from prmbuild.audit.allowed import Allowed
from prmbuild.audit.anchors import Places
from prmbuild.audit.arrays import Arrays, read_arrays, write_arrays
from prmbuild.audit.lists import Flags, Lists
from prmbuild.audit.needles import Needles, Numbers
from prmbuild.audit.runs import Bits
from prmbuild.audit.table import Canaries
from prmbuild.visibility.sets import For

_HEX = 64
_INDEX = "index-"

Keys = Mapping[str, int]
"""Digest of what something is about → its row."""


class Origins(Struct, frozen=True, kw_only=True):
    """Where canaries come from: the canaries of each origin."""

    keys: Keys
    own: Lists


class Voices(Struct, frozen=True, kw_only=True):
    """What portals said.

    Attributes:
        keys: as `Voice.key`.
        portals: those that said it.
        spoken: canaries as in `Said`.
        titles: likewise.
        sample: likewise.
        bodies: digest of a page's article; empty for what is no page.
        files: where a page stood in files: their rows in `Texts`.
        holders: the portals that had each of these.
        made: how many controls were made of it.
        excused: whether one was not made that might have been.
    """

    keys: Keys
    portals: Sequence[int]
    spoken: Lists
    titles: Lists
    sample: Lists
    bodies: Sequence[str]
    files: Lists
    holders: Sequence[int]
    made: Numbers
    excused: Flags


class Texts(Struct, frozen=True, kw_only=True):
    """Files and names of files.

    Attributes:
        keys: SHA-256 of a file, `name_key` of a name.
        portals: those in which it may betray something.
        navigation: those where it is a part of the navigation.
        search: those where it is a part of the search data.
        found: the canaries in it, of those that were searched for.
        sizes: in bytes.
        problems: key → what could not be opened of a file.
        beside: those in which canaries stand across texts that may stand side by side, which depends on what portals
            say; see `prmbuild.audit.neighbours`.
    """

    keys: Keys
    portals: Sequence[int]
    navigation: Sequence[int]
    search: Sequence[int]
    found: Lists
    sizes: Places
    problems: Mapping[str, Sequence[tuple[str, str]]]
    beside: Set[str]


class Ways(Struct, frozen=True, kw_only=True):
    """What files refer to.

    Attributes:
        keys: from `way_key`.
        texts: the row in `Texts` of the file.
        portals: those that have such a file.
        targets: rows of `addresses` that it leads to.
        addresses: in a portal.
        reached: the portals in which each address reached something.
    """

    keys: Keys
    texts: Numbers
    portals: Sequence[int]
    targets: Lists
    addresses: Sequence[str]
    reached: Sequence[int]


class Recollection(Struct, frozen=True, kw_only=True):
    """A clean audit.

    Attributes:
        constant: digest of what must be the same for any of this to hold.
        readers: id of each portal, and its readers.
        canaries: all of them.
        allowed: the portals that might hold each.
        always: which of them stand in what every portal may say.
        searched: which of them files were searched for.
        runs: what stands in anything that was searched, as `RunTable.bits`.
        index: the letters of most canaries, as `Search.index`; it takes long to make, and is made again seldom.
        judged: facts about the texts that portals showed, as in `Premises`.
        files: path → SHA-256 of what each set of portals had there.
        names: the row in `Texts` of the name of each of them.
    """

    constant: str
    readers: Sequence[tuple[str, Sequence[str]]]
    canaries: Canaries
    allowed: Allowed
    always: Flags
    searched: Flags
    runs: Bits
    index: Needles
    origins: Origins
    voices: Voices
    texts: Texts
    ways: Ways
    judged: Set[str]
    files: Mapping[str, For[str]]
    names: Numbers

    def save(self, place: Path) -> None:
        """Write what `recall` reads.

        Raises:
            OSError: it cannot be written.
        """
        masks = _Masks()
        arrays: dict[str, Any] = {
            **self.canaries.arrays(),
            **{f"{_INDEX}{name}": values for name, values in self.index.arrays().items()},
            "allowed": masks.rows(self.allowed.masks)[self.allowed.classes],
            "always": self.always.view(np.uint8),
            "searched": self.searched.view(np.uint8),
            "runs": self.runs,
            "made": self.voices.made,
            "excused": self.voices.excused.view(np.uint8),
            "sizes": self.texts.sizes,
        }
        for name, keys in _keys(self).items():
            arrays[f"{name}-keys"] = np.frombuffer(bytes.fromhex("".join(keys)), np.uint8)
        for name, lists in _lists(self).items():
            arrays[name], arrays[f"{name}-ends"] = lists.values, lists.ends
        for name, portals in _portals(self).items():
            arrays[name] = masks.rows(portals)
        rows, held = self.texts.keys, [one for held in self.files.values() for one in held]
        arrays["file-ends"] = np.cumsum([0, *map(len, self.files.values())], dtype=np.int64)
        arrays["file-holders"] = masks.rows([portals for portals, _ in held])
        arrays["file-texts"] = np.array([rows[digest] for _, digest in held], np.int32)
        arrays["names"], arrays["way-texts"] = self.names, self.ways.texts
        told = {
            "files": list(self.files),
            "constant": self.constant,
            "readers": self.readers,
            "masks": [f"{mask:x}" for mask in masks.known],
            "bodies": self.voices.bodies,
            "problems": self.texts.problems,
            "beside": sorted(self.texts.beside),
            "addresses": self.ways.addresses,
        }
        write_arrays(place, told, arrays)


def recall(place: Path, constant: str) -> Recollection | None:
    """Return what was remembered; None where nothing was that holds.

    Args:
        place: the file that `Recollection.save` wrote.
        constant: as `Recollection.constant` has to be.
    """
    found = read_arrays(place)
    if found is None or found[0].get("constant") != constant:
        return None
    told, arrays = found
    masks = [int(mask, 16) for mask in told["masks"]]
    everyone = (1 << len(told["readers"])) - 1

    def lists(name: str) -> Lists:
        return Lists(values=arrays[name], ends=arrays[f"{name}-ends"])

    def portals(name: str) -> Sequence[int]:
        return [masks[row] for row in arrays[name].tolist()]

    return Recollection(
        constant=constant,
        readers=[(portal, tuple(readers)) for portal, readers in told["readers"]],
        canaries=Canaries.of_arrays(arrays),
        allowed=Allowed.restored(masks, arrays["allowed"], everyone),
        always=arrays["always"].view(np.bool_),
        searched=arrays["searched"].view(np.bool_),
        runs=arrays["runs"],
        index=Needles.of_arrays(
            {name.removeprefix(_INDEX): values for name, values in arrays.items() if name.startswith(_INDEX)}
        ),
        origins=Origins(keys=_read_keys(arrays, "origins"), own=lists("own")),
        voices=Voices(
            keys=_read_keys(arrays, "voices"),
            portals=portals("voice-portals"),
            spoken=lists("spoken"),
            titles=lists("titles"),
            sample=lists("sample"),
            bodies=told["bodies"],
            files=lists("page-files"),
            holders=portals("page-holders"),
            made=arrays["made"],
            excused=arrays["excused"].view(np.bool_),
        ),
        texts=Texts(
            keys=_read_keys(arrays, "texts"),
            portals=portals("text-portals"),
            navigation=portals("navigation"),
            search=portals("search"),
            found=lists("found"),
            sizes=arrays["sizes"],
            problems={key: [(place, reason) for place, reason in all_of] for key, all_of in told["problems"].items()},
            beside=frozenset(told["beside"]),
        ),
        ways=Ways(
            keys=_read_keys(arrays, "ways"),
            texts=arrays["way-texts"],
            portals=portals("way-portals"),
            targets=lists("targets"),
            addresses=told["addresses"],
            reached=portals("reached"),
        ),
        judged=frozenset(_read_keys(arrays, "judged")),
        files=_read_files(told["files"], arrays, masks),
        names=arrays["names"],
    )


def _read_files(paths: Sequence[str], arrays: Arrays, masks: Sequence[int]) -> Mapping[str, For[str]]:
    digests = list(_read_keys(arrays, "texts"))
    holders, texts, ends = (arrays[f"file-{name}"].tolist() for name in ("holders", "texts", "ends"))
    held = [(masks[mask], digests[row]) for mask, row in zip(holders, texts, strict=True)]
    return {path: tuple(held[start:end]) for path, start, end in zip(paths, ends[:-1], ends[1:], strict=True)}


def _keys(known: Recollection) -> Mapping[str, Iterable[str]]:
    return {
        "origins": known.origins.keys,
        "voices": known.voices.keys,
        "texts": known.texts.keys,
        "ways": known.ways.keys,
        "judged": sorted(known.judged),
    }


def _lists(known: Recollection) -> Mapping[str, Lists]:
    return {
        "own": known.origins.own,
        "spoken": known.voices.spoken,
        "titles": known.voices.titles,
        "sample": known.voices.sample,
        "page-files": known.voices.files,
        "found": known.texts.found,
        "targets": known.ways.targets,
    }


def _portals(known: Recollection) -> Mapping[str, Sequence[int]]:
    return {
        "voice-portals": known.voices.portals,
        "page-holders": known.voices.holders,
        "text-portals": known.texts.portals,
        "navigation": known.texts.navigation,
        "search": known.texts.search,
        "way-portals": known.ways.portals,
        "reached": known.ways.reached,
    }


def _read_keys(arrays: Arrays, name: str) -> Keys:
    text = arrays[f"{name}-keys"].tobytes().hex()
    return {text[start : start + _HEX]: row for row, start in enumerate(range(0, len(text), _HEX))}


class _Masks:
    """Sets of portals, each once, and rows that stand for them."""

    def __init__(self) -> None:
        self.known: dict[int, int] = {}

    def rows(self, portals: Sequence[int]) -> Numbers:
        return np.array([self.known.setdefault(mask, len(self.known)) for mask in portals], np.int32)
