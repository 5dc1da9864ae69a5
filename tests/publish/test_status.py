"""What is said of what is live, before and after a way back."""

import json
from pathlib import Path

from prmbuild.publish.deploy import roll_back
from prmbuild.publish.edges.edges import Edges
from prmbuild.publish.site import Site
from prmbuild.publish.status import Status, status
from prmbuild.publish.status_report import as_json, as_text
from prmbuild.records.live import shown
from prmbuild.store.store import Store
from tests.publish.sites import Portals, directory, put_live, site

NINE, TEN, ELEVEN = (1_800_000_000 + 3600 * hours for hours in (1, 2, 3))
OLD: Portals = {"gold": {"index.html": "home", "a/index.html": "a"}, "silver": {"index.html": "home"}}
NEW: Portals = {**OLD, "gold": {"index.html": "home", "b/index.html": "b"}}


def live(store: Store, made: Site, at: int) -> None:
    put_live(store, made, lambda: at, by=f"run {at}")


def told(store: Store, desired: Site | None, most: int | None = None) -> Status:
    now = shown(store)
    assert now is not None
    return status(store, Edges(store, None, lambda: ELEVEN), now, desired, most)


def test_what_is_live_is_told_and_how_far_it_is_from_what_should_be(tmp_path: Path) -> None:
    store = directory(tmp_path / "store")
    old, new = site(tmp_path / "blobs", OLD, "a" * 40), site(tmp_path / "blobs", NEW, "b" * 40)
    live(store, old, NINE)
    live(store, new, TEN)
    assert "bbbbbbbbbb is live, as it should be" in as_text(told(store, new), store.url, objects=False)
    roll_back(store, "", owner="a test", by="a person's machine", clock=lambda: ELEVEN)
    found = told(store, new)
    text = as_text(found, store.url, objects=True)
    assert "put back by a person and pinned" in text.splitlines()[0]
    assert "  live      since 2027-01-15 11:00:00 UTC by a person's machine (rollback)\n" in text
    assert "  deployed  2027-01-15 09:00:00 UTC by run 1800003600\n" in text
    assert "bbbbbbbbbb is not live: 1 of 2 portals differ" in text
    assert "    + b/index.html\n    - a/index.html\n" in text
    marks = [line.split()[:5] for line in text.splitlines() if line.startswith(("  live  2", "  kept  2"))]
    assert [(mark[0], mark[4]) for mark in marks] == [("live", "rollback"), ("kept", "deploy"), ("kept", "deploy")]
    document = json.loads(as_json(found, objects=True))
    assert document["live"]["pinned"] and document["live"]["commit"] == "a" * 40
    assert [one["state"] for one in document["desired"]["portals"]] == ["differs", "same"]
    assert json.loads(as_json(found, objects=False))["desired"]["portals"][0]["added"] == 1


def test_what_only_the_store_knows_needs_no_build(tmp_path: Path) -> None:
    store = directory(tmp_path / "store")
    for number, at in enumerate((NINE, TEN, ELEVEN)):
        live(store, site(tmp_path / "blobs", {"gold": {"index.html": f"{number}"}}, f"{number}" * 40), at)
    found = told(store, None, most=1)
    assert found.more == 2 and found.desired is None and not found.edges
    text = as_text(found, store.url, objects=False)
    assert "and 2 more; --all lists them" in text and "is not live" not in text
