"""Pages inside a report: each as its readers see it, without scripts and without asking for anything."""

import re
from collections.abc import Mapping
from functools import cached_property

from prmbuild.cache import Cache
from prmbuild.exposure.rewrites import Sight
from prmbuild.exposure.state import JointState
from prmbuild.media_types import media_type
from prmbuild.render.links import internal_path
from prmbuild.render.standalone import FileOf, data_url, sheet, standalone
from prmbuild.render.tokens import Tag, tokens
from prmbuild.render.variant import Variant
from prmbuild.visibility.sets import seen_by

LARGEST_PICTURE = 100_000
"""Bytes of a picture that is shown; a larger one is named."""

_ARTICLE = re.compile(r"<article\b.*</article>", re.DOTALL)
_BODY = re.compile(r"<body\b[^>]*>")


class Previews:
    """Renders pages of one of the two states.

    Args:
        state: the state; what it was compared with must still be open.
        cache: keeps what is rendered.
    """

    def __init__(self, state: JointState, cache: Cache) -> None:
        self._state = state
        self._cache = cache
        self._side = state.side

    def page(self, variant: Variant, viewers: int) -> str:
        """Return the article of a page as HTML that asks for nothing and leads nowhere.

        Args:
            variant: the page.
            viewers: who reads it, a set over the joint list; all see the same of it.

        Raises:
            RenderError: the page cannot be rendered.
        """
        page = self._rendered(variant)
        found = _ARTICLE.search(page)
        url = self._side.site.addresses[variant.article.path].url
        files = self._files(viewers)
        article = found[0] if found else ""
        return standalone(article, url, self._side.site.url, files, lambda _: None, largest=LARGEST_PICTURE)

    def picture(self, sight: Sight) -> str | None:
        """Return a picture as a ``data:`` URL; None for what is no picture, or too large a one."""
        version = sight.version
        if version is None or version.blob is None or not media_type(version.path).startswith("image/"):
            return None
        data = self._state.catalog.snapshot.read(version.blob)
        return data_url(version.path, data) if len(data) <= LARGEST_PICTURE else None

    def look(self, variant: Variant) -> tuple[str, str]:
        """Return what all pages look like: style sheets, and the start tag of the body that they apply to."""
        page = self._rendered(variant)
        url = self._side.site.addresses[variant.article.path].url
        files = self._files(0)
        sheets = []
        for token in tokens(page.partition("</head>")[0]):
            if isinstance(token, Tag) and token.name == "link":
                named = {attribute.name: attribute.value for attribute in token.attributes}
                inside = internal_path(named.get("href", ""), url, self._side.site.url)
                if named.get("rel") == "stylesheet" and inside is not None:
                    sheets.append(sheet(inside[0], files, fonts=False, largest=LARGEST_PICTURE))
        body = _BODY.search(page)
        return "\n".join(sheets), body[0] if body else "<body>"

    def _rendered(self, variant: Variant) -> str:
        engine, cache = self._side.engine, self._cache
        ((_, digest),) = engine.pages({variant.key: variant})
        return cache.object(digest).decode("utf-8", "replace")

    def _files(self, viewers: int) -> FileOf:
        """Return what reads the files of the portal of some viewers."""

        def file_of(path: str) -> bytes | None:
            if path in self._static:
                return self._static[path]
            asset = self._assets.get(path)
            version = seen_by(self._state.assets(asset), viewers) if asset is not None else None
            return self._state.catalog.snapshot.read(version.blob) if version is not None and version.blob else None

        return file_of

    @cached_property
    def _static(self) -> Mapping[str, bytes]:
        return self._side.engine.toolchain.static_files()

    @cached_property
    def _assets(self) -> Mapping[str, str]:
        """Place below a portal's root → repository path of an asset."""
        return {self._side.site.addresses[path].file: path for path in self._side.shown.assets}
