"""Facts found out before, many in one entry of a cache.

A fact stands beside the digest of what it depends on, and is believed where that is still so. An entry is therefore
never wrong, whoever wrote it last: where something changed, only that is found out again. All facts in an entry stand
beside one digest more, so that where nothing changed they need not be looked at one by one. What a cache holds is data,
checked before it is believed.
"""

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Generic, TypeVar

import msgspec

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

    def outdated(self, kind: str, names: Iterable[str], form: type[_Fact]) -> Mapping[str, _Fact]:
        """Return facts by name as they were found out last, whatever they depended on: parts of them may still hold.

        Args:
            kind: what sort of facts they are.
            names: what they are about; those of which nothing was found out are left out.
            form: see `recall`.
        """
        groups: dict[str, list[str]] = {}
        for name in names if self._cache is not None else ():
            groups.setdefault(self._key(kind, group_of(name)), []).append(name)
        kept = self._kept(groups, form)
        return {
            name: entry.facts[name][1] for key, entry in kept.items() for name in groups[key] if name in entry.facts
        }

    def recall(
        self,
        kind: str,
        wanted: Mapping[str, str],
        find_out: Callable[[Sequence[str]], Mapping[str, _Fact]],
        form: type[_Fact],
        depends: str = "",
    ) -> Mapping[str, _Fact]:
        """Return facts by name, finding out those that are not remembered.

        Args:
            kind: what sort of facts they are.
            wanted: name → digest of all that the fact depends on beside what the facts are about.
            find_out: returns the facts of these names.
            form: the type of a fact, which says how it is written and read; see `msgspec`.
            depends: the digest of what all these facts depend on alike.
        """
        if self._cache is None:
            return find_out(tuple(wanted))
        keys = [self._key(kind, number) for number in range(GROUPS)]
        groups: dict[str, dict[str, str]] = {}
        for name, own in wanted.items():
            groups.setdefault(keys[group_of(name)], {})[name] = own
        kept = self._kept(groups, form)
        marks = {key: digest(_bytes(depends), repr(group).encode()) for key, group in groups.items()}
        known: dict[str, _Fact] = {}
        missing: dict[str, str] = {}
        for key, group in groups.items():
            entry = kept.get(key, _Entry(mark="", depends="", facts={}))
            facts = entry.facts
            if entry.mark == marks[key] and group.keys() <= facts.keys():  # then they are not looked at one by one
                known.update({name: facts[name][1] for name in group})
                continue
            for name, own in group.items():
                fact = facts.get(name) if entry.depends == depends else None
                if fact is not None and fact[0] == own:
                    known[name] = fact[1]
                else:
                    missing[name] = key
        if missing:
            known |= find_out(tuple(missing))
            self._put(
                {
                    key: _Entry(
                        mark=marks[key],
                        depends=depends,
                        facts={name: (own, known[name]) for name, own in groups[key].items() if name in known},
                    )
                    for key in dict.fromkeys(missing.values())
                }
            )
        return known

    def _key(self, kind: str, number: int) -> str:
        return digest(*map(_bytes, ("facts", self._about, kind, str(number))))

    def _kept(self, keys: Iterable[str], form: type[_Fact]) -> Mapping[str, "_Entry[_Fact]"]:
        """Return the entries of some keys, without those that are none of facts of that form."""
        if self._cache is None:
            return {}
        decode = msgspec.json.Decoder(_Entry[form]).decode  # type: ignore[valid-type]
        kept = {}
        for key, data in self._cache.get_many(keys).items():
            try:
                kept[key] = decode(data)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
        return kept

    def _put(self, entries: Mapping[str, "_Entry[_Fact]"]) -> None:
        assert self._cache is not None
        self._cache.put_many({key: _written(entry) for key, entry in entries.items()})


class _Entry(msgspec.Struct, Generic[_Fact], frozen=True, array_like=True):
    """Facts of a kind in one entry of a cache.

    Attributes:
        mark: the digest of all that all of them depend on, so that they are believed together.
        depends: what all of them depend on alike.
        facts: name → whatever else the fact depends on, and the fact.
    """

    mark: str
    depends: str
    facts: dict[str, tuple[str, _Fact]]


def _written(entry: _Entry[_Fact]) -> bytes:
    """Write an entry, without facts that UTF-8 cannot say: these are found out each time."""
    try:
        return msgspec.json.encode(entry)
    except UnicodeEncodeError:
        facts = {name: fact for name, fact in entry.facts.items() if _can_be_said((name, fact))}
        return msgspec.json.encode(msgspec.structs.replace(entry, facts=facts))


def _can_be_said(what: object) -> bool:
    try:
        msgspec.json.encode(what)
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=1 << 16)
def group_of(name: str) -> int:
    """Return in which of `GROUPS` entries the facts about something are."""
    return zlib.crc32(_bytes(name)) % GROUPS


def digest(*parts: bytes) -> str:
    """Return the digest of byte strings, none of which can be taken for parts of two."""
    return sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).hexdigest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
