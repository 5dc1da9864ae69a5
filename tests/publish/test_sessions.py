"""Keys and revocations on their way to every edge: what ends in between converges, and both rules obey."""

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from prmbuild.access.entries import REVOKED_EVERYBODY, revoked_partner, revoked_session, revoked_user
from prmbuild.access.rule import signed_in
from prmbuild.access.tokens import AHEAD, LONGEST_LIFE, SKEW
from prmbuild.edge.edge import Edge
from prmbuild.errors import PrmError, StoreError
from prmbuild.publish.edges.edges import SETTLES, Edges
from prmbuild.publish.edges.owner import forget
from prmbuild.publish.opening import store_at
from prmbuild.publish.sessions import retire, revoke, rotate
from prmbuild.sessions.keys import LastKeyError
from prmbuild.sessions.minting import minted
from prmbuild.sessions.state import PLACE, Sessions, change, read_sessions
from prmbuild.store.store import Store
from tests.access.test_rule import by_edge, by_python
from tests.edge.memory import MemoryEdge
from tests.publish.sites import NOW, Killed, Watched, WatchedEdge, at_the_gateway, directory, put_live, site

pytestmark = pytest.mark.usefixtures("one_at_a_time")  # so that operations have an order to be counted in
FILES = {"index.html": "home", "404.html": "none"}


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def places(tmp_path: Path, clock: Clock) -> tuple[Store, Edge]:
    store, outer = directory(tmp_path / "store"), MemoryEdge()
    made = site(tmp_path / "blobs", {"gold": FILES, "silver": FILES})
    put_live(store, made, clock, edge=outer)
    return store, outer


def token(store: Store, clock: Clock, partner: str = "gold", lasts: int = 3600, sub: str = "u", sid: str = "s") -> str:
    known = read_sessions(store)
    return minted(known, sub=sub, sid=sid, partner=partner, role="sales", now=clock(), lasts=lasts)[0]


def admitted(entries: Mapping[str, str], tokens: list[str], clock: Clock) -> list[bool]:
    """Whom both implementations of the rule let in."""
    cases = [{"method": "GET", "path": "/", "cookies": [one], "entries": entries, "now": clock()} for one in tokens]
    found = by_edge(cases)
    assert found == [by_python(one) for one in cases]
    return [not one.startswith("=> /sign-in/") for one in found]


def test_a_key_takes_over_once_replicas_have_it(places: tuple[Store, Edge], clock: Clock) -> None:
    store, outer = places
    edges = Edges(store, outer, clock)
    with pytest.raises(StoreError, match="there is no key"):
        token(store, clock)
    first = rotate(store, edges, clock)
    tokens = [token(store, clock, lasts=LONGEST_LIFE)]
    clock.now += SETTLES
    second = rotate(store, edges, clock)
    assert rotate(store, edges, clock) == second, "one is about to take over already"
    assert second.kid != first.kid and second.secret != first.secret and len(bytes.fromhex(second.secret)) == 32
    assert read_sessions(store).signing(clock.now) == first
    assert read_sessions(store).needed_until(second.kid) is None
    clock.now += SETTLES
    assert read_sessions(store).signing(clock.now) == second
    tokens.append(token(store, clock))
    assert admitted(outer.entries(), tokens, clock) == admitted(at_the_gateway(store), tokens, clock) == [True, True]
    retire(store, edges, [], clock)
    assert len(read_sessions(store).keys) == 2, "its sessions still hold"
    retire(store, edges, [first.kid], clock)
    assert admitted(outer.entries(), tokens, clock) == [False, True]
    assert list(edges.drift()) == []


def test_keys_go_once_no_session_needs_them(places: tuple[Store, Edge], clock: Clock) -> None:
    store, outer = places
    edges = Edges(store, outer, clock)
    first = rotate(store, edges, clock)
    clock.now += SETTLES
    second = rotate(store, edges, clock)
    until = read_sessions(store).needed_until(first.kid)
    assert until == clock.now + SETTLES + LONGEST_LIFE + AHEAD
    clock.now = until - 1
    edges.tidy("a test")
    assert outer.get(f"k/{first.kid}")
    clock.now = until
    edges.tidy("a test")
    assert not outer.get(f"k/{first.kid}") and outer.get(f"k/{second.kid}") and list(edges.drift()) == []


@pytest.mark.parametrize("ahead", [0, 86_400])
def test_the_first_key_can_be_replaced_at_once(places: tuple[Store, Edge], clock: Clock, ahead: int) -> None:
    """Also where the clock of who made it was ahead."""
    store, outer = places
    edges = Edges(store, outer, clock)
    clock.now += ahead
    first = rotate(store, edges, clock)
    clock.now += 10 - ahead
    tokens = [token(store, clock)]
    second = rotate(store, edges, clock)
    assert second.kid != first.kid and read_sessions(store).signing(clock.now) in read_sessions(store).keys[:1]
    retire(store, edges, [first.kid], clock)
    tokens.append(token(store, clock))
    assert admitted(outer.entries(), tokens, clock) == [False, True]
    clock.now += SETTLES
    assert read_sessions(store).signing(clock.now) == second


def test_of_two_keys_that_are_retired_at_once_one_stays(places: tuple[Store, Edge], clock: Clock) -> None:
    store, outer = places
    first, second = (rotate(store, Edges(store, outer, clock), clock).kid for _ in range(2))

    def other() -> None:
        retire(store, Edges(store, outer, clock), [second], clock)

    watched = Watched(store, f"put_matching {PLACE}", other)
    with pytest.raises(LastKeyError, match="no other key could sign"):
        retire(watched, Edges(watched, outer, clock), [first], clock)
    assert [key.kid for key in read_sessions(store).keys] == [first] and outer.get(f"k/{first}")


def test_a_key_from_a_clock_that_was_ahead_takes_over_in_time(places: tuple[Store, Edge], clock: Clock) -> None:
    store, outer = places
    edges = Edges(store, outer, clock)
    rotate(store, edges, clock)
    clock.now += SETTLES
    late = rotate(store, edges, lambda: clock.now + 86_400)
    soon = rotate(store, edges, clock)
    assert soon.kid == late.kid and soon.signs == clock.now + SETTLES


_EVE, _GOLD = revoked_user("u"), revoked_partner("gold")


@pytest.mark.parametrize("lag", [0, 5, SKEW])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (_EVE, _EVE),
        (_EVE, revoked_session("s")),
        (_EVE, _GOLD),
        (_GOLD, _EVE),
        (REVOKED_EVERYBODY, _EVE),
        (_EVE, REVOKED_EVERYBODY),
        (REVOKED_EVERYBODY, REVOKED_EVERYBODY),
    ],
)
def test_no_session_survives_a_later_revocation(tmp_path: Path, before: str, after: str, lag: int) -> None:
    """In the same second, and on a machine whose clock is behind."""
    store, clock = directory(tmp_path), Clock()
    edges = Edges(store, None, clock)
    rotate(store, edges, clock)
    revoke(store, edges, [before], clock)

    def holds(one: str, now: int) -> bool:
        return signed_in((one,), read_sessions(store).entries().get, now) is not None

    survivor = token(store, clock, lasts=LONGEST_LIFE)
    assert holds(survivor, clock.now)
    revoke(store, edges, [after], lambda: clock.now - lag)
    assert not any(holds(survivor, clock.now + later) for later in (0, SKEW, 2 * SKEW, LONGEST_LIFE))
    again = token(store, clock, sid="other", lasts=LONGEST_LIFE)
    for there in (-SKEW, 0, SKEW):
        assert holds(again, clock.now + there), "at whichever edge, at once: else sign-in goes in a circle"


@pytest.mark.parametrize("lasts", [60, LONGEST_LIFE])
def test_a_session_lasts_from_when_it_begins(tmp_path: Path, lasts: int) -> None:
    store, clock = directory(tmp_path), Clock()
    rotate(store, Edges(store, None, clock), clock)
    revoke(store, Edges(store, None, clock), [_GOLD], clock)
    _, session = minted(read_sessions(store), sub="u", sid="s", partner="gold", role="r", now=clock.now, lasts=lasts)
    assert (session.iat, session.exp) == (clock.now + SKEW + 1, clock.now + SKEW + 1 + lasts)


def test_many_revocations_in_a_second_delay_no_one(tmp_path: Path) -> None:
    store, clock = directory(tmp_path), Clock()
    edges = Edges(store, None, clock)
    rotate(store, edges, clock)
    for number in range(5):
        for name in (revoked_session(f"{number}"), revoked_user(f"{number}")):
            assert revoke(store, edges, [name], clock)[name] == clock.now + SKEW + (
                name.startswith("x/s/") and number > 0
            )
    token(store, clock, sub="3")


def test_a_session_that_would_not_hold_is_not_made(tmp_path: Path) -> None:
    store, clock = directory(tmp_path), Clock()
    edges = Edges(store, None, clock)
    rotate(store, edges, clock)
    revoke(store, edges, [_GOLD], lambda: clock.now + 3 * SKEW)
    with pytest.raises(StoreError, match="more than clocks may differ") as said:
        token(store, clock)
    assert "61 seconds from now" in said.value.hint
    clock.now += 61
    token(store, clock)


def test_what_is_revoked_is_not_forgotten_before_it_has_expired_everywhere(tmp_path: Path) -> None:
    store, clock = directory(tmp_path), Clock()
    edges = Edges(store, None, clock)
    rotate(store, edges, clock)
    survivor = token(store, clock, lasts=LONGEST_LIFE)
    until = revoke(store, edges, [_EVE], clock)[_EVE]
    clock.now = until + LONGEST_LIFE + SKEW - 1
    assert read_sessions(store).tidied(clock.now).revoked
    clock.now += 1
    left = read_sessions(store).tidied(clock.now)
    assert not left.revoked
    assert signed_in((survivor,), left.entries().get, clock.now - SKEW) is None


def test_what_is_revoked_holds_no_more(places: tuple[Store, Edge], clock: Clock) -> None:
    store, outer = places
    edges = Edges(store, outer, clock)
    rotate(store, edges, clock)
    tokens = [
        token(store, clock, sub="a", sid="1"),
        token(store, clock, sub="a", sid="2"),
        token(store, clock, sub="b", sid="3"),
        token(store, clock, sub="c", sid="4", partner="silver"),
    ]
    clock.now += 10
    for name, left in (
        (revoked_session("1"), [False, True, True, True]),
        (revoked_user("a"), [False, False, True, True]),
        (revoked_partner("gold"), [False, False, False, True]),
        (REVOKED_EVERYBODY, [False, False, False, False]),
    ):
        revoke(store, edges, [name], clock)
        assert admitted(outer.entries(), tokens, clock) == left == admitted(at_the_gateway(store), tokens, clock)
    clock.now += 1
    again = token(store, clock, sub="a", sid="5")
    assert admitted(outer.entries(), [again], clock) == [True], "who still has access signs in again"
    clock.now += 1 + SKEW + LONGEST_LIFE + SKEW
    edges.tidy("a test")
    assert not [name for name in outer.entries() if name.startswith("x/")]
    assert admitted(outer.entries(), tokens, clock) == [False] * 4, "they have expired"


@pytest.mark.parametrize(
    ("which", "ending"),
    [("store", "killed before"), ("store", "answer is lost"), ("edge", "killed after"), ("edge", "fails")],
)
def test_wherever_a_rotation_or_revocation_ends_it_is_finished(tmp_path: Path, which: str, ending: str) -> None:
    def stop() -> None:
        raise Killed if ending.startswith("killed") else StoreError("503")

    early = ending in ("killed before", "fails")
    before, after = (stop, None) if early else (None, stop)

    def both(store: Store, outer: Edge, clock: Clock) -> None:
        edges = Edges(store, outer, clock)
        rotate(store, edges, clock)
        revoke(store, edges, [revoked_partner("silver"), revoked_session("1")], clock)

    number, total = 0, 1
    while number < total:
        store, outer = directory(tmp_path / f"{number}"), MemoryEdge()
        clock = Clock()
        rotate(store, Edges(store, outer, clock), clock)
        clock.now += SETTLES
        signing = read_sessions(store).signing(clock.now)
        watched = Watched(store, number - 1 if which == "store" else -1, before, after)
        watched_edge = WatchedEdge(outer, number - 1 if which == "edge" else -1, before, after)
        with contextlib.suppress(Killed, PrmError):
            both(watched, watched_edge, clock)
        if number == 0:
            total = len((watched if which == "store" else watched_edge).operations) + 1
        # nothing signs but what every edge has
        now_signs = read_sessions(store).signing(clock.now + SETTLES)
        assert now_signs is not None and outer.get(f"k/{now_signs.kid}"), number
        both(store, outer, clock)
        known = read_sessions(store)
        assert known.signing(clock.now) == signing and len(known.keys) == 2, number
        assert set(known.revoked) == {"x/p/silver", "x/s/1"}
        assert list(Edges(store, outer, clock).drift()) == []
        number += 1
    assert total > 8


def test_a_revocation_does_not_wait_for_a_deployment(places: tuple[Store, Edge], clock: Clock, tmp_path: Path) -> None:
    """At every operation of the edge while somebody deploys."""
    store, outer = places
    rotate(store, Edges(store, outer, clock), clock)
    for number in range(9):
        made = site(tmp_path / "blobs", {"gold": {**FILES, "index.html": f"{number}"}, "silver": FILES}, str(number))

        def revoked(sid: str = f"s{number}") -> None:
            revoke(store, Edges(store, outer, clock), [revoked_session(sid)], clock)

        watched = WatchedEdge(outer, number, revoked)
        put_live(store, made, clock, edge=watched)
        assert (number < len(watched.operations)) == bool(outer.get(f"x/s/s{number}"))
        assert list(Edges(store, outer, clock).drift()) == []
    assert outer.get("x/s/s6")


def test_no_edge_is_left_behind(places: tuple[Store, Edge], clock: Clock, tmp_path: Path) -> None:
    store, outer = places
    change: tuple[Callable[[Edges], object], ...] = (
        lambda edges: rotate(store, edges, clock),
        lambda edges: revoke(store, edges, [REVOKED_EVERYBODY], clock),
        lambda edges: edges.tidy("a test"),
        lambda edges: edges.follow(None),
    )
    other = MemoryEdge("another")
    for do in change:
        for wrong in (None, other):
            with pytest.raises(StoreError, match="would stay behind"):
                do(Edges(store, wrong, clock))
    assert read_sessions(store).revoked == {}
    assert [one.found for one in Edges(store, None, clock).drift() if one.key == outer.name]
    with pytest.raises(StoreError, match="no edge 'x' follows"):
        forget(MemoryEdge("x"), store, clock)
    forget(outer, store, clock)
    Edges(store, None, clock).tidy("a test")
    assert list(Edges(store, None, clock).drift()) == []


def test_an_edge_of_another_store_is_left_alone(places: tuple[Store, Edge], clock: Clock, tmp_path: Path) -> None:
    _, outer = places
    wanted = dict(outer.entries())
    store = directory(tmp_path / "staging")
    made = site(tmp_path / "blobs", {"gold": {**FILES, "index.html": "staging"}}, "staging")
    with pytest.raises(StoreError, match=f"follows {places[0].place}, and not {store.url}"):
        put_live(store, made, clock, edge=outer)
    assert outer.get("live") == {"live": wanted["live"]}


def test_keys_in_a_directory_are_for_their_owner_alone(tmp_path: Path, clock: Clock) -> None:
    store = store_at("dir:store", tmp_path)
    for _ in range(2):
        rotate(store, Edges(store, None, clock), clock)
        assert (tmp_path / "store" / PLACE).stat().st_mode & 0o777 == 0o600
        clock.now += SETTLES


def test_secrets_are_said_nowhere(places: tuple[Store, Edge], clock: Clock) -> None:
    store, outer = places
    key = rotate(store, Edges(store, outer, clock), clock)
    assert key.secret not in repr(read_sessions(store)) + repr(key)
    found = store.get(PLACE)
    assert found is not None and key.secret in found[0].decode()
    spoilt = Path(str(store.url).removeprefix("dir:"), PLACE)
    spoilt.write_bytes(found[0].replace(b'"kid"', b'"name"'))
    with pytest.raises(StoreError) as said:
        read_sessions(store)
    assert key.secret not in f"{said.value.message} {said.value.hint} {said.value.__cause__}"
    with pytest.raises(StoreError, match="cannot be read"):
        change(store, lambda now: Sessions(turn=now.turn))
