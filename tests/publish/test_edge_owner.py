"""Whose an edge is: one store's, and nobody else changes a single entry there or loses anything of their own."""

import contextlib
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from prmbuild.access.entries import LIVE, REVOKED_EVERYBODY, STORE
from prmbuild.ci.publishing import Target, publish_step
from prmbuild.ci.steps import Work
from prmbuild.edge.edge import Edge
from prmbuild.errors import PrmError, StoreError
from prmbuild.progress import Silence
from prmbuild.publish.deploy import roll_back
from prmbuild.publish.edges.edges import Edges
from prmbuild.publish.edges.owner import forget
from prmbuild.publish.sessions import retire, revoke, rotate
from prmbuild.records.live import pointer
from prmbuild.sessions.state import Key, Sessions, change, read_sessions
from prmbuild.source.git import opened
from prmbuild.store.directory import DirectoryStore
from prmbuild.store.store import Store
from tests.conftest import Repo
from tests.edge.memory import MemoryEdge
from tests.publish.sites import NOW, Killed, Watched, WatchedEdge, directory, put_live, seen, site

pytestmark = pytest.mark.usefixtures("one_at_a_time")  # so that operations have an order to be counted in


def clock() -> int:
    return NOW


def put_text(store: Store, edge: Edge | None, folder: Path, text: str) -> None:
    put_live(store, site(folder / "blobs", {"gold": {"index.html": text, "404.html": "none"}}, text), clock, edge=edge)


def full(folder: Path, name: str, edge: Edge | None) -> DirectoryStore:
    """A store with two deployments and a key."""
    store = directory(folder / name)
    for number in range(2):
        put_text(store, edge, folder, f"{name} {number}")
    rotate(store, Edges(store, edge, clock), clock)
    return store


def files(store: DirectoryStore) -> Mapping[str, bytes]:
    """All that is in a store, but its lock."""
    found = {one.key: store.get(one.key) for one in store.listed("")}
    return {key: there[0] for key, there in found.items() if there is not None and key != "lock"}


def first_before(store: Store) -> str:
    now = pointer(store)
    return now.before if now is not None else "none"


Do = Callable[[Store, Edge, Path], object]
COMMANDS: Mapping[str, Do] = {
    "deploy": lambda store, edge, folder: put_text(store, edge, folder, "anew"),
    "deploy what is live": lambda store, edge, folder: put_text(store, edge, folder, "other 1"),
    "rollback": lambda store, edge, folder: roll_back(
        store, first_before(store), owner="a test", by="a test", clock=clock, edge=edge
    ),
    "gc": lambda store, edge, folder: Edges(store, edge, clock).tidy("a test"),
    "gc --forget-edge": lambda store, edge, folder: forget(edge, store, clock),
    "keys rotate": lambda store, edge, folder: rotate(store, Edges(store, edge, clock), clock),
    "keys retire": lambda store, edge, folder: retire(store, Edges(store, edge, clock), ["20270101a0a0a0a0"], clock),
    "revoke": lambda store, edge, folder: revoke(store, Edges(store, edge, clock), [REVOKED_EVERYBODY], clock),
}


def with_keys_alone(folder: Path) -> MemoryEdge:
    edge, store = MemoryEdge(), directory(folder / "prod")
    rotate(store, Edges(store, edge, clock), clock)
    return edge


def taken(folder: Path) -> MemoryEdge:
    edge, store = MemoryEdge(), directory(folder / "prod")
    Edges(store, edge, clock).join()
    return edge


def shown(folder: Path) -> MemoryEdge:
    edge = MemoryEdge()
    full(folder, "prod", edge)
    return edge


def nameless(made: Callable[[Path], MemoryEdge]) -> Callable[[Path], MemoryEdge]:
    """Somebody deleted the entry that says whose it is."""

    def without(folder: Path) -> MemoryEdge:
        edge = made(folder)
        edge.update(edge.standing().tag, {}, [STORE])
        return edge

    return without


EDGES: Mapping[str, Callable[[Path], MemoryEdge]] = {
    "shows something": shown,
    "has keys alone": with_keys_alone,
    "is taken": taken,
    "shows something, nameless": nameless(shown),
    "has keys alone, nameless": nameless(with_keys_alone),
}


def fresh(folder: Path) -> DirectoryStore:
    return directory(folder / "other")


def other(folder: Path) -> DirectoryStore:
    return full(folder, "other", None)


def listing(folder: Path) -> DirectoryStore:
    store = full(folder, "other", None)
    change(store, lambda now: Sessions(keys=now.keys, edges=(MemoryEdge().name,)))
    return store


def copy(folder: Path) -> DirectoryStore:
    shutil.copytree(folder / "prod", folder / "other")
    return directory(folder / "other")


@pytest.mark.parametrize(
    ("state", "kind"),
    # whose an edge without a name is, a copy cannot tell: the first that comes takes it
    [
        (state, kind)
        for state in EDGES
        for kind in (fresh, other, listing, copy)
        if kind is not copy or "," not in state
    ],
)
def test_nobody_changes_an_edge_that_follows_another_store(
    tmp_path: Path, state: str, kind: Callable[[Path], DirectoryStore]
) -> None:
    """Whatever is done, in whatever store, and wherever that edge is."""
    edge = EDGES[state](tmp_path)
    store = kind(tmp_path)
    before, tag, had = edge.entries(), edge.standing().tag, files(store)
    assert before
    for name, do in COMMANDS.items():
        if name == "gc --forget-edge" and kind in (copy, listing):
            continue  # that is the way out, see below
        with pytest.raises(StoreError) as refused:
            do(store, WatchedEdge(edge), tmp_path)
        assert name == "gc --forget-edge" or "nothing was changed" in refused.value.message or name == "rollback", name
        assert edge.entries() == before and edge.standing().tag == tag, name
        assert files(store) == had, name
    if kind in (copy, listing):
        shared = bool(read_sessions(store).entries().items() & before.items())
        done = forget(edge, store, clock)
        assert not done.untold and done.other == before.get(STORE, "") and done.renewed == shared
        assert read_sessions(store).edges == () and edge.entries() == before
        assert not read_sessions(store).entries().items() & before.items(), "who signs in here is not let in there"
        assert read_sessions(store).signing(NOW) is not None or not read_sessions(store).retired
        rotate(store, Edges(store, None, clock), clock)
    assert edge.entries() == before
    prod = directory(tmp_path / "prod")
    Edges(prod, edge, clock).tidy("a test")
    assert list(Edges(prod, edge, clock).drift()) == []


def test_a_pipeline_does_not_either(programme: Repo, tmp_path: Path) -> None:
    edge = shown(tmp_path)
    before, store = edge.entries(), directory(tmp_path / "other")
    target = Target(store=store, edge=edge, owner="a test", by="a test", clock=clock)
    with opened(programme.path) as repository:
        work = Work(repository=repository, request=programme.request(), progress=Silence(), kept=tmp_path / "kept")
        with pytest.raises(StoreError, match=f"follows dir:{tmp_path}/prod, and not"):
            publish_step(work, target)
    assert edge.entries() == before and files(store) == {}


def test_what_is_compared_says_whose_it_is(tmp_path: Path) -> None:
    edge, store = shown(tmp_path), other(tmp_path)
    found = [one.found for one in Edges(store, edge, clock).drift()]
    assert found == [f"follows dir:{tmp_path}/prod, and not {store.url}"]


@pytest.mark.parametrize("what", ["deploy", "keys rotate"])
def test_of_two_stores_that_take_an_edge_at_once_one_does(tmp_path: Path, what: str) -> None:
    """The other one takes it at every operation of the edge; in the end it follows the one that it names."""
    do, takers = COMMANDS[what], set()
    rehearsal = WatchedEdge(MemoryEdge())
    do(directory(tmp_path / "rehearsal"), rehearsal, tmp_path)
    assert len(rehearsal.operations) > 6
    for number in range(len(rehearsal.operations)):
        edge, lost = MemoryEdge(), []
        stores = [directory(tmp_path / f"{number}" / name) for name in ("a", "b")]

        def take(which: int, by: Edge, stores: list[DirectoryStore] = stores, lost: list[int] = lost) -> None:
            try:
                do(stores[which], by, tmp_path)
            except StoreError as error:
                assert "nothing was changed" in error.message
                lost.append(which)

        take(0, WatchedEdge(edge, number, lambda take=take, edge=edge: take(1, edge)))
        assert len(lost) == 1
        loser, winner = stores[lost[0]], stores[1 - lost[0]]
        takers.add(lost[0])
        assert edge.get(STORE) == {STORE: winner.place} and files(loser) == {}, number
        assert list(Edges(winner, edge, clock).drift()) == [] and read_sessions(winner).edges == (edge.name,)
    assert takers == {0, 1}


@pytest.mark.parametrize("which", ["store", "edge"])
@pytest.mark.parametrize("after", [False, True])
def test_wherever_the_first_command_ends_the_next_one_goes_on(tmp_path: Path, which: str, after: bool) -> None:
    """Killed at every operation of the store or the edge, before or after; no other store takes what is half taken."""

    def stop() -> None:
        raise Killed

    number, total = 0, 1
    while number < total:
        folder = tmp_path / str(number)
        folder.mkdir()
        store, edge = directory(folder / "store"), MemoryEdge()
        ends = (None, stop) if after else (stop, None)
        watched = Watched(store, number - 1 if which == "store" else -1, *ends)
        watched_edge = WatchedEdge(edge, number - 1 if which == "edge" else -1, *ends)
        with contextlib.suppress(Killed):
            rotate(watched, Edges(watched, watched_edge, clock), clock)
        total = max(total, len((watched if which == "store" else watched_edge).operations) + 1)
        assert not (edge.entries().keys() - {STORE}) or edge.get(STORE), "it is taken before anything else"
        assert edge.name not in read_sessions(store).edges or edge.get(STORE) == {STORE: store.place}
        if edge.get(STORE):
            stranger = directory(folder / "stranger")
            with pytest.raises(StoreError, match="nothing was changed"):
                rotate(stranger, Edges(stranger, edge, clock), clock)
        rotate(store, Edges(store, edge, clock), clock)
        assert read_sessions(store).signing(NOW) and list(Edges(store, edge, clock).drift()) == []
        number += 1
    assert total > 6


class Refusing(MemoryEdge):
    """An edge that is not there, or to which access is refused."""

    def __init__(self, *refused: str) -> None:
        super().__init__("arn:mistyped")
        for name in refused:
            setattr(self, name, self._refuse)

    def _refuse(self, *_: object) -> None:
        raise StoreError("was not found")


@pytest.mark.parametrize("refused", [("standing", "get", "entries", "update"), ("update",), ("standing",)])
@pytest.mark.parametrize("kind", [fresh, other])
def test_an_edge_that_refuses_leaves_no_trace(
    tmp_path: Path, refused: tuple[str, ...], kind: Callable[[Path], DirectoryStore]
) -> None:
    store = kind(tmp_path)
    had = files(store)
    for name, do in COMMANDS.items():
        with pytest.raises(StoreError):
            do(store, Refusing(*refused), tmp_path)
        assert files(store) == had, name
    right = MemoryEdge("arn:right")
    put_text(store, right, tmp_path, "anew")
    rotate(store, Edges(store, right, clock), clock)
    assert list(Edges(store, right, clock).drift()) == []


def test_a_revocation_is_on_record_though_the_edge_is_silent(tmp_path: Path) -> None:
    edge = MemoryEdge("arn:mistyped")
    store = full(tmp_path, "prod", edge)
    with pytest.raises(StoreError, match="it is on record"):
        revoke(store, Edges(store, Refusing("standing", "get", "entries", "update"), clock), [REVOKED_EVERYBODY], clock)
    assert REVOKED_EVERYBODY in read_sessions(store).revoked
    Edges(store, edge, clock).follow(pointer(store))
    assert edge.get(REVOKED_EVERYBODY)


def test_of_two_edges_that_join_at_once_none_is_forgotten(tmp_path: Path) -> None:
    store, first, second = directory(tmp_path / "store"), MemoryEdge("first"), MemoryEdge("second")
    late = WatchedEdge(first, 0, lambda: rotate(store, Edges(store, second, clock), clock))
    with pytest.raises(StoreError, match="second follows"):
        rotate(store, Edges(store, late, clock), clock)
    assert read_sessions(store).edges == ("second",)
    assert list(Edges(store, second, clock).drift()) == []


def no_bucket() -> None:
    raise StoreError("there is no such bucket")


def test_a_store_that_moved_takes_its_edge_along_once_that_was_let_go(tmp_path: Path) -> None:
    edge = shown(tmp_path)
    (tmp_path / "prod").rename(tmp_path / "moved")
    moved, gone = directory(tmp_path / "moved"), directory(tmp_path / "prod")
    wanted = edge.entries()
    with pytest.raises(StoreError, match="follows") as refused:
        put_text(moved, edge, tmp_path, "later")
    assert f"gc --to {gone.place} --forget-edge {edge.name}" in refused.value.hint
    with pytest.raises(StoreError, match="was let go, though there is no such bucket"):
        forget(edge, Watched(gone, 0, no_bucket), clock)
    assert edge.entries() == {name: entry for name, entry in wanted.items() if name != STORE}, "partners go on reading"
    put_text(moved, edge, tmp_path, "later")
    assert edge.get(STORE) == {STORE: moved.place} and list(Edges(moved, edge, clock).drift()) == []
    assert seen(moved, ["gold"], ["index.html"], edge) == {("gold", "index.html"): "later"}


@pytest.mark.parametrize("which", ["store", "edge"])
def test_wherever_forgetting_ends_it_is_finished(tmp_path: Path, which: str) -> None:
    def stop() -> None:
        raise Killed

    number, total = 0, 1
    edge = MemoryEdge()
    store = full(tmp_path, "prod", edge)
    while number < total:
        Edges(store, edge, clock).join()
        watched = Watched(store, number - 1 if which == "store" else -1, None, stop)
        watched_edge = WatchedEdge(edge, number - 1 if which == "edge" else -1, None, stop)
        with contextlib.suppress(Killed):
            forget(watched_edge, watched, clock)
        total = max(total, len((watched if which == "store" else watched_edge).operations) + 1)
        with contextlib.suppress(PrmError):  # there is nothing left to forget
            forget(edge, store, clock)
        assert read_sessions(store).edges == () and not edge.get(STORE)
        number += 1
    assert total > 3


@pytest.mark.parametrize("what", ["deploy", "gc", "keys rotate", "keys retire", "revoke"])
def test_an_edge_that_was_let_go_meanwhile_is_changed_no_more(tmp_path: Path, what: str) -> None:
    """At every operation of the edge the store lets it go, and another one, which moved, takes it."""
    number, total = 0, 1
    while number < total:
        folder = tmp_path / str(number)
        folder.mkdir()
        edge = MemoryEdge()
        store = full(folder, "prod", edge)
        then: list[Mapping[str, str]] = []

        def hand_over(store: Store, edge: MemoryEdge, folder: Path, then: list[Mapping[str, str]]) -> None:
            moved = copy(folder)
            forget(edge, store, clock)
            rotate(moved, Edges(moved, edge, clock), clock)
            then.append(edge.entries())

        watched = WatchedEdge(edge, number, partial(hand_over, store, edge, folder, then), at_once=50)
        with contextlib.suppress(StoreError):
            COMMANDS[what](store, watched, folder)
        total = max(total, len(watched.operations))
        assert not then or edge.entries() == then[0], number
        number += 1
    assert total > 2


def test_an_edge_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    store = full(tmp_path, "prod", MemoryEdge("arn:mistyped"))
    assert forget(Refusing("standing"), store, clock).untold == "was not found"
    anew = MemoryEdge("anew")
    put_text(store, anew, tmp_path, "prod 1")
    assert list(Edges(store, anew, clock).drift()) == []


def test_an_emptied_store_turns_nothing_over_before_its_edge_could_follow(tmp_path: Path) -> None:
    edge = shown(tmp_path)
    before = edge.entries()
    shutil.rmtree(tmp_path / "prod")
    store = directory(tmp_path / "prod")
    for name in ("deploy", "keys rotate"):
        with pytest.raises(StoreError, match="does not know"):
            COMMANDS[name](store, edge, tmp_path)
        assert edge.entries() == before and files(store) == {}
    # put back from a backup without what is live: the edge is its own, but cannot be turned over
    put_text(store, None, tmp_path, "earlier")
    change(
        store,
        lambda now: Sessions(keys=(Key(kid="20270115a0a0a0a0", secret="00" * 32, signs=NOW),), edges=(edge.name,)),
    )
    with pytest.raises(StoreError, match="does not know"):
        put_text(store, edge, tmp_path, "later")
    now = pointer(store)
    assert now is not None and now.turn == 1
    revoke(store, Edges(store, edge, clock), [REVOKED_EVERYBODY], clock)
    assert edge.get(REVOKED_EVERYBODY) and edge.get(LIVE)[LIVE] == before[LIVE]
