"""A gateway follows a store's file of sessions, and never goes back while it runs."""

import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from prmbuild.errors import StoreError
from prmbuild.gateway.live import Watch
from prmbuild.publish.edges.edges import Edges
from prmbuild.publish.sessions import revoke, rotate
from prmbuild.sessions.following import Following
from prmbuild.sessions.state import PLACE, change, read_sessions
from tests.publish.put_back import EVE
from tests.publish.sites import NOW, Watched, directory


def test_a_gateway_does_not_go_back_while_it_runs(tmp_path: Path) -> None:
    store, said = directory(tmp_path / "store"), list[StoreError]()
    follows, edges = Following(store, said.append), Edges(store, None, lambda: NOW)
    assert follows.entries() == {}
    rotate(store, edges, lambda: NOW)
    first = (tmp_path / "store" / PLACE).read_bytes()
    follows.entries()
    revoke(store, edges, [EVE], lambda: NOW)
    assert EVE in follows.entries()
    later = (tmp_path / "store" / PLACE).read_bytes()
    (tmp_path / "store" / PLACE).write_bytes(first)
    for _ in range(2):
        with pytest.raises(StoreError, match="nobody is let in"):
            follows.entries()
    assert len(said) == 1 and said[0].hint.startswith(f"delete '{PLACE}', then prmbuild keys rotate")
    (tmp_path / "store" / PLACE).write_bytes(later)
    assert EVE in follows.entries()


def test_a_gateway_that_nobody_asks_anything_looks_by_itself(tmp_path: Path) -> None:
    store, said = Watched(directory(tmp_path / "store")), list[StoreError]()
    follows, edges = Following(store, said.append), Edges(store, None, lambda: NOW)
    rotate(store, edges, lambda: NOW)
    first = (tmp_path / "store" / PLACE).read_bytes()

    def looked() -> None:
        already = len(store.operations)
        while len(store.operations) < already + 6:
            time.sleep(0.001)

    with Watch(store, follows.entries).kept_up(0.001):
        looked()
        (tmp_path / "store" / PLACE).write_bytes(b"{")
        looked()
        (tmp_path / "store" / PLACE).write_bytes(first)
        revoke(store, edges, [EVE], lambda: NOW)
        looked()
        (tmp_path / "store" / PLACE).write_bytes(first)
        looked()
    assert len(said) == 1
    with pytest.raises(StoreError, match="nobody is let in"):
        follows.entries()


def test_what_was_long_ago_is_forgotten(tmp_path: Path) -> None:
    store = directory(tmp_path / "store")
    asleep = [Following(store, lambda _: None) for _ in range(2)]
    for number in range(102):
        change(store, lambda before: replace(before, revoked={EVE: before.turn}))
        for one in asleep[number : number + 1]:
            one.entries()
    assert asleep[1].entries() == read_sessions(store).entries()
    with pytest.raises(StoreError, match="changed more than 100 times") as refused:
        asleep[0].entries()
    assert "where nobody put it back or made it anew, start this again" in refused.value.hint
    known = read_sessions(store)
    assert len(known.past) == 100 == len(set(known.past)) and known.continues(known.past[0])
