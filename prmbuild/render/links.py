"""Links in rendered HTML: finding those that stay inside the programme, and undoing those that may not be followed.

Works on the tags as they stand, so every other byte stays as it was.
"""

import html
import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>|<!--.*?-->", re.DOTALL)
_ATTRIBUTE = re.compile(r"([^\s=>\"'/]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+)))?")
_URL_ATTRIBUTES = frozenset(
    {
        "href",
        "src",
        "srcset",
        "poster",
        "data",
        "action",
        "formaction",
        "xlink:href",
        "background",
        "cite",
        "longdesc",
        "ping",
        "manifest",
    }
)
_EMBEDDING = frozenset(
    {
        "img",
        "source",
        "video",
        "audio",
        "iframe",
        "object",
        "embed",
        "track",
        "link",
        "script",
        "area",
        "input",
        "image",
        "use",
    }
)
_VOID = frozenset({"img", "source", "embed", "track", "link", "area", "input"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Url:
    attribute: str
    value: str
    span: tuple[int, int]


def internal_path(url: str, page_url: str) -> tuple[str, str] | None:
    """Resolve a URL that stands on a page.

    Args:
        url: as written, HTML entities decoded.
        page_url: the page's URL relative to the portal's root.

    Returns:
        The path it leads to, relative to the portal's root and decoded, and its fragment; None where it leads
        elsewhere (another origin or scheme) or nowhere but to the page itself by an empty URL.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return "", ""
    if parts.scheme or parts.netloc:
        return None
    fragment = unquote(parts.fragment)
    if not parts.path:
        return unquote(page_url), fragment
    path = unquote(parts.path)
    joined = path if path.startswith("/") else posixpath.join("/", unquote(page_url), path)
    normal = posixpath.normpath(joined).lstrip("/")
    if normal in (".", ""):
        return "", fragment
    return f"{normal}/" if joined.endswith(("/", "/.", "/..")) else normal, fragment


def urls_in(text: str) -> Iterator[str]:
    """Yield every URL in the attributes of the tags of an HTML text, entities decoded, in order."""
    for tag in _TAG.finditer(text):
        if tag.group(2) and not tag.group(1):
            for url in _urls(tag.group(2), tag.group(3)):
                yield from _single(url)


def ids_in(text: str) -> Iterator[str]:
    """Yield every id that a URL's fragment can name."""
    for tag in _TAG.finditer(text):
        if tag.group(2) and not tag.group(1):
            for found in _ATTRIBUTE.finditer(tag.group(3)):
                if found.group(1).lower() in ("id", "name"):
                    yield html.unescape(next((group for group in found.groups()[1:] if group is not None), ""))


def without_links(text: str, allowed: Callable[[str, bool], bool]) -> str:
    """Undo what may not be followed, and drop comments.

    A link becomes its text, an embedding its alternative text, any other URL attribute goes. Every other byte stays.

    Args:
        text: HTML.
        allowed: tells whether a URL, as written with entities decoded, may stay; its second argument tells whether
            the browser would load it by itself.
    """
    out: list[str] = []
    end = 0
    open_links: list[bool] = []
    skipping: list[str] = []
    for tag in _TAG.finditer(text):
        out.append(text[end : tag.start()] if not skipping else "")
        end = tag.end()
        closing, name, attributes = tag.group(1), (tag.group(2) or "").lower(), tag.group(3)
        if not name:
            continue
        if skipping:
            if name == skipping[-1]:
                skipping.pop() if closing else skipping.append(name)
            continue
        if name == "a":
            if closing:
                if not (open_links.pop() if open_links else True):
                    continue
            else:
                kept = all(
                    allowed(single, url.attribute != "href")
                    for url in _urls(name, attributes)
                    for single in _single(url)
                )
                open_links.append(kept)
                if not kept:
                    continue
            out.append(tag.group(0))
        elif closing:
            out.append(tag.group(0))
        else:
            refused = [
                url for url in _urls(name, attributes) if not all(allowed(single, True) for single in _single(url))
            ]
            if not refused:
                out.append(tag.group(0))
            elif name in _EMBEDDING:
                out.append(_alternative(attributes))
                if name not in _VOID and not attributes.rstrip().endswith("/"):
                    skipping.append(name)
            else:
                out.append(_without(tag.group(0), name, attributes, refused))
    out.append(text[end:] if not skipping else "")
    return "".join(out)


def _urls(name: str, attributes: str) -> Iterator[_Url]:
    for found in _ATTRIBUTE.finditer(attributes):
        attribute = found.group(1).lower()
        value = next((group for group in found.groups()[1:] if group is not None), None)
        if value is None:
            continue
        if attribute in _URL_ATTRIBUTES and not (attribute == "data" and name != "object"):
            yield _Url(attribute=attribute, value=html.unescape(value), span=found.span())
        elif attribute == "style":
            for inner in re.findall(r"url\(\s*['\"]?([^'\")]+)", html.unescape(value)):
                yield _Url(attribute=attribute, value=inner, span=found.span())


def _single(url: _Url) -> Iterator[str]:
    if url.attribute == "srcset":
        for candidate in url.value.split(","):
            if candidate.strip():
                yield candidate.split()[0]
    else:
        yield url.value


def _alternative(attributes: str) -> str:
    for found in _ATTRIBUTE.finditer(attributes):
        if found.group(1).lower() == "alt":
            return next((group for group in found.groups()[1:] if group is not None), "")
    return ""


def _without(tag: str, name: str, attributes: str, refused: list[_Url]) -> str:
    start = tag.index(name, 1) + len(name) if name in tag else tag.lower().index(name, 1) + len(name)
    kept = attributes
    for url in sorted({url.span for url in refused}, reverse=True):
        kept = kept[: url[0]] + kept[url[1] :]
    return tag[:start] + kept + ">"
