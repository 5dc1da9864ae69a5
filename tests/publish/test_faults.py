"""Deployments that are ended or disturbed at every operation in turn: partners see the old portals or the new ones."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from prmbuild.errors import PrmError, StoreError
from prmbuild.publish.lock import LASTS
from prmbuild.publish.site import Site
from prmbuild.store.directory import DirectoryStore
from prmbuild.store.s3 import S3Store
from prmbuild.store.store import Entry, Listed, Store
from tests.object_storage import S3
from tests.publish.sites import (
    NEW,
    NOW,
    OLD,
    Encoded,
    Killed,
    Watched,
    all_of,
    directory,
    partners_see,
    put_live,
    seen,
    site,
)

pytestmark = pytest.mark.usefixtures("one_at_a_time")  # so that operations have an order to be counted in

LOST = pytest.mark.parametrize("lost", [False, True], ids=["before", "after"])


class Stores:
    """Stores that show the old portals, and what happens when the new ones are deployed to one."""

    def __init__(self, folder: Path, kind: type[DirectoryStore], old: Site, new: Site) -> None:
        self._folder, self._kind, self._new = folder, kind, new
        self.made = 0
        put_live(directory(folder / "old", kind), old)
        watched = Watched(self.another())
        put_live(watched, new)
        self.operations = watched.operations
        self.wanted = objects(watched)

    def another(self) -> DirectoryStore:
        self.made += 1
        place = self._folder / f"store-{self.made}"
        shutil.copytree(self._folder / "old", place)
        return directory(place, self._kind)

    def finish(self, store: Store) -> None:
        """Deploy once more, undisturbed: all ends in the same bytes."""
        put_live(store, self._new, later)
        assert partners_see(store) == all_of(NEW)
        assert objects(store) == self.wanted


@pytest.fixture
def stores(tmp_path: Path, old: Site, new: Site) -> Callable[[type[DirectoryStore]], Stores]:
    return lambda kind: Stores(tmp_path / "stores", kind, old, new)


MakeStores = Callable[[type[DirectoryStore]], Stores]


def later() -> int:
    """When the lock of who was killed has expired."""
    return NOW + LASTS + 1


def objects(store: Store) -> dict[str, tuple[bytes, Entry]]:
    """What lies in a store, but for records of who did what when."""
    found = {item.key: store.get(item.key) for item in store.listed("portals")}
    found |= {item.key: store.get(item.key) for item in store.listed("deployments/manifests")}
    return {key: value for key, value in found.items() if value is not None}


def kill() -> None:
    raise Killed


def fail() -> None:
    raise StoreError("503 SlowDown")


@pytest.mark.parametrize(
    ("kind", "lost"),
    [(DirectoryStore, False), (Encoded, False), (Encoded, True)],
    ids=["before", "compressed, before", "compressed, after"],
)
def test_wherever_it_is_killed_partners_see_old_or_new(
    stores: MakeStores, new: Site, kind: type[DirectoryStore], lost: bool
) -> None:
    made = stores(kind)
    assert len(made.operations) > 20
    outcomes = set()
    for number in range(len(made.operations)):
        store = made.another()
        with contextlib.suppress(Killed):
            put_live(Watched(store, number, None if lost else kill, kill if lost else None), new)
        found = partners_see(store)
        assert found in (all_of(OLD), all_of(NEW)), number
        outcomes.add(found == all_of(NEW))
        made.finish(store)
    assert outcomes == {False, True}


@LOST
def test_wherever_the_store_fails_once_and_again_partners_see_old_or_new(
    stores: MakeStores, new: Site, lost: bool
) -> None:
    made = stores(Encoded)
    for operation in dict.fromkeys(made.operations):
        store = made.another()
        for clock in (lambda: NOW, later):
            with contextlib.suppress(PrmError):
                put_live(Watched(store, operation, None if lost else fail, fail if lost else None), new, clock)
            assert partners_see(store) in (all_of(OLD), all_of(NEW)), operation
        put_live(store, new, lambda: later() + LASTS + 1)
        assert partners_see(store) == all_of(NEW)
        assert objects(store) == made.wanted


def test_in_a_bucket_too(s3: S3, tmp_path: Path) -> None:
    before = site(tmp_path / "blobs", {"gold": {"index.html": "old " * 99, "a.pdf": "same", "404.html": "none"}})
    after = site(tmp_path / "blobs", {"gold": {"index.html": "new " * 99, "a.pdf": "same", "404.html": "none"}}, "new")

    def place() -> Store:
        made = S3Store(f"s3://{s3.bucket()}/p")
        put_live(made, before)
        return made

    rehearsal = Watched(place())
    put_live(rehearsal, after)
    wanted = {key: data for key, (data, _) in objects(rehearsal).items()}
    for number in range(len(rehearsal.operations)):
        store = place()
        with contextlib.suppress(Killed):
            put_live(Watched(store, number, kill), after)
        assert seen(store, ["gold"], ["index.html"])["gold", "index.html"] in ("old " * 99, "new " * 99), number
        put_live(store, after, later)
        assert {key: data for key, (data, _) in objects(store).items()} == wanted


class Lying(Watched):
    """Answers one of the reads with other bytes than are there."""

    def get(self, key: str) -> tuple[bytes, Entry] | None:
        found = super().get(key)
        if found is None or len(self.operations) - 1 != self._at:
            return found
        data, entry = found
        middle = len(data) // 2
        return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :], entry


def test_whatever_is_read_wrong_partners_see_old_or_new(stores: MakeStores, new: Site) -> None:
    made = stores(Encoded)
    reads = [number for number, name in enumerate(made.operations) if name.startswith("get ")]
    assert len(reads) > 8
    refused = 0
    for number in reads:
        store = made.another()
        try:
            put_live(Lying(store, number), new)
        except PrmError:
            refused += 1
        assert partners_see(store) in (all_of(OLD), all_of(NEW)), made.operations[number]
        put_live(store, new, later)
        assert partners_see(store) == all_of(NEW)
    assert refused  # an object that is read wrong is put once more


class Stale(Watched):
    """Answers from the past: one object as it was, and listings without what came since."""

    def __init__(self, store: Store, past: Store, what: str) -> None:
        super().__init__(store)
        self._past, self._what = past, what

    def get(self, key: str) -> tuple[bytes, Entry] | None:
        return self._past.get(key) if key == self._what else super().get(key)

    def listed(self, folder: str) -> Iterator[Listed]:
        return self._past.listed(folder) if self._what == "listings" else super().listed(folder)


@pytest.mark.parametrize("what", ["live", "lock", "listings"])
def test_a_stale_read_stops_it_and_mixes_nothing(stores: MakeStores, new: Site, tmp_path: Path, what: str) -> None:
    made = stores(Encoded)
    past, store = made.another(), made.another()
    between = site(tmp_path / "blobs", {**OLD, "gold": {**OLD["gold"], "index.html": "between"}}, "between")
    put_live(store, between, later)
    before = partners_see(store)
    with pytest.raises(StoreError):
        put_live(Stale(store, past, what), new, lambda: NOW + 2 * LASTS)
    assert partners_see(store) == before
    put_live(store, new, lambda: NOW + 4 * LASTS)
    assert partners_see(store) == all_of(NEW)


def test_a_deployment_whose_lock_was_taken_over_does_not_go_live(stores: MakeStores, new: Site, tmp_path: Path) -> None:
    other = site(tmp_path / "blobs", {**OLD, "gold": {"index.html": "other", "404.html": "none"}}, "other")
    made = stores(DirectoryStore)
    for number in range(4, made.operations.index("put_matching live") + 1):
        again = made.another()

        def take_over(target: Store = again) -> None:
            put_live(target, other, later)

        with pytest.raises(StoreError):
            put_live(Watched(again, number, take_over), new)
        assert seen(again, ["gold"], ["index.html"]) == {("gold", "index.html"): "other"}
