"""What was rendered before, kept in a cache under the digest of all that it depends on."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from prmbuild.cache import Cache
from prmbuild.catalog.address import Address
from prmbuild.render.article import Article, Consulted, Heading, PageInput, Reference, Section


class Memory:
    """Articles and pages that were rendered before.

    Args:
        cache: where they are kept.
        fingerprint: digest of the toolchain; what another one rendered is not found.
        addresses: repository path → address; an article whose links were looked up to other answers is not found.
    """

    def __init__(self, cache: Cache, fingerprint: str, addresses: Mapping[str, Address]) -> None:
        self._cache = cache
        self._fingerprint = fingerprint
        self._addresses = addresses
        self._places = {address.file.removesuffix("index.html"): path for path, address in addresses.items()}

    def fetch_articles(self, keys: Iterable[str]) -> None:
        """Bring the articles of pages with these keys from where they are shared, all at once."""
        self._cache.fetch([self._key("article", key) for key in keys])

    def fetch_pages(self, keys: Iterable[str]) -> None:
        """Bring the bytes of variants with these keys from where they are shared, all at once."""
        self._cache.fetch([self._key("page", key) for key in keys])

    def article(self, page: PageInput) -> Article | None:
        """Return the article of a page; None where it has to be rendered."""
        data = self._cache.get(self._key("article", page.key))
        if data is None:
            return None
        document = json.loads(data)
        if not self._still(Consulted(**document["consulted"])):
            return None
        return _article(document["article"])

    def keep_article(self, article: Article, consulted: Consulted) -> None:
        """Keep an article."""
        document = {"consulted": asdict(consulted), "article": asdict(article) | {"anchors": sorted(article.anchors)}}
        data = json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode()
        self._cache.put(self._key("article", article.key), data)

    def page(self, key: str) -> bytes | None:
        """Return the bytes of the variant with this key; None where it has to be rendered."""
        return self._cache.get(self._key("page", key))

    def keep_page(self, key: str, data: bytes) -> None:
        """Keep a variant's bytes."""
        self._cache.put(self._key("page", key), data)

    def _key(self, kind: str, key: str) -> str:
        return sha256(f"{kind}\0{self._fingerprint}\0{key}".encode()).hexdigest()

    def _still(self, consulted: Consulted) -> bool:
        files, places = self._addresses, self._places
        return all(
            (files[path].file if path in files else None) == file for path, file in consulted.files.items()
        ) and all(places.get(place) == path for place, path in consulted.places.items())


def _article(document: dict[str, Any]) -> Article:
    return Article(
        **document
        | {
            "toc": tuple(_heading(heading) for heading in document["toc"]),
            "references": tuple(Reference(**reference) for reference in document["references"]),
            "anchors": frozenset(document["anchors"]),
            "sections": tuple(Section(**section) for section in document["sections"]),
        }
    )


def _heading(document: dict[str, Any]) -> Heading:
    return Heading(**document | {"children": tuple(_heading(child) for child in document["children"])})
