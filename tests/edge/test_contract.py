"""What every edge promises, held by CloudFront's and by what stands in for it in tests."""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from prmbuild.aws import session
from prmbuild.edge.cloudfront import KeyValueStore
from prmbuild.edge.edge import Edge
from prmbuild.edge.limits import size
from prmbuild.errors import StoreError
from tests.edge.memory import MemoryEdge
from tests.object_storage import S3


@pytest.fixture(params=("memory", "cloudfront"))
def reopen(request: pytest.FixtureRequest) -> Callable[[], Edge]:
    """Opens the same edge again, as another process would."""
    if request.param == "memory":
        edge = MemoryEdge()
        return lambda: edge
    s3: S3 = request.getfixturevalue("s3")
    arn = s3.key_value_store()
    return lambda: KeyValueStore(arn)


@pytest.fixture
def edge(reopen: Callable[[], Edge]) -> Edge:
    return reopen()


def test_what_was_put_is_read_by_others(edge: Edge, reopen: Callable[[], Edge]) -> None:
    start = edge.standing()
    assert (start.size, edge.entries(), edge.get("live")) == (0, {}, {})
    puts = {"live": "d2 d1", "v/d2/nordwind/sales": "gold-emea", "x/u/Ab_9-": "é"}
    tag = edge.update(start.tag, puts)
    assert tag and tag != start.tag
    other = reopen()
    assert other.standing().tag == tag
    assert other.standing().size == size(puts)
    assert other.entries() == puts
    assert other.get("live", "none", "x/u/Ab_9-") == {"live": "d2 d1", "x/u/Ab_9-": "é"}


def test_only_the_one_that_was_seen_is_changed(edge: Edge, reopen: Callable[[], Edge]) -> None:
    start = edge.standing().tag
    tag = edge.update(start, {"a": "1"})
    assert tag is not None
    assert edge.update(start, {"a": "2", "b": "2"}, []) is None
    assert reopen().update(start, {}, ["a"]) is None
    assert edge.entries() == {"a": "1"}
    assert reopen().update(tag, {"a": "3"}) is not None
    assert edge.update(tag, {"a": "4"}) is None
    assert edge.entries() == {"a": "3"}


def test_puts_and_deletes_are_one(edge: Edge) -> None:
    tag = edge.update(edge.standing().tag, {"a": "1", "b": "1"})
    assert tag is not None
    assert edge.update(tag, {"a": "2", "c": "2"}, ["b"]) == edge.standing().tag
    assert edge.entries() == {"a": "2", "c": "2"}


def test_many_are_listed_whole(edge: Edge) -> None:
    wanted = {f"v/d/{number:03}/sales": "x" * number for number in range(1, 121)}
    names, tag = sorted(wanted), edge.standing().tag
    for start in range(0, len(names), 50):
        new = edge.update(tag, {name: wanted[name] for name in names[start : start + 50]})
        assert new is not None
        tag = new
    assert edge.entries() == wanted


def test_of_many_one_changes(reopen: Callable[[], Edge]) -> None:
    tag = reopen().standing().tag
    edges, ready = [reopen() for _ in range(4)], threading.Barrier(4)

    def race(number: int) -> str | None:
        edges[number].standing()
        ready.wait()
        return edges[number].update(tag, {"by": str(number), f"only {number}": ""} | {"x": "y"})

    with ThreadPoolExecutor(4) as threads:
        won = [number for number, new in enumerate(threads.map(race, range(4))) if new]
    assert len(won) == 1
    assert reopen().entries() == {"by": str(won[0]), f"only {won[0]}": "", "x": "y"}


@pytest.mark.parametrize("library", ["boto3", "botocore.config", "awscrt.auth"])
def test_a_library_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    session._made.cache_clear()
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(StoreError, match="needs the extra 'aws'") as said:
        KeyValueStore("arn:aws:cloudfront::000000000000:key-value-store/none").standing()
    assert "prmbuild[aws] into requirements.in" in said.value.hint


def test_an_edge_that_is_not_there_is_said(s3: S3) -> None:
    absent = KeyValueStore("arn:aws:cloudfront::000000000000:key-value-store/none")
    for ask in (absent.standing, absent.entries, lambda: absent.get("live"), lambda: absent.update("x", {"a": "b"})):
        with pytest.raises(StoreError, match="key-value-store/none") as said:
            ask()
        assert "no such KeyValueStore" in said.value.hint
