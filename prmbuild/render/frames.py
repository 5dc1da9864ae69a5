"""Frames: what the theme puts around an article, rendered once for all pages that have it alike.

The theme takes milliseconds, and little of it tells of the page. So it is rendered for a page that stands in for
others: where something of that page is printed, it leaves a mark, and what another page says there takes its place.
That is the same as rendering the other page as long as the theme prints what a page says and asks nothing else of it,
and what stands in for it can be asked nothing else.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, NoReturn

from markupsafe import escape
from msgspec import Struct

from prmbuild.render.article import Heading
from prmbuild.render.templates import printed

_MARK = re.compile("\0([0-9]+)\0")


class NotPrinted(Exception):
    """A template does something else with what a page says than to print it."""


class Slot:
    """Stands for something that a page says, and can be printed alone.

    Args:
        name: of what it stands for.
        filled: whether it stands only for what is not empty, so that a template may ask whether it is.
        filters: what it goes through before it is printed.
    """

    def __init__(self, name: str, *, filled: bool = False, filters: tuple[Callable[[str], str], ...] = ()) -> None:
        self.name, self._filled, self._filters = name, filled, filters

    def through(self, filter: Callable[[str], str]) -> "Slot":
        """Return it filtered."""
        return Slot(self.name, filters=(*self._filters, filter))

    def of(self, said: Mapping[str, str]) -> str:
        """Return what stands there on a page that says this, by name."""
        value = said[self.name]
        for filter in self._filters:
            value = filter(value)
        return value

    def __bool__(self) -> bool:
        if not self._filled:
            self._refused()
        return True

    def _refused(self, *_: object) -> NoReturn:
        raise NotPrinted(f"the theme asks what '{self.name}' of a page is")

    __str__ = __repr__ = __html__ = __getattr__ = __eq__ = __lt__ = __gt__ = __hash__ = _refused
    __len__ = __iter__ = __contains__ = __getitem__ = __add__ = __radd__ = __mod__ = _refused


class TemplatePage(Struct, kw_only=True):
    """What the theme's templates read of a page. mkdocs' own page knows its place in a navigation; this has none."""

    title: str | Slot
    content: str | Slot
    toc: Sequence[Any]
    url: str | Slot
    canonical_url: str | Slot
    root: str
    meta: Mapping[str, object]
    language: str
    edit_url: None = None
    previous_page: None = None
    next_page: None = None
    is_homepage: bool = False
    exists: bool = True


def stand_in_for(page: TemplatePage) -> TemplatePage:
    """Return a page that stands in for all that are like this one, and says nothing that cannot be filled in later."""
    heading = {name: Slot(name) for name in Heading.__struct_fields__}
    return TemplatePage(
        title=Slot("title"),
        content=Slot("content"),
        url=Slot("url"),
        canonical_url=Slot("canonical_url"),
        root=page.root,
        toc=(SimpleNamespace(**heading),) if page.toc else (),
        meta={"description": Slot("description", filled=True)} if page.meta else {},
        language=page.language,
    )


class Frame(Struct, frozen=True):
    """The theme around a page: texts, and what stands for the page between them."""

    pieces: Sequence[str | Slot]

    def around(self, said: Mapping[str, str]) -> str:
        """Return the whole of a page that says this, by name."""
        return "".join(piece if isinstance(piece, str) else piece.of(said) for piece in self.pieces)


class Marks:
    """The marks in what was rendered."""

    def __init__(self) -> None:
        self._slots: list[Slot] = []

    def printed(self, value: object) -> object:
        """Return what is printed of a value: of a slot its mark, of all else what templates may print."""
        if not isinstance(value, Slot):
            return printed(value)
        self._slots.append(value)
        return f"\0{len(self._slots) - 1}\0"

    def frame(self, text: str) -> Frame:
        """Return the frame that was rendered as a text."""
        cut = _MARK.split(text)
        return Frame(tuple(self._slots[int(piece)] if at % 2 else piece for at, piece in enumerate(cut)))


def escaped(value: object) -> object:
    """Return a value written as HTML; of a slot, what stands for that."""
    return value.through(lambda text: str(escape(text))) if isinstance(value, Slot) else escape(value)
