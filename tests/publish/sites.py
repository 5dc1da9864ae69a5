"""Small sites to publish, stores that fail, and what partners see of them."""

import gzip
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from prmbuild.access.entries import key_name
from prmbuild.access.rule import Get, answer
from prmbuild.access.tokens import Session, mint
from prmbuild.cache import DirectoryCache
from prmbuild.edge.edge import Edge, Standing
from prmbuild.errors import StoreError
from prmbuild.gateway.live import Watch
from prmbuild.manifest import release
from prmbuild.progress import Silence
from prmbuild.publish.deploy import Done, deploy
from prmbuild.publish.gains import Direction, GainsOf, gains_by_files
from prmbuild.publish.guard import Limits
from prmbuild.publish.site import PortalSite, Site
from prmbuild.publish.stale import recalled
from prmbuild.records.evidence import Evidence
from prmbuild.records.headers import headers_of, policy
from prmbuild.records.records import named
from prmbuild.sessions.state import read_sessions
from prmbuild.store.directory import DirectoryStore
from prmbuild.store.store import Content, Entry, Headers, Listed, Store

SECRET = bytes(32)
Portals = Mapping[str, Mapping[str, str]]
"""Portal → path → text. The viewers of a portal ``a`` are ``a`` as ``sales`` and as ``technical``."""

NOW = 1_800_000_000

OLD: Portals = {
    "gold": {"index.html": "gold", "pricing/index.html": "gold prices " * 40, "a/b.pdf": "same", "404.html": "none"},
    "silver": {
        "index.html": "silver",
        "pricing/index.html": "silver prices " * 40,
        "gone/index.html": "x",
        "404.html": "none",
    },
}
NEW: Portals = {
    "gold": {**OLD["gold"], "pricing/index.html": "new gold prices " * 40, "news/index.html": "news"},
    "silver": {"index.html": "silver!", "pricing/index.html": "silver prices " * 40, "404.html": "none"},
    "bronze": {"index.html": "bronze", "404.html": "none"},
}
PARTNERS = ("gold", "silver", "bronze", "stranger")
PATHS = tuple({path for portals in (OLD, NEW) for files in portals.values() for path in files} - {"404.html"})


def decoded(data: bytes, headers: Headers) -> bytes:
    """Return an object's bytes as a browser shows them."""
    return gzip.decompress(data) if headers.content_encoding == "gzip" else data


def site(folder: Path, portals: Portals, revision: str = "c0ffee") -> Site:
    folder.mkdir(exist_ok=True)

    def kept(text: str) -> str:
        digest = sha256(text.encode()).hexdigest()
        (folder / digest).write_text(text)
        return digest

    def file_of(digest: str) -> Path:
        if not (folder / digest).exists():
            raise StoreError("there are no such bytes")
        return folder / digest

    made = {portal: {path: kept(text) for path, text in files.items()} for portal, files in portals.items()}
    return Site(
        revision=revision,
        instant="2026-11-23T12:00:00+00:00",
        headers=policy(),
        evidence=Evidence(files={}),
        portals=tuple(
            PortalSite(
                id=portal,
                viewers=((portal, "sales"), (portal, "technical")),
                release=named(release(files), policy()),
                files=files,
            )
            for portal, files in sorted(made.items())
        ),
        file_of=file_of,
        cache=DirectoryCache(folder / "cache"),
    )


def told_by_files(made: Site) -> GainsOf:
    """What partners gain and lose, where there is no history to tell it."""
    return lambda live, manifest_of: gains_by_files(
        live, made, manifest_of, Direction.ONWARD, "there is no history here"
    )


def put_live(
    store: Store,
    made: Site,
    clock: Callable[[], int] = lambda: NOW,
    *,
    approved: str = "",
    edge: Edge | None = None,
    by: str = "a test",
) -> Done:
    return deploy(
        made,
        store,
        owner="a test",
        by=by,
        clock=clock,
        limits=Limits(),
        gains_of=told_by_files(made),
        approved=recalled(approved, store, None) if approved else None,
        edge=edge,
        progress=Silence(),
    )


class Encoded(DirectoryStore):
    """A directory to which text is put compressed, as to S3."""

    @property
    def gzip(self) -> bool:
        return True


def directory(folder: Path, kind: type[DirectoryStore] = DirectoryStore) -> DirectoryStore:
    return kind(folder, headers_of)


def at_the_gateway(store: Store) -> Mapping[str, str]:
    """What the gateway looks up."""
    sessions = read_sessions(store).entries()
    showing = Watch(store, lambda: sessions).showing()
    return {**(showing.entries if showing is not None else {}), **sessions}


def seen(
    store: Store, partners: Iterable[str], paths: Iterable[str], edge: Edge | None = None
) -> Mapping[tuple[str, str], str]:
    """What each partner gets of each path, through the access rule: (partner, path) → text.

    Args:
        edge: where the rule looks things up; None for the gateway, which looks in the store.
    """
    entered = {**(edge.entries() if edge is not None else at_the_gateway(store)), key_name("k"): SECRET.hex()}
    found = {}
    wanted = tuple(paths)
    for partner in partners:
        token = mint(Session(sub="u", sid="s", partner=partner, role="sales", iat=1, exp=3), "k", SECRET)
        for path in wanted:
            asked = f"/{path.removesuffix('index.html')}"
            match answer("GET", asked, (token,), entered.get, 2):
                case Get(key):
                    read = store.get(key)
                    if read is not None:
                        found[partner, path] = decoded(read[0], read[1].headers).decode()
    return found


def as_seen(portals: Portals) -> Mapping[tuple[str, str], str]:
    return {(portal, path): text for portal, files in portals.items() for path, text in files.items()}


def partners_see(store: Store) -> dict[tuple[str, str], str]:
    return dict(seen(store, PARTNERS, PATHS))


def all_of(portals: Portals) -> dict[tuple[str, str], str]:
    return {place: text for place, text in as_seen(portals).items() if place[1] != "404.html"}


class Killed(BaseException):
    """The process ends here."""


class Watched:
    """A store that counts what is done to it, and lets something happen at one of the operations.

    Args:
        store: does the work.
        at: number of the operation, counted from 0; or its name and key, then whenever it is done.
        before: happens in its place.
        after: happens once it is done, so that its answer is lost.
    """

    def __init__(
        self,
        store: Store,
        at: int | str = -1,
        before: Callable[[], None] | None = None,
        after: Callable[[], None] | None = None,
    ) -> None:
        self._store, self._at, self._before, self._after = store, at, before, after
        self.operations: list[str] = []

    @property
    def place(self) -> str:
        return self._store.place

    @property
    def url(self) -> str:
        return self._store.url

    @property
    def gzip(self) -> bool:
        return self._store.gzip

    def _do(self, name: str, *arguments: Any) -> Any:  # noqa: ANN401  # whatever the store takes and returns
        self.operations.append(f"{name} {arguments[0] if arguments else ''}")
        here = self._at in (len(self.operations) - 1, self.operations[-1])
        if here and self._before is not None:
            self._before()
        done = getattr(self._store, name)(*arguments)
        if here and self._after is not None:
            self._after()
        return done

    def put_absent(self, key: str, content: Content) -> str | None:
        return self._do("put_absent", key, content)

    def put_matching(self, key: str, content: Content, tag: str) -> str | None:
        return self._do("put_matching", key, content, tag)

    def get(self, key: str) -> tuple[bytes, Entry] | None:
        return self._do("get", key)

    def head(self, key: str) -> Entry | None:
        return self._do("head", key)

    def copy(self, source: str, target: str) -> bool:
        return self._do("copy", source, target)

    def listed(self, folder: str) -> Iterator[Listed]:
        return self._do("listed", folder)

    def delete(self, keys: Iterable[str]) -> Mapping[str, str]:
        return self._do("delete", keys)

    def settle(self) -> None:
        self._do("settle")


class WatchedEdge:
    """An edge that counts what is done to it, and lets something happen at one of the operations; see `Watched`."""

    def __init__(
        self,
        edge: Edge,
        at: int = -1,
        before: Callable[[], None] | None = None,
        after: Callable[[], None] | None = None,
        at_once: int = 3,
    ) -> None:
        self._edge, self._at, self._before, self._after = edge, at, before, after
        self.at_once = at_once
        self.operations: list[str] = []

    @property
    def name(self) -> str:
        return self._edge.name

    @property
    def holds(self) -> int:
        return self._edge.holds

    def _do(self, name: str, *arguments: Any) -> Any:  # noqa: ANN401  # whatever the edge takes and returns
        number = len(self.operations)
        self.operations.append(name)
        if number == self._at and self._before is not None:
            self._before()
        done = getattr(self._edge, name)(*arguments)
        if number == self._at and self._after is not None:
            self._after()
        return done

    def standing(self) -> Standing:
        return self._do("standing")

    def get(self, *names: str) -> Mapping[str, str]:
        return self._do("get", *names)

    def entries(self) -> Mapping[str, str]:
        return self._do("entries")

    def update(self, tag: str, puts: Mapping[str, str], deletes: Collection[str] = ()) -> str | None:
        assert len(puts) + len(deletes) <= self.at_once
        return self._do("update", tag, puts, deletes)
