"""An edge that is full: what nobody needs goes first, and revocations are in effect whatever else is there."""

from collections.abc import Callable
from pathlib import Path

import pytest

from prmbuild.access.entries import STORE, revoked_user
from prmbuild.edge.limits import reserved
from prmbuild.errors import StoreError
from prmbuild.publish.deploy import roll_back
from prmbuild.publish.edges.edges import Edges
from prmbuild.publish.sessions import retire, revoke, rotate
from prmbuild.records.live import pointer
from prmbuild.sessions.state import read_sessions
from prmbuild.store.store import Store
from tests.edge.memory import MemoryEdge
from tests.publish.sites import NOW, WatchedEdge, directory, put_live, seen, site

pytestmark = pytest.mark.usefixtures("one_at_a_time")  # so that operations have an order to be counted in


def clock() -> int:
    return NOW


def put_text(store: Store, edge: MemoryEdge | WatchedEdge, blobs: Path, text: str) -> None:
    made = site(blobs, {"gold": {"index.html": text, "404.html": "none"}}, text)
    put_live(store, made, clock, edge=edge)


def fill(edge: MemoryEdge) -> None:
    """Put entries of a deployment of long ago until not a byte is free."""
    name = f"r/{'0' * 32}/"
    number = 0
    while (free := edge.holds - edge.standing().size) > 0:
        entry = f"{name}{number}"
        size = min(1_000, free - len(entry))
        if 0 < free - len(entry) - size < 2 * len(entry):  # the last one has a name, too
            size -= 2 * len(entry)
        edge.update(edge.standing().tag, {entry: "0" * size})
        number += 1


@pytest.fixture
def full(tmp_path: Path) -> tuple[Store, MemoryEdge]:
    store, edge = directory(tmp_path / "store"), MemoryEdge(holds=20_000)
    put_text(store, edge, tmp_path / "blobs", "one")
    rotate(store, Edges(store, edge, clock), clock)
    put_text(store, edge, tmp_path / "blobs", "two")
    fill(edge)
    assert edge.standing().size == edge.holds
    return store, edge


def _retired(store: Store, edges: Edges) -> None:
    rotate(store, edges, clock)
    retire(store, edges, [read_sessions(store).keys[0].kid], clock)


@pytest.mark.parametrize(
    "do",
    [
        lambda store, edges: revoke(store, edges, [revoked_user("eve")], clock),
        lambda store, edges: rotate(store, edges, clock),
        _retired,
    ],
    ids=["revoke", "rotate", "retire"],
)
def test_whatever_has_to_be_put_makes_room(
    full: tuple[Store, MemoryEdge], do: Callable[[Store, Edges], object]
) -> None:
    store, edge = full
    do(store, Edges(store, edge, clock))
    assert edge.standing().size < edge.holds
    assert list(Edges(store, edge, clock).drift()) == []
    assert seen(store, ["gold"], ["index.html"], edge) == {("gold", "index.html"): "two"}


def test_gc_puts_a_full_edge_right(full: tuple[Store, MemoryEdge]) -> None:
    store, edge = full
    now = pointer(store)
    assert now is not None
    edge.update(edge.standing().tag, {}, [f"v/{now.deployment}/gold/sales"])
    fill(edge)
    edges = Edges(store, edge, clock)
    assert [one.found for one in edges.drift() if "/gold/sales" in one.key] == ["is missing"]
    edges.tidy("a test")
    assert list(edges.drift()) == [] and edge.standing().size < edge.holds


def test_an_edge_that_is_full_can_be_taken(full: tuple[Store, MemoryEdge]) -> None:
    store, edge = full
    edge.update(edge.standing().tag, {}, [STORE])
    fill(edge)
    Edges(store, edge, clock).join()
    assert edge.get(STORE) == {STORE: store.place} and list(Edges(store, edge, clock).drift()) == []


def test_what_ended_before_it_was_at_a_full_edge_is_finished(full: tuple[Store, MemoryEdge]) -> None:
    store, edge = full
    before = WatchedEdge(edge, 1, lambda: (_ for _ in ()).throw(StoreError("503")))
    with pytest.raises(StoreError, match="503"):
        revoke(store, Edges(store, before, clock), [revoked_user("eve")], clock)
    Edges(store, edge, clock).follow(pointer(store))
    assert edge.get("x/u/eve") and list(Edges(store, edge, clock).drift()) == []


def test_what_was_prepared_is_not_lost_to_a_revocation_that_made_room(tmp_path: Path) -> None:
    """At every operation of the edge while somebody deploys."""
    number, total = 0, 1
    while number < total:
        store, edge = directory(tmp_path / f"{number}"), MemoryEdge(holds=20_000)
        put_text(store, edge, tmp_path / "blobs", "one")

        def revoked(store: Store = store, edge: MemoryEdge = edge) -> None:
            fill(edge)
            revoke(store, Edges(store, edge, clock), [revoked_user("eve")], clock)

        watched = WatchedEdge(edge, number, revoked)
        put_text(store, watched, tmp_path / "blobs", "two")
        total = max(total, len(watched.operations))
        assert list(Edges(store, edge, clock).drift()) == [], number
        assert seen(store, ["gold"], ["index.html"], edge) == {("gold", "index.html"): "two"}
        number += 1
    assert total > 4


def test_a_deployment_leaves_room_for_revocations(tmp_path: Path) -> None:
    store, edge = directory(tmp_path / "store"), MemoryEdge(holds=20_000)
    for text in ("one", "two"):
        put_text(store, edge, tmp_path / "blobs", text)
    first = pointer(store)
    assert first is not None
    put_text(store, edge, tmp_path / "blobs", "three")
    # as much as what is live needs, without any reserve
    edge.holds = edge.standing().size + 100
    assert reserved(edge.holds)
    for do in (
        lambda: put_text(store, edge, tmp_path / "blobs", "four"),
        lambda: roll_back(store, first.before, owner="a test", by="a test", clock=clock, edge=edge),
    ):
        with pytest.raises(StoreError, match="would have to hold"):
            do()
    assert revoke(store, Edges(store, edge, clock), [revoked_user("eve")], clock)
    assert edge.get("x/u/eve")


def test_more_revocations_than_there_is_room_for_are_not_recorded(full: tuple[Store, MemoryEdge]) -> None:
    store, edge = full
    with pytest.raises(StoreError, match="would have to hold"):
        revoke(store, Edges(store, edge, clock), [revoked_user(f"{n:064}") for n in range(300)], clock)
    assert not read_sessions(store).revoked
    assert revoke(store, Edges(store, edge, clock), [revoked_user("eve")], clock) and edge.get("x/u/eve")
