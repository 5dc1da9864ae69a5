"""What an edge shows, and whether the store that it follows can lead it on from there.

The entry `TURN` stays where somebody deletes `LIVE`. So an edge knows how far it was led, whatever it shows; and one
that was led further than the store says, or elsewhere, shows something else only once a person has said what.
"""

from collections.abc import Mapping

from msgspec import Struct

from prmbuild.access.entries import LIVE, TURN
from prmbuild.edge.edge import Edge
from prmbuild.errors import StoreError
from prmbuild.publish.edges.contents import knows, named_by
from prmbuild.records.layout import deployment_key
from prmbuild.records.records import Live
from prmbuild.store.store import Store


class ApartError(StoreError):
    """An edge was led elsewhere than the store says: what was read is out of date, or the store was put back.

    Attributes:
        found: the message without the name of the edge.
        shows: id of the deployment that partners see there; empty for none.
    """

    def __init__(self, edge: Edge, found: str, *, shows: str, hint: str) -> None:
        super().__init__(f"{edge.name} {found}", hint=hint)
        self.found = found
        self.shows = shows


class Reached(Struct, frozen=True, kw_only=True):
    """How far an edge was led.

    Attributes:
        shows: ids of the deployments that it answers from, the one that partners see first; empty for nothing.
        turn: number of the last turn that it was led to, whether or not it still shows that; 0 for none, and None where
            it says no number.
    """

    shows: tuple[str, ...]
    turn: int | None


def reached(there: Mapping[str, str]) -> Reached:
    """Return how far an edge was led, from its entries `LIVE` and `TURN`."""
    number = there.get(TURN, "0")
    turn = int(number) if number.isascii() and number.isdigit() else None
    return Reached(shows=tuple(there.get(LIVE, "").split()), turn=turn)


def in_step(there: Mapping[str, str], now: Live | None) -> bool:
    """Tell whether an edge shows what a store says is live, whatever it names as the one before."""
    return reached(there).shows[:1] == ((now.deployment,) if now is not None else ())


def apart(edge: Edge, store: Store, there: Mapping[str, str], now: Live | None) -> ApartError | None:
    """Return why a store cannot lead an edge on from what it shows; None where it can.

    Args:
        edge: follows the store.
        store: which.
        there: entries of the edge, `LIVE` and `TURN` among them.
        now: what the store says is live; None for nothing.

    Raises:
        StoreError: the store does not answer.
    """
    edge_at, named = reached(there), now.turn if now is not None else 0
    shows = edge_at.shows[0] if edge_at.shows else ""
    if shows and shows not in named_by(now) and not knows(store, shows, now):
        found = f"shows deployment {shows}, which {store.url} does not know"
    elif edge_at.turn is None:
        found = f"does not say which turn it shows, as its entry '{TURN}' is no number"
    elif edge_at.turn > named:
        verb = "shows" if shows else "showed"
        found = f"{verb} turn {edge_at.turn}, and the store names {named}, which is earlier"
    elif now is not None and shows not in ("", now.deployment) and edge_at.turn == named:
        found = f"shows deployment {shows}, and the store names another one with the same turn, {named}"
    else:
        return None
    if shows and store.head(deployment_key(shows)) is not None:
        way_out = f"make live what should be: prmbuild rollback {shows} is what the edge shows"
    else:
        way_out = "prmbuild deploy goes on from there, once a person has approved the plan"
    hint = f"run it again in a minute; was the store itself put back from a backup, {way_out}"
    return ApartError(edge, found, shows=shows, hint=hint)


def require_led(edge: Edge, store: Store, there: Mapping[str, str], now: Live | None) -> None:
    """Refuse an edge that a store cannot lead on; see `apart`.

    Raises:
        ApartError: it cannot.
        StoreError: the store does not answer.
    """
    found = apart(edge, store, there, now)
    if found is not None:
        raise found


def require_newer(edge: Edge, there: Mapping[str, str], now: Live | None) -> None:
    """Refuse to turn an edge back by what was read of the store, which may be out of date.

    Raises:
        ApartError: it would be.
    """
    edge_at, named = reached(there), now.turn if now is not None else 0
    turn = edge_at.turn or 0
    if turn > named:
        hint = "somebody else turned over meanwhile, or what was read is out of date: run it again in a minute"
        found = f"shows turn {turn}, and the store names {named}, which is earlier"
        raise ApartError(edge, found, shows=next(iter(edge_at.shows), ""), hint=hint)
