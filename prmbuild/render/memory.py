"""What was rendered before, kept in a cache under the digest of all that it depends on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
    StoredArticle,
    Tied,
    all_apart,
    apart,
    read_apart,
    read_outline,
    read_outlines,
    read_ties,
    together,
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
        read brings them all. Their ties are in another piece, which is read when they are asked for; that all links in
        it would be looked up to the same answers is noted for these answers.

        Args:
            paths: key of each article → repository path of its page.
        """
        groups: dict[int, list[str]] = defaultdict(list)
        for key in sorted(paths):
            groups[group_of(paths[key])].append(key)
        pieces = [_Piece(keys, self._key(" ".join(keys), str(group)), str(group)) for group, keys in groups.items()]
        names = [piece.name for piece in pieces]
        ties, alike = self._keys("ties", names), self._keys(f"alike {self._answers.digest}", names)
        outlines = self._keys("outlines", names)
        self._cache.fetch((*outlines, *ties, *alike))
        there = {ties[key] for key in self._cache.digests(ties)}
        held = {alike[key] for key in self._cache.digests(alike)}
        whole = {outlines[key]: data for key, data in self._cache.get_many(outlines).items() if outlines[key] in there}
        last = [f"last {piece.group}" for piece in pieces if piece.name not in whole]
        self._cache.fetch((*self._keys("outlines", last), *self._keys("ties", last)))
        found: list[StoredArticle] = []
        noted: list[str] = []
        for piece in pieces:
            holds = piece.name in whole and piece.name in held
            if not holds and self._open(piece, whole.get(piece.name)):
                noted.append(self._key(f"alike {self._answers.digest}", piece.name))
                for key in piece.keys:  # they are not needed at hand, and all of them take much memory
                    del self._opened[key]
                holds = True
            if holds:
                read = _Ties(
                    self._cache, self._key("ties", piece.name), [self._key("article", key) for key in piece.keys]
                )
                opened = enumerate(read_outlines(whole[piece.name]))
                found += [read_outline(outline, partial(read.of, row)) for row, outline in opened]
            else:
                self._incomplete.append(piece)
                found += [read_apart(self._opened[key]) for key in piece.keys if key in self._opened]
        self._cache.put_many(dict.fromkeys(noted, b""))
        return {stored.article.key: stored for stored in found}

    def _open(self, piece: "_Piece", outlines: bytes | None) -> bool:
        """Open what is there of a piece: of itself, of what was there of these pages last, and articles by themselves.

        Returns:
            Whether all of it was there, and holds.
        """
        name = piece.name if outlines is not None else f"last {piece.group}"
        keys = self._key("outlines", name), self._key("ties", name)
        both = [outlines or self._cache.get(keys[0]), self._cache.get(keys[1])]
        wanted = dict.fromkeys(piece.keys)
        if both[0] is not None and both[1] is not None:
            known = {apart.key: apart for apart in all_apart(both[0], both[1])}
            self._believe(known[key] for key in wanted.keys() & known.keys())
        whole = all(key in self._opened for key in wanted)
        alone = self._keys("article", [key for key in wanted if key not in self._opened])
        self._cache.fetch(alone)
        self._believe(map(apart, self._cache.get_many(alone).values()))
        return whole and outlines is not None

    def _believe(self, articles: Iterable[Apart]) -> None:
        """Keep at hand those of some articles whose links would be looked up to the same answers."""
        self._opened |= {one.key: one for one in articles if self._answers.same(read_apart(one).read_tied().consulted)}

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
                outlines, ties = together([apart(one) if isinstance(one, bytes) else one for one in opened if one])
                names = piece.name, f"last {piece.group}"
                self._cache.put_many(
                    {
                        **{self._key("outlines", name): outlines for name in names},
                        **{self._key("ties", name): ties for name in names},
                        self._key(f"alike {self._answers.digest}", piece.name): b"",
                    }
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
        name: of the piece of ties.
        alone: where each of the articles is kept by itself.
    """

    def __init__(self, cache: Cache, name: str, alone: Sequence[str]) -> None:
        self._cache, self._name, self._alone = cache, name, alone
        self._read: Sequence[Tied] | None = None

    def of(self, row: int) -> Tied:
        """Return the ties of an article, and what its links were looked up in.

        Raises:
            StoreError: what was there a moment ago is not there any more.
        """
        if self._read is None:
            data = self._cache.get(self._name)
            self._read = read_ties(data) if data is not None else ()
        if self._read:
            return self._read[row]
        alone = self._cache.get(self._alone[row])
        if alone is None:
            raise StoreError("the cache has lost articles since the build began", hint="run the command again")
        return read_apart(apart(alone)).read_tied()
