"""What gc does where the records do not tell what partners saw: it drops nothing, and says so."""

import contextlib
from collections.abc import Mapping

import pytest

from prmbuild.errors import ChangedError, StoreError
from prmbuild.publish.deploy import RefusedError
from prmbuild.publish.edges.shows import ApartError
from prmbuild.publish.site import Site
from prmbuild.records.layout import LIVE, deployment_key, recorded_turn, turn_key
from prmbuild.records.records import Turn, read_turn
from tests.edge.memory import MemoryEdge
from tests.publish.sites import NOW, site
from tests.publish.test_broken_records import DAY, TEXTS, Place, come_out, healthy, way_out
from tests.store.memory import MemoryStore

pytestmark = pytest.mark.usefixtures("one_at_a_time")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Site]:
    blobs = tmp_path_factory.mktemp("blobs")
    files = {"404.html": "none", "kept/index.html": "kept"}
    return {text: site(blobs, {"gold": {"index.html": text, **files}}, text) for text in (*TEXTS, "four", "five")}


class Deployed(Place):
    """Where three deployments went, one after the other."""

    def __init__(self, made: Mapping[str, Site], *, followed: bool) -> None:
        super().__init__(MemoryStore(), made, MemoryEdge() if followed else None)
        self.now = NOW
        self.pointers = []
        for text in TEXTS:
            self.deploy(text)
            self.pointers.append(self.store.objects[LIVE])
        read = (
            read_turn(name, self.store.objects[key][0])
            for key in self.store.objects
            if (name := recorded_turn(key)) is not None
        )
        self.turns: Mapping[int, Turn] = {one.number: one for one in read}

    def released(self) -> set[str]:
        return {key for key in self.store.objects if key.startswith("portals/")}

    def lose(self, *, turns: tuple[int, ...] = (), deployments: tuple[int, ...] = ()) -> None:
        for number in turns:
            del self.store.objects[turn_key(self.turns[number].id)]
        for number in deployments:
            del self.store.objects[deployment_key(self.turns[number].deployment)]


@pytest.mark.parametrize("lost", ["nothing else", "the record, too"])
def test_what_the_edge_shows_is_dropped_by_nobody(made: Mapping[str, Site], lost: str) -> None:
    place = Deployed(made, followed=True)
    there = place.released()
    place.store.objects[LIVE] = place.pointers[1]
    place.lose(turns=(3,), deployments=(3,) if lost == "the record, too" else ())
    place.now += 40 * DAY
    with pytest.raises(ApartError) as refused:
        place.collect()
    if lost == "the record, too":
        assert "which memory does not know" in refused.value.message and "prmbuild deploy goes on" in refused.value.hint
    else:
        assert "shows turn 3, and the store names 2" in refused.value.message
        assert f"prmbuild rollback {place.turns[3].deployment}" in refused.value.hint
    assert place.released() == there and place.partners_see() == {"three"}


@pytest.mark.parametrize("followed", [True, False], ids=["edge", "no edge"])
@pytest.mark.parametrize(
    ("turns", "deployments", "back"),
    [
        ((2,), (2,), False),
        ((1, 2), (1, 2), False),
        ((3,), (3,), False),
        ((3,), (), True),
        ((2, 3), (2,), True),
    ],
)
def test_what_partners_saw_a_moment_ago_stays(
    made: Mapping[str, Site], followed: bool, turns: tuple[int, ...], deployments: tuple[int, ...], back: bool
) -> None:
    place = Deployed(made, followed=followed)
    there = place.released()
    place.lose(turns=turns, deployments=deployments)
    if back:
        place.store.objects[LIVE] = place.pointers[1]
    with contextlib.suppress(StoreError):
        place.collect()
    assert place.released() >= there
    come_out(place, lambda: place.deploy("four"))
    place.collect()
    assert place.released() >= there


def test_it_says_what_it_misses_and_goes_on_once_nobody_goes_back_so_far(made: Mapping[str, Site]) -> None:
    place = Deployed(made, followed=False)
    there = place.released()
    place.lose(turns=(2,), deployments=(2,))
    wrong = {one.key for one in place.collect().lost}
    assert wrong == {turn_key(place.turns[2].id), deployment_key(place.turns[2].deployment)}
    place.now += DAY
    place.deploy("four")
    place.now += 31 * DAY
    assert not place.collect().lost
    assert there - place.released()


def test_where_the_pointer_and_the_last_turn_are_lost_what_it_told_of_stays(made: Mapping[str, Site]) -> None:
    place = Deployed(made, followed=False)
    there = place.released()
    place.lose(turns=(3,))
    del place.store.objects[LIVE]
    come_out(place, lambda: place.deploy("four"))
    place.collect()
    assert place.released() >= there


@pytest.mark.parametrize("followed", [True, False], ids=["edge", "no edge"])
def test_where_the_last_turn_and_its_deployment_are_lost_one_before_it_is_named(
    made: Mapping[str, Site], followed: bool
) -> None:
    place = Deployed(made, followed=followed)
    place.lose(turns=(3,), deployments=(3,))
    # what can be gone back to is earlier than what was live
    with pytest.raises(RefusedError, match="nobody can tell who gains or loses what"):
        place.deploy("four")
    for do in (place.collect, lambda: place.back(place.turns[3].deployment)):
        with pytest.raises(ChangedError) as refused:
            do()
        assert f"prmbuild rollback {place.turns[2].deployment}" in refused.value.hint
    way_out(place, refused.value)()
    assert place.partners_see() == {"two"}
    place.unpin()
    healthy(place)
