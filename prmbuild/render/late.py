"""What is read when it is asked for."""

from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

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


def _itself(value: _Value) -> _Value:
    return value
