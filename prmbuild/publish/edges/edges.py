"""Keeping the edge of a store in step with it.

The store leads: its pointer says what is live, its file of sessions says which keys and revocations there are. An edge
follows one store (`prmbuild.publish.edges.owner`). It is brought in step before anything new is begun, so it is never
more than one turn behind; and each of its changes asks that nobody else changed it since the store was looked at, that
it still follows that store, and that the store names no earlier turn than the edge does, so it never goes back. An edge
that is behind shows the deployment before, whole. One that shows nothing, or what the store does not know, is turned
over only with what partners are to see from then on (`prmbuild.publish.edges.shows`).

An edge holds little. Whatever does not fit makes room first, of what nobody can need any more; and deployments leave
room for keys and revocations, which wait for nothing.

A store without an edge is served by whatever reads it itself, as `prmbuild.gateway` does; then nothing has to follow.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from prmbuild.access.entries import (
    LIVE,
    SESSIONS,
    SINCE,
    STORE,
    TURN,
    deployment_of,
    entries,
)
from prmbuild.edge.edge import Edge
from prmbuild.edge.limits import check_entries, check_room, function_code, reserved, size
from prmbuild.errors import StoreError
from prmbuild.publish.edges.contents import Named, named_after, named_at_edges, needed, wanted_of
from prmbuild.publish.edges.drift import drift
from prmbuild.publish.edges.owner import claim, claimed, require_own
from prmbuild.publish.edges.room import room
from prmbuild.publish.edges.sessions import follow, recovered, require_not_ahead, shut_out
from prmbuild.publish.edges.shows import Reached, in_step, reached, require_led, require_newer
from prmbuild.publish.edges.updates import attempts, chained
from prmbuild.publish.lock import Clock, locked
from prmbuild.records import recorded
from prmbuild.records.layout import LIVE as POINTER
from prmbuild.records.live import Predecessor, pointer
from prmbuild.records.records import Deployment, Live
from prmbuild.records.verify import Drift
from prmbuild.sessions.state import PLACE, Key, Sessions, change, read_sessions
from prmbuild.store.store import Store

SETTLES = 300
"""Seconds after which every replica of an edge has heard of a change. Those of CloudFront take some seconds."""

_POINTERS = 200
"""Bytes that the entries have which belong to no deployment and no session."""


class Edges:
    """The edge that follows a store, where there is one.

    Args:
        store: leads.
        edge: CloudFront's; None for none.
        clock: tells the time.
    """

    def __init__(self, store: Store, edge: Edge | None, clock: Clock) -> None:
        self._store = store
        self._edge = edge
        self._clock = clock
        self._prepared: dict[str, tuple[str, Named]] = {}
        """Id of a deployment → the tag of the edge once its entries were there, and what is to be named then."""

    def check(self, new: Deployment, now: Predecessor | None) -> None:
        """Refuse a deployment that the edge could not take, before anything is put.

        Args:
            new: the one that is to go live.
            now: what it goes on from. Replicas may still answer from that, and from the one before.

        Raises:
            StoreError: an entry is too long, or all are too many.
        """
        edge = self._edge
        if edge is None:
            return
        one = now.deployment if now is not None else None
        wanted = {**needed(new, one), **claimed(self._store)}
        check_entries(wanted)
        name = now.live.before if now is not None else ""
        before = recorded.known(recorded.deployment, self._store, name) if name else None
        for other in (one, before):
            wanted |= entries(other.edition()) if other is not None else {}
        sessions = max(size(read_sessions(self._store).entries()), reserved(edge.holds))
        check_room(size(wanted) + sessions + _POINTERS, edge.holds, edge.name)
        function_code()

    def check_sessions(self, new: Sessions) -> None:
        """Refuse keys and revocations that the edge could not take, before they are on record.

        What is live in the store is not asked for: revoking waits for no repair of what else is wrong.

        Args:
            new: what is to be known of sessions.

        Raises:
            StoreError: an entry is too long, or all are too many.
        """
        edge = self._edge
        if edge is None:
            return
        wanted = {**new.entries(), **claimed(self._store)}
        check_entries(wanted)
        if size(new.entries()) <= reserved(edge.holds):  # so much is kept from deployments
            return
        try:
            there = edge.entries()
        except StoreError:  # they are on record first
            return
        shown = there.get(LIVE, "").split()
        wanted |= {name: entry for name, entry in there.items() if deployment_of(name) in shown}
        check_room(size(wanted) + _POINTERS, edge.holds, edge.name)

    def prepare(self, new: Deployment, now: Predecessor | None, beat: Callable[[], None]) -> None:
        """Put the entries of a deployment, which nobody looks up before it is live.

        Args:
            new: the one that is to go live.
            now: what it goes on from.
            beat: is called now and then.

        Raises:
            StoreError: the store or the edge fails; what partners see has not changed.
        """
        edge = self._edge
        one = now.deployment if now is not None else None
        if edge is None or (one is not None and one.id == new.id):
            return
        for _ in attempts(edge):
            standing = edge.standing()
            there = edge.get(STORE, LIVE)
            require_own(edge, self._store, there)
            named = named_after(new, one, reached(there).shows)
            wanted = needed(named.live, named.before)
            fits = room(self._store, edge, standing, wanted, coming=new.id, spare=reserved(edge.holds))
            tag = chained(edge, fits, puts=wanted, beat=beat)
            if tag is not None:
                self._prepared[new.id] = tag, named
                return

    def turn(self) -> None:
        """Make live at the edge what the store says is live, whatever it shows.

        Raises:
            StoreError: the store or the edge fails; an edge that is behind shows the deployment before, whole.
        """
        if self._edge is not None:
            self._turn(self._edge)

    def reached(self) -> Reached:
        """Return how far the edge was led; no further than nothing where there is none.

        Raises:
            StoreError: the edge fails.
        """
        return reached(self._edge.get(LIVE, TURN) if self._edge is not None else {})

    def named(self, now: Live) -> Sequence[str]:
        """Return the ids of the deployments that partners may be reading at the edge, whatever the store says.

        Args:
            now: what the store says is live.

        Raises:
            ApartError: the store cannot lead the edge on from what it shows.
            StoreError: the edge fails, or follows another store.
        """
        edge = self._edge
        if edge is None:
            return ()
        there = edge.get(STORE, LIVE, TURN)
        require_own(edge, self._store, there)
        require_led(edge, self._store, there, now)
        return reached(there).shows

    def follow(self, now: Live | None) -> bool:
        """Bring the edge in step with what the store says; one that is costs one look.

        What is live is brought to one that shows what was live before. One that shows nothing may have shown something
        later: that is for `turn`, once it is certain that partners are to see this.

        Args:
            now: what the store says is live.

        Returns:
            Whether it is in step, or there is no edge; not where it shows nothing, and something is live, nor where the
            pointer says something else.

        Raises:
            ApartError: the store cannot lead the edge on from what it shows. Keys and revocations are there.
            ChangedError: the edge is behind, and the record of what is live is not what was written. Keys and
                revocations are there.
            StoreError: the store or the edge fails; an edge that is behind shows the deployment before, whole.
        """
        sessions, edge = self._alone(read_sessions(self._store)), self._edge
        if edge is None:
            return True
        known = edge.get(STORE, LIVE, TURN, SESSIONS)
        sessions = self._joined(edge, sessions, known)
        require_not_ahead(edge, self._store, known, sessions)
        if known.get(SESSIONS, "") != sessions.digest:
            self.follow_sessions()
        # one that was led further may show the same by chance, and pinned
        if now is not None and in_step(known, now) and (reached(known).turn or now.turn) <= now.turn:
            return True
        there = edge.get(LIVE, TURN)
        require_led(edge, self._store, there, now)
        if now is None:
            return True
        # whoever says what should be live, in place of a pointer that was put back, brings the edge there
        said = pointer(self._store)
        if not there.get(LIVE) or said is None or said.turn != now.turn:
            return False
        self._turn(edge)
        return True

    def follow_sessions(self) -> None:
        """Bring keys and revocations to the edge that joined, where they are in effect once this returns.

        Raises:
            SessionsAheadError: the edge knows later ones.
            StoreError: the store or the edge fails; run it again.
        """
        if self._edge is not None:
            follow(self._edge, self._store, partial(room, self._store))

    def shut_out(self, ended: Callable[[Mapping[str, int]], Mapping[str, int]], kids: Collection[str] = ()) -> bool:
        """End sessions at the edge alone, whatever else it knows, and tell whether there is one; see `shut_out`.

        Raises:
            StoreError: the edge fails, is full, or follows another store.
        """
        if self._edge is not None:
            shut_out(self._edge, self._store, ended, kids)
        return self._edge is not None

    def recover(self, fresh: Key) -> None:
        """Take the keys and revocations into the store that the edge alone knows, and let it follow from there.

        Args:
            fresh: the key that is to sign, where the edge knows more; see `recovered`.

        Raises:
            StoreError: there is no edge, or the edge or the store fails, or the edge follows another store.
        """
        edge = self._edge
        if edge is None:
            hint = f"name it with --edge; where there is none, delete '{PLACE}', then prmbuild keys rotate"
            raise StoreError("no edge is known, and nothing else knows keys and revocations", hint=hint)
        known = self._alone(read_sessions(self._store, anew=True))
        claim(edge, self._store, partial(room, self._store, edge), lambda _: None, listed=bool(known.edges), lost=True)

        def more(now: Sessions) -> Sessions:
            there = edge.entries()
            require_own(edge, self._store, there)
            return replace(recovered(self._alone(now), there, fresh, self._clock()), edges=(edge.name,))

        change(self._store, more, anew=True)
        self.follow_sessions()

    def tidy(self, owner: str) -> None:
        """Put right every single entry, and drop what nobody needs any more.

        Args:
            owner: see `prmbuild.publish.deploy.deploy`.

        Raises:
            LockedError: somebody deploys.
            StoreError: the store or the edge fails.
        """
        with locked(self._store, owner, self._clock) as lock:
            self.join()
            change(self._store, lambda sessions: sessions.tidied(self._clock()))
            self.follow(pointer(self._store))
            if self._edge is not None:
                self._tidy(self._edge, lock.renew)

    def _tidy(self, edge: Edge, beat: Callable[[], None]) -> None:
        for _ in attempts(edge):
            tag = edge.standing().tag
            now, there = pointer(self._store), edge.entries()
            require_own(edge, self._store, there)
            require_led(edge, self._store, there, now)
            require_not_ahead(edge, self._store, there, read_sessions(self._store))
            wanted = wanted_of(self._store, now, reached(there).shows)
            puts = {name: entry for name, entry in wanted.items() if there.get(name) != entry}
            since = there.get(SINCE, "0")
            known = since.isascii() and since.isdigit()
            # it names the one before no more, where the record of that is lost by now
            if not known or LIVE in puts:
                puts[SINCE] = str(self._clock())
            settled = known and LIVE not in puts and self._clock() - int(since) >= SETTLES
            full = size({**there, **puts}) > edge.holds
            strays = [
                name
                for name in there.keys() - wanted.keys() - {SINCE, TURN}
                if settled or full or deployment_of(name) is None
            ]
            if chained(edge, tag, puts=puts, deletes=strays, beat=beat) is not None:
                return

    def drift(self) -> Iterator[Drift]:
        """Yield what differs between the edge and the store, entry by entry. No secret is in it.

        Raises:
            StoreError: the store or the edge fails.
        """
        for other in read_sessions(self._store).edges:
            if self._edge is None or other != self._edge.name:
                what = "follows this store, and was not looked at"
                yield Drift(key=other, found=what, way_out=f"name it: --edge {other}")
        if self._edge is not None:
            yield from drift(self._store, self._edge)

    def join(self, *, recorded: bool = False) -> None:
        """Let the edge follow the store, which both say from then on; before anything else is changed at either.

        One that follows it and does not answer is asked again before it is changed: a revocation is on record first.

        Args:
            recorded: whether the same goes for one that a store without keys does not know of, as that may be lost.

        Raises:
            SessionsAheadError: the edge knows keys or revocations that the store does not know.
            StoreError: the edge follows another store, or is new and does not answer; or another edge follows this one,
                too, which would stay behind, and refuse or admit whom it should not. Nothing was changed.
        """
        sessions, edge = self._alone(read_sessions(self._store)), self._edge
        if edge is None:
            return
        there: Mapping[str, str] = {}
        if sessions.edges or (recorded and not sessions.keys and self._store.head(POINTER) is not None):
            try:
                there = edge.get(STORE, SESSIONS)
            except StoreError:
                return
        known = self._joined(edge, sessions, there)
        require_not_ahead(edge, self._store, there or edge.get(STORE, SESSIONS), known)

    def _joined(self, edge: Edge, sessions: Sessions, there: Mapping[str, str]) -> Sessions:
        """Return what is known of sessions, once the edge follows the store."""
        listed = bool(sessions.edges)
        if listed and there.get(STORE) == self._store.place:
            return sessions
        # the edge first: where it refuses, there is no trace of it in the store
        claim(edge, self._store, partial(room, self._store, edge), partial(self._refuse_ahead, edge), listed=listed)
        return change(self._store, lambda now: replace(self._alone(now), edges=(edge.name,)))

    def _refuse_ahead(self, edge: Edge, there: Mapping[str, str]) -> None:
        """Refuse to take an edge that is nobody's, and ahead. One that is the store's is to be revoked at all the same.

        Raises:
            SessionsAheadError: it is.
        """
        if STORE not in there:
            require_not_ahead(edge, self._store, there, read_sessions(self._store))

    def _alone(self, sessions: Sessions) -> Sessions:
        """Return what is known of sessions, where no other edge follows the store than the one that is named."""
        others = [name for name in sessions.edges if self._edge is None or name != self._edge.name]
        if others:
            raise StoreError(
                f"{others[0]} follows {self._store.url}, and would stay behind",
                hint="name it with --edge, or in prm.yaml; where it is gone for good, or this is a copy of the store "
                f"that it follows: prmbuild gc --to {self._store.url} --forget-edge {others[0]}",
            )
        return sessions

    def _turn(self, edge: Edge) -> None:
        for _ in attempts(edge):
            standing = edge.standing()
            now = pointer(self._store)  # after the tag, see above
            there = edge.get(STORE, LIVE, TURN)
            require_own(edge, self._store, there)
            if in_step(there, now):
                return
            require_newer(edge, there, now)
            if now is None:  # it shows what is known here, in no turn
                return
            # what is named and what is put for that go by one look at the records; another may find what was put back
            tag, named = self._prepared.get(now.deployment, ("", None))
            puts: Mapping[str, str] = {}
            if named is None or tag != standing.tag:  # whoever changed the edge since may have made room
                named = named_at_edges(self._store, now, reached(there).shows)
                puts = needed(named.live, named.before)
                check_entries(puts)
            turned = {**puts, SINCE: str(self._clock()), TURN: str(now.turn), LIVE: named.entry}
            if chained(edge, room(self._store, edge, standing, turned), puts=turned) is not None:
                return
