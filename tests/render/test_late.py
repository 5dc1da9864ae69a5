"""Parts of values that are let go of: of too many that hold theirs, the first forgets, and reads again when asked."""

from collections.abc import Callable
from functools import cached_property

from prmbuild.render.late import Recent


class Holder:
    """Holds what it read."""

    def __init__(self, recent: Recent["Holder"], read: Callable[[], int]) -> None:
        self._recent, self._read = recent, read

    @cached_property
    def value(self) -> int:
        self._recent.add(self)
        return self._read()

    def forget(self) -> None:
        self.__dict__.pop("value", None)


def test_of_too_many_the_first_forgets_and_reads_again() -> None:
    reads: list[int] = []

    def reading(number: int) -> Callable[[], int]:
        return lambda: reads.append(number) or number

    recent = Recent[Holder](2)
    some = [Holder(recent, reading(number)) for number in range(3)]
    assert [one.value for one in (*some, some[2], some[1], some[0])] == [0, 1, 2, 2, 1, 0]
    assert reads == [0, 1, 2, 0]
