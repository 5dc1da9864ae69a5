"""What an article leads to or loads that no portal may hold."""

import html
import re
from collections.abc import Callable, Mapping

from prmbuild.render.article import Article
from prmbuild.render.links import without_links
from prmbuild.render.variant import followable

_TIDY = re.compile(r"""(?:[^<>]++|</?[a-zA-Z][^\s<>"'/=]*+(?:\s++[^\s<>"'/=]++(?:="[^"<>]*+")?+)*+\s*+/?>)*+""")
"""HTML that can be read in one way only: every angle bracket belongs to a tag, every quote in a tag to a value."""

_HELD = re.compile(
    r"\s(href|xlink:href|src|srcset|imagesrcset|poster|data|action|formaction|background|cite|longdesc|usemap|icon"
    r"|(style|fill|stroke|filter|clip-path|mask|marker|marker-start|marker-mid|marker-end|cursor))=(?=\"([^\"]*)\")",
    re.IGNORECASE,
)
"""An attribute that may hold a URL; its value is left to be searched as well, for it may only look like one."""

_NOT_OF_A_LINK = re.compile(r"<(?!a\s)[a-zA-Z][^<>]*\shref=", re.IGNORECASE)
_INSIDE = re.compile(r"(?!\s|//)[^:/?#\\\x00-\x1f]*(?:[/?#][^\\\x00-\x1f]*)?")
_LEADS_OUT = re.compile(r"(?:https?://|mailto:|tel:|sms:)[^\\\s\x00-\x20]*", re.IGNORECASE)
_LOADS_NOTHING = re.compile(r"(?!.*url\()[^\\&]*", re.IGNORECASE | re.DOTALL)


def foreign(article: Article, portal_url: str) -> Mapping[str, bool]:
    """Return URL → whether the browser would load it by itself, of all that may not stand in a portal."""
    if _is_harmless(article.html):
        return {}
    return _refused(article, followable(frozenset(reference.written for reference in article.references), portal_url))


def _refused(article: Article, judge: Callable[[str, bool], bool]) -> Mapping[str, bool]:
    refused: dict[str, bool] = {}

    def allowed(url: str, embedded: bool) -> bool:
        if not judge(url, embedded):
            refused[url] = refused.get(url, False) or embedded
        return True

    without_links(article.html, allowed)
    return refused


def _is_harmless(text: str) -> bool:
    """Tell quickly that no URL needs judging: all stay inside, or are links in plain tags to the web, mail or phone."""
    if not _TIDY.fullmatch(text):
        return False
    elsewhere = _NOT_OF_A_LINK.search(text) is not None
    for name, css, value in set(_HELD.findall(text)):
        if css:
            harmless = _LOADS_NOTHING.fullmatch(value)
        else:
            url = html.unescape(value) if "&" in value else value
            leaves = name.lower() == "href" and not elsewhere and _LEADS_OUT.fullmatch(url)
            harmless = leaves or _INSIDE.fullmatch(url)
        if not harmless:
            return False
    return True
