"""A gateway that runs follows deployments and ways back, and no pointer that was put back from a backup."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from prmbuild.errors import ChangedError, StoreError
from prmbuild.gateway.live import Watch
from prmbuild.publish.deploy import roll_back, unpin
from prmbuild.publish.lock import Lock
from prmbuild.publish.site import Site
from prmbuild.records.layout import LIVE, deployment_key, turn_key
from prmbuild.records.live import shown
from prmbuild.records.records import Live
from tests.publish.sites import NOW, Watched, put_live, site
from tests.store.memory import MemoryStore

TEXTS = ("one", "two", "three", "four")


class Following:
    """A store with a deployment, and a gateway that runs since then."""

    def __init__(self, folder: Path) -> None:
        self.store, self.said, self.kept = MemoryStore(), list[str](), list[Mapping[str, object]]()
        self.sites: Mapping[str, Site] = {
            text: site(folder, {"gold": {"index.html": text, "404.html": "none"}}, text) for text in TEXTS
        }
        self.watch = self.started()
        assert self.watch.showing() is None
        self.deploy("one")

    def started(self) -> Watch:
        return Watch(self.store, dict, lambda error: self.said.append(f"{error.message}; {error.hint}"))

    def deploy(self, text: str) -> None:
        put_live(self.store, self.sites[text])
        self.kept.append(dict(self.store.objects))

    def live(self) -> Live:
        now = shown(self.store)
        assert now is not None
        return now.live

    def shows(self, watch: Watch | None = None) -> str:
        showing = (watch or self.watch).showing()
        return showing.deployment.revision if showing is not None else ""

    def put_back(self, number: int) -> None:
        self.store.objects[LIVE] = self.kept[number - 1][LIVE]  # type: ignore[assignment]


@pytest.fixture
def following(tmp_path: Path) -> Following:
    return Following(tmp_path)


def test_it_follows_deployments_and_ways_back(following: Following) -> None:
    assert following.shows() == "one"
    following.deploy("two")
    assert following.shows() == "two"
    roll_back(following.store, "", owner="a test", by="a test", clock=lambda: NOW)
    assert following.shows() == "one"
    unpin(following.store, owner="a test", by="a test", clock=lambda: NOW)
    following.deploy("three")
    # whoever takes the lock over changes the pointer, and nothing that it says
    before = following.store.get(LIVE)
    dead = Lock(following.store, "dead", lambda: NOW)
    dead.take()
    Lock(following.store, "another", lambda: NOW).take(over=True)
    assert following.store.get(LIVE) != before
    assert following.shows() == "three" and not following.said


def by_all(one: Following, to: int) -> None:
    one.store.objects = dict(one.kept[to - 1])  # type: ignore[arg-type]


WRONG: Mapping[str, Callable[[Following], object]] = {
    "the pointer": lambda one: one.put_back(1),
    "the pointer, by one": lambda one: one.put_back(2),
    "the pointer is lost": lambda one: one.store.objects.pop(LIVE),
    "all": lambda one: by_all(one, 1),
    "all is gone": lambda one: one.store.objects.clear(),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_it_does_not_go_back_while_it_runs(following: Following, wrong: str) -> None:
    for text in ("two", "three"):
        following.deploy(text)
        assert following.shows() == text
    right, live = dict(following.store.objects), following.live()
    WRONG[wrong](following)
    for _ in range(3):
        with pytest.raises(ChangedError):
            following.shows()
    assert len(following.said) == 1 and f"prmbuild rollback {live.deployment}" in following.said[0]
    # what is put right is followed at once
    following.store.objects = dict(right)
    assert following.shows() == "three"
    WRONG[wrong](following)
    if wrong in ("the pointer", "the pointer, by one", "the pointer is lost"):
        roll_back(following.store, live.deployment, owner="a test", by="a test", clock=lambda: NOW)
        unpin(following.store, owner="a test", by="a test", clock=lambda: NOW)
        assert following.shows() == "three"
    else:
        # of a store of which nothing tells what it showed, a person says that it is right
        assert following.shows(following.started()) == ("one" if wrong == "all" else "")


@pytest.mark.parametrize("wrong", ["the pointer", "the pointer is lost"])
def test_one_that_starts_believes_the_records(following: Following, wrong: str) -> None:
    for text in ("two", "three"):
        following.deploy(text)
    WRONG[wrong](following)
    with pytest.raises(ChangedError):
        following.shows(following.started())
    assert len(following.said) == 1 and "prmbuild rollback " in following.said[0]


def test_it_knows_what_was_live_while_nobody_asked(following: Following) -> None:
    watched = Watched(following.store)
    watch = Watch(watched, dict)
    following.deploy("two")
    read, until = f"get {deployment_key(following.live().deployment)}", time.monotonic() + 5
    with watch.kept_up(0.001):
        while read not in watched.operations and time.monotonic() < until:
            time.sleep(0.001)
    following.store.objects.clear()
    following.store.objects.update(following.kept[0])  # type: ignore[arg-type]
    with pytest.raises(ChangedError, match="turn 2 was live here"):
        following.shows(watch)


def test_what_is_refused_is_looked_at_now_and_then(following: Following, monkeypatch: pytest.MonkeyPatch) -> None:
    key = turn_key(following.live().record)
    record = following.store.objects.pop(key)
    watched = Watched(following.store)
    watch, now = Watch(watched, dict), [0.0]
    monkeypatch.setattr("prmbuild.gateway.live.time.monotonic", lambda: now[0])
    for _ in range(3):
        with pytest.raises(StoreError):
            watch.showing()
    assert watched.operations.count(f"get {key}") == 1
    following.store.objects[key] = record
    with pytest.raises(StoreError):
        watch.showing()
    now[0] += 10
    assert following.shows(watch) == "one"
