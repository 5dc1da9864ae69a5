"""``404.html``, which stands in for pages at any depth, so that its links start at the portal's root."""

from urllib.parse import urlsplit

from prmbuild.site.contents import Common
from prmbuild.site.recipes import Recipe
from prmbuild.site.templates import document

PATH = "404.html"


def not_found(common: Common) -> Recipe:
    """Return the document for what does not exist."""
    root = urlsplit(common.toolchain.site.url).path or "/"
    return Recipe(
        PATH,
        (),
        lambda: document(common, url=PATH, title=common.words("missing"), template="not_found", root=root),
    )
