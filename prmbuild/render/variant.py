"""A page as one audience may see it: an article, the links that resolve, and the facts around it."""

from collections.abc import Iterable
from functools import cached_property
from hashlib import sha256

from msgspec import Struct

from prmbuild.render.article import Article, ArticleBody
from prmbuild.render.links import without_some_links
from prmbuild.render.material import Toolchain
from prmbuild.render.page import PageFacts
from prmbuild.render.pictures import Picture, with_dimensions


class Variant(Struct, frozen=True, kw_only=True, dict=True):
    """All that a page's bytes depend on, the toolchain apart.

    Attributes:
        followed: the URLs of the article's internal references that may stay, as they stand in its HTML.
        pictures: those of its pictures whose size is known, in the version that these readers get.
    """

    article: Article
    followed: frozenset[str]
    facts: PageFacts
    pictures: tuple[Picture, ...] = ()

    @cached_property
    def key(self) -> str:
        """The digest of the variant: variants with the same key make the same bytes."""
        parts = (self.article.key, *sorted(self.followed), repr(self.facts), repr(self.pictures))
        return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def seen_html(article: Article, body: ArticleBody, followed: frozenset[str], pictures: Iterable[Picture] = ()) -> str:
    """Return an article's HTML with only those of its internal links that may be followed.

    Args:
        article: what the body belongs to.
        body: its text.
        followed: the URLs of the article's internal references that may stay.
        pictures: those of its pictures whose size is to be said.
    """
    refused = frozenset(reference.written for reference in article.references) - followed
    # what else is in it was judged when the article was made, and is the same for everybody
    html = without_some_links(body.safe, refused) if refused else body.safe
    return with_dimensions(html, pictures)


def render_variant(toolchain: Toolchain, variant: Variant, body: ArticleBody) -> bytes:
    """Render a page as its audience may see it."""
    html = seen_html(variant.article, body, variant.followed, variant.pictures)
    return toolchain.page(variant.article, body.toc, html, variant.facts)
