"""Reading records one at a time: what was written, or why that cannot be told.

A record that is lost, was changed or cannot be read is the same to whoever needs it: a `ChangedError` that names it.
Whoever can go on without it asks by `known` or `or_why`.
"""

from collections.abc import Callable
from typing import TypeVar

from prmbuild.errors import ChangedError
from prmbuild.records.layout import deployment_key, turn_key
from prmbuild.records.records import BACKUP, LOST, Deployment, Turn, read_deployment, read_turn
from prmbuild.store.store import Store

_Record = TypeVar("_Record")
_Named = Callable[[Store, str], _Record]


def turn(store: Store, name: str) -> Turn:
    """Return the record of a turn.

    Raises:
        ChangedError: there is none, or it is not what was written.
        StoreError: the store does not answer.
    """
    return read_turn(name, written(store, turn_key(name)))


def deployment(store: Store, name: str) -> Deployment:
    """Return the record of a deployment.

    Raises:
        ChangedError: there is none, or it is not what was written.
        StoreError: the store does not answer.
    """
    return read_deployment(name, written(store, deployment_key(name)))


def or_why(read: _Named[_Record], store: Store, name: str) -> _Record | ChangedError:
    """Return a record, or what is wrong with it.

    Args:
        read: `turn`, `deployment` or `evidence.evidence`.
        store: where.
        name: of the record, as `read` takes it.

    Raises:
        StoreError: the store does not answer.
    """
    try:
        return read(store, name)
    except ChangedError as error:
        return error


def known(read: _Named[_Record], store: Store, name: str) -> _Record | None:
    """Return a record; None where it is not what was written. See `or_why`."""
    found = or_why(read, store, name)
    return None if isinstance(found, ChangedError) else found


def written(store: Store, key: str) -> bytes:
    """Return what a record says, whether or not it is what was written.

    Raises:
        ChangedError: there is none.
        StoreError: the store does not answer.
    """
    found = store.get(key)
    if found is None:
        raise ChangedError(key, LOST, hint=BACKUP)
    return found[0]
