"""Paths of files that authors write as URLs, in Markdown and in raw HTML: which file each names, in one place.

A path leads from the folder of the page's own file, as it does on a code host. What names no file that way is left as
it stands, and is then what a browser takes it for: a path from the page's address.
"""

import html
import posixpath
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit
from xml.etree.ElementTree import Element

from markdown import Markdown as Parser
from markdown.treeprocessors import Treeprocessor
from markdown.util import AMP_SUBSTITUTE

from prmbuild.catalog.address import Address
from prmbuild.render.attributes import URL_ATTRIBUTES, replaced_urls
from prmbuild.render.relative import relative_url
from prmbuild.render.tokens import Attribute, tokens

_ENTITY = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|\w+);", re.ASCII)
_LEADS = re.compile(rf"\b(?:{'|'.join(sorted(URL_ATTRIBUTES))})\s*=|url\s*\(", re.IGNORECASE)
"""What a text has that has a URL in a tag."""


def named_file(written: str, page: str) -> str | None:
    """Return the repository path that a URL names as a path from the folder of a page; it need not be there.

    Args:
        written: the URL as authored, HTML entities decoded.
        page: repository path of the page.

    Returns:
        None for what is no such path: a URL in full, one from the root, one that is only a query or a fragment.

    Raises:
        ValueError: it cannot be taken apart at all.
    """
    scheme, origin, path, _, _ = urlsplit(written.strip())
    if scheme or origin or not path or path.startswith(("/", "\\")):
        return None
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(path).lstrip("/")))


class Links:
    """Leads from a page to what stands beside it in the repository, noting what was looked up.

    Args:
        path: repository path of the page.
        addresses: repository path → address.

    Attributes:
        consulted: repository path → file below the portal's root that stands there; None for nothing.
    """

    def __init__(self, path: str, addresses: Mapping[str, Address]) -> None:
        self._path = path
        self._addresses = addresses
        self._url = _url(addresses[path])
        self.consulted: dict[str, str | None] = {}

    def url_of(self, written: str) -> str:
        """Return the URL for one that an author wrote: a path in the repository becomes one in the portal."""
        target = None if AMP_SUBSTITUTE in written else named_file(written, self._path)
        if target is None:
            return written
        address = self._addresses.get(target)
        self.consulted[target] = address.file if address else None
        if address is None:
            return written
        _, _, _, query, fragment = urlsplit(written.strip())
        return urlunsplit(("", "", relative_url(_url(address), self._url), query, fragment))


class LinkProcessor(Treeprocessor):  # type: ignore[misc]  # Markdown has no types
    """Puts URLs in place of what an author wrote, in what Markdown made and in the raw HTML that it put aside.

    Args:
        parser: of the page; of its processors this is the last.
        url_of: says what is to stand in place of a URL.
    """

    def __init__(self, parser: Parser, url_of: Callable[[str], str]) -> None:
        super().__init__(parser)
        self._url_of = url_of

    def run(self, root: Element) -> None:
        """Go over a page."""
        self._lead(root)
        aside: list[Any] = self.md.htmlStash.rawHtmlBlocks
        for number, block in enumerate(aside):
            if isinstance(block, str):
                aside[number] = with_urls(block, self._url_of)
            else:
                self._lead(block)

    def _lead(self, root: Element) -> None:
        for element in root.iter():
            for name, written in element.items():
                if not isinstance(written, str):  # extensions set what they like
                    continue
                plain = _ENTITY.sub(lambda found: html.unescape(found[0]), written) if "&" in written else written
                url = replaced_urls(str(element.tag).lower(), name.lower(), plain, self._url_of)
                if url != plain:
                    element.set(name, url)


def with_urls(text: str, url_of: Callable[[str], str]) -> str:
    """Return HTML with other URLs in its tags; where one stays, so do its letters.

    Args:
        text: HTML; the last tag may be left open.
        url_of: says what is to stand in place of a URL, entities decoded.
    """
    if "<" not in text or _LEADS.search(text) is None:
        return text
    parts: list[str] = []
    end = 0
    for tag in tokens(text):
        if isinstance(tag, str):
            continue
        for attribute in tag.attributes:
            url = replaced_urls(tag.name, attribute.name, attribute.value, url_of) if attribute.sound else None
            if url is not None and url != attribute.value:
                parts += text[end : attribute.span[0]], _written(attribute, url)
                end = attribute.span[1]
    return "".join((*parts, text[end:]))


def _written(attribute: Attribute, value: str) -> str:
    return f'{attribute.name}="{html.escape(value)}"'


def _url(address: Address) -> str:
    return address.url or "./"
