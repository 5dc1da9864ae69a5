"""Facts found out before, many in one entry of a cache.

A fact stands beside the digest of what it depends on, and is believed where that is still so. An entry is therefore
never wrong, whoever wrote it last: where something changed, only that is found out again. All facts in an entry stand
beside one digest more, so that where nothing changed they need not be looked at one by one. What a cache holds is data,
checked before it is believed.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple, TypeVar

from prmbuild.cache.cache import Cache

GROUPS = 64
"""Into how many entries the facts of a kind are put; each is one read, and a change writes one anew."""

_Fact = TypeVar("_Fact")


class Facts:
    """Facts found out before.

    Args:
        cache: where they are kept; None keeps nothing.
        about: the bytes of everything that shapes facts beside the files they are about.
    """

    def __init__(self, cache: Cache | None, about: Iterable[bytes]) -> None:
        self._cache = cache
        self._about = digest(*about) if cache else ""

    def outdated(self, kind: str, names: Iterable[str], read: Callable[[Any], _Fact]) -> Mapping[str, _Fact]:
        """Return facts by name as they were found out last, whatever they depended on: parts of them may still hold.

        Args:
            kind: what sort of facts they are.
            names: what they are about; those of which nothing was found out are left out.
            read: see `recall`.
        """
        groups: dict[str, list[str]] = {}
        for name in names if self._cache is not None else ():
            groups.setdefault(self._key(kind, group_of(name)), []).append(name)
        known: dict[str, _Fact] = {}
        for key, data in self._cache.get_many(groups).items() if self._cache is not None else ():
            entry = _entry(json_of(data))
            for name in groups[key]:
                with suppress(AttributeError, LookupError, TypeError, ValueError):
                    known[name] = read(entry.facts[name][1])
        return known

    def recall(
        self,
        kind: str,
        wanted: Mapping[str, str],
        find_out: Callable[[Sequence[str]], Mapping[str, _Fact]],
        write: Callable[[_Fact], object],
        read: Callable[[Any], _Fact],
        depends: str = "",
    ) -> Mapping[str, _Fact]:
        """Return facts by name, finding out those that are not remembered.

        Args:
            kind: what sort of facts they are.
            wanted: name → digest of all that the fact depends on beside what the facts are about.
            find_out: returns the facts of these names.
            write: turns a fact into what JSON can hold, not into null.
            read: turns it back; raises AttributeError, LookupError, TypeError or ValueError for what cannot be one.
            depends: the digest of what all these facts depend on alike.
        """
        if self._cache is None:
            return find_out(tuple(wanted))
        keys = [self._key(kind, number) for number in range(GROUPS)]
        groups: dict[str, dict[str, str]] = {}
        for name, own in wanted.items():
            groups.setdefault(keys[group_of(name)], {})[name] = own
        kept = {key: json_of(data) for key, data in self._cache.get_many(groups).items()}
        marks = {key: digest(_bytes(depends), repr(group).encode()) for key, group in groups.items()}
        known: dict[str, _Fact] = {}
        written: dict[str, list[object]] = {}
        missing: dict[str, str] = {}
        for key, group in groups.items():
            entry = _entry(kept.get(key))
            if entry.mark == marks[key]:  # then they are not looked at one by one
                with suppress(AttributeError, LookupError, TypeError, ValueError):
                    known.update({name: read(entry.facts[name][1]) for name in group})
                    continue
            for name, own in group.items():
                fact = entry.facts.get(name) if entry.depends == depends else None
                if isinstance(fact, list) and fact[:1] == [own]:
                    with suppress(AttributeError, LookupError, TypeError, ValueError):
                        known[name], written[name] = read(fact[1]), fact
                        continue
                missing[name] = key
        if missing:
            found = find_out(tuple(missing))
            known |= found
            written |= {name: [wanted[name], write(fact)] for name, fact in found.items()}
            self._put(
                {
                    key: [marks[key], depends, {name: written[name] for name in groups[key] if name in written}]
                    for key in dict.fromkeys(missing.values())
                }
            )
        return known

    def _key(self, kind: str, number: int) -> str:
        return digest(*map(_bytes, ("facts", self._about, kind, str(number))))

    def _put(self, groups: Mapping[str, object]) -> None:
        assert self._cache is not None
        texts = {key: json.dumps(group, ensure_ascii=True, separators=(",", ":")) for key, group in groups.items()}
        self._cache.put_many({key: text.encode() for key, text in texts.items()})


class _Entry(NamedTuple):
    """Facts of a kind in one entry of a cache.

    Attributes:
        mark: the digest of all that all of them depend on, so that they are believed together.
        depends: what all of them depend on alike.
        facts: name → whatever else the fact depends on, and the fact.
    """

    mark: object
    depends: object
    facts: Mapping[str, Any]


_NOTHING = _Entry(None, None, {})


def _entry(written: object) -> _Entry:
    """Return an entry that was written, an empty one where it is something else."""
    if isinstance(written, list) and len(written) == len(_NOTHING) and isinstance(written[-1], dict):
        return _Entry._make(written)
    return _NOTHING


@lru_cache(maxsize=1 << 16)
def group_of(name: str) -> int:
    """Return in which of `GROUPS` entries the facts about something are."""
    return zlib.crc32(_bytes(name)) % GROUPS


def json_of(data: bytes) -> object:
    """Return what JSON holds; None where it is none."""
    try:
        found: object = json.loads(data)
    except ValueError:
        return None
    return found


def digest(*parts: bytes) -> str:
    """Return the digest of byte strings, none of which can be taken for parts of two."""
    return sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
