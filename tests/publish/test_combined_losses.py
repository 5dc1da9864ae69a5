"""Several accidents at once: whoever follows nothing but the messages comes out, whichever way they take.

A message may name several ways; a person may take the first one each time, or the last. Some combinations are tried
each time; `ALL` tries all of them, in a minute.
"""

import random
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from itertools import product

import pytest

from prmbuild.errors import StoreError
from prmbuild.progress import Silence
from prmbuild.publish.deploy import roll_back
from prmbuild.publish.lock import LASTS
from prmbuild.publish.site import Site
from prmbuild.records.layout import LIVE, deployment_key, is_manifest, turn_key
from prmbuild.records.live import shown
from prmbuild.records.records import read_live
from prmbuild.records.verify import drift
from tests.edge.memory import MemoryEdge
from tests.publish.sites import Killed, Watched, site
from tests.publish.test_broken_records import Place
from tests.store.memory import MemoryStore

pytestmark = pytest.mark.usefixtures("one_at_a_time")
ALL = False
SOME = 40
STEPS = 8
"""So many messages a person reads, at most."""


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Site]:
    blobs = tmp_path_factory.mktemp("blobs")
    kept = {"404.html": "none", "kept/index.html": "kept", "kept/more.html": "more", "kept/again.html": "again"}
    texts = ("one", "two", "three", "four", "five")
    return {text: site(blobs, {"gold": {"index.html": text, **kept}}, text) for text in texts}


class Wrecked(Place):
    """Three deployments, and how to lose what belongs to them; `turns` and `pointers` are by number, from 1."""

    def __init__(self, sites: Mapping[str, Site], *, edge: bool, deployments: int = 3) -> None:
        super().__init__(MemoryStore(), sites, MemoryEdge() if edge else None)
        self.pointers = [b""]
        self.turns = [""]
        for text in ("one", "two", "three")[:deployments]:
            self.deploy(text)
            self.noted()

    def noted(self) -> None:
        self.pointers.append(self.store.objects[LIVE][0])
        self.turns.append(read_live(self.pointers[-1]).record)

    def pin(self, number: int) -> None:
        self.back(self.deployment(number))
        self.noted()

    def deployment(self, number: int) -> str:
        return read_live(self.pointers[number]).deployment

    def lose_turn(self, number: int) -> None:
        self.store.objects.pop(turn_key(self.turns[number]), None)

    def lose_record(self, number: int) -> None:
        self.store.objects.pop(deployment_key(self.deployment(number)), None)

    def lose_lists(self) -> None:
        for key in [key for key in self.store.objects if is_manifest(key)]:
            self.store.objects.pop(key)

    def lose_homes(self) -> None:
        for key in [key for key in self.store.objects if key.endswith("/index.html") and "/kept/" not in key]:
            self.store.objects.pop(key)

    def put_pointer_back(self, number: int) -> None:
        self.store.objects[LIVE] = (self.pointers[number], *self.store.objects[turn_key(self.turns[-1])][1:])

    def die(self) -> None:
        """Leave what a rollback leaves that ends just before `live` says so."""

        def kill() -> None:
            raise Killed

        watched = Watched(self.store, "put_matching live", kill)
        with suppress(Killed, StoreError):
            back = self.deployment(1)
            roll_back(watched, back, owner="a test", by="a test", clock=self.clock, edge=self.edge)
        self.now += LASTS

    def lose_pointer(self) -> None:
        self.store.objects.pop(LIVE)


Do = Callable[[Wrecked], object]
POINTER: Mapping[str, Do] = {
    "live": lambda _: None,
    "live lost": Wrecked.lose_pointer,
    "live back by one": lambda one: one.put_pointer_back(max(1, len(one.pointers) - 2)),
    "live back to the first": lambda one: one.put_pointer_back(1),
    "live back, and a run died": lambda one: (one.put_pointer_back(max(1, len(one.pointers) - 2)), one.die()),
}
PINNED: Mapping[str, Do] = {"": lambda _: None, "pinned": lambda one: one.pin(len(one.pointers) - 2)}
LOST: Mapping[str, Do] = {
    "record": lambda one: one.lose_record(len(one.pointers) - 1),
    "last turn": lambda one: one.lose_turn(len(one.turns) - 1),
    "older turn": lambda one: one.lose_turn(max(1, len(one.turns) - 2)),
    "first turn and record": lambda one: (one.lose_turn(1), one.lose_record(1)),
    "lists": Wrecked.lose_lists,
    "homes": Wrecked.lose_homes,
}


def ways_out(place: Place, error: StoreError) -> list[Callable[[], None]]:
    """What a person may do who reads no more than the message: all that it names, what it advises first."""
    said = f"{error.hint}; {error.message}"
    found: list[Callable[[], None]] = []
    for named in re.finditer(
        r"prmbuild (?:deploy --approve (?P<plan>[0-9a-f]{32})|rollback (?P<back>[0-9a-f]{32})"
        r"|(?P<unpin>rollback --unpin)|(?P<mend>mend)|(?P<deploy>deploy))",
        said,
    ):
        plan, back = named["plan"], named["back"]
        if plan:
            found.append(partial(place.deploy, "four", plan))
        elif back:
            found.append(partial(place.back, back))
        elif named["unpin"] and "then prmbuild rollback --unpin" not in said:
            found.append(place.unpin)
        elif named["mend"]:
            found.append(place.mend)
        elif named["deploy"]:
            found.append(partial(place.deploy, "four"))
    assert found, f"no way out: {said}"
    return found


def follow(place: Place, *, last: bool) -> None:
    """Deploy, and do what messages say until that is done.

    Args:
        place: where.
        last: whether the last way that a message names is taken, and not the first; where the same is said again, that
            did not help, and the next one is taken.
    """
    said: list[str] = []
    do: Callable[[], None] = partial(place.deploy, "four")
    for _ in range(STEPS):
        try:
            do()
        except StoreError as error:
            said.append(f"{error.message} | {error.hint}")
            ways = ways_out(place, error)
            tried = said.count(said[-1]) - 1
            do = (ways[::-1] if last else ways)[min(tried, len(ways) - 1)]
        else:
            if place.partners_see() == {"four"}:
                return
            do = partial(place.deploy, "four")
    raise AssertionError("\n".join(["the way out leads nowhere:", *said]))


@pytest.mark.parametrize("last", [False, True], ids=["first", "last"])
@pytest.mark.parametrize("edge", [True, False], ids=["edge", "no edge"])
@pytest.mark.parametrize("deployments", [1, 3])
def test_whichever_way_a_person_takes_they_come_out(
    sites: Mapping[str, Site], deployments: int, edge: bool, last: bool
) -> None:
    pinned = PINNED if deployments > 1 else {"": PINNED[""]}
    made = {name: Wrecked(sites, edge=edge, deployments=deployments) for name in pinned}
    for name, pin in pinned.items():
        pin(made[name])
    losses = product((False, True), repeat=len(LOST))
    every = list(product(made.items(), POINTER.items(), losses))
    for (name, whole), (how, point), lost in every if ALL else random.Random(7).sample(every, SOME):
        wrecked = copied(whole)
        point(wrecked)
        names = [key for key, taken in zip(LOST, lost, strict=True) if taken]
        for key in names:
            LOST[key](wrecked)
        try:
            follow(wrecked, last=last)
            assert wrecked.partners_see() == {"four"}
            now = shown(wrecked.store)
            assert now is not None
            # of a base nobody sees what a delta has instead
            assert "homes" in names or not list(drift(wrecked.store, now, Silence()))
            wrecked.collect()
            assert not list(wrecked.edges.drift())
            wrecked.deploy("five")
            assert wrecked.partners_see() == {"five"}
        except (AssertionError, StoreError) as error:
            raise AssertionError(f"{name}, {how}, lost: {names}: {error} {getattr(error, 'hint', '')}") from error


def copied(one: Wrecked) -> Wrecked:
    """Return the same place once more."""
    made = Wrecked.__new__(Wrecked)
    edge = MemoryEdge() if one.edge is not None else None
    if edge is not None and one.edge is not None:
        edge.update("0", one.edge.entries())
    Place.__init__(made, MemoryStore(one.store.objects), one.sites, edge)
    made.pointers, made.turns, made.now = list(one.pointers), list(one.turns), one.now + 86_400
    return made
