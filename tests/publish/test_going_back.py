"""A store's file of sessions that was put back, lost or copied: nobody who was shut out is let in again."""

import contextlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from prmbuild.access.entries import (
    REVOKED_EVERYBODY,
    SESSIONS,
    STORE,
    is_of_sessions,
    key_name,
    revoked_partner,
    revoked_session,
    revoked_user,
)
from prmbuild.access.rule import signed_in
from prmbuild.access.tokens import AHEAD, LONGEST_LIFE, SKEW
from prmbuild.edge.edge import Edge
from prmbuild.errors import StoreError
from prmbuild.publish.deploy import roll_back
from prmbuild.publish.edges.edges import SETTLES, Edges
from prmbuild.publish.edges.owner import StrangeError
from prmbuild.publish.edges.sessions import SessionsAheadError, differences
from prmbuild.publish.sessions import recover, retire, revoke, rotate
from prmbuild.sessions.following import Following
from prmbuild.sessions.minting import minted
from prmbuild.sessions.state import PLACE, UnreadableError, change, read_sessions
from prmbuild.store.store import Store
from tests.edge.memory import MemoryEdge
from tests.publish.sites import NOW, Killed, Watched, WatchedEdge, directory, put_live, site

GOLD = {"gold": {"index.html": "gold", "404.html": "none"}}
EVE = revoked_user("eve")


class Told:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


class Failing(WatchedEdge):
    """An edge some operations of which fail."""

    def __init__(self, edge: Edge, failing: tuple[str, ...]) -> None:
        super().__init__(edge, at_once=edge.at_once)
        self._failing = failing

    def _do(self, name: str, *arguments: Any) -> Any:  # noqa: ANN401  # whatever the edge takes and returns
        if name in self._failing:
            raise StoreError("503")
        return super()._do(name, *arguments)


class Programme:
    """A store and its edge, with a token of each key and person; what was shut out since a backup was made.

    Args:
        folder: of the store.
        edge: whether the edge follows it already.
    """

    def __init__(self, folder: Path, *, edge: bool = True) -> None:
        self.folder, self.clock = folder, Told()
        self.store, self.edge = directory(folder / "store"), MemoryEdge()
        followed = self.edge if edge else None
        put_live(self.store, site(folder / "blobs", GOLD), self.clock, edge=followed)
        self.leaked = rotate(self.store, Edges(self.store, followed, self.clock), self.clock)
        self.of_leaked = self.token("adam")
        self.clock.now += SETTLES
        self.first = rotate(self.store, Edges(self.store, followed, self.clock), self.clock)
        self.clock.now += SETTLES
        self.of_eve, self.of_adam = self.token("eve"), self.token("adam")
        self.kept = (folder / "store" / PLACE).read_bytes()

    def edges(self, store: Store | None = None, edge: Edge | None = None) -> Edges:
        return Edges(store or self.store, edge or self.edge, self.clock)

    def token(self, sub: str) -> str:
        now = self.clock()
        return minted(read_sessions(self.store), sub=sub, sid=sub, partner="gold", role="sales", now=now, lasts=9000)[0]

    def shut_out(self) -> None:
        revoke(self.store, self.edges(), [EVE], self.clock)
        retire(self.store, self.edges(), [self.leaked.kid], self.clock)
        self.clock.now += 1

    def put_back(self) -> None:
        (self.folder / "store" / PLACE).write_bytes(self.kept)

    def lose(self) -> None:
        (self.folder / "store" / PLACE).unlink()

    def damage(self) -> None:
        (self.folder / "store" / PLACE).write_bytes(b"{")

    def let_in(self, token: str) -> bool:
        return signed_in((token,), self.edge.entries().get, self.clock()) is not None

    def changed(self, store: Store | None = None) -> None:
        text = {"gold": {"index.html": f"{self.clock()}", "404.html": "none"}}
        put_live(store or self.store, site(self.folder / "blobs", text, "other"), self.clock, edge=self.edge)


def sessions_of(edge: Edge) -> dict[str, str]:
    return {name: entry for name, entry in edge.entries().items() if is_of_sessions(name)}


@pytest.fixture
def programme(tmp_path: Path) -> Programme:
    return Programme(tmp_path)


WRONG = pytest.mark.parametrize("wrong", [Programme.put_back, Programme.lose, Programme.damage])
Do = Callable[[Programme], object]
REFUSED: tuple[Do, ...] = (
    Programme.changed,
    lambda one: roll_back(one.store, "", owner="a test", by="a test", clock=one.clock, edge=one.edge),
    lambda one: one.edges().join(),
    lambda one: one.edges().tidy("a test"),
    lambda one: one.edges().follow_sessions(),
    lambda one: rotate(one.store, one.edges(), one.clock),
    lambda one: retire(one.store, one.edges(), [], one.clock),
)


@WRONG
def test_an_edge_does_not_follow_it(programme: Programme, wrong: Do) -> None:
    programme.changed()
    programme.shut_out()
    before = programme.edge.entries()
    wrong(programme)
    for do in REFUSED:
        with pytest.raises((SessionsAheadError, UnreadableError)) as said:
            do(programme)
        assert "prmbuild keys recover" in (said.value.hint or "")
        assert programme.edge.entries() == before
    assert not programme.let_in(programme.of_eve) and not programme.let_in(programme.of_leaked)
    assert programme.let_in(programme.of_adam)


@WRONG
def test_revoking_works_all_the_same(programme: Programme, wrong: Do) -> None:
    programme.shut_out()
    wrong(programme)
    before, said = programme.edge.entries(), list[str]()
    for name in (revoked_session("adam"), revoked_partner("gold"), REVOKED_EVERYBODY):
        try:
            revoke(programme.store, programme.edges(), [name], programme.clock, said.append)
        except StoreError as error:
            said.append(f"{error.message}; {error.hint}")
        assert programme.edge.get(name)
    assert len(said) == 3 and all("prmbuild keys recover" in one for one in said)
    assert not programme.let_in(programme.of_adam)
    kept = before.keys() - {SESSIONS}
    assert {name: before[name] for name in kept} == programme.edge.get(*kept)
    recover(programme.store, programme.edges(), programme.clock)
    assert {EVE, revoked_session("adam"), REVOKED_EVERYBODY} <= read_sessions(programme.store).revoked.keys()


@WRONG
def test_retiring_works_all_the_same(programme: Programme, wrong: Do) -> None:
    """Also of a key that the edge alone knows, and where the right file is put back after all."""
    later = rotate(programme.store, programme.edges(), programme.clock)
    programme.clock.now += SETTLES
    of_later = programme.token("adam")
    programme.shut_out()
    right = (programme.folder / "store" / PLACE).read_bytes()
    wrong(programme)
    said = list[str]()
    for kid in (later.kid, later.kid, programme.leaked.kid):
        try:
            retire(programme.store, programme.edges(), [kid], programme.clock, said.append)
        except StoreError as error:
            said.append(f"{error.message}; {error.hint}")
        assert not programme.let_in(of_later) and programme.let_in(programme.of_adam)
    assert len(said) == 3 and all("prmbuild keys recover" in one for one in said)
    for text in (None, right):
        if text is not None:
            (programme.folder / "store" / PLACE).write_bytes(text)
        recover(programme.store, programme.edges(), programme.clock)
        assert not {later.kid, programme.leaked.kid} & {key.kid for key in read_sessions(programme.store).keys}
        programme.changed()
        assert not programme.let_in(of_later) and programme.let_in(programme.of_adam)
        assert not programme.let_in(programme.of_eve) and list(programme.edges().drift()) == []


@pytest.mark.parametrize("silent", [("get", "standing", "entries", "update"), ("update",)])
def test_a_key_that_was_retired_while_the_edge_failed_never_comes_back(
    programme: Programme, silent: tuple[str, ...]
) -> None:
    revoke(programme.store, programme.edges(), [EVE], programme.clock)
    programme.put_back()
    failing = Failing(programme.edge, silent)
    for _ in range(2):
        with pytest.raises(StoreError, match="it is on record") as refused:
            retire(programme.store, programme.edges(edge=failing), [programme.leaked.kid], programme.clock)
        assert refused.value.hint.endswith("run it again")
    assert programme.let_in(programme.of_leaked)
    known = recover(programme.store, programme.edges(), programme.clock)
    assert programme.leaked.kid in known.retired and programme.leaked.kid not in [key.kid for key in known.keys]
    assert not programme.let_in(programme.of_leaked) and programme.let_in(programme.of_adam)
    retire(programme.store, programme.edges(), [programme.leaked.kid], programme.clock)
    assert not programme.let_in(programme.of_leaked) and list(programme.edges().drift()) == []


@WRONG
def test_no_key_of_before_signs_once_what_is_known_was_recovered(programme: Programme, wrong: Do) -> None:
    """One that was retired, which the edge never heard of, would else; who signed in stays signed in."""
    revoke(programme.store, programme.edges(), [EVE], programme.clock)
    failing = programme.edges(edge=Failing(programme.edge, ("update",)))
    with pytest.raises(StoreError, match="503"):
        retire(programme.store, failing, [programme.leaked.kid], programme.clock)
    wrong(programme)
    known = recover(programme.store, programme.edges(), programme.clock)
    for later in range(-SKEW, 2 * SETTLES, SKEW):
        signing = known.signing(programme.clock() + later)
        assert signing is not None and signing.kid not in (programme.leaked.kid, programme.first.kid)
    assert programme.let_in(programme.token("adam")) and programme.let_in(programme.of_adam)
    untils = [known.needed_until(key.kid) for key in known.keys]
    assert untils[-1] is None and all(until and until >= programme.clock() + LONGEST_LIFE for until in untils[:-1])
    programme.clock.now += SETTLES + LONGEST_LIFE + AHEAD
    programme.edges().tidy("a test")
    assert len(read_sessions(programme.store).keys) == 1 and not programme.edge.get(key_name(programme.leaked.kid))


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("way_out", [Programme.changed, lambda one: recover(one.store, one.edges(), one.clock)])
def test_what_ends_on_its_way_to_an_edge_is_not_taken_back(tmp_path: Path, first: bool, way_out: Do) -> None:
    """At every operation of the edge; whoever was shut out there by then stays so, whatever was put back."""

    def stop() -> None:
        raise Killed

    number, total = 0, 1
    while number < total:
        (tmp_path / str(number)).mkdir()
        one = Programme(tmp_path / str(number), edge=not first)
        unheard = Edges(one.store, None if first else Failing(one.edge, ("update",)), one.clock)
        with contextlib.suppress(StoreError):
            revoke(one.store, unheard, [EVE], one.clock)
        with contextlib.suppress(StoreError):
            retire(one.store, unheard, [one.leaked.kid], one.clock)
        watched = WatchedEdge(one.edge, number, None, stop, at_once=4)
        with contextlib.suppress(Killed):
            one.edges(edge=watched).join()
            one.edges(edge=watched).follow_sessions()
        total = max(total, len(watched.operations) + 1)
        shut = [token for token in (one.of_eve, one.of_leaked) if not one.let_in(token)]
        had = {name for name in one.edge.entries() if is_of_sessions(name)}
        one.put_back()
        for do in (way_out, lambda one: rotate(one.store, one.edges(), one.clock), Programme.changed):
            with contextlib.suppress(SessionsAheadError):
                do(one)
            if not first or had:
                assert not [token for token in shut if one.let_in(token)], number
        number += 1
    assert total > 3


def test_a_session_that_began_late_does_not_outlive_what_was_put_back(programme: Programme) -> None:
    """Revoked, signed in again, and revoked by a machine that is behind; the clocks differ by what they may."""
    revoke(programme.store, programme.edges(), [EVE], programme.clock)
    programme.clock.now += 5
    late = programme.token("eve")
    for wrong in (Programme.put_back, Programme.damage):
        wrong(programme)
        with contextlib.suppress(StoreError):
            revoke(programme.store, programme.edges(), [EVE], lambda: programme.clock() - SKEW + 10)
        assert not programme.let_in(late)
        assert [signed_in((late,), programme.edge.entries().get, programme.clock() + later) for later in (SKEW, 8000)]
        programme.clock.now += 1


def test_where_the_file_is_lost_and_the_edge_is_silent_it_is_on_record(programme: Programme) -> None:
    programme.lose()
    failing = Failing(programme.edge, ("get", "standing", "entries", "update"))
    for name in (EVE, REVOKED_EVERYBODY):
        with pytest.raises(StoreError, match="it is on record"):
            revoke(programme.store, programme.edges(edge=failing), [name], programme.clock)
        assert name in read_sessions(programme.store).revoked
    recover(programme.store, programme.edges(), programme.clock)
    assert not programme.let_in(programme.of_eve) and not programme.let_in(programme.of_adam)


def test_where_the_edge_names_no_store_it_is_said_what_reaches_it(programme: Programme) -> None:
    """It may be a copy's, so it is a person who lets it follow."""
    programme.shut_out()
    programme.put_back()
    programme.edge.update(programme.edge.standing().tag, {}, [STORE])
    for _ in range(2):
        with pytest.raises(StoreError, match="it is on record") as refused:
            revoke(programme.store, programme.edges(), [revoked_session("adam")], programme.clock)
        assert "prmbuild keys recover --to" in refused.value.hint
    recover(programme.store, programme.edges(), programme.clock)
    assert not programme.let_in(programme.of_adam) and not programme.let_in(programme.of_eve)


def test_what_differs_is_told_to_whoever_reads(programme: Programme) -> None:
    def told(edge: Edge | None = None) -> str:
        return differences(edge or programme.edge, programme.store, read_sessions(programme.store))

    assert told() == "" == told(MemoryEdge("new"))
    failing = Failing(programme.edge, ("update",))
    with pytest.raises(StoreError, match="503"):
        revoke(programme.store, programme.edges(edge=failing), [EVE], programme.clock)
    assert "has not heard" in told() and "prmbuild gc" in told()
    assert "is not known: 503" in told(Failing(programme.edge, ("get",)))
    programme.edges().tidy("a test")
    assert told() == ""
    programme.put_back()
    assert EVE in told() and "prmbuild keys recover" in told()
    programme.edge.update(programme.edge.standing().tag, {STORE: "dir:/other"}, [])
    assert "follows dir:/other" in told()


@WRONG
def test_what_the_edge_has_leads_out(programme: Programme, wrong: Do) -> None:
    programme.shut_out()
    before = programme.edge.entries()
    wrong(programme)
    for _ in range(2):
        fresh = recover(programme.store, programme.edges(), programme.clock).keys[-1]
    wanted = {name: before[name] for name in before if is_of_sessions(name)}
    assert sessions_of(programme.edge) == {**wanted, key_name(fresh.kid): fresh.secret}
    assert list(programme.edges().drift()) == []
    known = read_sessions(programme.store)
    assert [key.kid for key in known.keys] == [programme.first.kid, fresh.kid]
    assert known.signing(programme.clock()) == fresh
    assert programme.let_in(programme.of_adam) and not programme.let_in(programme.of_eve)
    programme.changed()
    last = rotate(programme.store, programme.edges(), programme.clock)
    programme.clock.now += SETTLES
    assert read_sessions(programme.store).signing(programme.clock()) == last
    assert programme.let_in(programme.token("adam"))
    programme.put_back()
    with pytest.raises(SessionsAheadError):
        programme.changed()


def test_however_often_it_is_changed_after_it_was_put_back(programme: Programme) -> None:
    programme.shut_out()
    programme.put_back()

    silent = Failing(programme.edge, ("get", "standing", "entries", "update"))
    for number in range(9):  # while the edge does not answer, they are on record first
        with pytest.raises(StoreError, match="503"):
            revoke(programme.store, programme.edges(edge=silent), [revoked_user(f"{number}")], programme.clock)
    with pytest.raises(SessionsAheadError):
        programme.changed()
    known = recover(programme.store, programme.edges(), programme.clock)
    assert {EVE, revoked_user("0"), revoked_user("8")} <= known.revoked.keys()
    assert [key.kid for key in known.keys[:-1]] == [programme.first.kid]


def test_an_edge_that_lags_behind_is_brought_on(programme: Programme) -> None:
    old = dict(programme.edge.entries())
    programme.shut_out()
    later = programme.edge.entries()
    programme.edge.update(programme.edge.standing().tag, old, [name for name in later if name not in old])
    programme.changed()
    assert not programme.let_in(programme.of_eve) and not programme.let_in(programme.of_leaked)


def test_a_copy_does_not_take_an_edge_that_knows_more(programme: Programme) -> None:
    shutil.copytree(programme.folder / "store", programme.folder / "copy")
    copy = directory(programme.folder / "copy")
    programme.shut_out()
    programme.edge.update(programme.edge.standing().tag, {}, [STORE])
    before = programme.edge.entries()
    for do in (
        lambda: programme.changed(copy),
        lambda: revoke(copy, programme.edges(copy), [REVOKED_EVERYBODY], programme.clock),
    ):
        with pytest.raises(StoreError):
            do()
        assert programme.edge.entries() == before
    programme.changed()
    assert programme.edge.get(STORE) == {STORE: programme.store.place}


def test_a_store_that_moved_takes_in_what_its_edge_knows(programme: Programme) -> None:
    shutil.copytree(programme.folder / "store", programme.folder / "moved")
    moved = directory(programme.folder / "moved")
    programme.shut_out()
    programme.edge.update(programme.edge.standing().tag, {}, [STORE])
    recover(moved, programme.edges(moved), programme.clock)
    assert programme.edge.get(STORE) == {STORE: moved.place} and EVE in read_sessions(moved).revoked
    programme.changed(moved)
    assert not programme.let_in(programme.of_eve)


def test_what_an_edge_has_without_saying_which_state_it_is(programme: Programme) -> None:
    programme.shut_out()
    programme.put_back()
    programme.edge.update(programme.edge.standing().tag, {}, ["sessions"])
    with pytest.raises(SessionsAheadError):
        programme.changed()
    assert not programme.let_in(programme.of_eve)
    recover(programme.store, programme.edges(), programme.clock)
    programme.changed()
    assert list(programme.edges().drift()) == [] and not programme.let_in(programme.of_leaked)


def test_where_nobody_says_what_is_known_a_person_does(programme: Programme) -> None:
    for do in (lambda: recover(programme.store, programme.edges(), programme.clock), programme.changed):
        programme.lose()
        programme.edge.update(programme.edge.standing().tag, {}, ["sessions"])
        do()
        programme.edges().tidy("a test")
        assert list(programme.edges().drift()) == []
        assert programme.let_in(programme.of_adam) == bool(read_sessions(programme.store).keys)


def test_it_is_said_what_to_do(programme: Programme) -> None:
    programme.shut_out()
    programme.put_back()
    found = list(programme.edges().drift())
    assert [one.found for one in found] == ["has keys or revocations that the store does not know"]
    assert all("prmbuild keys recover" in one.way_out for one in found)
    other = list(programme.edges(directory(programme.folder / "other")).drift())
    assert next(one.way_out for one in other if "follows dir:" in one.found).startswith("name the edge of dir:")
    with pytest.raises(StoreError, match="no edge is known"):
        recover(directory(programme.folder / "other"), Edges(programme.store, None, programme.clock), programme.clock)


def test_a_gateway_does_not_go_back_while_it_runs(tmp_path: Path) -> None:
    store, said = directory(tmp_path / "store"), list[StoreError]()
    follows, edges = Following(store, said.append), Edges(store, None, lambda: NOW)
    assert follows.entries() == {}
    rotate(store, edges, lambda: NOW)
    first = (tmp_path / "store" / PLACE).read_bytes()
    follows.entries()
    revoke(store, edges, [EVE], lambda: NOW)
    assert EVE in follows.entries()
    later = (tmp_path / "store" / PLACE).read_bytes()
    (tmp_path / "store" / PLACE).write_bytes(first)
    for _ in range(2):
        with pytest.raises(StoreError, match="nobody is let in"):
            follows.entries()
    assert len(said) == 1 and said[0].hint.startswith(f"delete '{PLACE}', then prmbuild keys rotate")
    (tmp_path / "store" / PLACE).write_bytes(later)
    assert EVE in follows.entries()


def test_a_gateway_that_nobody_asks_anything_looks_by_itself(tmp_path: Path) -> None:
    store, said = Watched(directory(tmp_path / "store")), list[StoreError]()
    follows, edges = Following(store, said.append), Edges(store, None, lambda: NOW)
    rotate(store, edges, lambda: NOW)
    first = (tmp_path / "store" / PLACE).read_bytes()

    def looked() -> None:
        already = len(store.operations)
        while len(store.operations) < already + 4:
            time.sleep(0.001)

    with follows.kept_up(0.001):
        looked()
        (tmp_path / "store" / PLACE).write_bytes(b"{")
        looked()
        (tmp_path / "store" / PLACE).write_bytes(first)
        revoke(store, edges, [EVE], lambda: NOW)
        looked()
        (tmp_path / "store" / PLACE).write_bytes(first)
        looked()
    assert len(said) == 1
    with pytest.raises(StoreError, match="nobody is let in"):
        follows.entries()


def test_what_was_long_ago_is_forgotten(tmp_path: Path) -> None:
    store = directory(tmp_path / "store")
    asleep = [Following(store, lambda _: None) for _ in range(2)]
    for number in range(102):
        change(store, lambda before: replace(before, revoked={EVE: before.turn}))
        for one in asleep[number : number + 1]:
            one.entries()
    assert asleep[1].entries() == read_sessions(store).entries()
    with pytest.raises(StoreError, match="changed more than 100 times") as refused:
        asleep[0].entries()
    assert "where nobody put it back or made it anew, start this again" in refused.value.hint
    known = read_sessions(store)
    assert len(known.past) == 100 == len(set(known.past)) and known.continues(known.past[0])


def test_the_same_keys_again_are_another_state(programme: Programme) -> None:
    follows, said = Following(programme.store, lambda error: said.append(error.message)), list[str]()
    leaked = rotate(programme.store, programme.edges(), programme.clock)
    programme.kept = (programme.folder / "store" / PLACE).read_bytes()
    programme.clock.now += SETTLES
    of_leaked = programme.token("mallory")
    retire(programme.store, programme.edges(), [leaked.kid], programme.clock)
    follows.entries()
    programme.put_back()
    with pytest.raises(StoreError, match="nobody is let in"):
        follows.entries()
    with pytest.raises(SessionsAheadError):
        programme.changed()
    assert said and not programme.let_in(of_leaked) and programme.let_in(programme.of_adam)


@WRONG
def test_what_was_revoked_at_the_edge_alone_outlives_the_right_file(programme: Programme, wrong: Do) -> None:
    programme.changed()
    programme.shut_out()
    file = programme.folder / "store" / PLACE
    right = file.read_bytes()
    wrong(programme)
    try:
        revoke(programme.store, programme.edges(), [revoked_session("adam")], programme.clock)
    except StoreError as error:
        assert "hold no more at the edge" in error.message
    file.write_bytes(right)
    with pytest.raises(SessionsAheadError):
        programme.changed()
    recover(programme.store, programme.edges(), programme.clock)
    programme.changed()
    assert list(programme.edges().drift()) == [] and not programme.let_in(programme.of_adam)
    assert {EVE, revoked_session("adam")} <= read_sessions(programme.store).revoked.keys()


@pytest.mark.parametrize("shows", [True, False])
def test_where_what_is_live_is_lost_too(tmp_path: Path, shows: bool) -> None:
    store, edge, said = directory(tmp_path / "store"), MemoryEdge(), list[str]()
    edges, made = Edges(store, edge, lambda: NOW), site(tmp_path / "blobs", GOLD)
    if shows:
        put_live(store, made, lambda: NOW, edge=edge)
    rotate(store, edges, lambda: NOW)
    revoke(store, edges, [EVE], lambda: NOW)
    keys = read_sessions(store).keys
    (tmp_path / "store" / PLACE).unlink()
    for record in (tmp_path / "store" / "deployments").glob("*.json"):
        record.unlink()
    with pytest.raises(StrangeError, match="does not know") as refused:
        rotate(store, edges, lambda: NOW)
    assert "prmbuild keys recover" in refused.value.hint and not (tmp_path / "store" / PLACE).exists()
    revoke(store, edges, [revoked_session("adam")], lambda: NOW, said.append)
    assert edge.get(revoked_session("adam")) and "prmbuild keys recover" in said[0]
    recover(store, edges, lambda: NOW)
    known = read_sessions(store)
    assert {EVE, revoked_session("adam")} <= known.revoked.keys() and known.edges == (edge.name,)
    assert [key.kid for key in known.keys[:-1]] == [key.kid for key in keys]
    rotate(store, edges, lambda: NOW)
    assert edge.get(EVE, revoked_session("adam")).keys() == {EVE, revoked_session("adam")}


@pytest.mark.parametrize("followed", [True, False])
def test_the_way_out_of_a_revocation_by_a_clock_that_was_far_ahead(tmp_path: Path, followed: bool) -> None:
    """As docs/publishing.md has it: the file, at an edge the one entry, and what is then made anew."""
    one, gold = Programme(tmp_path, edge=followed), revoked_partner("gold")
    edges = Edges(one.store, one.edge if followed else None, one.clock)
    revoke(one.store, edges, [EVE], one.clock)
    revoke(one.store, edges, [gold], lambda: one.clock() + 365 * 86_400)
    with pytest.raises(StoreError, match="more than clocks may differ"):
        one.token("adam")
    one.lose()
    if followed:
        one.edge.update(one.edge.standing().tag, {}, [gold])
        recover(one.store, edges, one.clock)
    else:
        rotate(one.store, edges, one.clock)
    revoke(one.store, edges, [gold], one.clock)
    known = read_sessions(one.store).entries()
    assert signed_in((one.token("adam"),), known.get, one.clock()) is not None
    assert not any(signed_in((token,), known.get, one.clock()) for token in (one.of_adam, one.of_eve, one.of_leaked))
    assert not followed or list(edges.drift()) == []
