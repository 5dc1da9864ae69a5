"""A run that is stopped at any operation, while others take the lock over and finish: what is live stays whole.

A run that was killed is one that never goes on. These go on, and neither know nor ask how much time has passed.
"""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from prmbuild.errors import StoreError
from prmbuild.progress import Silence
from prmbuild.publish.collect import collect
from prmbuild.publish.deploy import RefusedError, roll_back, unpin
from prmbuild.publish.lock import LASTS, MARKED, Lock, Mark, going, may_go
from prmbuild.publish.mending import mend
from prmbuild.publish.site import Site
from prmbuild.records.history import history
from prmbuild.records.layout import JSON, TURNS, manifest_key, released
from prmbuild.records.live import shown
from prmbuild.records.receipts import read_receipt, receipt_for, written
from prmbuild.records.records import Deployment, release_names
from prmbuild.records.trail import unproven
from prmbuild.records.verify import drift
from prmbuild.store.store import Store
from prmbuild.store.writing import content
from tests.publish.sites import NEW, NOW, OLD, Killed, Watched, all_of, partners_see, put_live, seen, site
from tests.store.memory import MemoryStore

pytestmark = pytest.mark.usefixtures("one_at_a_time")  # so that operations have an order to be counted in

DAY = 24 * 3600

BEFORE_RECORDS = "settle "
"""The operation of a deployment before that nobody can have seen it, so that gc drops what it put."""

Run = Callable[[Store, int], object]
"""Does something to a store at an instant."""


def gc(store: Store, at: int) -> None:
    collect(
        store,
        keep=timedelta(days=1),
        tell=timedelta(days=365),
        owner="a test",
        clock=lambda: at,
        progress=Silence(),
    )


def deploying(made: Site) -> Run:
    return lambda store, at: put_live(store, made, lambda: at)


def whole(store: Store) -> bool:
    """Whether all that is live is there as it was deployed, and on record."""
    now = shown(store)
    assert now is not None
    return not [*drift(store, now, Silence()), *unproven(store, now.live, Silence())]


def killed(run: Run, store: Store, at: int, operation: str) -> None:
    def kill() -> None:
        raise Killed

    with contextlib.suppress(Killed):
        run(Watched(store, operation, kill), at)


def wherever_it_is_stopped(before: MemoryStore, first: Run, others: Run) -> int:
    """Stop a run at each of its operations in turn, and let others finish before it goes on.

    Args:
        before: where.
        first: is stopped.
        others: begin when the lock of the first has expired.

    Returns:
        How often the first one was refused then.
    """
    refused, number, operations = 0, 0, 1
    while number < operations:
        store = MemoryStore(before.objects)

        def finish(store: Store = store) -> None:
            others(store, NOW + 10 * DAY + LASTS + 1)

        watched = Watched(store, number, finish)
        try:
            first(watched, NOW + 10 * DAY)
        except StoreError:
            refused += 1
        assert whole(store), watched.operations[number]
        operations = len(watched.operations)
        number += 1
    return refused


def numbered(folder: Path, number: int) -> Site:
    """A site that shares no file with another."""
    texts = {path: f"{path} {number}" for path in ("index.html", "a/index.html", "404.html")}
    return site(folder / "blobs", {"gold": texts}, f"{number}")


Grown = tuple[MemoryStore, Deployment]
"""A store to which much was deployed, and the first deployment, which nobody needs any more."""


@pytest.fixture
def grown(tmp_path: Path) -> Grown:
    store = MemoryStore()
    times = iter(range(NOW, NOW + 10**6))
    done = [put_live(store, numbered(tmp_path, number), lambda: next(times)).deployment for number in range(4)]
    assert done[0] is not None
    return store, done[0]


def shows(store: Store) -> int:
    return int(seen(store, ["gold"], ["index.html"])["gold", "index.html"].split()[1])


def going_back(to: Deployment) -> Run:
    return lambda store, at: roll_back(store, to.id, owner="a test", by="a test", clock=lambda: at)


def test_a_gc_that_goes_on_deletes_nothing_that_is_live(grown: Grown, tmp_path: Path) -> None:
    store, _ = grown
    made = numbered(tmp_path, 9)
    killed(deploying(made), store, NOW + 5, BEFORE_RECORDS)

    def others(store: Store, at: int) -> None:
        put_live(store, made, lambda: at)
        assert shows(store) == 9

    assert wherever_it_is_stopped(store, gc, others) > 3


def test_who_lost_the_lock_leaves_no_turn(grown: Grown) -> None:
    store, one = grown
    watched = Watched(MemoryStore(store.objects))
    going_back(one)(watched, NOW + 10 * DAY)
    turned = next(number for number, done in enumerate(watched.operations) if done.startswith(f"put_absent {TURNS}"))
    assert watched.operations[turned - 1] == "put_matching lock"
    for number in range(turned):
        other = MemoryStore(store.objects)

        def take_over(other: Store = other) -> None:
            unpinned(other, NOW + 10 * DAY + LASTS + 1)

        with contextlib.suppress(StoreError):
            going_back(one)(Watched(other, number, take_over), NOW + 10 * DAY)
        now = shown(other)
        assert now is not None and not history(other, now.live).maybe


def unpinned(store: Store, at: int) -> None:
    """Go back to what was live before, and let deployments go on."""
    roll_back(store, "", owner="a test", by="a test", clock=lambda: at)
    unpin(store, owner="a test", by="a test", clock=lambda: at)


def test_nor_the_plan_that_a_person_approved_meanwhile(grown: Grown, tmp_path: Path) -> None:
    store, _ = grown
    gc(store, NOW + 9 * DAY)  # a gc with no release to drop never has to prove that it holds the lock
    asks = site(tmp_path / "blobs", {"silver": {"index.html": "silver", "404.html": "none"}}, "gold goes")

    def others(store: Store, at: int) -> None:
        put_live(store, numbered(tmp_path, 9), lambda: at)
        with pytest.raises(RefusedError) as asked:
            put_live(store, asks, lambda: at + 1)
        put_live(store, asks, lambda: at + 2, approved=asked.value.hint.rpartition(" ")[2])

    wherever_it_is_stopped(store, gc, others)


@pytest.mark.parametrize("how", ["deploy", "roll back"])
def test_nor_what_was_live_long_ago_and_is_live_again(grown: Grown, tmp_path: Path, how: str) -> None:
    store, first = grown
    again = deploying(numbered(tmp_path, 0)) if how == "deploy" else going_back(first)
    done = []

    def others(store: Store, at: int) -> None:
        with contextlib.suppress(
            StoreError
        ):  # of what may be deleted any time, nobody says that it can be gone back to
            again(store, at)
            done.append(shows(store))

    assert wherever_it_is_stopped(store, gc, others) > 3
    assert set(done) == {0}


@pytest.mark.parametrize("how", ["deploy", "deploy again", "roll back", "unpin"])
def test_who_lost_the_lock_turns_nothing_over(grown: Grown, tmp_path: Path, how: str) -> None:
    store, first = grown
    made = numbered(tmp_path, 9)
    if how == "deploy again":  # its objects are there, and nothing needs them
        killed(deploying(made), store, NOW + 5, BEFORE_RECORDS)
    if how == "unpin":
        going_back(first)(store, NOW + 5)
    run: Run = {
        "roll back": going_back(first),
        "unpin": lambda store, at: unpin(store, owner="a test", by="a test", clock=lambda: at),
    }.get(how, deploying(made))
    assert wherever_it_is_stopped(store, run, gc) > 1


def test_what_a_gc_that_died_was_deleting_is_put_under_another_name(tmp_path: Path, old: Site, new: Site) -> None:
    store = MemoryStore()
    put_live(store, old)
    killed(deploying(new), store, NOW, BEFORE_RECORDS)
    left = {place for key in store.listed("portals") if (place := released(key.key)) is not None}
    at = NOW + 10 * DAY
    watched = Watched(store)
    with pytest.raises(StoreError, match="503"):
        gc(_Failing(watched), at)
    marked = going(store)
    assert marked and marked < left
    names = {portal.id: release_names(portal.release) for portal in new.portals}
    done = put_live(store, new, lambda: at).deployment
    assert done is not None
    for portal, published in done.portals.items():
        assert published.release in names[portal][1:2], "not below what may go"
    assert whole(store) and partners_see(store) == all_of(NEW)
    same = put_live(store, new, lambda: at + 1)
    assert same.deployment is None, "what is live keeps its name"
    gc(store, at + 2)
    assert whole(store) and not marked & {released(one.key) for one in store.listed("portals")}
    assert going(store) == marked, "the one that died has not said that it is over"
    page = next(key.key for key in store.listed("portals") if key.key.endswith("news/index.html"))
    store.delete([page, manifest_key("gold", page.split("/")[2])])
    mend(store, lambda _: new, owner="a test", clock=lambda: at + 3, progress=Silence())
    assert whole(store)
    receipt = receipt_for(done, "gold", dict(new.portals[1].files), "index.html")
    assert read_receipt(written(receipt)) == receipt
    Lock(store, "somebody", lambda: at + MARKED).take()
    assert going(store) == frozenset()


@pytest.mark.parametrize("way", ["going back", "deploying again"])
def test_what_a_gc_that_died_was_deleting_of_one_portal_stays_of_another(tmp_path: Path, way: str) -> None:
    store, files = MemoryStore(), OLD["gold"]
    before, renamed, bad = (
        site(tmp_path / "blobs", portals, text)
        for text, portals in (
            ("before", {"gold": files, "silver": files}),
            ("renamed", {"silver": files}),
            ("bad", {"silver": {**files, "index.html": "bad"}}),
        )
    )
    put_live(store, before)
    with pytest.raises(RefusedError) as asked:
        put_live(store, renamed, lambda: NOW + 1)
    put_live(store, renamed, lambda: NOW + 1, approved=asked.value.hint.rpartition(" ")[2])
    now = shown(store)
    assert now is not None
    put_live(store, bad, lambda: NOW + 9 * DAY)
    with pytest.raises(StoreError, match="503"):
        gc(_Failing(store), NOW + 9 * DAY + 1)
    assert {portal for portal, _ in going(store)} == {"gold"}
    if way == "going back":
        roll_back(store, now.live.deployment, owner="a test", by="a test", clock=lambda: NOW + 9 * DAY + 2)
    else:
        put_live(store, renamed, lambda: NOW + 9 * DAY + 2)
    gone_back = shown(store)
    assert gone_back is not None and whole(store)
    assert gone_back.deployment.portals["silver"].release == now.deployment.portals["silver"].release


def test_a_mark_that_names_no_portal_holds_in_each() -> None:
    going = {*Mark(since=0, releases=("a",)).going, *Mark(since=0, places=(("gold", "b"),)).going}
    asked = [("gold", "a"), ("silver", "a"), ("gold", "b"), ("silver", "b")]
    assert [may_go(*one, going) for one in asked] == [True, True, True, False]


def test_what_a_run_that_failed_asked_for_last_comes_too_late(grown: Grown, tmp_path: Path) -> None:
    """The store may still do what it gave no answer to."""
    store, _ = grown
    before = store.get("live")
    assert before is not None

    def fail() -> None:
        raise StoreError("503 SlowDown")

    with pytest.raises(StoreError, match="503"):
        put_live(Watched(store, "put_matching live", fail), numbered(tmp_path, 9), lambda: NOW + 5)
    gc(store, NOW + 6)
    with content(b"what was asked for", JSON) as late:
        assert store.put_matching("live", late, before[1].tag) is None
    now = store.get("live")
    gc(store, NOW + 7)
    assert whole(store) and store.get("live") == now, "who ended in order asks for nothing any more"


class _Failing(Watched):
    def delete(self, keys: Iterable[str]) -> Mapping[str, str]:
        raise StoreError("503 SlowDown")


def test_a_release_without_a_name_is_refused(tmp_path: Path, old: Site, new: Site) -> None:
    store = MemoryStore()
    put_live(store, old)
    lock = Lock(store, "a gc", lambda: NOW)
    lock.take()
    lock.mark((portal.id, name) for portal in new.portals for name in release_names(portal.release))
    lock.give_back()
    with pytest.raises(StoreError, match="may still delete what portal"):
        put_live(store, new)
    assert partners_see(store) == all_of(OLD)
    put_live(store, new, lambda: NOW + MARKED)
    assert whole(store)
