"""What an S3 store makes of an S3 that is busy, slow, broken, or loses answers."""

import time
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.s3_stub import LOST, Answer, Fault, Request, Stub, error
from prmbuild.errors import StoreError
from prmbuild.store.s3 import Patience, S3Store
from prmbuild.store.store import Content, Headers
from tests.stub_s3 import stub

__all__ = ["stub"]

BUSY = error(503, "SlowDown")
SHORT = Patience(answer=timedelta(seconds=0.3), retries=2, retry=timedelta(seconds=20))
OPERATIONS: dict[str, Callable[[S3Store, Content, str], object]] = {
    "put_absent": lambda store, made, _: store.put_absent("new", made),
    "put_matching": lambda store, made, tag: store.put_matching("there", made, tag),
    "get": lambda store, _, __: store.get("there"),
    "head": lambda store, _, __: store.head("there"),
    "copy": lambda store, _, __: store.copy("there", "copied"),
    "listed": lambda store, _, __: list(store.listed("")),
}


@pytest.fixture
def made(tmp_path: Path) -> Content:
    (tmp_path / "file").write_bytes(b"hello")
    return Content(
        file=tmp_path / "file", digest=sha256(b"hello").hexdigest(), headers=Headers(content_type="text/plain")
    )


@pytest.fixture
def store(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> S3Store:
    monkeypatch.setattr("prmbuild.store.s3._PAUSE", 0.001)
    return S3Store("s3://bucket/p", SHORT)


def times(number: int, answer: Answer, *, done: bool = False) -> Fault:
    """The first requests go wrong."""
    left = iter(range(number))
    return lambda _: (answer, done) if next(left, None) is not None else None


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("number", "answer"), [(1, error(500, "InternalError")), (2, BUSY), (2, LOST)], ids=["broken", "busy", "lost"]
)
def test_what_fails_once_or_twice_is_asked_again(
    store: S3Store, stub: Stub, made: Content, operation: str, number: int, answer: Answer
) -> None:
    tag = store.put_absent("there", made)
    assert tag
    stub.fault = times(number, answer)
    assert OPERATIONS[operation](store, made, tag)


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if name != "head"])
@pytest.mark.parametrize(
    ("answer", "said", "hint"),
    [
        (BUSY, "asks for fewer requests", "goes on from where it was"),
        (error(403, "ExpiredToken"), "credentials have expired", "goes on from where it was"),
        (error(400, "ExpiredToken"), "credentials have expired", "get new ones"),
        (error(403, "AccessDenied"), "access is denied", "role"),
        (error(404, "NoSuchBucket"), "no such bucket", "prmbuild makes none"),
        (LOST, "error sending request", "network"),
    ],
)
def test_what_fails_for_good_is_said_in_a_line(
    store: S3Store, stub: Stub, made: Content, operation: str, answer: Answer, said: str, hint: str
) -> None:
    tag = store.put_absent("there", made)
    assert tag
    stub.fault = lambda _: (answer, False)
    with pytest.raises(StoreError, match=said) as failed:
        OPERATIONS[operation](store, made, tag)
    assert hint in failed.value.hint and "\n" not in failed.value.message


@pytest.mark.parametrize(("answer", "said"), [(BUSY, "fewer requests"), (error(403, "ExpiredToken"), "denied")])
def test_answers_without_a_body_say_what_their_status_says(
    store: S3Store, stub: Stub, answer: Answer, said: str
) -> None:
    stub.fault = lambda _: (answer, False)
    with pytest.raises(StoreError, match=said):
        store.head("there")


def test_an_answer_that_is_lost_once_it_was_done_leaves_one_object(store: S3Store, stub: Stub, made: Content) -> None:
    stub.fault = times(1, LOST, done=True)
    assert store.put_absent("new", made) is None
    entry = store.head("new")
    assert entry is not None and entry.digest == made.digest
    stub.fault = times(1, LOST, done=True)
    assert store.put_matching("new", made, entry.tag) is None
    assert store.head("new") is not None


def test_a_name_that_ends_a_list_is_said(store: S3Store, stub: Stub, made: Content) -> None:
    assert store.put_absent("odd/key", made)
    stub.objects["bucket/p/odd//key"] = stub.objects["bucket/p/odd/key"]
    stub.objects.pop("bucket/p/odd/key")
    with pytest.raises(StoreError, match="somebody put 'p/odd//key' there") as failed:
        list(store.listed("odd"))
    assert "delete that object" in failed.value.hint


def test_what_was_broken_on_its_way_is_put_again(store: S3Store, stub: Stub, made: Content) -> None:
    stub.fault = times(2, error(400, "BadDigest"))
    assert store.put_absent("new", made)
    stub.fault = lambda _: (error(400, "BadDigest"), False)
    with pytest.raises(StoreError, match="not what was sent"):
        store.put_absent("other", made)


def test_a_put_carries_the_digest_of_its_bytes(store: S3Store, stub: Stub, made: Content) -> None:
    def other_bytes(request: Request) -> tuple[Answer, bool]:
        broken = Request(request.method, request.key, request.query, request.headers, b"hellO")
        return stub.without_faults(broken), False

    stub.fault = other_bytes
    with pytest.raises(StoreError, match="not what was sent"):
        store.put_absent("new", made)
    assert not stub.objects


def test_who_puts_at_the_same_moment_is_waited_for(store: S3Store, stub: Stub, made: Content) -> None:
    stub.fault = times(2, error(409, "ConditionalRequestConflict"))
    assert store.put_absent("new", made)


def test_a_slow_store_is_given_up_in_time(store: S3Store, stub: Stub, made: Content) -> None:
    stub.delay = 5
    began = time.monotonic()
    with pytest.raises(StoreError):
        S3Store("s3://bucket/p", Patience(answer=timedelta(seconds=0.1), retries=1)).get("there")
    assert time.monotonic() - began < 60, "it was waited for without end"


def test_repeats_come_later_each_time_and_not_all_at_once(store: S3Store, stub: Stub) -> None:
    """obstore waits by itself; here is seen that it does."""
    asked: list[float] = []

    def busy(_: Request) -> tuple[Answer, bool]:
        asked.append(time.monotonic())
        return BUSY, False

    stub.fault = busy
    with pytest.raises(StoreError):
        store.get("there")
    assert len(asked) == 1 + SHORT.retries
    assert all(later - earlier > 0.05 for earlier, later in pairwise(asked))
