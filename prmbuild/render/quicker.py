"""Parts of the Markdown libraries that ask the same again and again, made to ask once; what they answer stays.

* For each text, Markdown tries some thirty patterns one after the other. Most need a character that the text has not.
* So it does for each block of text, asking of what kind it is.
* pymdownx compiles large patterns for each character that emphasizes, though most texts have few of these.
* Pygments looks for a language it does not know among all installed distributions, for every block of code.
"""

import re
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any

from markdown import Markdown
from markdown.treeprocessors import InlineProcessor
from markdown.util import AtomicString
from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class_by_name
from pygments.util import ClassNotFound
from pymdownx import highlight
from pymdownx.delimiterprocessor import Delimiter

_parser: Any = import_module("re._parser")
_LIBRARIES = ("markdown.", "pymdownx.")
_PATTERNS = ("RE", "START", "SEARCH_RE")
"""What processors of blocks call the patterns that begin their blocks."""

_BUILT = ("boundary", "bad", "max_size")
"""What pymdownx works out for a character that emphasizes."""

_FEW = 8
"""Looking for more characters than this would take longer than to try the pattern."""


class QuickInline(InlineProcessor):  # type: ignore[misc]  # Markdown has no types
    """Markdown's processor of inline patterns, which leaves out those that cannot match."""

    def __init__(self, parser: Markdown) -> None:
        super().__init__(parser)
        self._patterns = [(pattern, _needed(pattern.getCompiledRegExp())) for pattern in parser.inlinePatterns]

    def _InlineProcessor__handleInline(self, data: str, patternIndex: int = 0) -> str:  # its name outside its class
        if isinstance(data, AtomicString):
            return data  # type: ignore[no-any-return]
        patterns, number, start = self._patterns, patternIndex, 0
        while number < len(patterns):
            pattern, needed = patterns[number]
            if needed and not (needed[0] in data or any(character in data for character in needed[1:])):
                matched, start = False, 0
            else:
                data, matched, start = self._InlineProcessor__applyPattern(pattern, data, number, start)
            number += not matched
        return data


class _Quick:
    """A pattern that is not tried on a text which has none of the characters it needs."""

    def __init__(self, pattern: re.Pattern[str], needed: tuple[str, ...]) -> None:
        self._pattern, self._needed = pattern, needed

    def __getattr__(self, name: str) -> object:
        return getattr(self._pattern, name)

    def search(self, text: str, *where: int) -> re.Match[str] | None:
        """Search as the pattern does."""
        for character in self._needed:
            if character in text:
                return self._pattern.search(text, *where)
        return None

    def match(self, text: str, *where: int) -> re.Match[str] | None:
        """Match as the pattern does."""
        for character in self._needed:
            if character in text:
                return self._pattern.match(text, *where)
        return None


def quicken_blocks(parser: Markdown) -> None:
    """Let a parser's own processors of blocks leave out patterns that cannot match."""
    for processor in parser.parser.blockprocessors:
        if type(processor).__module__.startswith(_LIBRARIES):
            for name in _PATTERNS:
                quick = _quick(getattr(processor, name, None))
                if quick is not None:
                    setattr(processor, name, quick)


@cache
def _quick(pattern: object) -> _Quick | None:
    needed = _needed(pattern) if isinstance(pattern, re.Pattern) else ()
    return _Quick(pattern, needed) if isinstance(pattern, re.Pattern) and needed else None


@cache
def compile_delimiters_late() -> None:
    """Let the patterns of a character that emphasizes be compiled where a text has it."""
    build = Delimiter._build_patterns

    def built(delimiter: Delimiter, name: str) -> object:
        if name not in _BUILT:
            raise AttributeError(name)
        build(delimiter, delimiter.token)
        return vars(delimiter)[name]

    Delimiter._build_patterns = lambda delimiter, token: token
    Delimiter.__getattr__ = built


def remember_lexers() -> None:
    """Let code be highlighted with lexers that are looked up once."""
    highlight.get_lexer_by_name = _lexer


def _lexer(name: str, **options: object) -> Lexer:
    found = _lexer_class(name) if name else None
    if found is None:
        raise ClassNotFound(f"no lexer for alias {name!r} found")
    return found(**options)


@cache
def _lexer_class(name: str) -> type[Lexer] | None:
    try:
        found: type[Lexer] = find_lexer_class_by_name(name)
    except ClassNotFound:
        return None
    return found


@cache
def _needed(pattern: re.Pattern[str]) -> tuple[str, ...]:
    """Return characters of which every text that a pattern matches has at least one; none where that is unknown."""
    if pattern.flags & re.IGNORECASE:
        return ()
    found = _of(_parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE))
    return tuple(sorted(map(chr, found))) if found and len(found) <= _FEW else ()


def _of(parsed: Iterable[tuple[object, Any]]) -> frozenset[int]:
    """Return the fewest such characters that one of the parts in a row needs."""
    needed = [one for operation, argument in parsed if (one := _one(str(operation), argument))]
    return min(needed, key=len, default=frozenset())


def _one(operation: str, argument: Any) -> frozenset[int]:  # noqa: ANN401
    if operation == "LITERAL":
        return frozenset({argument})
    if operation == "IN" and all(str(kind) == "LITERAL" for kind, _ in argument):
        return frozenset(character for _, character in argument)
    if operation == "SUBPATTERN" and not argument[1]:
        return _of(argument[3])
    if operation in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and argument[0] > 0:
        return _of(argument[2])
    if operation == "ATOMIC_GROUP":
        return _of(argument)
    if operation == "BRANCH":
        ways = [_of(way) for way in argument[1]]
        return frozenset().union(*ways) if all(ways) else frozenset()
    return frozenset()
