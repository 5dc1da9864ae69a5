"""Edges that are ended, disturbed or disputed: partners see the old portals or the new ones, and all converge."""

import contextlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from prmbuild.access.entries import LIVE, NOBODY, SINCE, STORE, TURN, deployment_of
from prmbuild.edge.cloudfront import KeyValueStore
from prmbuild.edge.edge import Edge
from prmbuild.edge.limits import LARGEST_FUNCTION, function_code
from prmbuild.errors import AccessError, PrmError, StoreError
from prmbuild.progress import Silence
from prmbuild.publish.collect import collect
from prmbuild.publish.deploy import Done, RefusedError, planned, roll_back, unpin
from prmbuild.publish.edges.edges import SETTLES, Edges
from prmbuild.publish.edges.owner import forget
from prmbuild.publish.edges.shows import ApartError
from prmbuild.publish.lock import LASTS
from prmbuild.publish.site import Site
from prmbuild.records.layout import JSON
from prmbuild.records.live import shown
from prmbuild.records.records import Live
from prmbuild.sessions.state import read_sessions
from prmbuild.store.store import Entry, Store
from prmbuild.store.writing import content
from tests.edge.memory import MemoryEdge
from tests.object_storage import S3
from tests.publish.sites import (
    NOW,
    PARTNERS,
    Killed,
    Portals,
    Watched,
    WatchedEdge,
    as_seen,
    directory,
    put_live,
    seen,
    site,
    told_by_files,
)

pytestmark = pytest.mark.usefixtures("one_at_a_time")  # so that operations have an order to be counted in
OLD: Portals = {
    "gold": {"index.html": "gold", "404.html": "none"},
    "silver": {"index.html": "silver", "404.html": "none"},
}
NEW: Portals = {
    "gold": {"index.html": "new gold", "404.html": "none"},
    "bronze": {"index.html": "bronze", "404.html": "none"},
}
LATER = NOW + LASTS + 1


@pytest.fixture
def old(tmp_path: Path) -> Site:
    return site(tmp_path / "blobs", OLD)


@pytest.fixture
def new(tmp_path: Path) -> Site:
    return site(tmp_path / "blobs", NEW, "decade")


def run(store: Store, edge: Edge, made: Site, now: int = NOW) -> Done:
    """Deploy what a person approved."""
    approved = planned(made, store, told_by_files(made)).digest
    return put_live(store, made, lambda: now, approved=approved, edge=edge)


def partners_see(store: Store, edge: Edge | None) -> dict[tuple[str, str], str]:
    return dict(seen(store, PARTNERS, ["index.html"], edge))


def all_of(portals: Portals) -> dict[tuple[str, str], str]:
    return {place: text for place, text in as_seen(portals).items() if place[1] != "404.html"}


def steady(edge: Edge) -> Mapping[str, str]:
    """What may be looked up; deployments, which are named by when they were, in their order."""
    there = edge.entries()
    order = {name: str(number) for number, name in enumerate(there.get(LIVE, "").split(" "))}
    found: dict[str, str] = {}
    for name, entry in there.items():
        one = deployment_of(name)
        useless = entry == NOBODY and one is not None and order.get(one) != "0"
        if name not in (LIVE, SINCE, STORE, TURN) and (one is None or one in order) and not useless:
            found[name.replace(one, order[one]) if one else name] = entry
    return found


def back(store: Store, edge: Edge, now: int = NOW) -> Live:
    return roll_back(store, "", owner="a test", by="a test", clock=lambda: now, edge=edge)


def test_the_edge_and_the_gateway_show_what_was_deployed(tmp_path: Path, old: Site, new: Site) -> None:
    store, outer = directory(tmp_path / "store"), MemoryEdge()
    first, second = run(store, outer, old).deployment, run(store, outer, new).deployment
    assert first is not None and second is not None
    for edge in (outer, None):
        assert partners_see(store, edge) == all_of(NEW)
    assert outer.get(LIVE) == {LIVE: f"{second.id} {first.id}"}
    assert outer.get(f"v/{second.id}/silver/sales") == {f"v/{second.id}/silver/sales": "-"}
    assert list(Edges(store, outer, lambda: NOW).drift()) == []
    back(store, outer)
    assert partners_see(store, outer) == all_of(OLD)
    with pytest.raises(RefusedError):
        run(store, outer, new)
    let_go = unpin(store, owner="a test", by="a test", clock=lambda: NOW, edge=outer)
    assert let_go.before == second.id
    assert partners_see(store, outer) == all_of(OLD)
    assert list(Edges(store, outer, lambda: NOW).drift()) == []


def test_nothing_to_do_asks_once_and_lists_nothing(tmp_path: Path, old: Site) -> None:
    store, outer = directory(tmp_path / "store"), MemoryEdge()
    run(store, outer, old)
    watched = WatchedEdge(outer)
    assert run(store, watched, old).deployment is None
    assert watched.operations == ["get"]


def change(what: str) -> Callable[[Store, Edge, Site, int], object]:
    if what == "deploy":
        return run
    return lambda store, edge, made, now: back(store, edge, now)


@pytest.mark.parametrize(
    ("what", "ending"),
    [
        ("deploy", "killed before"),
        ("deploy", "killed after"),
        ("deploy", "fails"),
        ("deploy", "answer is lost"),
        ("roll back", "killed before"),
        ("roll back", "killed after"),
    ],
)
def test_wherever_it_ends_partners_see_old_or_new(tmp_path: Path, old: Site, new: Site, what: str, ending: str) -> None:
    """At every operation of the edge, with three names in an update; what is done again ends in the same entries."""
    do = change(what)

    def stop() -> None:
        raise Killed if ending.startswith("killed") else StoreError("503")

    def begun(name: str) -> tuple[Store, Edge]:
        store, outer = directory(tmp_path / name), MemoryEdge()
        run(store, outer, old)
        if what == "roll back":
            run(store, outer, new)
        return store, outer

    was, becomes = (OLD, NEW) if what == "deploy" else (NEW, OLD)
    store, outer = begun("rehearsal")
    watched = WatchedEdge(outer)
    do(store, watched, new, NOW)
    wanted, total = steady(outer), len(watched.operations)
    assert watched.operations.count("update") > 3
    outcomes = set()
    for number in range(total):
        store, outer = begun(str(number))
        early = ending in ("killed before", "fails")
        with contextlib.suppress(Killed, PrmError):
            do(store, WatchedEdge(outer, number, stop if early else None, None if early else stop), new, NOW)
        found = partners_see(store, outer)
        assert found in (all_of(was), all_of(becomes)), number
        outcomes.add(found == all_of(becomes))
        if what == "deploy":
            run(store, WatchedEdge(outer), new, LATER)
        else:
            # whoever goes back again may go back further: the next command of any kind brings it in step
            Edges(store, WatchedEdge(outer), lambda: LATER).tidy("a test")
            if partners_see(store, outer) == all_of(was):
                back(store, WatchedEdge(outer), LATER)
        assert partners_see(store, outer) == all_of(becomes) == partners_see(store, None)
        assert list(Edges(store, outer, lambda: NOW).drift()) == []
        assert steady(outer) == wanted
    assert outcomes == ({False, True} if ending in ("killed after", "answer is lost") else {False})


def test_at_cloudfront_too(s3: S3, tmp_path: Path, old: Site, new: Site) -> None:
    def stop() -> None:
        raise Killed

    number, total = 0, 1
    while number < total:
        store, outer = directory(tmp_path / str(number)), KeyValueStore(s3.key_value_store())
        run(store, outer, old)
        # the first round is undisturbed, and counts
        watched = WatchedEdge(outer, number - 1, None, stop)
        with contextlib.suppress(Killed):
            run(store, watched, new)
        total = total if number else len(watched.operations) + 1
        assert partners_see(store, outer) in (all_of(OLD), all_of(NEW))
        run(store, outer, new, LATER)
        assert partners_see(store, outer) == all_of(NEW)
        assert list(Edges(store, outer, lambda: NOW).drift()) == []
        number += 3
    assert total > 6


def test_of_two_at_once_the_edge_shows_the_later(tmp_path: Path, old: Site, new: Site) -> None:
    """Another run takes over at every operation of the edge, and ends before this one goes on."""
    other = site(tmp_path / "blobs", {"gold": {"index.html": "other", "404.html": "none"}}, "other")
    rehearsal, undisturbed = directory(tmp_path / "rehearsal"), WatchedEdge(MemoryEdge())
    run(rehearsal, undisturbed, old)
    undisturbed.operations.clear()
    run(rehearsal, undisturbed, new)
    assert len(undisturbed.operations) > 6
    for number in range(len(undisturbed.operations)):
        store, outer = directory(tmp_path / str(number)), MemoryEdge()
        run(store, outer, old)

        def take_over(store: Store = store, outer: Edge = outer) -> None:
            run(store, outer, other, LATER)

        watched = WatchedEdge(outer, number, take_over)
        with contextlib.suppress(StoreError):
            run(store, watched, new)
        assert partners_see(store, outer) == {("gold", "index.html"): "other"}, number
        assert list(Edges(store, outer, lambda: NOW).drift()) == []


class Stale(Watched):
    """Answers what the pointer was, whenever it is asked for it."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._was = store.get("live")

    def get(self, key: str) -> tuple[bytes, Entry] | None:
        return self._was if key == "live" else super().get(key)


@pytest.mark.parametrize("before", ["nothing", "a deployment"])
@pytest.mark.parametrize("what", ["deploy", "roll back", "tidy"])
def test_a_pointer_that_is_out_of_date_turns_no_edge_back(
    tmp_path: Path, old: Site, new: Site, what: str, before: str
) -> None:
    store, outer = directory(tmp_path / "store"), MemoryEdge()
    if before == "a deployment":
        run(store, outer, old)
    stale = Stale(store)
    run(store, outer, old if before == "nothing" else new)
    wanted = outer.entries()
    made = site(tmp_path / "blobs", {"gold": {"index.html": "other", "404.html": "none"}}, "other")
    with pytest.raises(StoreError):
        if what == "tidy":
            Edges(stale, outer, lambda: NOW + SETTLES).tidy("a test")
        else:
            change(what)(stale, outer, made, NOW)
    there = outer.entries()
    assert {name: there.get(name) for name in wanted} == wanted
    run(store, outer, made)
    assert partners_see(store, outer) == {("gold", "index.html"): "other"}
    assert list(Edges(store, outer, lambda: NOW).drift()) == []


def test_an_edge_that_is_ahead_is_said(tmp_path: Path, old: Site, new: Site) -> None:
    store, outer = directory(tmp_path / "store"), MemoryEdge()
    run(store, outer, old)
    assert outer.update(outer.standing().tag, {"turn": "7"})
    for turn, found in (("7", "shows turn 7, and the store names 1"), ("x", "its entry 'turn' is no number")):
        assert outer.update(outer.standing().tag, {"turn": turn})
        told = list(Edges(store, outer, lambda: NOW).drift())
        assert len(told) == 1 and found in told[0].found and "prmbuild rollback " in told[0].way_out
        with pytest.raises(ApartError, match=found):
            Edges(store, outer, lambda: NOW).tidy("a test")
        now = shown(store)
        assert now is not None
        roll_back(store, now.live.deployment, owner="a test", by="a test", clock=lambda: NOW, edge=outer)
        unpin(store, owner="a test", by="a test", clock=lambda: NOW, edge=outer)
    run(store, outer, new)
    assert list(Edges(store, outer, lambda: NOW).drift()) == []
    assert partners_see(store, outer) == all_of(NEW)


def test_whoever_goes_loses_all_at_the_flip(tmp_path: Path, old: Site) -> None:
    store, outer = directory(tmp_path / "store"), MemoryEdge()
    run(store, outer, old)
    assert ("silver", "index.html") in partners_see(store, outer)
    gold, silver = old.portals
    fewer = replace(old, revision="fewer", portals=(gold, replace(silver, viewers=silver.viewers[1:])))
    run(store, outer, fewer)
    assert ("silver", "index.html") not in partners_see(store, outer)
    back(store, outer)
    assert ("silver", "index.html") in partners_see(store, outer)


def test_the_leak_check_asks_for_those_who_go(tmp_path: Path, old: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    store, outer = directory(tmp_path / "store"), MemoryEdge()
    run(store, outer, old)
    monkeypatch.setattr("prmbuild.publish.edges.contents.farewells", lambda new, before: {})
    with pytest.raises(AccessError, match=r"silver \(sales\) at /: still sees what was live before"):
        run(store, outer, replace(old, revision="fewer", portals=old.portals[:1]))
    assert partners_see(store, outer) == all_of(OLD)


def test_what_does_not_fit_is_said_before_anything_is_put(tmp_path: Path, old: Site, new: Site) -> None:
    store, outer = Watched(directory(tmp_path / "store")), MemoryEdge()
    run(store, outer, old)
    before = len(store.operations)
    outer.holds = 1_000
    with pytest.raises(StoreError, match=r"would have to hold 1,\d\d\d bytes, and holds 1,000"):
        run(store, outer, new)
    assert not [one for one in store.operations[before:] if one.startswith(("put", "copy")) and "lock" not in one]
    long = replace(old, portals=(replace(old.portals[0], viewers=(("p" * 500, "sales"),)), *old.portals[1:]))
    with pytest.raises(StoreError, match="a name at the edge has 512"):
        run(store, outer, long)
    assert partners_see(store, outer) == all_of(OLD)


def test_the_function_is_sent_as_it_is_read() -> None:
    assert function_code().startswith("// The access rule at the edge")
    assert len(function_code().encode()) <= LARGEST_FUNCTION


def test_an_edge_that_is_new_or_was_changed_is_put_right(tmp_path: Path, old: Site, new: Site) -> None:
    store, first = directory(tmp_path / "store"), MemoryEdge()
    run(store, first, old)
    done = run(store, first, new).deployment
    assert done is not None
    anew = MemoryEdge("a new one")
    with pytest.raises(StoreError, match="would stay behind"):
        run(store, anew, new)
    assert not forget(first, store)
    assert run(store, WatchedEdge(anew), new).deployment is None
    assert partners_see(store, anew) == all_of(NEW) and anew.get(LIVE) == {LIVE: done.id}, "nobody saw the one before"
    wanted = steady(anew)
    changed = {
        f"v/{done.id}/stranger/sales": "gold",
        f"r/{done.id}/gold": "0" * 32,
        f"v/{'0' * 32}/gold/sales": "bronze",
        "k/planted": "00" * 32,
        "x/all": "1",
        "other": "y",
    }
    tag = anew.update(anew.standing().tag, changed, [f"v/{done.id}/bronze/sales"])
    assert tag is not None
    edges = Edges(store, WatchedEdge(anew), lambda: NOW + SETTLES)
    found = {one.key.removeprefix("a new one "): one.found for one in edges.drift()}
    assert found.keys() == changed.keys() | {f"v/{done.id}/bronze/sales"}
    assert found[f"r/{done.id}/gold"] == "says something else than the store"
    assert found[f"v/{done.id}/bronze/sales"] == "is missing"
    edges.tidy("a test")
    assert list(edges.drift()) == [] and steady(anew) == wanted


def test_entries_that_nobody_returns_to_are_collected_once_replicas_have_settled(tmp_path: Path, old: Site) -> None:
    store, outer = directory(tmp_path / "store"), MemoryEdge()
    ids: list[str] = []
    for number in range(4):
        text = {"gold": {"index.html": str(number), "404.html": "none"}}
        done = run(store, outer, site(tmp_path / "blobs", text, str(number)), NOW + number).deployment
        assert done is not None
        ids.append(done.id)

    def there() -> set[str | None]:
        return {deployment_of(name) for name in outer.entries()} - {None}

    assert there() == set(ids)
    Edges(store, outer, lambda: NOW + 4).tidy("a test")
    assert there() == set(ids)
    collect(
        store,
        keep=timedelta(days=1),
        tell=timedelta(days=365),
        owner="a test",
        clock=lambda: NOW + 4,
        progress=Silence(),
    )
    Edges(store, outer, lambda: NOW + 3 + SETTLES).tidy("a test")
    assert there() == set(ids[-2:])
    assert partners_see(store, outer) == {("gold", "index.html"): "3"}


def test_an_instant_that_is_none_is_put_right(tmp_path: Path) -> None:
    store, outer = directory(tmp_path / "store"), MemoryEdge()
    for number in range(3):
        text = {"gold": {"index.html": str(number), "404.html": "none"}}
        run(store, outer, site(tmp_path / "blobs", text, str(number)), NOW + number)
    outer.update(outer.standing().tag, {SINCE: "yesterday"})
    before = set(outer.entries())
    Edges(store, outer, lambda: NOW + SETTLES).tidy("a test")
    assert set(outer.entries()) == before and outer.get(SINCE) == {SINCE: str(NOW + SETTLES)}
    Edges(store, outer, lambda: NOW + 2 * SETTLES).tidy("a test")
    assert set(outer.entries()) < before


def test_room_is_made_where_it_is_needed(tmp_path: Path) -> None:
    store, outer = directory(tmp_path / "store"), MemoryEdge(holds=1_000)
    for number in range(8):
        text = {"gold": {"index.html": str(number), "404.html": "none"}}
        run(store, outer, site(tmp_path / "blobs", text, str(number)), NOW + number)
        assert partners_see(store, outer) == {("gold", "index.html"): str(number)}
        assert outer.standing().size <= 1_000


@pytest.mark.parametrize("lost", [False, True], ids=["changed", "gone"])
def test_a_rollback_where_the_pointer_is_lost_leads_the_edge_out_too(
    tmp_path: Path, old: Site, new: Site, lost: bool
) -> None:
    store, edge = directory(tmp_path / "store"), MemoryEdge()
    first = run(store, edge, old).deployment
    run(store, edge, new)
    found = store.get("live")
    assert first is not None and found is not None
    store.delete(["live"])
    if not lost:
        with content(b"<html>", JSON) as made:
            assert store.put_absent("live", made) is not None
    edges = Edges(store, edge, lambda: NOW)
    edges.check_sessions(read_sessions(store))
    edges.join()
    edges.follow_sessions()
    assert partners_see(store, edge) == all_of(NEW), "revoking waits for no repair, and repairs nothing else"
    roll_back(store, first.id, owner="a test", by="a test", clock=lambda: NOW, edge=edge)
    for one in (edge, None):
        assert partners_see(store, one) == all_of(OLD)
    assert not list(Edges(store, edge, lambda: NOW).drift())
