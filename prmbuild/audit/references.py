"""References: everything a portal's files point at must be in that portal, and nothing may be loaded from elsewhere."""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from json import loads
from urllib.parse import unquote, urljoin, urlsplit

from msgspec import Struct

from prmbuild.audit.chunks import blocks, chunks
from prmbuild.audit.layers import TAG

LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms"})
"""Where a link may lead that leaves the portal."""

PRODUCT = ("api/", "me/", "manage/")
"""Addresses that the gateway answers, not the portal."""

SUFFIXES = frozenset({".bin", ".html", ".css", ".js", ".json"})
"""How the names of files end that can refer to others."""

_ROOT = "https://portal.invalid/"
_SIMPLE = re.compile(r"(?:\.\.?/|(?:[a-z0-9_][a-z0-9._-]*/))*(?:[a-z0-9_][a-z0-9._-]*|\.\.?)?(?<!^)")
"""A path without anything that has a meaning of its own, relative to the folder it stands in."""

_NAME = re.compile(r"<([a-zA-Z][\w:-]*)")
_ATTRIBUTE = re.compile(r"(?<![\w:-])([a-zA-Z][\w:-]*)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_LOADING = frozenset(
    {"src", "srcset", "poster", "data", "background", "manifest", "imagesrcset", "action", "formaction", "ping"}
)
_LEADING = frozenset({"href", "xlink:href", "cite", "longdesc"})
_HARMLESS_LINKS = frozenset({"canonical", "alternate", "author", "license", "me", "next", "prev", "help"})
_REFERRING = (
    *("href", "src", "style", "content", "data", "action"),
    *("cite", "poster", "background", "manifest", "longdesc", "ping"),
)
"""Of these, letters small, every tag has one that refers to something."""

_CSS = re.compile(r"url\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^)\"']*?))\s*\)|@import\s+(?:\"([^\"]*)\"|'([^']*)')")
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style", re.DOTALL | re.IGNORECASE)
_JSON_URL = re.compile(r"\"(?:url|location)\"\s*:\s*(\"(?:[^\"\\]|\\.)*\")")
_SCRIPT = re.compile(r"[\"'`]((?:https?:)?//[\w.-]+\.[a-z]{2,}/[^\"'`\s]*\.(?:m?js|css|wasm|woff2?))[\"'`]")
_REMEMBERED = 1 << 14
"""Chunks whose references are remembered."""


class Reference(Struct, frozen=True):
    """A URL as it stands in a file, decoded; ``loads`` where the browser follows it by itself."""

    url: str
    loads: bool


def in_file(path: str, text: str) -> frozenset[Reference]:
    """Return everything that a file of a portal refers to.

    Args:
        path: its name, or how that ends.
        text: the file.
    """
    if path.endswith(".html"):
        return frozenset().union(*(_in_html_chunk(chunk) for chunk in blocks(text)))
    if path.endswith(".css"):
        return frozenset(in_css(text))
    if path.endswith(".js"):
        return frozenset(in_script(text))
    if path.endswith((".json", ".bin")) and ('"url"' in text or '"location"' in text):
        return frozenset().union(*(_in_record(record) for record in chunks(text)))
    return frozenset()


@lru_cache(maxsize=_REMEMBERED)
def _in_record(text: str) -> frozenset[Reference]:
    return frozenset(in_json(text))


@lru_cache(maxsize=_REMEMBERED)
def _in_html_chunk(text: str) -> frozenset[Reference]:
    return frozenset(in_html(text)) if "<" in text else frozenset()


def in_html(text: str) -> Iterator[Reference]:
    """Yield what the tags and style sheets of an HTML document refer to."""
    for tag in TAG.findall(text) if _may_refer(text) else ():
        name = _NAME.match(tag) if "=" in tag and _may_refer(tag) else None
        if name is not None:
            yield from _in_tag(name[1].lower(), tag[name.end() :])
    for style in _STYLE.finditer(text) if "<s" in text or "<S" in text else ():
        yield from in_css(style[1])


def _may_refer(text: str) -> bool:
    small = text.lower()
    for name in _REFERRING:  # noqa: SIM110  # asked of every tag; `any` would take twice as long
        if name in small:
            return True
    return False


def in_css(text: str) -> Iterator[Reference]:
    """Yield what a style sheet loads."""
    for found in _CSS.finditer(_CSS_COMMENT.sub("", text)):
        url = next(group for group in found.groups() if group is not None)
        if url:
            yield Reference(url, True)


def in_script(text: str) -> Iterator[Reference]:
    """Yield the scripts, style sheets and fonts of other sites that a script names."""
    for found in _SCRIPT.finditer(text):
        yield Reference(found[1], True)


def in_json(text: str) -> Iterator[Reference]:
    """Yield the addresses in navigation and search data, without their anchors."""
    for found in _JSON_URL.finditer(text):
        yield Reference(str(loads(found[1])).partition("#")[0], False)


def _in_tag(name: str, rest: str) -> Iterator[Reference]:
    attributes = {
        attribute.lower(): unescape(value) if "&" in value else value
        for attribute, double, single, bare in _ATTRIBUTE.findall(rest)
        for value in (double or single or bare,)
    }
    loading_link = name == "link" and attributes.get("rel", "").lower() not in _HARMLESS_LINKS
    for attribute, value in attributes.items():
        if attribute in ("srcset", "imagesrcset"):
            yield from (Reference(part.split()[0], True) for part in value.split(",") if part.strip())
        elif attribute in _LOADING and not (attribute == "data" and name != "object"):
            yield Reference(value, True)
        elif attribute in _LEADING:
            yield Reference(value, loading_link or name in ("use", "image", "feimage"))
        elif attribute == "style":
            yield from in_css(value)
        elif attribute == "content" and attributes.get("http-equiv", "").lower() == "refresh":
            yield Reference(value.partition("=")[2].strip(" '\""), True)


def resolve(url: str, folder: str, site: str) -> tuple[str | None, str]:
    """Find out where a URL leads.

    Args:
        url: as `Reference.url`.
        folder: folder of the file it stands in, below the portal's root, with a trailing slash; empty for the root.
        site: absolute URL of the portal.

    Returns:
        The path it names in the portal, as `address` writes it; None where it leads out of it. And its scheme.
    """
    inside = url.strip()
    if _SIMPLE.fullmatch(inside):
        return address(_joined(folder, inside)), ""
    if inside.startswith(site):
        inside, folder = inside[len(site) :] or ".", ""
    try:
        parts = urlsplit(inside)
    except ValueError:
        return "\0", ""
    if parts.scheme or parts.netloc:
        return None, parts.scheme or "https"
    root = urlsplit(site).path or "/"
    if parts.path.startswith(root) and parts.path.startswith("/"):
        inside, folder = parts.path[len(root) :] or ".", ""
    elif parts.path.startswith("/"):
        return "\0", ""
    elif not parts.path:
        return None, "#"
    path = urlsplit(urljoin(_ROOT + folder, urlsplit(inside).path)).path.removeprefix("/")
    return address(unquote(path)), ""


def _joined(folder: str, path: str) -> str:
    """Return where a simple path leads from a folder, as `urllib.parse.urljoin` has it."""
    kept: list[str] = []
    *segments, name = (folder + path).split("/")
    for segment in (*segments, name) if name in (".", "..") else segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    kept.append("" if name in (".", "..") else name)
    return "/".join(kept)


def address(path: str) -> str:
    """Return a path below the portal's root as links write it: without ``index.html``."""
    folder, slash, name = path.rpartition("/")
    return folder + slash if name == "index.html" else path
