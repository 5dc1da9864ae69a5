"""A store and its edge, whose file of sessions is put back, lost or damaged."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prmbuild.access.entries import (
    is_of_sessions,
    revoked_user,
)
from prmbuild.access.rule import signed_in
from prmbuild.edge.edge import Edge
from prmbuild.errors import StoreError
from prmbuild.publish.edges.edges import SETTLES, Edges
from prmbuild.publish.sessions import retire, revoke, rotate
from prmbuild.sessions.minting import minted
from prmbuild.sessions.state import PLACE, read_sessions
from prmbuild.store.store import Store
from tests.edge.memory import MemoryEdge
from tests.publish.sites import NOW, WatchedEdge, directory, put_live, site

GOLD = {"gold": {"index.html": "gold", "404.html": "none"}}
EVE = revoked_user("eve")


class Told:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


class Failing(WatchedEdge):
    """An edge some operations of which fail."""

    def __init__(self, edge: Edge, failing: tuple[str, ...]) -> None:
        super().__init__(edge, at_once=edge.at_once)
        self._failing = failing

    def _do(self, name: str, *arguments: Any) -> Any:  # noqa: ANN401  # whatever the edge takes and returns
        if name in self._failing:
            raise StoreError("503")
        return super()._do(name, *arguments)


class Programme:
    """A store and its edge, with a token of each key and person; what was shut out since a backup was made.

    Args:
        folder: of the store.
        edge: whether the edge follows it already.
    """

    def __init__(self, folder: Path, *, edge: bool = True) -> None:
        self.folder, self.clock = folder, Told()
        self.store, self.edge = directory(folder / "store"), MemoryEdge()
        followed = self.edge if edge else None
        put_live(self.store, site(folder / "blobs", GOLD), self.clock, edge=followed)
        self.leaked = rotate(self.store, Edges(self.store, followed, self.clock), self.clock)
        self.of_leaked = self.token("adam")
        self.clock.now += SETTLES
        self.first = rotate(self.store, Edges(self.store, followed, self.clock), self.clock)
        self.clock.now += SETTLES
        self.of_eve, self.of_adam = self.token("eve"), self.token("adam")
        self.kept = (folder / "store" / PLACE).read_bytes()

    def edges(self, store: Store | None = None, edge: Edge | None = None) -> Edges:
        return Edges(store or self.store, edge or self.edge, self.clock)

    def token(self, sub: str) -> str:
        now = self.clock()
        return minted(read_sessions(self.store), sub=sub, sid=sub, partner="gold", role="sales", now=now, lasts=9000)[0]

    def shut_out(self) -> None:
        revoke(self.store, self.edges(), [EVE], self.clock)
        retire(self.store, self.edges(), [self.leaked.kid], self.clock)
        self.clock.now += 1

    def put_back(self) -> None:
        (self.folder / "store" / PLACE).write_bytes(self.kept)

    def lose(self) -> None:
        (self.folder / "store" / PLACE).unlink()

    def damage(self) -> None:
        (self.folder / "store" / PLACE).write_bytes(b"{")

    def let_in(self, token: str) -> bool:
        return signed_in((token,), self.edge.entries().get, self.clock()) is not None

    def changed(self, store: Store | None = None) -> None:
        text = {"gold": {"index.html": f"{self.clock()}", "404.html": "none"}}
        put_live(store or self.store, site(self.folder / "blobs", text, "other"), self.clock, edge=self.edge)


def sessions_of(edge: Edge) -> dict[str, str]:
    return {name: entry for name, entry in edge.entries().items() if is_of_sessions(name)}


WRONG = pytest.mark.parametrize("wrong", [Programme.put_back, Programme.lose, Programme.damage])
Do = Callable[[Programme], object]
