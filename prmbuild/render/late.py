"""What is read when it is asked for."""

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Generic, Protocol, TypeVar

_Value = TypeVar("_Value")


class Late(Generic[_Value]):
    """A part of a value that is read when it is asked for. All are equal: what stands beside it tells which it is.

    Args:
        read: returns it.
    """

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[], _Value]) -> None:
        self._read = read

    def __call__(self) -> _Value:
        """Read it."""
        return self._read()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Late)

    def __hash__(self) -> int:
        return hash(Late)

    def __reduce__(self) -> tuple[object, ...]:
        """Take along to another process what is read, as what reads it may be here alone."""
        return Late, (partial(_itself, self()),)


class Forgetful(Protocol):
    """Holds what it read, until it is told to forget."""

    def forget(self) -> None:
        """Let go of what was read; it is read again when it is asked for."""


_Forgetful = TypeVar("_Forgetful", bound=Forgetful)


class Recent(Generic[_Forgetful]):
    """Those who read something last. Of too many, the first forgets.

    Args:
        most: how many may hold what they read.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: deque[_Forgetful] = deque()

    def add(self, one: _Forgetful) -> None:
        """Somebody reads something."""
        self._known.append(one)
        if len(self._known) > self._most:
            self._known.popleft().forget()


def _itself(value: _Value) -> _Value:
    return value
