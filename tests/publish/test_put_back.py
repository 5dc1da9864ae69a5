"""A store, or its pointer, that was put back from a backup: until a person says so, nobody sees more at its edge."""

import contextlib
from collections.abc import Callable, Collection, Mapping
from typing import Any

import pytest

from prmbuild.access.entries import LIVE, NOBODY, STORE, TURN
from prmbuild.errors import StoreError
from prmbuild.publish.deploy import RefusedError, planned
from prmbuild.publish.edges.shows import ApartError
from prmbuild.publish.gains import Basis
from prmbuild.publish.site import Site
from prmbuild.records.layout import LIVE as POINTER
from prmbuild.records.layout import deployment_key, turn_key
from prmbuild.records.live import shown
from prmbuild.records.records import read_live
from prmbuild.sessions.state import PLACE
from tests.edge.memory import MemoryEdge
from tests.publish.sites import WatchedEdge, put_live, seen, site, told_by_files
from tests.publish.test_broken_records import Place, come_out, healthy
from tests.store.memory import MemoryStore

pytestmark = pytest.mark.usefixtures("one_at_a_time")
FILES = {"404.html": "none", "kept/index.html": "kept"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Site]:
    blobs = tmp_path_factory.mktemp("blobs")

    def portals(text: str, *names: str) -> Site:
        return site(blobs, {name: {"index.html": text, **FILES} for name in names}, text)

    alone = {text: portals(text, "gold") for text in ("two", "three", "four", "five")}
    return {"one": portals("one", "gold", "silver"), **alone}


class Watching(MemoryEdge):
    """An edge that lets `silver` in by no update once that left, nor do replicas that hear of a part of one."""

    left = False

    def update(self, tag: str, puts: Mapping[str, str], deletes: Collection[str] = ()) -> str | None:
        before = self.entries()
        done = super().update(tag, puts, deletes)
        for heard in (puts, {name: entry for name, entry in puts.items() if name == LIVE}):
            there = {**before, **heard}
            shows = there.get(LIVE, "").split()
            entry = next((there[name] for one in shows if (name := f"v/{one}/silver/sales") in there), NOBODY)
            assert not self.left or done is None or entry == NOBODY
        return done


class Programme(Place):
    """Three deployments at an edge; `silver` left with the second. A backup was made after each."""

    edge: Watching

    def __init__(self, made: Mapping[str, Site]) -> None:
        super().__init__(MemoryStore(), made, Watching())
        self.backups = []
        for text in ("one", "two", "three"):
            self.deploy(text, self.plan(text))
            self.backups.append(dict(self.store.objects))
        self.edge.left = True

    def plan(self, text: str) -> str:
        return planned(self.sites[text], self.store, told_by_files(self.sites[text]), self.edge).digest

    def everybody_sees(self) -> Mapping[tuple[str, str], str]:
        return seen(self.store, ("gold", "silver"), ["index.html"], self.edge)

    def put_back(self, turn: int) -> None:
        """Put all back that stood there after a turn; at 0 nothing. Keys and revocations have a way out of theirs."""
        kept = self.store.objects[PLACE]
        self.store.objects = {**(self.backups[turn - 1] if turn else {}), PLACE: kept}

    def put_pointer_back(self, turn: int) -> None:
        self.store.objects[POINTER] = self.backups[turn - 1][POINTER]

    def lose_turn(self) -> None:
        """Lose the turn that the pointer names."""
        del self.store.objects[turn_key(read_live(self.store.objects[POINTER][0]).record)]

    def delete(self, *names: str) -> None:
        assert self.edge.update(self.edge.standing().tag, {}, names)


def refused(programme: Programme, text: str = "four") -> RefusedError:
    with pytest.raises(RefusedError) as asked:
        programme.deploy(text)
    return asked.value


WRONG: Mapping[str, Callable[[Programme], object]] = {
    "the store": lambda one: one.put_back(1),
    "the store, by one": lambda one: one.put_back(2),
    "the store, and the edge's live is deleted": lambda one: (one.put_back(1), one.delete(LIVE)),
    "the store, by one, and that": lambda one: (one.put_back(2), one.delete(LIVE)),
    "the store, and the edge says no number": lambda one: (
        one.put_back(1),
        one.edge.update(one.edge.standing().tag, {TURN: "x"}, [LIVE]),
    ),
    "the store, and all that the edge has is deleted": lambda one: (one.put_back(1), one.delete(*one.edge.entries())),
    "the store, and its last turn is lost": lambda one: (one.put_back(1), one.lose_turn()),
    "the store, all that, and the edge's live is deleted": lambda one: (
        one.put_back(1),
        one.lose_turn(),
        one.delete(LIVE),
    ),
    "the pointer": lambda one: one.put_pointer_back(1),
    "the pointer, and the edge's live is deleted": lambda one: (one.put_pointer_back(1), one.delete(LIVE)),
    "the pointer, by one": lambda one: one.put_pointer_back(2),
    "the pointer, by one, and that": lambda one: (one.put_pointer_back(2), one.delete(LIVE)),
    "the store was emptied": lambda one: one.put_back(0),
    "the store was emptied, and that": lambda one: (one.put_back(0), one.delete(LIVE)),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_nobody_sees_more_until_a_person_says_so(made: Mapping[str, Site], wrong: str) -> None:
    programme = Programme(made)
    WRONG[wrong](programme)
    before = programme.everybody_sees()
    for do in (
        lambda: programme.deploy("three"),
        lambda: programme.deploy("four"),
        programme.collect,
        programme.status,
        lambda: programme.revoke("eve"),
    ):
        with contextlib.suppress(StoreError):
            do()
        assert programme.everybody_sees().items() <= before.items()
    come_out(programme, lambda: programme.deploy("four"))
    assert programme.everybody_sees() == {("gold", "index.html"): "four"}
    assert not any(one.way_out for one in programme.edges.drift()), "prmbuild gc puts the rest right"
    programme.collect()
    assert list(programme.edges.drift()) == []
    healthy(programme)


def test_a_plan_says_what_the_edge_shows(made: Mapping[str, Site]) -> None:
    programme = Programme(made)
    shows = programme.edge.get(LIVE)[LIVE].split()[0]
    programme.put_back(1)
    plan = planned(made["four"], programme.store, told_by_files(made["four"]), programme.edge)
    assert (plan.gains.basis, plan.live) == (Basis.UNKNOWN, shows)
    assert f"shows deployment {shows}, which memory does not know" in plan.gains.lacking
    assert plan.digest in refused(programme).hint

    def silent() -> None:
        raise StoreError("AccessDeniedException")

    # who may not look at the edge plans by the store alone; the deployment looks
    blind = planned(made["four"], programme.store, told_by_files(made["four"]), WatchedEdge(programme.edge, 0, silent))
    assert blind.gains.basis is Basis.FILES and blind.digest != plan.digest
    programme.delete(LIVE)
    assert "showed turn 3, and the store names 1" in "; ".join(refused(programme).reasons)
    # also for what the store would show anyway
    assert "showed turn 3" in "; ".join(refused(programme, "one").reasons)
    # what was approved for one that shows something else is not approved any more
    with pytest.raises(RefusedError, match="and not the approved"):
        programme.deploy("four", plan.digest)


def test_nobody_guesses_what_was_live_before_turns_that_are_lost(made: Mapping[str, Site]) -> None:
    programme = Programme(made)
    programme.put_back(1)
    come_out(programme, lambda: programme.deploy("four"))
    with pytest.raises(RefusedError, match="turn 3 is lost, so it is not known what was live before"):
        programme.back("")
    assert programme.everybody_sees() == {("gold", "index.html"): "four"}


@pytest.mark.parametrize("gone", [(LIVE,), (LIVE, TURN)], ids=str)
def test_an_edge_that_shows_nothing_is_shown_what_nothing_is_against(
    made: Mapping[str, Site], gone: tuple[str, ...]
) -> None:
    programme = Programme(made)
    now = shown(programme.store)
    assert now is not None
    programme.delete(*gone)
    told = list(programme.edges.drift())
    assert [one.key for one in told] == ["an edge live"] and "prmbuild deploy" in told[0].way_out
    programme.collect()
    assert not programme.everybody_sees() and programme.edge.get(STORE)
    programme.deploy("three")
    assert programme.edge.get(LIVE, TURN) == {LIVE: now.live.deployment, TURN: "3"}
    programme.delete(*gone)
    programme.back("")
    assert programme.partners_see() == {"two"}
    programme.delete(*gone)
    told = list(programme.edges.drift())
    assert f"prmbuild rollback {now.live.before}" in told[0].way_out
    programme.back(now.live.before)
    assert programme.partners_see() == {"two"} and list(programme.edges.drift()) == []


def test_a_record_that_is_put_back_meanwhile_opens_nothing(made: Mapping[str, Site]) -> None:
    """What leaves is not told of where the record of what was live cannot be read; nor is that one named, then."""

    def begun() -> tuple[Programme, str, Any]:
        programme = Programme(made)
        programme.edge.left = False
        programme.deploy("one", programme.plan("one"))
        now = shown(programme.store)
        assert now is not None
        key = deployment_key(now.live.deployment)
        right = programme.store.objects[key]
        programme.store.objects[key] = (b"{", *right[1:])
        return programme, key, right

    total = number = 0
    while number <= total:
        programme, key, right = begun()

        def put_back(objects: dict[str, Any] = programme.store.objects, key: str = key, right: object = right) -> None:
            objects[key] = right

        watched = WatchedEdge(programme.edge, number - 1, put_back, at_once=50)
        four = made["four"]
        digest = planned(four, programme.store, told_by_files(four), programme.edge).digest
        put_live(programme.store, four, programme.clock, approved=digest, edge=watched)
        total = total or len(watched.operations)
        for _ in range(2):
            assert programme.everybody_sees() == {("gold", "index.html"): "four"}, watched.operations[:number]
            programme.store.objects[key] = right
            assert list(programme.edges.drift()) == []
            programme.collect()
        number += 1
    assert total > 5


def test_what_can_be_gone_back_to_is_not_gone_over(made: Mapping[str, Site]) -> None:
    programme = Programme(made)
    now = shown(programme.store)
    assert now is not None
    programme.put_pointer_back(2)
    for do in (lambda: programme.deploy("four"), lambda: programme.plan("four"), programme.collect):
        with pytest.raises(ApartError, match="shows turn 3, and the store names 2") as asked:
            do()
        assert f"prmbuild rollback {now.live.deployment}" in asked.value.hint


def test_what_a_person_pinned_is_let_go_though_its_record_is_lost(made: Mapping[str, Site]) -> None:
    programme = Programme(made)
    programme.back("")
    now = shown(programme.store)
    assert now is not None
    for key in [key for key in programme.store.objects if key.startswith("deployments/manifests/")]:
        del programme.store.objects[key]  # nothing is left to go back to
    del programme.store.objects[deployment_key(now.live.deployment)]
    refused(programme)
    programme.unpin()
    come_out(programme, lambda: programme.deploy("four"))
    assert programme.partners_see() == {"four"}


def test_a_way_back_of_which_the_edge_alone_knows_is_not_forgotten(made: Mapping[str, Site]) -> None:
    """The edge shows the very deployment that the store was put back to, but by a later turn, that a person made."""
    programme = Programme({**made, "one": made["two"], "two": made["one"], "three": made["four"]})
    first = read_live(programme.backups[0][POINTER][0]).deployment
    programme.back(first)
    programme.put_back(1)
    before = programme.everybody_sees()
    with pytest.raises(StoreError, match="shows turn 4, and the store names 1") as ahead:
        programme.deploy("five")
    assert programme.everybody_sees() == before and f"prmbuild rollback {first}" in (ahead.value.hint or "")
    programme.back(first)
    with pytest.raises(RefusedError, match="was put back by a person"):
        programme.deploy("five")
