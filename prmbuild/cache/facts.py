"""Facts found out before, many in one entry of a cache.

A fact stands beside the digest of what it depends on, and is believed where that is still so. An entry is therefore
never wrong, whoever wrote it last: where something changed, only that is found out again. What a cache holds is data,
checked before it is believed.
"""

import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import Any, TypeVar

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
            groups.setdefault(self._key(kind, _group(name)), []).append(name)
        known: dict[str, _Fact] = {}
        for key, data in self._cache.get_many(groups).items() if self._cache is not None else ():
            group = json_of(data)
            for name in groups[key]:
                with suppress(AttributeError, LookupError, TypeError, ValueError):
                    known[name] = read(group[name][1])  # type: ignore[index]  # whatever it is, it is read with doubt
        return known

    def recall(
        self,
        kind: str,
        wanted: Mapping[str, str],
        find_out: Callable[[Sequence[str]], Mapping[str, _Fact]],
        write: Callable[[_Fact], object],
        read: Callable[[Any], _Fact],
    ) -> Mapping[str, _Fact]:
        """Return facts by name, finding out those that are not remembered.

        Args:
            kind: what sort of facts they are.
            wanted: name → digest of all that the fact depends on beside what the facts are about.
            find_out: returns the facts of these names.
            write: turns a fact into what JSON can hold, not into null.
            read: turns it back; raises AttributeError, LookupError, TypeError or ValueError for what cannot be one.
        """
        if self._cache is None:
            return find_out(tuple(wanted))
        keys = [self._key(kind, number) for number in range(GROUPS)]
        groups: dict[str, list[str]] = {}
        for name in wanted:
            groups.setdefault(keys[_group(name)], []).append(name)
        kept = {key: json_of(data) for key, data in self._cache.get_many(groups).items()}
        known: dict[str, _Fact] = {}
        written: dict[str, list[object]] = {}
        missing: dict[str, str] = {}
        for key, names in groups.items():
            group = kept.get(key)
            for name in names:
                entry = group.get(name) if isinstance(group, dict) else None
                if isinstance(entry, list) and entry[:1] == [wanted[name]]:
                    with suppress(AttributeError, LookupError, TypeError, ValueError):
                        known[name], written[name] = read(entry[1]), entry
                        continue
                missing[name] = key
        if missing:
            found = find_out(tuple(missing))
            known |= found
            written |= {name: [wanted[name], write(fact)] for name, fact in found.items()}
            self._put(
                {
                    key: {name: written[name] for name in groups[key] if name in written}
                    for key in dict.fromkeys(missing.values())
                }
            )
        return known

    def together(
        self,
        kind: str,
        wanted: Mapping[str, str],
        depends: str,
        find_out: Callable[[Sequence[str]], _Fact],
        write: Callable[[_Fact], object],
        read: Callable[[Any], _Fact],
    ) -> Iterable[_Fact]:
        """Return facts, each about some of many things: where none of these changed, they are not gone through.

        Args:
            kind: what sort of facts they are.
            wanted: name of each thing → digest of all that a fact depends on of this thing by itself.
            depends: the digest of whatever else a fact depends on.
            find_out: returns the fact about some things, those that `recall` keeps in one entry.
            write: see `recall`.
            read: see `recall`.
        """
        groups: dict[str, list[str]] = {}
        for name in wanted:
            groups.setdefault(str(_group(name)), []).append(name)
        digests = {
            group: digest(_bytes(depends), *(_bytes(part) for name in names for part in (name, wanted[name])))
            for group, names in groups.items()
        }

        def find_each(some: Sequence[str]) -> Mapping[str, _Fact]:
            return {group: find_out(groups[group]) for group in some}

        return self.recall(kind, digests, find_each, write, read).values()

    def _key(self, kind: str, number: int) -> str:
        return digest(*map(_bytes, ("facts", self._about, kind, str(number))))

    def _put(self, groups: Mapping[str, object]) -> None:
        assert self._cache is not None
        texts = {key: json.dumps(group, ensure_ascii=True, separators=(",", ":")) for key, group in groups.items()}
        self._cache.put_many({key: text.encode() for key, text in texts.items()})


def _group(name: str) -> int:
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
