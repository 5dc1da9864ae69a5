"""What was rendered before, kept in a cache under the digest of all that it depends on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, partial
from hashlib import sha256
from typing import NamedTuple

from prmbuild.cache import Cache
from prmbuild.cache.facts import group_of
from prmbuild.catalog.address import Address
from prmbuild.errors import StoreError
from prmbuild.render.article import Consulted
from prmbuild.render.stored import (
    Apart,
    Outlines,
    StoredArticle,
    Tied,
    all_apart,
    apart,
    read_apart,
    read_outline,
    read_outlines,
    read_ties,
    write_outlines,
    write_ties,
)


class Answers:
    """What links are looked up in.

    Args:
        addresses: repository path → address of everything a link may name.
    """

    def __init__(self, addresses: Mapping[str, Address]) -> None:
        self._files = {path: address.file for path, address in addresses.items()}

    @cached_property
    def digest(self) -> str:
        """The digest of all of them."""
        told = "\0".join(part for path, file in sorted(self._files.items()) for part in (path, file))
        return sha256(told.encode("utf-8", "surrogatepass")).hexdigest()

    @cached_property
    def _places(self) -> Mapping[str, str]:
        return {file.removesuffix("index.html"): path for path, file in self._files.items()}

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
        self._incomplete: list[_Piece] = []
        self._opened: dict[str, Apart] = {}
        self._made: dict[str, bytes] = {}

    def articles(self, paths: Mapping[str, str]) -> Mapping[str, StoredArticle]:
        """Return articles, without those that have to be rendered.

        Articles are kept one by one and, once more, those of many pages in one piece: where none of them changed, one
        read brings them all. Their ties are in an object of their own, which is read when they are asked for; that all
        links in this very object would be looked up to the same answers is noted for these answers.

        Args:
            paths: key of each article → repository path of its page.
        """
        groups: dict[int, list[str]] = defaultdict(list)
        for key in sorted(paths):
            groups[group_of(paths[key])].append(key)
        pieces = [_Piece(keys, self._key(" ".join(keys), str(group)), str(group)) for group, keys in groups.items()]
        outlines = self._keys("outlines", [piece.name for piece in pieces])
        self._cache.fetch(outlines)
        whole = {outlines[key]: read_outlines(data) for key, data in self._cache.get_many(outlines).items()}
        lost = self._cache.missing(piece.ties for piece in whole.values())
        alike = self._keys(f"alike {self._answers.digest}", {piece.ties for piece in whole.values()})
        self._cache.fetch(alike)
        held = {alike[key] for key in self._cache.digests(alike)}
        last = self._keys("outlines", [f"last {piece.group}" for piece in pieces if piece.name not in whole])
        self._cache.fetch(last)
        found: list[StoredArticle] = []
        noted: list[str] = []
        for piece in pieces:
            kept = whole.get(piece.name)
            holds = kept is not None and kept.ties not in lost and kept.ties in held
            if not holds and self._open(piece, kept) and kept is not None:
                noted.append(self._key(f"alike {self._answers.digest}", kept.ties))
                for key in piece.keys:  # they are not needed at hand, and all of them take much memory
                    del self._opened[key]
                holds = True
            if holds and kept is not None:
                read = _Ties(self._cache, kept.ties)
                found += [read_outline(one, partial(read.of, row)) for row, one in enumerate(kept.outlines)]
            else:
                self._incomplete.append(piece)
                found += [read_apart(self._opened[key]) for key in piece.keys if key in self._opened]
        self._cache.put_many(dict.fromkeys(noted, b""))
        return {stored.article.key: stored for stored in found}

    def _open(self, piece: "_Piece", kept: Outlines | None) -> bool:
        """Open what is there of a piece: of itself, of what was there of these pages last, and articles by themselves.

        Returns:
            Whether all of the piece itself was there, and holds.
        """
        found = kept
        if kept is None:
            data = self._cache.get(self._key("outlines", f"last {piece.group}"))
            found = None if data is None else read_outlines(data)
        wanted = frozenset(piece.keys)
        if found is not None:
            with suppress(StoreError):
                opened = all_apart(found, self._cache.object(found.ties))
                self._believe(one for one in opened if one.outline.key in wanted)
        whole = all(key in self._opened for key in wanted)
        alone = self._keys("article", [key for key in piece.keys if key not in self._opened])
        self._cache.fetch(alone)
        self._believe(map(apart, self._cache.get_many(alone).values()))
        return whole and kept is not None

    def _believe(self, articles: Iterable[Apart]) -> None:
        """Keep at hand those of some articles whose links would be looked up to the same answers."""
        self._opened |= {one.outline.key: one for one in articles if self._answers.same(one.read_tied().consulted)}

    def keep_articles(self, made: Sequence[tuple[str, bytes, bytes]]) -> None:
        """Keep articles: of each its key, and itself and its body as `write_article` and `write_body` wrote them."""
        self._cache.put_objects([body for _, _, body in made])
        self._cache.put_many({self._key("article", key): article for key, article, _ in made})
        self._made |= {key: article for key, article, _ in made}

    def keep_pieces(self) -> None:
        """Keep articles in pieces, once all that `articles` was asked for are there."""
        for piece in self._incomplete:
            opened = [self._opened.get(key) or self._made.get(key) for key in piece.keys]
            if all(opened):
                parts = [apart(one) if isinstance(one, bytes) else one for one in opened if one]
                ties = self._cache.put_object(write_ties(parts))
                outlines = write_outlines(parts, ties)
                names = [self._key("outlines", name) for name in (piece.name, f"last {piece.group}")]
                self._cache.put_many(
                    dict.fromkeys(names, outlines) | {self._key(f"alike {self._answers.digest}", ties): b""}
                )
        self._incomplete, self._opened, self._made = [], {}, {}

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

    def _keys(self, kind: str, names: Iterable[str]) -> Mapping[str, str]:
        """Return key → name."""
        return {self._key(kind, name): name for name in names}

    def _key(self, kind: str, key: str) -> str:
        return sha256(f"{kind}\0{self._fingerprint}\0{key}".encode()).hexdigest()


class _Piece(NamedTuple):
    """Articles that are kept together: their keys in order, what tells these keys from all others, and the group."""

    keys: Sequence[str]
    name: str
    group: str


class _Ties:
    """The ties of the articles of a piece, read when the first of them is asked for.

    Args:
        cache: has them.
        digest: SHA-256 of what `write_ties` wrote; what another build puts in the place of the piece has another.
    """

    def __init__(self, cache: Cache, digest: str) -> None:
        self._cache, self._digest = cache, digest
        self._read: Sequence[Tied] | None = None

    def of(self, row: int) -> Tied:
        """Return the ties of an article, and what its links were looked up in.

        Raises:
            StoreError: what was there a moment ago is not there any more.
        """
        if self._read is None:
            self._read = read_ties(self._cache.object(self._digest))
        return self._read[row]
