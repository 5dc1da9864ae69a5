"""What was rendered before, kept in a cache under the digest of all that it depends on."""

from collections.abc import Iterable, Mapping
from hashlib import sha256

from prmbuild.cache import Cache
from prmbuild.catalog.address import Address
from prmbuild.render.article import Article, Consulted
from prmbuild.render.stored import read_article


class Memory:
    """Articles, their bodies and pages that were rendered before.

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

    def expect_articles(self, keys: Iterable[str]) -> None:
        """Bring articles and their bodies near, where they are kept far away."""
        self._cache.fetch(self._key(kind, key) for key in keys for kind in ("article", "body"))

    def expect_pages(self, keys: Iterable[str]) -> None:
        """Bring pages near, where they are kept far away."""
        self._cache.fetch(self._key("page", key) for key in keys)

    def article(self, key: str) -> Article | None:
        """Return the article with this key; None where it has to be rendered."""
        data = self._cache.get(self._key("article", key))
        if data is None:
            return None
        article, consulted = read_article(data)
        return article if self._still(consulted) else None

    def body(self, key: str) -> bytes | None:
        """Return the body of the article with this key as `write_body` wrote it; None where it has to be rendered."""
        return self._cache.get(self._key("body", key))

    def body_digest(self, key: str) -> str | None:
        """Return the digest of the body of the article with this key; None where it has to be rendered."""
        return self._cache.digest(self._key("body", key))

    def keep_article(self, key: str, article: bytes, body: bytes) -> None:
        """Keep an article and its body, as `write_article` and `write_body` wrote them."""
        self._cache.put(self._key("body", key), body)
        self._cache.put(self._key("article", key), article)

    def page(self, key: str) -> str | None:
        """Return the digest of the bytes of the variant with this key; None where it has to be rendered."""
        return self._cache.digest(self._key("page", key))

    def keep_page(self, key: str, data: bytes) -> str:
        """Keep a variant's bytes, and return their digest."""
        return self._cache.put(self._key("page", key), data)

    def _key(self, kind: str, key: str) -> str:
        return sha256(f"{kind}\0{self._fingerprint}\0{key}".encode()).hexdigest()

    def _still(self, consulted: Consulted) -> bool:
        files, places = self._addresses, self._places
        return all(
            (files[path].file if path in files else None) == file for path, file in consulted.files.items()
        ) and all(places.get(place) == path for place, path in consulted.places.items())
