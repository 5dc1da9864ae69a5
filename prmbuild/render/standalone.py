"""A page as one file: its style sheets and pictures inside, nothing in it that runs or asks for anything."""

import base64
import posixpath
import re
from collections.abc import Callable
from html import escape
from urllib.parse import unquote, urlsplit

from prmbuild.media_types import media_type
from prmbuild.render.links import internal_path
from prmbuild.render.tokens import Tag, tokens

FileOf = Callable[[str], bytes | None]
"""Returns the bytes of a file, by its path below the portal's root; None where there is none."""

LinkOf = Callable[[str], str | None]
"""Returns where a link may lead, by its URL as written; None where it may not lead anywhere."""

_URL = re.compile(r"url\(\s*(?:\"([^\"\n]*)\"|'([^'\n]*)'|([^\"'()\s]+))\s*\)")
_IMPORT = re.compile(r"@import[^;]*;?")
_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
_DROPPED = frozenset({"script", "link", "meta", "base", "source", "track", "template", "noscript"})
_EMPTY = frozenset({"iframe", "object", "embed", "video", "audio"})
"""Elements that are named instead of shown."""


def standalone(page: str, url: str, portal_url: str, file_of: FileOf, link_of: LinkOf, *, largest: int) -> str:
    """Return a page, or a part of one, that needs no other file.

    Args:
        page: HTML of a portal.
        url: the page's URL relative to the portal's root.
        portal_url: the portal's root.
        file_of: reads the portal's files.
        link_of: tells where links may lead; those to places on the page itself stay.
        largest: bytes of a picture that is put inside; a larger one is named instead.
    """
    return "".join(_Inlining(page, url, portal_url, file_of, link_of, largest).parts())


def sheet(path: str, file_of: FileOf, *, fonts: bool, largest: int) -> str:
    """Return a style sheet that asks for nothing: what it needs is inside, or left out.

    Args:
        path: below the portal's root.
        file_of: reads the portal's files.
        fonts: whether fonts are put inside; else the reader's own take their place.
        largest: bytes of a file that is put inside.
    """
    text = (file_of(path) or b"").decode("utf-8", "replace")
    text = _IMPORT.sub("", text)
    if not fonts:
        text = _FONT_FACE.sub("", text)

    def inside(found: re.Match[str]) -> str:
        written = next((group for group in found.groups() if group), "")
        if written.startswith(("data:", "#")):
            return found[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(_path(written))))
        data = file_of(target)
        return f'url("{data_url(target, data)}")' if data is not None and len(data) <= largest else "none"

    return _URL.sub(inside, text).replace("</style", "<\\/style")


class _Inlining:
    def __init__(self, page: str, url: str, portal_url: str, file_of: FileOf, link_of: LinkOf, largest: int) -> None:
        self._page = page
        self._url = url
        self._portal_url = portal_url
        self._file_of = file_of
        self._link_of = link_of
        self._largest = largest
        self._skipping: list[str] = []

    def parts(self) -> "list[str]":
        out: list[str] = ["<!doctype html>"] if self._page.lstrip()[:9].lower() == "<!doctype" else []
        for token in tokens(self._page):
            if isinstance(token, str):
                out += () if self._skipping else (token,)
            elif self._skipping:
                if token.name == self._skipping[-1]:
                    self._skipping.pop() if token.closing else self._skipping.append(token.name)
            elif token.closing:
                out += () if token.name in _DROPPED else (self._page[slice(*token.span)],)
            else:
                out.append(self._opening(token))
        return out

    def _opening(self, tag: Tag) -> str:
        named = {attribute.name: attribute.value for attribute in tag.attributes}
        if tag.name == "link" and named.get("rel") == "stylesheet":
            text = sheet(self._inside(named.get("href", "")) or "", self._file_of, fonts=True, largest=self._largest)
            return f"<style>{text}</style>"
        if tag.name == "meta" and named.keys() & {"charset", "name"}:
            return self._page[slice(*tag.span)]
        if tag.name in ("template", "noscript"):
            self._skipping.append(tag.name)
            return ""
        if tag.name == "style":
            return f"<style>{tag.content}</style>"
        if tag.name in _DROPPED:
            return ""
        if tag.name == "img":
            return self._picture(tag, named)
        if tag.name in _EMPTY:
            if tag.name != "embed":
                self._skipping.append(tag.name)
            return _instead(named.get("title", ""), named.get("src") or named.get("data") or "", 0)
        return _written(tag, {"href": self._led(named["href"])} if tag.name == "a" and "href" in named else {})

    def _picture(self, tag: Tag, named: dict[str, str]) -> str:
        source = named.get("src", "")
        if source.startswith("data:"):
            return _written(tag, {"srcset": None})
        target = self._inside(source)
        data = self._file_of(target) if target is not None else None
        if target is None or data is None or len(data) > self._largest:
            return _instead(named.get("alt", ""), source, len(data or b""))
        return _written(tag, {"src": data_url(target, data), "srcset": None, "loading": None})

    def _led(self, url: str) -> str | None:
        return url if url.startswith("#") else self._link_of(url)

    def _inside(self, url: str) -> str | None:
        found = internal_path(url, self._url, self._portal_url)
        return found[0] if found is not None else None


def _written(tag: Tag, changed: "dict[str, str | None]") -> str:
    """Return a tag with some attributes set anew, or taken away; none of it runs anything."""
    named = {attribute.name: attribute.value for attribute in tag.attributes if not attribute.name.startswith("on")}
    kept = [f'{name}="{escape(value)}"' for name, value in (named | changed).items() if value is not None]
    return f"<{' '.join((tag.name, *kept))}>"


def _instead(said: str, source: str, size: int) -> str:
    """Return what stands in the place of something that is not shown."""
    name = posixpath.basename(unquote(_path(source)))
    parts = (said, name if not source.startswith("data:") else "", f"{size / 1_000_000:.1f} MB" if size else "")
    return f'<span class="standalone-instead">[{escape(", ".join(filter(None, parts)) or "not shown")}]</span>'


def data_url(path: str, data: bytes) -> str:
    """Return a file as a URL that holds it."""
    return f"data:{media_type(path).split(';')[0]};base64,{base64.b64encode(data).decode()}"


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
