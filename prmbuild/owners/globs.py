"""Patterns of paths, put so that the paths which two of them have in common can be said as patterns again.

A glob is a tuple of names: each stands for one folder or file and may hold ``*`` (any letters) and ``?`` (one letter),
``**`` stands for any number of them. It matches a path whose first names it fits: what is below belongs to it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product

Glob = tuple[str, ...]

ANY = "*"
DEEP = "**"

EXPANDED = 64
"""Into how many patterns without ranges one with ranges may be written out."""

_RANGE = re.compile(r"\[([^\[\]/]*)\]")
_SPAN = re.compile(r"(.)-(.)|(.)", re.DOTALL)
_STARS = re.compile(r"\*+")


class Unsayable(ValueError):
    """A pattern that has no equal; its text says why, in lower case."""


def read_glob(pattern: str) -> tuple[Glob, ...]:
    """Read a gitignore-style pattern as ``prm.yaml`` allows it: without ``!``, ``\\`` and a ``/`` at its start.

    Returns:
        Globs that together match what the pattern matches.

    Raises:
        Unsayable: code hosts have nothing that means the same.

    Source: https://git-scm.com/docs/gitignore#_pattern_format
    """
    return tuple(dict.fromkeys(_read_plain(plain) for plain in _written_out(pattern)))


def _written_out(pattern: str) -> Iterator[str]:
    """Yield the pattern once for each letter that its ranges stand for."""
    parts = _RANGE.split(pattern)
    choices = [_letters(part) if number % 2 else [part] for number, part in enumerate(parts)]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > EXPANDED:
        raise Unsayable(f"its ranges stand for {count} names")
    for parts_chosen in product(*choices):
        plain = "".join(parts_chosen)
        if "[" in plain or "]" in plain:
            raise Unsayable("it has a bracket that is not a plain range")
        if "#" in plain:
            raise Unsayable("it has a '#', which starts a comment")
        if re.search(r"[^\S ]", plain):
            raise Unsayable("it has a blank that is not a space")
        yield plain


def _letters(range_: str) -> list[str]:
    if not range_ or range_[0] in "!^":
        raise Unsayable("it has a range that excludes letters" if range_ else "it has an empty range")
    found: dict[str, None] = {}
    for first, last, single in _SPAN.findall(range_):
        if first > last:
            raise Unsayable("it has a range that runs backwards")
        found.update(dict.fromkeys([single] if single else map(chr, range(ord(first), ord(last) + 1))))
        if len(found) > EXPANDED:
            raise Unsayable("it has a long range")
    if found.keys() & {"*", "?", "/"}:
        raise Unsayable("it has a range with a wildcard")
    return list(found)


def _read_plain(pattern: str) -> Glob:
    inner = pattern.removesuffix("/")
    names = [name if name == DEEP else _STARS.sub(ANY, name) for name in inner.split("/")]
    if "" in names:
        raise Unsayable("it has an empty folder name")
    if names[-1] == DEEP:
        # as git's matcher in Python reads it, `a/**/` is `a/**`, but `**/` is what stands in some folder
        return _normal((*names, ANY, ANY) if pattern.endswith("/") and set(names) == {DEEP} else (*names, ANY))
    if "/" not in inner:
        names.insert(0, DEEP)
    return _normal((*names, ANY) if pattern.endswith("/") else tuple(names))


def _normal(names: Glob) -> Glob:
    """Write a glob in the one way it is written here: ``*`` before ``**``, and no ``**`` at its end."""
    done: list[str] = []
    deep = False
    for name in names:
        if name == DEEP:
            deep = True
        elif name == ANY:
            done.append(ANY)
        else:
            if deep:
                done.append(DEEP)
            deep = False
            done.append(name)
    return tuple(done) or (ANY,)


def common(one: Glob, other: Glob) -> frozenset[Glob]:
    """Return globs that together match what both match."""
    return frozenset(map(_normal, _common(one, other)))


def within(inner: Glob, outer: Glob) -> bool:
    """Tell whether all that one glob matches surely is matched by the other."""
    return inner in common(inner, outer)


@lru_cache(maxsize=65536)
def _common(one: Glob, other: Glob) -> frozenset[Glob]:
    for all_, rest in ((one, other), (other, one)):
        if all(name == ANY for name in all_) and sum(name != DEEP for name in rest) >= len(all_):
            return frozenset((rest,))
    first, second = one[0] if one else DEEP, other[0] if other else DEEP
    if first == DEEP and second == DEEP:
        rests = _common(one[1:], other) | _common(one, other[1:])
        return frozenset((DEEP, *rest) for rest in rests)
    if second == DEEP:
        one, other, first, second = other, one, second, first
    if first == DEEP:
        skipped = _common(one[1:], other)
        return skipped | {(second, *rest) for rest in _common(one, other[1:])}
    rests = _common(one[1:], other[1:])
    return frozenset((name, *rest) for name in _common_names(first, second) for rest in rests)


@lru_cache(maxsize=65536)
def _common_names(one: str, other: str) -> frozenset[str]:
    return frozenset(_STARS.sub(ANY, name) for name in _common_letters(one, other))


@lru_cache(maxsize=65536)
def _common_letters(one: str, other: str) -> frozenset[str]:
    if ANY in (one, other):
        return frozenset((one if other == ANY else other,))
    if not one or not other:
        return frozenset(("",) if not one.strip(ANY) and not other.strip(ANY) else ())
    if one[0] == ANY and other[0] == ANY:
        rests = _common_letters(one[1:], other) | _common_letters(one, other[1:])
        return frozenset(ANY + rest for rest in rests)
    if other[0] == ANY:
        one, other = other, one
    if one[0] == ANY:
        return _common_letters(one[1:], other) | {other[0] + rest for rest in _common_letters(one, other[1:])}
    if one[0] != other[0] and "?" not in (one[0], other[0]):
        return frozenset()
    letter = other[0] if one[0] == "?" else one[0]
    return frozenset(letter + rest for rest in _common_letters(one[1:], other[1:]))
