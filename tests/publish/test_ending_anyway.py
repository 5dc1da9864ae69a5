"""Sessions end whatever else is wrong: the file of them was put back or lost, or the edge is silent."""

import contextlib
from pathlib import Path

import pytest

from prmbuild.access.entries import (
    REVOKED_EVERYBODY,
    SESSIONS,
    STORE,
    revoked_partner,
    revoked_session,
)
from prmbuild.access.rule import signed_in
from prmbuild.access.tokens import SKEW
from prmbuild.errors import StoreError
from prmbuild.publish.edges.edges import SETTLES
from prmbuild.publish.edges.sessions import SessionsAheadError
from prmbuild.publish.sessions import recover, retire, revoke, rotate
from prmbuild.sessions.keys import LastKeyError
from prmbuild.sessions.state import PLACE, read_sessions
from tests.publish.put_back import EVE, WRONG, Do, Failing, Programme


@pytest.fixture
def programme(tmp_path: Path) -> Programme:
    return Programme(tmp_path)


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


@WRONG
def test_the_last_key_goes_too_where_a_new_one_comes_with_the_way_out(programme: Programme, wrong: Do) -> None:
    retire(programme.store, programme.edges(), [programme.leaked.kid], programme.clock)
    programme.kept = (programme.folder / "store" / PLACE).read_bytes()  # it knows but one
    with pytest.raises(LastKeyError, match="no other key could sign"):
        retire(programme.store, programme.edges(), [programme.first.kid], programme.clock)
    rotate(programme.store, programme.edges(), programme.clock)
    wrong(programme)
    with contextlib.suppress(StoreError):
        retire(programme.store, programme.edges(), [programme.first.kid], programme.clock)
    assert not programme.let_in(programme.of_adam)
    recover(programme.store, programme.edges(), programme.clock)
    assert programme.let_in(programme.token("adam")) and not programme.let_in(programme.of_adam)


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
    with pytest.raises(SessionsAheadError) as ahead:
        programme.changed()
    assert "lets it, and takes them in" in ahead.value.hint and "revoke" not in ahead.value.hint
    recover(programme.store, programme.edges(), programme.clock)
    assert not programme.let_in(programme.of_adam) and not programme.let_in(programme.of_eve)


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
