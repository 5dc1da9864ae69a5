"""A store's file of sessions that was put back, lost or copied: nobody who was shut out is let in again."""

import contextlib
import shutil
from pathlib import Path

import pytest

from prmbuild.access.entries import (
    NOBODY,
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
from prmbuild.sessions.state import PLACE, UnreadableError, read_sessions
from tests.edge.memory import MemoryEdge
from tests.publish.put_back import EVE, GOLD, WRONG, Do, Failing, Programme, sessions_of
from tests.publish.sites import NOW, Killed, WatchedEdge, directory, put_live, site


@pytest.fixture
def programme(tmp_path: Path) -> Programme:
    return Programme(tmp_path)


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


@pytest.mark.parametrize("says", [{}, {SESSIONS: NOBODY}])
def test_what_an_edge_has_without_saying_which_state_it_is(programme: Programme, says: dict[str, str]) -> None:
    programme.shut_out()
    programme.put_back()
    programme.edge.update(programme.edge.standing().tag, says, [] if says else [SESSIONS])
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
    with pytest.raises(StoreError, match="more than clocks may differ") as refused:
        one.token("adam")
    assert "docs/publishing.md" in refused.value.hint
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
