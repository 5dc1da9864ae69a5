"""What was rendered before, kept in a cache under the digest of all that it depends on."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256

from prmbuild.cache import Cache
from prmbuild.catalog.address import Address
from prmbuild.errors import StoreError
from prmbuild.render.article import Consulted
from prmbuild.render.stored import StoredArticle, apart, read_article, together

_PIECE = 2
"""Digits of a key that tell in which piece an article is kept: 256 pieces."""


class Answers:
    """What links are looked up in.

    Args:
        addresses: repository path → address of everything a link may name.
    """

    def __init__(self, addresses: Mapping[str, Address]) -> None:
        self._files = {path: address.file for path, address in addresses.items()}
        self._places = {address.file.removesuffix("index.html"): path for path, address in addresses.items()}

    def same(self, consulted: Consulted) -> bool:
        """Tell whether links that were looked up to these answers would be so again."""
        files, places = self._files, self._places
        return all(files.get(path) == file for path, file in consulted.files.items()) and all(
            places.get(place) == path for place, path in consulted.places.items()
        )


class Memory:
    """Articles, their bodies and pages that were rendered before.

    Args:
        cache: where they are kept.
        fingerprint: digest of the toolchain; what another one rendered is not found.
        addresses: repository path → address; an article whose links were looked up to other answers is not found.
        preview: whether pages say that they show uncommitted files; articles are the same.
    """

    def __init__(
        self, cache: Cache, fingerprint: str, addresses: Mapping[str, Address], *, preview: bool = False
    ) -> None:
        self._cache = cache
        self._fingerprint = fingerprint
        self._page = "page of a preview" if preview else "page"
        self._answers = Answers(addresses)
        self._incomplete: dict[str, list[str]] = {}
        self._alone: dict[str, bytes] = {}

    def articles(self, keys: Collection[str]) -> Mapping[str, StoredArticle]:
        """Return the articles with these keys, without those that have to be rendered.

        Articles are kept one by one and, once more, many in one piece: where none of a piece changed, one read brings
        them all.
        """
        pieces: dict[str, list[str]] = defaultdict(list)
        for key in sorted(keys):
            pieces[key[:_PIECE]].append(key)
        names = {self._key("articles", " ".join(piece)): piece for piece in pieces.values()}
        self._cache.fetch(names)
        whole = self._cache.get_many(names)
        found = [stored for data in whole.values() for stored in apart(data)]
        self._incomplete = {name: piece for name, piece in names.items() if name not in whole}
        alone = {self._key("article", key): key for piece in self._incomplete.values() for key in piece}
        self._cache.fetch(alone)
        self._alone = {alone[name]: data for name, data in self._cache.get_many(alone).items()}
        found += map(read_article, self._alone.values())
        return {stored.article.key: stored for stored in found if self._answers.same(stored.consulted)}

    def keep_articles(self, made: Sequence[tuple[str, bytes, bytes]]) -> None:
        """Keep articles: of each its key, and itself and its body as `write_article` and `write_body` wrote them."""
        self._cache.put_objects([body for _, _, body in made])
        self._cache.put_many({self._key("article", key): article for key, article, _ in made})
        self._alone |= {key: article for key, article, _ in made}

    def keep_pieces(self) -> None:
        """Keep articles in pieces, once all that `articles` was asked for are there."""
        for name, piece in self._incomplete.items():
            if all(key in self._alone for key in piece):
                self._cache.put(name, together(self._alone[key] for key in piece))
        self._incomplete, self._alone = {}, {}

    def bodies(self, digests: Iterable[str]) -> None:
        """Bring bodies near, where they are kept far away."""
        self._cache.missing(digests)

    def body(self, digest: str) -> bytes | None:
        """Return the body with this SHA-256 as `write_body` wrote it; None where it was lost."""
        try:
            return self._cache.object(digest)
        except StoreError:
            return None

    def pages(self, keys: Iterable[str]) -> Mapping[str, str]:
        """Return the digests of the bytes of variants: key → digest, without those that have to be rendered."""
        names = {self._key(self._page, key): key for key in keys}
        self._cache.fetch(names)
        return {names[name]: digest for name, digest in self._cache.digests(names).items()}

    def keep_pages(self, made: Mapping[str, bytes]) -> Mapping[str, str]:
        """Keep the bytes of variants, and return their digests: key → digest."""
        names = {self._key(self._page, key): key for key in made}
        digests = self._cache.put_many({name: made[key] for name, key in names.items()})
        return {names[name]: digest for name, digest in digests.items()}

    def _key(self, kind: str, key: str) -> str:
        return sha256(f"{kind}\0{self._fingerprint}\0{key}".encode()).hexdigest()
