"""Deployments to an S3 that is busy, loses answers, or takes credentials for expired: they go on, or say why not."""

import random
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from benchmarks.s3_stub import LOST, Answer, Request, Stub, error
from prmbuild.errors import StoreError
from prmbuild.progress import Silence
from prmbuild.publish.lock import LASTS
from prmbuild.records.live import shown
from prmbuild.records.verify import drift
from prmbuild.store.s3 import Patience, S3Store
from tests.publish.sites import NOW, Portals, put_live, site
from tests.stub_s3 import stub

__all__ = ["stub"]

BEFORE: Portals = {"gold": {"index.html": "old " * 99, "a.pdf": "same", "404.html": "none"}}
AFTER: Portals = {"gold": {"index.html": "new " * 99, "a.pdf": "same", "404.html": "none"}}
MANY: Portals = {"gold": {f"p{number}/index.html": f"page {number} " * 20 for number in range(60)}}


@pytest.fixture
def store(stub: Stub) -> S3Store:
    return S3Store("s3://bucket/p", Patience(retry=timedelta(seconds=60)))


def served(stub: Stub) -> dict[str, bytes]:
    return {key: kept.data for key, kept in stub.objects.items() if key.startswith("bucket/p/portals/")}


def revision(store: S3Store) -> str:
    now = shown(store)
    return now.deployment.revision if now is not None else ""


def test_a_busy_store_is_published_to_all_the_same(store: S3Store, stub: Stub, tmp_path: Path) -> None:
    dice = random.Random(0)
    stub.fault = lambda _: (error(503, "SlowDown"), False) if dice.random() < 0.3 else None
    put_live(store, site(tmp_path / "blobs", MANY, "many"))
    assert revision(store) == "many" and len(served(stub)) == 60


@pytest.mark.usefixtures("one_at_a_time")
def test_answers_are_lost_one_after_the_other(store: S3Store, stub: Stub, tmp_path: Path) -> None:
    """Each request in turn is carried out without an answer: the deployment goes on as if nothing was."""
    before, after = site(tmp_path / "blobs", BEFORE, "before"), site(tmp_path / "blobs", AFTER, "after")
    put_live(store, before)
    kept = dict(stub.objects)
    asked = count()

    def counted(_: Request) -> tuple[Answer, bool] | None:
        next(asked)
        return None

    stub.fault = counted
    put_live(store, after)
    wanted, number = served(stub), next(asked)
    assert number > 15
    for lost in range(number):
        stub.hold(kept)
        place = count()
        stub.fault = lambda _, place=place, lost=lost: (LOST, True) if next(place) == lost else None  # type: ignore[misc]
        put_live(store, after)
        assert revision(store) == "after" and served(stub) == wanted, lost


def test_credentials_that_expire_in_the_middle_end_it_and_new_ones_go_on(
    store: S3Store, stub: Stub, tmp_path: Path
) -> None:
    put_live(store, site(tmp_path / "blobs", BEFORE, "before"))
    many = site(tmp_path / "blobs", MANY, "many")
    puts = count()

    def expiring(request: Request) -> tuple[Answer, bool] | None:
        late = request.operation == "PutObject" and next(puts) > 30
        return (error(400, "ExpiredToken"), False) if late else None

    stub.fault = expiring
    with pytest.raises(StoreError, match="credentials have expired") as ended:
        put_live(store, many)
    assert "goes on from where it was" in ended.value.hint
    stub.fault = lambda _: None
    assert revision(store) == "before"
    there = len(served(stub))
    assert 20 < there < 63
    stub.requests.clear()
    put_live(store, many, lambda: NOW + LASTS + 1)
    assert revision(store) == "many" and len(served(stub)) == 63
    # what was there was looked at, and not put again
    assert stub.requests["HeadObject"] == there - 3


def test_what_an_earlier_run_put_is_read_before_it_goes_live(
    store: S3Store, stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are copied from it, and what stands beside its bytes may be older than they are."""
    monkeypatch.setattr("prmbuild.publish.bringing._SAMPLE", 1)
    many = site(tmp_path / "blobs", MANY)

    def expired(request: Request) -> tuple[Answer, bool] | None:
        lists = request.operation == "ListObjectsV2" and "portals/" in request.query.get("prefix", "")
        return (error(400, "ExpiredToken"), False) if lists else None

    stub.fault = expired
    with pytest.raises(StoreError, match="credentials have expired"):
        put_live(store, many)
    stub.fault = lambda _: None
    broken = next(key for key in stub.objects if key.endswith("p41/index.html"))
    data = stub.objects[broken].data
    stub.objects[broken].data = data[:30] + bytes([data[30] ^ 1]) + data[31:]
    put_live(store, many, lambda: NOW + LASTS + 1)
    now = shown(store)
    assert now is not None and now.deployment.revision == many.revision and not list(drift(store, now, Silence()))
