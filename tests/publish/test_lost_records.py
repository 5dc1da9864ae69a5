"""Records that are lost or cannot be asked for: nothing goes on unseen, and a rollback leads out."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from prmbuild.errors import ChangedError, StoreError
from prmbuild.progress import Silence
from prmbuild.publish.collect import Collected, collect, whole
from prmbuild.publish.deploy import planned, roll_back
from prmbuild.publish.site import Site
from prmbuild.records.history import history
from prmbuild.records.layout import JSON, LIVE, TURNS, deployment_key, turn_key
from prmbuild.records.live import UnprovenError, shown
from prmbuild.records.records import Deployment, read_turn
from prmbuild.records.trail import unproven
from prmbuild.records.verify import drift
from prmbuild.store.store import Store
from prmbuild.store.writing import content
from tests.publish.sites import NEW, NOW, OLD, Watched, all_of, directory, partners_see, put_live, site, told_by_files


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return directory(tmp_path / "store")


@pytest.fixture
def both(store: Store, old: Site, new: Site) -> tuple[Deployment, Deployment]:
    """What was live before, and what is."""
    first, second = put_live(store, old).deployment, put_live(store, new).deployment
    assert first is not None and second is not None
    return first, second


def overwrite(store: Store, key: str, data: bytes) -> None:
    found = store.get(key)
    assert found is not None
    with content(data, JSON) as made:
        assert store.put_matching(key, made, found[1].tag) is not None


def collected(store: Store, days: int = 0) -> Collected:
    return collect(
        store,
        keep=timedelta(days=30),
        tell=timedelta(days=365),
        owner="a test",
        clock=lambda: NOW + days * 86_400,
        progress=Silence(),
    )


def back_to(store: Store, one: Deployment) -> None:
    roll_back(store, one.id, owner="a test", by="a test", clock=lambda: NOW)
    now = shown(store)
    assert now is not None and now.deployment == one and now.live.pinned
    assert not list(unproven(store, now.live, Silence())) and not list(drift(store, now, Silence()))


@pytest.mark.parametrize("lost", ["gone", "garbage", "empty"])
def test_where_the_pointer_is_lost_nothing_goes_on_and_a_rollback_leads_out(
    store: Store, both: tuple[Deployment, Deployment], new: Site, lost: str
) -> None:
    if lost == "gone":
        store.delete([LIVE])
    else:
        overwrite(store, LIVE, b"" if lost == "empty" else b"<html>")
    for go_on in (lambda: put_live(store, new), lambda: planned(new, store, told_by_files(new))):
        with pytest.raises(UnprovenError) as refused:
            go_on()
        assert f"prmbuild rollback {both[1].id}" in refused.value.hint
    with pytest.raises(UnprovenError):
        collected(store)
    assert whole(store, both[0])
    with pytest.raises(UnprovenError):
        roll_back(store, "", owner="a test", by="a test", clock=lambda: NOW)
    back_to(store, both[1])
    assert partners_see(store) == all_of(NEW)


def test_a_first_turn_that_a_dying_run_left_is_no_lost_pointer(store: Store, old: Site, tmp_path: Path) -> None:
    put_live(store, old)
    store.delete([LIVE])  # as if it had died between the two
    assert shown(store) is None
    put_live(store, old)
    assert partners_see(store) == all_of(OLD)


def test_where_no_record_can_be_read_nothing_goes_on(
    store: Store, both: tuple[Deployment, Deployment], new: Site
) -> None:
    for key in [found.key for found in store.listed(TURNS)] + [deployment_key(one.id) for one in both]:
        overwrite(store, key, b"{}")
    store.delete([LIVE])
    with pytest.raises(ChangedError, match="can be read"):
        put_live(store, new)


def test_what_is_live_can_be_left_though_its_record_was_changed(
    store: Store, both: tuple[Deployment, Deployment]
) -> None:
    overwrite(store, deployment_key(both[1].id), both[1].text().replace(b"decade", b"facade"))
    with pytest.raises(ChangedError, match="was changed"):
        shown(store)
    roll_back(store, both[0].id, owner="a test", by="a test", clock=lambda: NOW)
    assert partners_see(store) == all_of(OLD)


def test_a_store_that_does_not_answer_was_not_tampered_with(
    store: Store, both: tuple[Deployment, Deployment], new: Site
) -> None:
    def refuse() -> None:
        raise StoreError("the token expired")

    looked = Watched(store)
    now = shown(looked)
    assert now is not None
    list(unproven(looked, now.live, Silence()))
    for at in range(len(looked.operations)):
        failing = Watched(store, at, before=refuse)
        with pytest.raises(StoreError, match="the token expired") as failed:
            shown(failing)
            list(unproven(failing, now.live, Silence()))
        assert not isinstance(failed.value, ChangedError)
    deploying = Watched(store)
    planned(new, deploying, told_by_files(new))
    for at in range(len(deploying.operations)):
        with pytest.raises(StoreError, match="the token expired"):
            planned(new, Watched(store, at, before=refuse), told_by_files(new))


def test_what_lost_turns_told_of_is_kept_as_long_as_anything(store: Store, old: Site, tmp_path: Path) -> None:
    made = [
        put_live(store, site(tmp_path / "blobs", {"gold": {"index.html": text, "404.html": "none"}}, text)).deployment
        for text in ("one", "two", "three", "four")
    ]
    first, second, *_ = made
    assert first is not None and second is not None
    lost = next(one for one in _turns(store) if one[1] == second.id)
    store.delete([turn_key(lost[0])])
    assert collected(store, days=29).objects == 0
    assert whole(store, first) and whole(store, second)
    back_to_first = roll_back(store, second.id, owner="a test", by="a test", clock=lambda: NOW + 1)
    assert back_to_first.deployment == second.id
    collected(store, days=31)
    assert not whole(store, first) and whole(store, second)


def _turns(store: Store) -> Iterator[tuple[str, str]]:
    for found in list(store.listed(TURNS)):
        name = found.key.rpartition("/")[2].removesuffix(".json")
        data = store.get(found.key)
        assert data is not None
        yield name, read_turn(name, data[0]).deployment


def test_a_store_below_another_is_not_collected_with_it(tmp_path: Path, old: Site, new: Site) -> None:
    outer, inner = directory(tmp_path / "store"), directory(tmp_path / "store" / "portals")
    put_live(inner, old)
    put_live(outer, new)
    done = collected(outer, days=400)
    assert done.objects == 0 and done.strays
    assert partners_see(inner) == all_of(OLD)
    now = shown(inner)
    assert now is not None and not list(unproven(inner, now.live, Silence())) and not list(drift(inner, now, Silence()))


@pytest.mark.parametrize("key", [turn_key("0" * 32), deployment_key("0" * 32)])
def test_what_nothing_leads_to_and_nobody_can_read_is_named(
    store: Store, both: tuple[Deployment, Deployment], key: str
) -> None:
    with content(b"<html>", JSON) as made:
        store.put_absent(key, made)
    now = shown(store)
    assert now is not None
    [found] = unproven(store, now.live, Silence())
    assert found.key == key and "delete it where no backup has it" in found.found
    assert not history(store, now.live).complete
    store.delete([key])
    assert not list(unproven(store, now.live, Silence())) and history(store, now.live).complete
