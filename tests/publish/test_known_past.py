"""What is said of the past where records are lost, two at a time: it is what was, or it is not known.

What was is known here: partners saw one deployment after the other, a day each. Whatever is lost, changed or put back
then, `seen` and receipts say yes and no where that is so, and gc keeps what partners saw.
"""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import combinations

import pytest

from prmbuild.errors import ChangedError, StoreError
from prmbuild.progress import Silence
from prmbuild.publish.collect import collect
from prmbuild.publish.deploy import RefusedError
from prmbuild.publish.site import Site
from prmbuild.records.history import history, turns
from prmbuild.records.layout import COLLECTED, LIVE, deployment_key, recorded_deployment, recorded_turn, turn_key
from prmbuild.records.live import UnprovenError, shown, to_turn
from prmbuild.records.records import Deployment, read_deployment, read_live
from prmbuild.records.seen import Past
from prmbuild.records.trail import unproven
from prmbuild.records.whereabouts import whereabouts
from tests.publish.sites import NOW, Killed, Watched, put_live, site
from tests.publish.test_broken_records import DAY, Place
from tests.store.memory import MemoryStore

pytestmark = pytest.mark.usefixtures("one_at_a_time")

TEXTS = ("one", "two", "three", "four", "never live")
STRAYS: Mapping[str, tuple[str, ...]] = {
    "no stray": ("kept", "lost", "back by one", "back by two"),
    "a stray between": ("kept", "back by two"),
    "a stray at the end": ("lost", "back by one"),
    "a record between": ("kept", "lost"),
    "a record at the end": ("lost", "back by one"),
}
"""What a run left that died, and what became of the pointer then."""

STATES = [pytest.param(stray, pointer, id=f"{stray}, {pointer}") for stray, some in STRAYS.items() for pointer in some]


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Site]:
    blobs = tmp_path_factory.mktemp("blobs")
    return {
        text: site(blobs, {"gold": {"index.html": text, f"{text}/index.html": f"of {text}", "404.html": "none"}}, text)
        for text in TEXTS
    }


class Lived(Place):
    """Where partners saw one, two, three, two again and four, a day each, and never the last one.

    Args:
        sites: text → site.
        stray: where a run died before its turn was in effect, or before it was recorded.
    """

    def __init__(self, sites: Mapping[str, Site], stray: str = "no stray") -> None:
        super().__init__(MemoryStore(), sites, None)
        self.now, self.died = NOW, stray != "no stray"
        self.truth: list[tuple[datetime, str]] = []
        self.pointers = []
        names = {}
        for text in ("one", "two", "three"):
            self._until_now(text, lambda text=text: self.deploy(text))
            names[text] = self.live
            if text == "two" and "between" in stray:
                self.die(stray)
        self._until_now("two", lambda: self.back(names["two"]))
        self._until_now("two", self.unpin)
        self._until_now("four", lambda: self.deploy("four"))
        if "at the end" in stray:
            self.die(stray)
        self.end = datetime.fromtimestamp(self.now, UTC)

    @property
    def live(self) -> str:
        return read_live(self.store.objects[LIVE][0]).deployment

    def _until_now(self, text: str, do: object) -> None:
        assert callable(do)
        do()
        now = shown(self.store)
        assert now is not None
        self.truth.append((datetime.fromisoformat(next(turns(self.store, now.live)).at), text))
        self.pointers.append(self.store.objects[LIVE])
        self.now += DAY

    def die(self, stray: str) -> None:
        """Begin to deploy what is never live."""

        def kill() -> None:
            raise Killed

        class Dying(Watched):
            def _do(self, name: str, *arguments: object) -> object:
                key = arguments[0] if arguments else ""
                if (name, key) == ("put_matching", LIVE) or (
                    stray.startswith("a record") and name == "put_absent" and recorded_turn(str(key))
                ):
                    kill()
                return super()._do(name, *arguments)

        with contextlib.suppress(Killed):
            put_live(Dying(self.store), self.sites["never live"], self.clock)
        self.now += DAY

    def copy(self, pointer: str = "kept") -> "Lived":
        """Return the same place once more, with its pointer lost or put back."""
        other = object.__new__(Lived)
        Place.__init__(other, MemoryStore(self.store.objects), self.sites, None)
        other.now, other.truth, other.pointers, other.died = self.now, self.truth, self.pointers, self.died
        other.end = self.end
        if pointer == "lost":
            del other.store.objects[LIVE]
        elif pointer != "kept":
            other.store.objects[LIVE] = self.pointers[-2 if pointer == "back by one" else -3]
        return other

    def records(self) -> list[str]:
        """Keys of turns and deployments, those of runs that died included."""
        return sorted(key for key in self.store.objects if recorded_turn(key) or recorded_deployment(key))

    def was(self, text: str, start: datetime, end: datetime) -> bool:
        """Whether partners saw a text at some time from one instant until another."""
        ends = [at for at, _ in self.truth[1:]] + [end + timedelta(days=1)]
        return any(
            text == other and since < end and until > start
            for (since, other), until in zip(self.truth, ends, strict=True)
        )

    def releases(self) -> set[str]:
        """Keys of the files of what partners saw."""
        places = [one.portals["gold"].place for text, one in self.deployments().items() if text != "never live"]
        folders = tuple(f"portals/gold/{part}/" for place in places for part in (place.base, place.delta) if part)
        return {key for key in self.store.objects if key.startswith(folders)}

    def deployments(self) -> Mapping[str, Deployment]:
        """Return text → deployment, of those that are on record."""
        names = ((key, recorded_deployment(key)) for key in self.store.objects)
        known = [read_deployment(name, self.store.objects[key][0]) for key, name in names if name is not None]
        return {one.revision: one for one in known}

    def gc(self, keep: int = 30) -> None:
        days = timedelta(days=keep), timedelta(days=1095)
        collect(self.store, keep=days[0], tell=days[1], owner="a test", clock=self.clock, progress=Silence())

    def come_back(self) -> None:
        """Make live the latest that is on record, as a person does who knows what should be."""
        there = self.deployments()
        self.back(next(there[text].id for text in ("four", "two", "three", "one") if text in there))

    def told(self) -> int:
        """Return how many questions about the past are answered by yes or no; each as it was."""
        now = shown(self.store)
        assert now is not None
        past = Past(self.store, now)
        first = datetime.fromtimestamp(NOW, UTC)
        begins = [first - timedelta(days=1), *(at for at, _ in self.truth)]
        whole = (begins[0], self.end)
        known = 0
        instants = [*(at + timedelta(hours=1) for at in begins), self.end - timedelta(hours=1)]
        for start, end in (*((at, at) for at in instants), whole):
            for text in TEXTS:
                [answer] = past.answers("gold", ["sales"], f"/{text}/", start, end)
                known += answer.seen is not None
                last = max(end, start + timedelta(microseconds=1))
                assert answer.seen in (None, self.was(text, start, last)), (text, start, end)
        return known

    def proven(self, text: str) -> bool:
        """Return whether a receipt is certain of a text; it says what was."""
        search = whereabouts(self.store, sha256(text.encode()).hexdigest())
        spans = [span for one in search.found for span in one.spans]
        for span in spans:
            assert self.was(text, span.since, span.since + timedelta(seconds=1)) or span.since > self.truth[-1][0]
        never = not search.found and search.all_known
        assert not never or text == "never live", "it says that partners never had this"
        return bool(spans) or never


@pytest.fixture(scope="module")
def everything(sites: Mapping[str, Site]) -> Mapping[str, Lived]:
    """What a run left that died → the place, to be copied."""
    return {stray: Lived(sites, stray) for stray in STRAYS}


def some_of(lived: Lived) -> Iterator[tuple[str, ...]]:
    """Yield nothing, each record, and two of them of which one is a turn."""
    records = lived.records()
    yield ()
    yield from ((key,) for key in records)
    yield from (pair for pair in combinations(records, 2) if any(map(recorded_turn, pair)))


@pytest.mark.parametrize(("stray", "pointer"), STATES)
def test_yes_and_no_are_what_was(everything: Mapping[str, Lived], stray: str, pointer: str) -> None:
    lived = everything[stray]
    for number, lost in enumerate(some_of(lived)):
        place = lived.copy(pointer)
        for key in lost:
            del place.store.objects[key]
        if gone_without_a_trace(lived, pointer, lost):
            continue
        last = turn_key(read_live(lived.pointers[-1][0]).record)
        try:
            shown(place.store)
            assert pointer != "back by two" or last in lost, "the last turn proves that it went back"
        except UnprovenError:
            place.come_back()
        if number % 2:
            with contextlib.suppress(RefusedError):  # it is pinned
                place.deploy("four")
        place.told()
        place.proven(TEXTS[number % len(TEXTS)])


def gone_without_a_trace(lived: Lived, pointer: str, lost: tuple[str, ...]) -> bool:
    """Whether nothing at all is left of what was live last: neither a pointer nor a turn nor a deployment."""
    last = read_live(lived.pointers[-1][0])
    return pointer != "kept" and {turn_key(last.record), deployment_key(last.deployment)} <= set(lost)


@pytest.mark.parametrize(("stray", "pointer"), STATES)
def test_gc_keeps_what_partners_saw(everything: Mapping[str, Lived], stray: str, pointer: str) -> None:
    lived = everything[stray]
    kept = lived.releases()
    assert len(kept) > 4
    for lost in some_of(lived):
        place = lived.copy(pointer)
        for key in lost:
            del place.store.objects[key]
        if gone_without_a_trace(lived, pointer, lost):
            continue
        with contextlib.suppress(StoreError):
            place.gc()
        assert kept <= place.store.objects.keys(), lost


@pytest.mark.parametrize("stray", STRAYS)
def test_gc_keeps_the_lists_of_what_partners_saw(everything: Mapping[str, Lived], stray: str) -> None:
    lived = everything[stray]
    aged = lived.copy()
    aged.now += 64 * DAY
    aged.gc()
    unseen = {one.release for one in lived.deployments()["never live"].portals.values()} if lived.died else set()
    lists = {key for key in aged.store.objects if key.startswith(COLLECTED) and key[-37:-5] not in unseen}
    assert lists
    for lost in some_of(aged):
        place = aged.copy()
        for key in lost:
            place.store.objects.pop(key, None)
        with contextlib.suppress(StoreError):
            place.gc()
        assert lists <= place.store.objects.keys(), lost


def test_where_nothing_is_lost_everything_is_known(sites: Mapping[str, Site]) -> None:
    place = Lived(sites)
    questions = (len(place.truth) + 3) * len(TEXTS)
    assert place.told() == questions
    assert all(map(place.proven, TEXTS))
    now = shown(place.store)
    assert now is not None and history(place.store, now.live).complete


@pytest.mark.parametrize("turn", ["there", "lost"])
@pytest.mark.parametrize("stray", STRAYS)
def test_the_way_out_of_a_lost_pointer_leads_to_records_that_are_proven(
    everything: Mapping[str, Lived], stray: str, turn: str
) -> None:
    place = everything[stray].copy("lost")
    last = read_live(place.pointers[-1][0])
    if turn == "lost":
        del place.store.objects[turn_key(last.record)]
    with pytest.raises(ChangedError) as refused:
        shown(place.store)
    assert f"prmbuild rollback {last.deployment}" in refused.value.hint
    place.back(last.deployment)
    now = shown(place.store)
    assert now is not None and now.live.turn > last.turn, "a gateway that showed that one takes no earlier one"
    proven = not list(unproven(place.store, now.live, Silence())), history(place.store, now.live).complete
    # what a run left that died names what was live before, and so proves that a turn is lost
    assert set(proven) == {turn == "there" or "at the end" not in stray}
    place.told()


def test_an_edge_that_shows_a_later_turn_proves_that_one_is_lost(everything: Mapping[str, Lived]) -> None:
    place = everything["no stray"].copy("lost")
    last = read_live(place.pointers[-1][0])
    del place.store.objects[turn_key(last.record)]
    seen, unseen = to_turn(place.store, reached=last.turn), to_turn(place.store)
    assert seen is not None and unseen is not None
    assert (seen.live.turn, unseen.live.turn) == (last.turn + 1, last.turn)  # that it was another deployment may be
