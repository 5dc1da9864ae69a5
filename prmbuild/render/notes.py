"""Titles of notes that an author gives none, in the page's language: ``!!! note`` and ``??? tip``."""

from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions.admonition import AdmonitionProcessor
from pymdownx.details import DetailsProcessor

from prmbuild.render.words import DEFAULT, Words, words

_NOTES = ((AdmonitionProcessor.RE, 1, 2), (DetailsProcessor.START, 4, 3))
"""How a note begins, and the groups that hold its kinds and its title."""

_BEFORE = 106
"""The order of Markdown's own processors of notes is 105; those with a higher number go before."""


class NoteTitles(BlockProcessor):  # type: ignore[misc]  # Markdown has no types
    """Writes the title into a block that begins a note without one, which the processor of notes then gets.

    Attributes:
        words: in the page's language.
    """

    def __init__(self, parser: Markdown) -> None:
        super().__init__(parser.parser)
        self.words: Words = words(DEFAULT)
        parser.parser.blockprocessors.register(self, "note_titles", _BEFORE)

    def test(self, parent: Element, block: str) -> bool:
        """Tell whether there may be a note, and its title is another than Markdown's own."""
        return self.words.language != DEFAULT and ("!!!" in block or "???" in block)

    def run(self, parent: Element, blocks: list[str]) -> bool:
        """Write titles, and leave the block to the other processors."""
        for pattern, kinds, title in _NOTES:
            found = pattern.search(blocks[0])
            if found is not None and found[title] is None and found[kinds] is not None:
                own = self.words.texts.get(f"admonition.{found[kinds].split(' ')[0].lower()}")
                end = found.end(kinds)
                blocks[0] = blocks[0] if own is None else f'{blocks[0][:end]} "{own}"{blocks[0][end:]}'
        return False
