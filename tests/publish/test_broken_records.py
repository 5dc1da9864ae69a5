"""Each record in turn is lost, changed or replaced by garbage: whatever is asked for works, or says a way out.

Revoking and keys always work. Following the way out, as a person on call does who has nothing but the message, leads to
a store that everything works in again.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from prmbuild.access.entries import revoked_user
from prmbuild.errors import StoreError
from prmbuild.progress import Silence
from prmbuild.publish.collect import Collected, collect, whole
from prmbuild.publish.deploy import RefusedError, planned, roll_back, unpin
from prmbuild.publish.edges.contents import live_of
from prmbuild.publish.edges.edges import SETTLES, Edges
from prmbuild.publish.mending import mend
from prmbuild.publish.report import as_text as plan_as_text
from prmbuild.publish.sessions import revoke, rotate
from prmbuild.publish.site import Site
from prmbuild.publish.status import status
from prmbuild.publish.status_report import as_json, as_text
from prmbuild.records.history import Span
from prmbuild.records.layout import DEPLOYMENTS, LIVE, TURNS, deployment_key
from prmbuild.records.live import UnprovenError, claimed, shown
from prmbuild.records.recorded import deployment
from prmbuild.records.records import Live, read_live, read_turn
from prmbuild.records.seen import Past
from prmbuild.records.trail import unproven
from prmbuild.records.verify import drift
from tests.edge.memory import MemoryEdge
from tests.publish.sites import NOW, put_live, seen, site, told_by_files
from tests.store.memory import MemoryStore

DAY = 86_400
LATER = datetime.fromtimestamp(NOW + 1_000 * DAY, UTC)
TEXTS = ("one", "two", "three")


class Place:
    """A store, the edge that follows it where there is one, and a clock that goes on."""

    def __init__(self, store: MemoryStore, sites: Mapping[str, Site], edge: MemoryEdge | None) -> None:
        self.store, self.sites, self.edge = store, sites, edge
        self.now = NOW

    @property
    def edges(self) -> Edges:
        return Edges(self.store, self.edge, self.clock)

    def clock(self) -> int:
        self.now += 1
        return self.now

    def deploy(self, text: str, approved: str = "") -> None:
        put_live(self.store, self.sites[text], self.clock, approved=approved, edge=self.edge)

    def back(self, name: str) -> None:
        roll_back(self.store, name, owner="a test", by="a test", clock=self.clock, edge=self.edge)

    def unpin(self) -> None:
        unpin(self.store, owner="a test", by="a test", clock=self.clock, edge=self.edge)

    def mend(self) -> None:
        mend(self.store, lambda one: self.sites[one.revision], owner="a test", clock=self.clock, progress=Silence())

    def revoke(self, who: str) -> None:
        revoke(self.store, self.edges, [revoked_user(who)], self.clock)
        rotate(self.store, self.edges, self.clock)
        if self.edge is not None:
            assert self.edge.get(revoked_user(who))

    def collect(self) -> Collected:
        self.edges.join()
        keep = timedelta(days=30)
        done = collect(
            self.store,
            keep=keep,
            tell=keep,
            owner="a test",
            clock=self.clock,
            read_elsewhere=self.edges.named,
            progress=Silence(),
        )
        self.now += SETTLES
        self.edges.tidy("a test")
        return done

    def status(self) -> None:
        now = shown(self.store)
        if now is None:
            return
        told = status(self.store, self.edges, now, None, None)
        assert as_text(told, "", objects=False) and as_json(told, objects=False)

    def seen(self) -> None:
        now = shown(self.store)
        if now is None:
            return
        past = Past(self.store, now)
        day = datetime.fromtimestamp(NOW, UTC), datetime.fromtimestamp(self.now + DAY, UTC)
        roles = past.roles_of("gold", None, *day)
        assert past.intervals("gold", roles, *day) and past.answers("gold", roles, "/", *day)

    def verify(self) -> list[str]:
        live = claimed(self.store)
        if live is None:
            return []
        found = [one.key for one in unproven(self.store, live, Silence())]
        now = shown(self.store)
        assert now is not None
        return [
            *found,
            *(one.key for one in drift(self.store, now, Silence())),
            *(one.key for one in self.edges.drift()),
        ]

    def partners_see(self) -> set[str]:
        return {*seen(self.store, ["gold"], ["index.html"], self.edge).values()}


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Site]:
    blobs = tmp_path_factory.mktemp("blobs")
    files = {"404.html": "none", "kept/index.html": "kept", "kept/more.html": "more"}
    return {text: site(blobs, {"gold": {"index.html": text, **files}}, text) for text in (*TEXTS, "four", "five")}


class Deployed:
    """Where so many deployments went, one after the other, to be copied; with an edge that follows, or without.

    Args:
        sites: text → site.
        deployments: how many.
        followed: whether an edge follows.
    """

    def __init__(self, sites: Mapping[str, Site], deployments: int, *, followed: bool) -> None:
        place = Place(MemoryStore(), sites, MemoryEdge() if followed else None)
        place.revoke("somebody")
        for text in TEXTS[:deployments]:
            place.deploy(text)
        assert place.verify() == []
        self._sites, self._objects = sites, dict(place.store.objects)
        self._entries = place.edge.entries() if place.edge is not None else None
        self.records = sorted(key for key in self._objects if key.startswith(f"{DEPLOYMENTS}/") or key == LIVE)

    def copy(self) -> Place:
        """Return the same place once more, a day later."""
        edge = MemoryEdge() if self._entries is not None else None
        if edge is not None:
            edge.update("0", self._entries or {})
        place = Place(MemoryStore(self._objects), self._sites, edge)
        place.now = NOW + DAY
        return place

    def broken(self) -> Iterator[tuple[str, Place]]:
        """Yield the place with each of its records lost, changed and replaced in turn, and what was done.

        Without an edge records are changed alone, as that is told of like the others.
        """
        ways = WAYS.items() if self._entries is not None else [("changed", changed)]
        for key, (way, change) in product(self.records, ways):
            place = self.copy()
            change(place.store.objects, key)
            yield f"{way} {key}", place


@pytest.fixture(scope="module", params=[(3, True), (3, False), (1, True), (1, False)], ids=str)
def deployed(request: pytest.FixtureRequest, sites: Mapping[str, Site]) -> Deployed:
    number, followed = request.param
    return Deployed(sites, number, followed=followed)


def changed(objects: dict[str, Any], key: str) -> None:
    data, *others = objects[key]
    at = len(data) * 2 // 3
    objects[key] = (data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], *others)


def garbage(objects: dict[str, Any], key: str) -> None:
    objects[key] = (b"<html>", *objects[key][1:])


WAYS: Mapping[str, Callable[[dict[str, Any], str], object]] = {
    "lost": lambda objects, key: objects.pop(key),
    "changed": changed,
    "garbage": garbage,
}


def way_out(place: Place, error: StoreError) -> Callable[[], None]:
    """What a person does who reads no more than the message."""
    said = f"{error.message}; {error.hint}"
    if approve := re.search(r"prmbuild deploy --approve ([0-9a-f]{32})", said):
        return lambda: place.deploy("four", approve[1])
    if back := re.search(r"prmbuild rollback ([0-9a-f]{32})", said):
        return lambda: place.back(back[1])
    if "rollback --unpin" in said:
        return place.unpin
    if "prmbuild mend" in said:
        return place.mend
    if "prmbuild deploy " in said:
        return lambda: place.deploy("four")
    raise AssertionError(f"no way out: {said}")


def come_out(place: Place, do: Callable[[], object]) -> None:
    """Do something, and where it is refused what the message says first."""
    for _ in range(5):
        try:
            do()
        except StoreError as error:
            out, again = way_out(place, error), do
            try:
                out()
            except RefusedError as refused:
                way_out(place, refused)()
            do = again
        else:
            return
    raise AssertionError("the way out leads nowhere")


def healthy(place: Place) -> None:
    """Whatever anybody does works, and what is live is what was deployed, at the edge too."""
    place.deploy("five")
    for do in (place.status, place.seen, place.collect, lambda: place.revoke("another")):
        do()
    assert place.partners_see() == {"five"}
    now = shown(place.store)
    assert now is not None and not list(drift(place.store, now, Silence())) and not list(place.edges.drift())
    before = deployment(place.store, now.live.before)
    place.back("")
    assert place.partners_see() == {before.revision}
    place.unpin()
    place.deploy("five")


@pytest.mark.usefixtures("one_at_a_time")
def test_whatever_is_asked_for_works_or_says_a_way_out(deployed: Deployed) -> None:
    for what, place in deployed.broken():
        place.revoke("eve")
        for do in (place.status, place.seen, place.verify, place.collect, lambda p=place: p.back("")):
            try:
                do()
            except StoreError as error:
                if not error.message.startswith(("there is no deployment before", "nothing was ever deployed")):
                    way_out(place, error)
        place.revoke("mallory")
        come_out(place, lambda p=place: p.deploy("four"))
        assert place.partners_see() == {"four"}, what
        healthy(place)


@pytest.mark.usefixtures("one_at_a_time")
@pytest.mark.parametrize("followed", [True, False], ids=["edge", "no edge"])
class TestStates:
    """What more than one record is needed for."""

    @pytest.fixture
    def place(self, sites: Mapping[str, Site], followed: bool) -> Place:
        return Deployed(sites, 3, followed=followed).copy()

    def test_a_pointer_that_was_put_back_stops_everything_until_a_person_says_what_is_live(
        self, place: Place, sites: Mapping[str, Site]
    ) -> None:
        latest = place.store.objects[LIVE]
        turns = [key for key in place.store.objects if key.startswith(f"{TURNS}/")]
        names = {read_turn(key[-37:-5], place.store.objects[key][0]).number: key for key in turns}
        first = read_turn(names[1][-37:-5], place.store.objects[names[1]][0])
        old = Live(deployment=first.deployment, before="", turn=1, record=first.id)
        place.store.objects[LIVE] = (old.text(), *latest[1:])
        asked = (place.status, place.seen, place.collect, lambda: place.deploy("four"), lambda: place.back(""))
        for do in asked:
            with pytest.raises(UnprovenError, match="went back: it names turn 1, though turn 3") as refused:
                do()
            assert f"prmbuild rollback {read_live(latest[0]).deployment}" in refused.value.hint
        assert LIVE in {one.key for one in unproven(place.store, old, Silence())}
        place.revoke("eve")
        place.back(read_live(latest[0]).deployment)
        now = shown(place.store)
        assert now is not None and now.live.turn == 4 and place.verify() == []
        past = Past(place.store, now)
        spans = past.between(datetime.fromtimestamp(0, UTC), datetime.fromtimestamp(place.now + DAY, UTC))
        # that a run recorded the third is no proof that it made it live; an edge that shows it is
        numbers = [1, 2, 3, 4] if place.edge is not None else [1, 2, 4]
        assert past.complete and [one.turn.number for one in spans if isinstance(one, Span)] == numbers
        assert [one.deployment for one in past.aside(datetime.fromtimestamp(0, UTC), LATER)] == (
            [] if place.edge is not None else [read_live(latest[0]).deployment]
        )
        place.unpin()
        healthy(place)

    def test_a_pointer_that_was_put_back_by_one_turn_is_known_by_the_edge(self, place: Place) -> None:
        three = place.store.objects[LIVE]
        place.store.objects.pop(deployment_key(read_live(three[0]).deployment))
        with pytest.raises(RefusedError) as asked:
            place.deploy("four")
        way_out(place, asked.value)()
        four = read_live(place.store.objects[LIVE][0]).deployment
        place.store.objects[LIVE] = three
        if place.edge is None:  # nobody can tell that it was live
            come_out(place, lambda: place.deploy("four"))
            assert place.partners_see() == {"four"}
            return
        with pytest.raises(StoreError, match="shows turn 4, and the store names 3") as refused:
            place.deploy("five")
        way_out(place, refused.value)()
        now = shown(place.store)
        assert now is not None and (now.live.deployment, now.live.turn) == (four, 5)
        seen = Past(place.store, now).between(datetime.fromtimestamp(place.now - 9, UTC), LATER)
        assert [one.turn.deployment for one in seen if isinstance(one, Span)][-2] == four
        place.unpin()
        healthy(place)

    def test_a_turn_that_no_pointer_came_to_name_stops_nothing_and_is_kept(self, place: Place) -> None:
        three = place.store.objects[LIVE]
        place.deploy("four")
        four = read_live(place.store.objects[LIVE][0]).deployment
        place.store.objects[LIVE] = three  # as if it had died between the two, or `live` was put back by one
        if place.edge is not None:
            tag = place.edge.standing().tag
            place.edge.update(tag, {"live": live_of(read_live(three[0])), "turn": "3"})
        place.deploy("five")
        now = shown(place.store)
        assert now is not None
        told = Past(place.store, now).aside(datetime.fromtimestamp(NOW, UTC), LATER)
        assert [one.deployment for one in told] == [four] and told[0].until is not None
        place.collect()
        assert whole(place.store, deployment(place.store, four)), "partners may have seen it a moment ago"
        place.now += 31 * DAY
        place.collect()
        assert not whole(place.store, deployment(place.store, four))

    @pytest.mark.parametrize("left", ["nothing", "garbage", "the first"])
    def test_where_no_turn_tells_what_was_live_deployments_do(self, place: Place, left: str) -> None:
        live = read_live(place.store.objects.pop(LIVE)[0])
        for key in [key for key in place.store.objects if key.startswith(f"{TURNS}/")]:
            if left == "garbage":
                garbage(place.store.objects, key)
            elif left == "nothing" or read_turn(key[-37:-5], place.store.objects[key][0]).number > 1:
                place.store.objects.pop(key)
        place.revoke("eve")
        for do in (place.status, place.seen, place.collect, lambda: place.deploy("four")):
            with pytest.raises(UnprovenError) as refused:
                do()
            assert f"prmbuild rollback {live.deployment}" in refused.value.hint
        place.back(live.deployment)
        assert place.partners_see() == {"three"}
        now = shown(place.store)
        assert now is not None and not Past(place.store, now).complete
        place.unpin()
        healthy(place)

    def test_what_is_live_is_left_though_its_record_and_every_earlier_release_is_gone(self, place: Place) -> None:
        place.now += 40 * DAY
        place.deploy("four")
        place.now += 40 * DAY
        place.deploy("five")
        place.now += 40 * DAY
        place.collect()
        now = shown(place.store)
        assert now is not None
        for key in [key for key in place.store.objects if key.startswith(f"portals/gold/{now.live.before}")]:
            place.store.objects.pop(key)
        place.store.objects.pop(deployment_key(now.live.deployment))
        plan = planned(place.sites["four"], place.store, told_by_files(place.sites["four"]))
        assert plan.live == now.live.deployment and not plan.same
        told = plan_as_text(plan)
        assert "Nobody can tell who gains or loses what; 1 partner will see 1 portal" in told
        with pytest.raises(RefusedError, match="nobody can tell who gains or loses what") as refused:
            place.deploy("four")
        assert f"--approve {plan.digest}" in refused.value.hint
        place.deploy("four", plan.digest)
        assert place.partners_see() == {"four"}
        if place.edge is not None:
            here = shown(place.store)
            assert here is not None
            assert place.edge.get("live") == {"live": here.live.deployment}, "nobody is answered from what is lost"
        healthy(place)

    @pytest.mark.parametrize("lost", ["the record", "an object"])
    def test_where_nothing_is_left_to_go_back_to_a_person_approves_what_is_deployed(
        self, place: Place, lost: str
    ) -> None:
        live = read_live(place.store.objects.pop(LIVE)[0]).deployment
        if lost == "the record":
            place.store.objects.pop(deployment_key(live))
        for key in [key for key in place.store.objects if key.startswith("portals/") and key.endswith("/index.html")]:
            place.store.objects.pop(key)
        for key in [key for key in place.store.objects if key.startswith(f"{DEPLOYMENTS}/manifests/")][:1]:
            place.store.objects.pop(key)  # the base, which all lie on
        with pytest.raises(RefusedError, match="nobody can tell who gains") as refused:
            place.deploy("four")
        way_out(place, refused.value)()
        assert place.partners_see() == {"four"}
        healthy(place)

    def test_gc_drops_nothing_that_a_lost_record_may_name(self, place: Place) -> None:
        now = shown(place.store)
        assert now is not None
        lost = deployment(place.store, now.live.before)
        kept = place.store.objects.pop(deployment_key(lost.id))
        told = status(place.store, place.edges, now, None, None)
        assert re.search(rf"\n  lost  [^\n]*  deploy    {lost.id}  ", as_text(told, "", objects=False))
        assert [one.key for one in told.lost] == [deployment_key(lost.id)] and not told.edges
        place.now += 20 * DAY
        done = place.collect()
        assert [one.key for one in done.lost] == [deployment_key(lost.id)] and not done.objects
        place.store.objects[deployment_key(lost.id)] = kept
        place.collect()
        assert whole(place.store, lost) and place.verify() == []
        place.back("")
        assert place.partners_see() == {"two"}

    def test_a_byte_of_the_pointer_never_shows_anything_else(self, place: Place) -> None:
        data, *others = place.store.objects[LIVE]
        right = read_live(data)
        for at in range(len(data)):
            place.store.objects[LIVE] = (data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], *others)
            with pytest.raises(UnprovenError) as refused:
                shown(place.store)
            assert re.search(r"prmbuild rollback [0-9a-f]{32}", refused.value.hint), at
        place.back(right.deployment)
        assert place.partners_see() == {"three"} and place.verify() == []
