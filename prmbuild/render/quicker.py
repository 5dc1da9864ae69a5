"""Parts of the Markdown libraries that ask the same again and again, made to ask once; what they answer stays.

* For each text, Markdown tries some thirty patterns one after the other. Most need a character that the text has not.
* So it does for each block of text, asking of what kind it is.
* pymdownx compiles large patterns for each character that emphasizes, though most texts have few of these.
* Pygments looks for a language it does not know among all installed distributions, for every block of code, and works
  out the classes of its style for each.
* What Markdown escapes is looked for in every text and attribute; what pymdownx knows of options is copied for each
  page.
* A table of contents is made for each page, though few texts ask for one; fenced code is looked for in every line.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from functools import cache
from importlib import import_module
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions.toc import TocTreeprocessor
from markdown.treeprocessors import InlineProcessor, UnescapeTreeprocessor
from markdown.util import STX, AtomicString, Registry
from pygments.formatters.html import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class_by_name
from pygments.util import ClassNotFound
from pymdownx import highlight
from pymdownx.delimiterprocessor import Delimiter
from pymdownx.superfences import SuperFencesBlockPreprocessor

_parser: Any = import_module("re._parser")
_LIBRARIES = ("markdown.", "pymdownx.")
_PATTERNS = ("RE", "START", "SEARCH_RE")
"""What processors of blocks call the patterns that begin their blocks."""

_BUILT = ("boundary", "bad", "max_size")
_BUILT_FROM = ("token", "tag_count", "double", "smart", "no_space", "punct")
"""What pymdownx works out for a character that emphasizes, and from which of its options."""

_SPACE = ord(" ")
"""In nearly every text, so that any other character tells more."""

_FEW = 8
"""Looking for more characters than this would take longer than to try the pattern."""


class QuickInline(InlineProcessor):  # type: ignore[misc]  # Markdown has no types
    """Markdown's processor of inline patterns, which leaves out those that cannot match."""

    def __init__(self, parser: Markdown) -> None:
        super().__init__(parser)
        self._patterns = [(pattern, _needed(pattern.getCompiledRegExp())) for pattern in parser.inlinePatterns]
        self._signs = _any_of(tuple(needed for _, needed in self._patterns))

    def _InlineProcessor__handleInline(self, data: str, patternIndex: int = 0) -> str:  # its name outside its class
        if isinstance(data, AtomicString) or not self._signs.search(data):
            return data
        patterns, number, start = self._patterns, patternIndex, 0
        while number < len(patterns):
            pattern, needed = patterns[number]
            for character in needed:
                if character in data:
                    break
            else:
                if needed:
                    number, start = number + 1, 0
                    continue
            data, matched, start = self._InlineProcessor__applyPattern(pattern, data, number, start)
            number += not matched
        return data


@cache
def _any_of(needed: tuple[tuple[str, ...], ...]) -> re.Pattern[str]:
    """Return what finds a character that a pattern needs; anything where one of the patterns needs none."""
    if not all(needed):
        return re.compile("")
    return re.compile(f"[{''.join(re.escape(character) for some in needed for character in some)}]")


class QuickUnescape(UnescapeTreeprocessor):  # type: ignore[misc]  # Markdown has no types
    """Markdown's processor of what was escaped, which leaves texts and attributes alone that hold nothing of it."""

    def run(self, root: Element) -> None:
        """Put back what was escaped."""
        for element in root.iter():
            if element.text and STX in element.text and element.tag != "code":
                element.text = self.unescape(element.text)
            if element.tail and STX in element.tail:
                element.tail = self.unescape(element.tail)
            for key, value in element.items():
                if value is not None and STX in value:
                    element.set(key, self.unescape(value))


class _QuickToc(TocTreeprocessor):  # type: ignore[misc]  # Markdown has no types
    """Markdown's processor of headings, which makes a table of contents only where a text asks for one."""

    def run(self, doc: Element) -> None:
        """Give headings their ids, and put the table of contents where the text asks for it."""
        self._asked = any(found.text and found.text.strip() == self.marker for found in doc.iter())
        super().run(doc)

    def replace_marker(self, root: Element, elem: Element) -> None:
        """Put the table of contents where the text asks for it."""
        if self._asked:
            super().replace_marker(root, elem)

    def build_toc_div(self, toc_list: list[Any]) -> Element:
        """Return the table of contents; an empty one where no text asks for it, as nothing else reads it."""
        made: Element = super().build_toc_div(toc_list if self._asked else [])
        return made


def quicken_contents(parser: Markdown) -> None:
    """Let a parser make a table of contents only where a text asks for one."""
    for processor in parser.treeprocessors:
        if type(processor) is TocTreeprocessor:
            processor.__class__ = _QuickToc


@cache
def look_for_fences_once() -> None:
    """Let fenced code be looked for line by line only in a text that has what begins and ends it."""
    search = SuperFencesBlockPreprocessor.search_nested

    def searched(processor: Any, lines: list[str]) -> list[str]:  # noqa: ANN401
        text = "\n".join(lines)
        found: list[str] = search(processor, lines) if "```" in text or "~~~" in text else lines
        return found

    SuperFencesBlockPreprocessor.search_nested = searched


class _Settled(Registry):  # type: ignore[misc]
    """A registry that is gone through often: its items are put in order when they change, not each time."""

    def __init__(self, registry: Registry) -> None:
        self._data, self._priority, self._is_sorted = registry._data, registry._priority, registry._is_sorted
        self._ordered: tuple[Any, ...] | None = None

    def __iter__(self) -> Iterator[Any]:
        if self._ordered is None:
            self._ordered = tuple(super().__iter__())
        return iter(self._ordered)

    def register(self, item: Any, name: str, priority: float) -> None:  # noqa: ANN401
        self._ordered = None
        super().register(item, name, priority)

    def deregister(self, name: str, strict: bool = True) -> None:
        self._ordered = None
        super().deregister(name, strict)


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
    parser.parser.blockprocessors = _Settled(parser.parser.blockprocessors)


@cache
def _quick(pattern: object) -> _Quick | None:
    needed = _needed(pattern) if isinstance(pattern, re.Pattern) else ()
    return _Quick(pattern, needed) if isinstance(pattern, re.Pattern) and needed else None


@cache
def compile_delimiters_late() -> None:
    """Let the patterns of a character that emphasizes be compiled where a text has it, and only the first time."""
    build = Delimiter._build_patterns
    known: dict[tuple[object, ...], Mapping[str, object]] = {}

    def built(delimiter: Delimiter, name: str) -> object:
        if name not in _BUILT:
            raise AttributeError(name)
        key = tuple(vars(delimiter)[option] for option in _BUILT_FROM)
        if key not in known:
            build(delimiter, delimiter.token)
            known[key] = {made: vars(delimiter)[made] for made in _BUILT}
        vars(delimiter).update(known[key])
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
def remember_styles() -> None:
    """Let the classes of a style be worked out once; whoever formats only reads them."""
    create = HtmlFormatter._create_stylesheet
    known: dict[tuple[object, str], tuple[Mapping[Any, str], Mapping[str, Any]]] = {}

    def created(formatter: Any) -> None:  # noqa: ANN401
        key = formatter.style, formatter.classprefix
        if key not in known:
            create(formatter)
            known[key] = formatter.ttype2class, formatter.class2style
        formatter.ttype2class, formatter.class2style = known[key]

    HtmlFormatter._create_stylesheet = created


class _Options(dict[str, list[Any]]):
    """Options, each a value and what it means. Of these, lists and dictionaries alone can change and need a copy."""

    def __init__(self, options: Mapping[str, list[Any]]) -> None:
        super().__init__(options)
        self._changing = [name for name, (value, *_) in options.items() if isinstance(value, list | dict)]

    def __deepcopy__(self, memo: object) -> dict[str, list[Any]]:
        made = {name: option[:] for name, option in self.items()}
        for name in self._changing:
            made[name] = deepcopy(made[name])
        return made


@cache
def copy_options_quickly() -> None:
    """Let pymdownx copy its options for highlighting, as it does for each parser, without looking into every text."""
    highlight.DEFAULT_CONFIG = _Options(highlight.DEFAULT_CONFIG)


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
    return min(needed, key=lambda some: (len(some), _SPACE in some), default=frozenset())


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
