"""The size of pictures, said in their tags: a browser then keeps their place, and nothing moves when they come."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from prmbuild.render.tokens import tags_at

_TAGS = re.compile(r"<(?:img|/?picture)(?=[\s/>])[^<>]*>", re.IGNORECASE)
_OWN = frozenset({"height", "srcset"})
"""Attributes with which an author says how high a picture is, or leaves to the browser which one it is."""

_PIXELS = re.compile(r"[1-9][0-9]{0,4}")
"""A width from which the height follows."""

_SIZED = re.compile(r"width|height|size|ratio", re.IGNORECASE)
"""What a style has in it that may say how large a picture is."""

_START = len("<img")


class Picture(NamedTuple):
    """A picture that an article may show.

    Attributes:
        written: its URL as it stands in the article's HTML, entities decoded.
        width: in CSS pixels.
        height: likewise.
    """

    written: str
    width: int
    height: int


def with_dimensions(judged: str, pictures: Iterable[Picture]) -> str:
    """Give each picture its width and height where its author said nothing of them; its height, where only a width.

    Args:
        judged: HTML as `prmbuild.render.links.without_links` returns it.
        pictures: those whose size is known.
    """
    known = {picture.written: picture for picture in pictures}
    if not known:
        return judged
    parts: list[str] = []
    end = chosen = 0
    for tag in tags_at(judged, _TAGS):
        if isinstance(tag, str):
            continue
        if tag.name == "picture":  # its sources may have other sizes
            chosen = max(0, chosen + (-1 if tag.closing else 1))
            continue
        named = {attribute.name: attribute.value for attribute in reversed(tag.attributes)}  # the first one counts
        picture = known.get(named.get("src", ""))
        if picture is None or chosen or not _OWN.isdisjoint(named) or _SIZED.search(named.get("style", "")):
            continue
        width = named.get("width")
        if width is not None and not _PIXELS.fullmatch(width):
            continue
        place = tag.span[0] + _START
        parts += judged[end:place], _dimensions(picture, width)
        end = place
    return "".join((*parts, judged[end:]))


def _dimensions(picture: Picture, width: str | None) -> str:
    if width is None:
        return f' width="{picture.width}" height="{picture.height}"'
    return f' height="{max(1, round(int(width) * picture.height / picture.width))}"'
