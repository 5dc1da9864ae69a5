"""A page as one audience may see it: an article, the links that resolve, and the facts around it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from prmbuild.render.article import Article
from prmbuild.render.links import internal_path, without_links
from prmbuild.render.material import Toolchain
from prmbuild.render.page import PageFacts

LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms"})
"""Schemes a link may have that leads out of the portal. Nothing is ever embedded from elsewhere but ``data:``."""

_SCHEME = re.compile(r"\s*([a-z]+):", re.IGNORECASE)
_MEDIA = re.compile(r"\s*data:(?:image|audio|video|font)/", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Variant:
    """All that a page's bytes depend on, the toolchain apart.

    Attributes:
        followed: the URLs of the article's internal references that may stay, as they stand in its HTML.
    """

    article: Article
    followed: frozenset[str]
    facts: PageFacts

    @cached_property
    def key(self) -> str:
        """The digest of the variant: variants with the same key make the same bytes."""
        parts = (self.article.key, *sorted(self.followed), repr(self.facts))
        return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def followable(variant_followed: frozenset[str], portal_url: str) -> Callable[[str, bool], bool]:
    """Return a judge of URLs for `without_links`: internal ones must be listed, others must be harmless.

    Args:
        variant_followed: the internal URLs that may stay.
        portal_url: the portal's root; URLs that name it in full are internal.
    """

    def allowed(url: str, embedded: bool) -> bool:
        if internal_path(url, "", portal_url) is not None:
            return url in variant_followed
        if embedded:
            return _MEDIA.match(url) is not None
        scheme = _SCHEME.match(url)
        return scheme is not None and scheme[1].lower() in LINK_SCHEMES

    return allowed


def render_variant(toolchain: Toolchain, variant: Variant) -> bytes:
    """Render a page as its audience may see it."""
    html = without_links(variant.article.html, followable(variant.followed, toolchain.site.url))
    return toolchain.page(variant.article, html, variant.facts)
