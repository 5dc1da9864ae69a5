"""Operations that are done many at a time: their results in order, and what becomes of those after one that fails."""

import _thread
import threading
import time
from collections.abc import Iterator
from itertools import count

import pytest

from prmbuild.records import transfers
from prmbuild.records.transfers import every


def no_thread_left(before: int) -> None:
    """Require that there are no more threads than before; those that are over need a moment to be gone."""
    deadline = time.monotonic() + 10
    while _thread._count() > before:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def in_uneven_time(number: int) -> int:
    time.sleep(0.001 * (number * 7 % 5))
    return number * number


def test_results_come_in_the_order_of_the_items_and_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfers, "_AT_ONCE", 20)
    assert list(every(in_uneven_time, range(700))) == [number * number for number in range(700)]
    together = threading.Barrier(20)
    assert list(every(lambda _: together.wait(10) >= 0, range(20))) == [True] * 20


@pytest.mark.parametrize("items", [0, 1, 2])
def test_few_items_are_as_good_as_many(items: int) -> None:
    assert list(every(in_uneven_time, range(items))) == [number * number for number in range(items)]


def test_one_that_fails_ends_it_once_those_under_way_are_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfers, "_AT_ONCE", 4)
    begun, over, before = count(), count(), _thread._count()

    def fail_at_20(number: int) -> int:
        next(begun)
        if number == 20:
            raise OSError("20")
        time.sleep(0.002)
        next(over)
        return number

    found: list[int] = []
    with pytest.raises(OSError, match="20"):
        for result in every(fail_at_20, range(10_000)):
            found.append(result)
    started, ended = next(begun), next(over)
    assert found == list(range(len(found))) and len(found) <= 20
    assert started == ended + 1 and started < 40, "every one that was begun ended, and no more were begun"
    no_thread_left(before)


def test_items_that_cannot_be_had_end_it_too() -> None:
    def items() -> Iterator[int]:
        yield from range(3)
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        list(every(in_uneven_time, items()))


def test_whoever_stops_asking_leaves_nothing_behind() -> None:
    before = _thread._count()
    results = every(in_uneven_time, range(1000))
    assert next(results) == 0
    assert isinstance(results, Iterator)
    results.close()  # type: ignore[attr-defined]  # a generator
    no_thread_left(before)
