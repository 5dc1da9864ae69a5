"""Publishing as a whole: under the lock, from what is live to what was built."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.access.entries import LIVE, STORE, TURN
from prmbuild.edge.edge import Edge
from prmbuild.errors import ChangedError, StoreError
from prmbuild.progress import Progress
from prmbuild.publish.apply import apply, turn
from prmbuild.publish.collect import whole
from prmbuild.publish.edges.edges import Edges
from prmbuild.publish.edges.owner import stranger
from prmbuild.publish.edges.shows import ApartError, apart, reached
from prmbuild.publish.gains import GainsOf
from prmbuild.publish.guard import Limits, objections
from prmbuild.publish.lock import Clock, Place, going, locked
from prmbuild.publish.plan import Plan, plan, replaced
from prmbuild.publish.site import Site
from prmbuild.publish.stale import ApprovedPlan, differences, typed
from prmbuild.publish.start import Start, goes_on_from, kept_whole, start_of, to_go_back_to
from prmbuild.records.history import turns
from prmbuild.records.kept import lacking
from prmbuild.records.layout import waiting_key
from prmbuild.records.live import Predecessor, UnlistedError, manifests, predecessor, shown, to_turn
from prmbuild.records.recorded import deployment, or_why
from prmbuild.records.records import BACKUP, Deployment, Kind, Live, ManifestOf, Run, Turn
from prmbuild.records.writing import put_once
from prmbuild.store.store import Store

_REMEMBERED, _OFFERED = 50, 5
"""How many turns are looked at for what can be gone back to, and how many deployments of them are named."""


class RefusedError(StoreError):
    """A plan that a person has to approve first.

    Attributes:
        what: the message without the reasons.
        reasons: sentences for people.
    """

    def __init__(self, what: str, *, hint: str, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(f"{what}: {'; '.join(reasons)}" if reasons else what, hint=hint)
        self.what = what
        self.reasons = reasons


class Done(Struct, frozen=True, kw_only=True):
    """What became of a deployment.

    Attributes:
        plan: what was planned.
        deployment: what is live now; None where nothing had to happen.
        live: the pointer now.
    """

    plan: Plan
    deployment: Deployment | None
    live: Live


def planned(site: Site, store: Store, gains_of: GainsOf, edge: Edge | None = None) -> Plan:
    """Plan what would be deployed now.

    Args:
        site: what was built.
        store: where to.
        gains_of: tells what partners gain and lose; see `prmbuild.publish.plan.plan`.
        edge: CloudFront's, where there is one; it is looked at, by whoever may do so.

    Raises:
        ApartError: the edge shows something else than the store says, and that can be gone back to.
        StoreError: the store does not answer, or cannot be read.
    """
    there: Mapping[str, str] = {}
    if edge is not None:
        with suppress(StoreError):  # who plans need not have access to it; who deploys has
            there = edge.get(STORE, LIVE, TURN)
    marked = going(store)
    before = goes_on_from(store, lambda: reached(there), marked)
    led = None
    if edge is not None and not stranger(store, there):
        led = apart(edge, store, there, before.live if before is not None else None)
    start = start_of(store, before, led, marked)
    return _planned(site, start, store, gains_of, marked)[0]


def _planned(
    site: Site, start: Start, store: Store, gains_of: GainsOf, marked: Collection[Place]
) -> tuple[Plan, Predecessor | None, ManifestOf]:
    """Return a plan, what it goes on from, and what reads the lists of files that it is made from.

    Where one of these is lost, nobody can tell what partners see, and nothing of that is used.
    """
    before = start.before
    current = before.deployment if before is not None else None
    manifest_of = manifests(store, current, replaced(site, current))
    if before is None:
        return plan(site, None, manifest_of, gains_of, going=marked), None, manifest_of
    try:
        made = plan(
            site,
            current,
            manifest_of,
            gains_of,
            lost=start.live,
            unknown=start.unknown,
            pinned=before.live.pinned and not start.unknown,
            going=marked,
        )
        for one in made.portals if not made.same else ():
            if one.after is not None and one.same and one.after.place.delta:  # the leak check asks for it, too
                manifest_of(one.portal, one.after.place.base)
    except UnlistedError as error:
        what = f"what is live cannot be told, as '{error.key}' {error.found}, which prmbuild mend may put right"
        unlisted = replace(start, before=replace(before, deployment=None), unknown=what)
        return _planned(site, unlisted, store, gains_of, marked)
    return made, before, manifest_of


def deploy(
    site: Site,
    store: Store,
    *,
    owner: str,
    by: str,
    clock: Clock,
    limits: Limits,
    gains_of: GainsOf,
    edge: Edge | None = None,
    approved: ApprovedPlan | None = None,
    over: bool = False,
    command: str = "prmbuild deploy",
    repeated: str = "",
    progress: Progress,
    told: Callable[[Plan], None] = lambda _: None,
) -> Done:
    """Plan, guard and apply.

    Args:
        site: what was built.
        store: where to.
        owner: who deploys, for others who want to.
        by: who deploys, for the records; see `prmbuild.records.records.Deployment.by`.
        clock: tells the time.
        limits: what may go without a person's approval.
        gains_of: tells what partners gain and lose; see `prmbuild.publish.plan.plan`.
        edge: CloudFront's, where there is one.
        approved: the plan that a person approved.
        over: whether to take the lock from who holds it, see `prmbuild.publish.lock.Lock.take`.
        command: what to type to deploy to this place.
        repeated: options that say which state this is, as they are to be typed again with an approval; each after a
            space.
        progress: hears of the stages.
        told: is told of the plan before it is applied.

    Raises:
        RefusedError: the plan is not the approved one, or needs an approval; or a person pinned what is live.
        StoreError: the store or an edge fails; what partners see has not changed.
        AccessError: see `prmbuild.publish.apply.apply`.
    """
    with locked(store, owner, clock, over=over) as lock:
        edges = Edges(store, edge, clock)
        found = goes_on_from(store, edges.reached, lock.going)
        led, in_step = None, False
        try:
            # what a run before this one began, and did not end; what there is no record of is gone over
            with suppress(ChangedError):
                in_step = edges.follow(found.live if found is not None else None)
        except ApartError as error:
            led = error
        start = start_of(store, found, led, lock.going)
        made, before, manifest_of = _planned(site, start, store, gains_of, lock.going)
        told(made)
        if approved is not None and approved.digest != made.digest:
            _leave(made, store)
            again = typed(approved, made)
            meant = f"for what was approved: {command}{again} --approve {approved.digest}; or " if again else ""
            raise RefusedError(
                f"the plan is {made.digest} now, and not the approved {approved.digest}",
                hint=f"{meant}look at the new plan; where it is right, {command}{repeated} --approve {made.digest}",
                reasons=differences(approved, made),
            )
        if made.same:
            assert before is not None
            if not in_step:
                edges.turn()
            return Done(plan=made, deployment=None, live=before.live)
        if made.pinned:
            raise RefusedError(
                f"deployment {made.live} was put back by a person and stays",
                hint="prmbuild rollback --unpin lets deployments go on",
            )
        against = objections(made, limits) if approved is None else ()
        if against:
            _leave(made, store)
            hint = f"look at the plan; where it is right, {command}{repeated} --approve {made.digest}"
            raise RefusedError("a person has to approve this plan", hint=hint, reasons=against)
        applied, live = apply(
            made,
            site,
            store,
            before=_after_edge(before, edges) if before is not None else None,
            lock=lock,
            edges=edges,
            manifest_of=manifest_of,
            run=Run(by=by, clock=clock, approved=approved is not None),
            progress=progress,
        )
        return Done(plan=made, deployment=applied, live=live)


def _leave(made: Plan, store: Store) -> None:
    """Keep a plan that waits for an approval in the store, so that its approver can be told what changed since."""
    put_once(store, waiting_key(made.digest), made.text())


def roll_back(
    store: Store,
    name: str,
    *,
    owner: str,
    by: str,
    clock: Clock,
    edge: Edge | None = None,
    over: bool = False,
    told: Callable[[Deployment | None, Deployment], None] = lambda _, __: None,
) -> Live:
    """Make an earlier deployment the one that partners see, at once, and pin it until a person says otherwise.

    Args:
        store: where.
        name: id of the deployment; empty for the one that was live before, where what is live was deployed and not gone
            back to: what was live before that is what somebody wanted to be rid of.
        owner: see `deploy`.
        by: see `deploy`.
        clock: tells the time.
        edge: see `deploy`.
        over: see `deploy`.
        told: is told of what was live, None where the record of that is lost, and what is live from then on.

    Raises:
        RefusedError: it is not clear which one is meant.
        StoreError: it is not kept whole any more, or the store fails.
    """
    with locked(store, owner, clock, over=over) as lock:
        # who names a deployment says what is right, also where the pointer is not what was written
        edges = Edges(store, edge, clock)
        before: Predecessor | None = to_turn(store, edges.reached().turn or 0) if name else shown(store)
        if before is None:
            raise StoreError(f"nothing was ever deployed to {store.url}")
        if not name:
            _refuse_to_guess(store, before)
        wanted = name or before.live.before
        if not wanted:
            raise StoreError("there is no deployment before the one that is live")
        found = _to_go_back_to(store, wanted, before.live, lock.going)
        try:
            with suppress(ChangedError):  # what there is no record of is gone over
                edges.follow(before.live)
        except ApartError:
            if not name:
                raise
            before = replace(before, deployment=None)  # partners see something else
        before = _after_edge(before, edges)
        edges.check(found, before)
        edges.prepare(found, before, lock.renew)
        live = turn(store, lock, before, wanted, kind=Kind.ROLLBACK, run=Run(by=by, clock=clock), pinned=True)
        edges.turn()
        told(before.deployment, found)
        return live


def _to_go_back_to(store: Store, name: str, live: Live, marked: Collection[Place]) -> Deployment:
    """Return a deployment that all of is there.

    Args:
        store: where.
        name: its id.
        live: the pointer.
        marked: releases that a run may still delete.

    Raises:
        StoreError: there is none of that name, or something of it is lost or was changed.
    """
    found = or_why(deployment, store, name)
    lost = lacking(store, found) if isinstance(found, Deployment) else ()
    if isinstance(found, Deployment) and not lost and kept_whole(store, found, marked):
        return found
    other = next((one.id for one in to_go_back_to(store, live, marked) if one.id != name), None)
    instead = f", or prmbuild rollback {other}" if other is not None else ""
    way_out = f"prmbuild deploy what should be live{instead}"
    if isinstance(found, ChangedError):
        raise ChangedError(found.key, found.found, hint=f"{BACKUP}, or {way_out}") from found
    if not lost or not whole(store, found):
        raise StoreError(f"releases of deployment {name} are no longer there", hint=way_out)
    raise StoreError(
        f"{len(lost)} objects of deployment {name} are lost or were changed, such as '{lost[0]}'", hint=way_out
    )


def _after_edge(before: Predecessor, edges: Edges) -> Predecessor:
    """Return what the next turn goes on from, of a number that the edge takes: it may know of turns that are lost."""
    return replace(before, live=replace(before.live, turn=max(before.live.turn, edges.reached().turn or 0)))


def _refuse_to_guess(store: Store, before: Predecessor) -> None:
    """Do nothing where what is live was deployed last and not gone back to, and it is known what was live before.

    Raises:
        RefusedError: it was gone back to, or turns before it are lost.
        StoreError: the store does not answer.
    """
    known: list[Turn] = list(islice(turns(store, before.live), _REMEMBERED))
    last = next((one for one in known if one.kind is not Kind.UNPIN), None)
    lost = _lost_before(known, before.live)
    if not before.live.pinned and (last is None or last.kind is not Kind.ROLLBACK) and not lost:
        return
    others: dict[str, str] = {}
    for one in known:
        if one.deployment != before.live.deployment and len(others) < _OFFERED:
            others.setdefault(one.deployment, one.at)
    if lost:
        what = f"turn {lost} is lost, so it is not known what was live before {before.live.deployment}"
        hint = "say which one: prmbuild rollback DEPLOYMENT; prmbuild status --all lists what was live"
        raise RefusedError(what, hint=hint, reasons=tuple(f"{name}  live from {at}" for name, at in others.items()))
    raise RefusedError(
        f"deployment {before.live.deployment} is live because a person went back to it; going back once more would "
        f"make live again what was live before that, {before.live.before}",
        hint="prmbuild status --all lists what was live; say which one: prmbuild rollback DEPLOYMENT",
        reasons=tuple(f"{name}  live from {at}" for name, at in others.items()),
    )


def _lost_before(known: Sequence[Turn], live: Live) -> int:
    """Return the number of a turn that is lost, of which nobody knows whether it came before what is live; 0 for none.

    Args:
        known: the last turns, newest first.
        live: the pointer.
    """
    number = live.turn
    for one in known:
        if one.number != number:
            return number
        if one.deployment != live.deployment:
            return 0
        number -= 1
    return 0


def unpin(store: Store, *, owner: str, by: str, clock: Clock, edge: Edge | None = None, over: bool = False) -> Live:
    """Change nothing that partners see, but let deployments go on, be the record of what is live lost.

    Args:
        store: where.
        owner: see `deploy`.
        by: see `deploy`.
        clock: tells the time.
        edge: see `deploy`.
        over: see `deploy`.

    Raises:
        ApartError: partners see something else at the edge.
        StoreError: nothing is pinned, or the store or the edge fails.
    """
    with locked(store, owner, clock, over=over) as lock:
        edges = Edges(store, edge, clock)
        before = predecessor(store)
        if before is None or not before.live.pinned:
            raise StoreError(f"nothing is pinned in {store.url}")
        with suppress(ChangedError):  # what there is no record of is nowhere to be turned over
            edges.follow(before.live)
        before = _after_edge(before, edges)
        return turn(store, lock, before, before.live.deployment, kind=Kind.UNPIN, run=Run(by=by, clock=clock))
