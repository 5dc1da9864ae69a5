"""Markdown rendered as mkdocs renders it, without what of mkdocs an article does not need.

Every page has a parser of its own, as in mkdocs: nothing that an author defines on one page reaches another.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any
from xml.etree.ElementTree import Element

from markdown import Markdown as Parser
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from prmbuild.render.article import Heading
from prmbuild.render.notes import NoteTitles
from prmbuild.render.paths import LinkProcessor
from prmbuild.render.quicker import (
    QuickInline,
    QuickUnescape,
    compile_delimiters_late,
    copy_options_quickly,
    look_for_fences_once,
    quicken_blocks,
    quicken_contents,
    remember_lexers,
    remember_styles,
)
from prmbuild.render.words import DEFAULT, words

ALWAYS = ("toc", "tables", "fenced_code")
"""The extensions that mkdocs has whatever its settings say; they go before the others."""

HeadingText = Callable[[Element, Parser], str]
"""Returns the text of a heading for people."""


class Markdown:
    """Renders Markdown with a set of extensions.

    Args:
        extensions: name → options.
        heading_text: reads a page's first heading.

    Raises:
        Exception: an extension does not take its options.
    """

    def __init__(self, extensions: Mapping[str, Mapping[str, object]], heading_text: HeadingText) -> None:
        names = (*ALWAYS, *(name for name in extensions if name not in ALWAYS))
        self._makers = [(_maker(name), dict(extensions.get(name, {}))) for name in names]
        self._heading_text = heading_text
        remember_lexers()
        remember_styles()
        compile_delimiters_late()
        copy_options_quickly()
        look_for_fences_once()
        self._ready = [self._parser()]

    def convert(
        self, text: str, url_of: Callable[[str], str], language: str = DEFAULT
    ) -> tuple[str, tuple[Heading, ...], str | None]:
        """Render a page.

        Args:
            text: Markdown.
            url_of: says what is to stand in place of a URL that an author wrote.
            language: a BCP 47 tag; that of titles which the author left out.

        Returns:
            HTML, the headings, and the text of the heading that the page begins with, None where it begins otherwise.
        """
        try:
            parser = self._ready.pop()
        except IndexError:
            parser = self._parser()
        title = _Title(parser, self._heading_text)
        parser.treeprocessors.register(title, "first_heading", 1)
        parser.treeprocessors.register(LinkProcessor(parser, url_of), "links", 0)
        parser.note_titles.words = words(language)
        html = parser.convert(text)
        headings = _headings(getattr(parser, "toc_tokens", ()))
        _take_apart(parser)
        return html, headings, title.text

    def _parser(self) -> Parser:
        parser = _ByModule(extensions=[make(**options) for make, options in self._makers])
        parser.treeprocessors.register(QuickInline(parser), "inline", 20)
        parser.treeprocessors.register(QuickUnescape(parser), "unescape", 0)
        parser.note_titles = NoteTitles(parser)
        quicken_blocks(parser)
        quicken_contents(parser)
        return parser


class _ByModule(Parser):  # type: ignore[misc]  # Markdown has no types
    """Finds the extensions that extensions ask for by the names of their modules."""

    def build_extension(self, ext_name: str, configs: Mapping[str, Any]) -> Extension:
        return super().build_extension(ext_name, configs) if ":" in ext_name else _maker(ext_name)(**configs)


class _Title(Treeprocessor):  # type: ignore[misc]  # Markdown has no types
    def __init__(self, parser: Parser, heading_text: HeadingText) -> None:
        super().__init__(parser)
        self._heading_text = heading_text
        self.text: str | None = None

    def run(self, root: Element) -> None:
        if len(root) and root[0].tag == "h1":
            assert self.md is not None
            self.text = self._heading_text(root[0], self.md)


def key_names() -> frozenset[str]:
    """Return what stands in an article for keys that an author names."""
    from pymdownx.keymap_db import keymap

    return frozenset(keymap.values())


def _take_apart(parser: Parser) -> None:
    """Let a parser that is done with go at once: its parts name each other, which only looking for garbage finds."""
    vars(parser.parser).clear()
    vars(parser).clear()


def _maker(name: str) -> Callable[..., Extension]:
    """Return what makes an extension; asking Markdown for it by name would read every installed distribution."""
    module = import_module(name if "." in name else f"markdown.extensions.{name}")
    maker: Callable[..., Extension] = module.makeExtension
    return maker


def _headings(tokens: Sequence[Mapping[str, Any]]) -> tuple[Heading, ...]:
    return tuple(
        Heading(id=token["id"], title=token["name"], level=token["level"], children=_headings(token["children"]))
        for token in tokens
    )


__all__ = ["Markdown", "Parser"]
