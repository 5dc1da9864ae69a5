"""URLs in the attributes of HTML elements: which attributes have some, and where in their values these stand."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

from prmbuild.render.tokens import Attribute

URL_ATTRIBUTES = frozenset(
    {
        "href",
        "src",
        "srcset",
        "imagesrcset",
        "poster",
        "data",
        "action",
        "formaction",
        "xlink:href",
        "background",
        "cite",
        "longdesc",
        "usemap",
        "icon",
    }
)
CSS = frozenset(
    {
        "style",
        "fill",
        "stroke",
        "filter",
        "clip-path",
        "mask",
        "marker",
        "marker-start",
        "marker-mid",
        "marker-end",
        "cursor",
    }
)
"""Attributes that hold CSS."""

_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\n\r\f])?|(.))", re.DOTALL)
_LOADS = re.compile(r"image-set\(|image\(|\bsrc\(|@import|expression\(|behavior\s*:|-moz-binding|@namespace")
_CSS_URL = re.compile(r"url\(\s*+(?:\"([^\"\n]*+)\"|'([^'\n]*+)'|([^\"'()\s]*+))\s*+\)", re.IGNORECASE)
_PLAIN_IN_CSS = "/?#=&%:;,@+~!$*"
"""What a URL in CSS may have as it is, quoted or not."""


def urls_in(name: str, attribute: Attribute) -> tuple[str, ...] | None:
    """Return the URLs in an attribute; None where that cannot be told."""
    if attribute.name in CSS:
        return css_urls(attribute.value)
    if not _is_url(name, attribute.name):
        return ()
    if not attribute.name.endswith("srcset"):
        return (attribute.value,)
    return tuple(attribute.value[start:end] for start, end in _candidates(attribute.value))


def replaced_urls(name: str, attribute: str, value: str, url_of: Callable[[str], str]) -> str:
    """Return the value of an attribute with other URLs in it; one that holds none stays.

    Args:
        name: the element's, in lower case.
        attribute: the attribute's, likewise.
        value: entities decoded.
        url_of: says what is to stand in place of a URL.
    """
    if attribute in CSS:
        plain = "\\" not in value and "/*" not in value and "url(" in value.lower()
        return _CSS_URL.sub(lambda found: _replaced_in_css(found, url_of), value) if plain else value
    if not _is_url(name, attribute):
        return value
    if not attribute.endswith("srcset"):
        return url_of(value)
    parts: list[str] = []
    end = 0
    for start, stop in _candidates(value):
        parts += value[end:start], url_of(value[start:stop])
        end = stop
    return "".join((*parts, value[end:]))


def _replaced_in_css(found: re.Match[str], url_of: Callable[[str], str]) -> str:
    group = found.lastindex or 0  # of the groups, one takes part
    url = url_of(found[group])
    if url == found[group]:
        return found[0]
    before, behind = found.string[found.start() : found.start(group)], found.string[found.end(group) : found.end()]
    return before + quote(url, safe=_PLAIN_IN_CSS) + behind


def _is_url(name: str, attribute: str) -> bool:
    return attribute in URL_ATTRIBUTES and (attribute != "data" or name == "object")


def _candidates(value: str) -> Iterator[tuple[int, int]]:
    """Yield where the URLs of a ``srcset`` stand; a comma ends one only where white space is near."""
    words = re.finditer(r"\S+", value)
    for word in words:
        start, end = word.start() + len(word[0]) - len(word[0].lstrip(",")), word.start() + len(word[0].rstrip(","))
        if start < end:
            yield start, end
        if not word[0].endswith(","):
            for descriptor in words:
                if "," in descriptor[0]:
                    behind = descriptor.start() + descriptor[0].rindex(",") + 1
                    if behind == descriptor.end():
                        break
                    yield behind, descriptor.end()


def css_urls(value: str) -> tuple[str, ...] | None:
    """Return the URLs in CSS; None where something else may be loaded, or that cannot be told."""
    plain = _ESCAPE.sub(_character, value)
    lowered = re.sub(r"/\*.*?(?:\*/|\Z)", "", plain, flags=re.DOTALL).lower()
    if _LOADS.search(lowered) or _LOADS.search(plain.lower()):
        return None
    found = [next(group for group in match.groups() if group is not None) for match in _CSS_URL.finditer(plain)]
    expected = max(lowered.count("url("), plain.lower().count("url("))
    told = len(found) == expected and not (expected and "\\" in value)
    return tuple(found) if told else None


def _character(found: re.Match[str]) -> str:
    if found[1] is None:
        return str(found[2])
    number = int(found[1], 16)
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
