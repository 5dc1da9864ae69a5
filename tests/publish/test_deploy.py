"""Deployments that are ended, disturbed or disputed: partners see the old portals or the new ones, whole."""

import contextlib
import json
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from prmbuild.errors import StoreError
from prmbuild.progress import Silence
from prmbuild.publish.collect import collect, whole
from prmbuild.publish.deploy import RefusedError, planned, roll_back, unpin
from prmbuild.publish.lock import LASTS, LockedError
from prmbuild.publish.plan import plan, replaced
from prmbuild.publish.report import as_text
from prmbuild.publish.site import Site
from prmbuild.records.headers import headers_of
from prmbuild.records.history import seen_deployments
from prmbuild.records.layout import JSON, WAITING, manifest_key
from prmbuild.records.live import manifests, shown
from prmbuild.records.records import Live, ManifestOf
from prmbuild.records.trail import unproven
from prmbuild.records.verify import drift
from prmbuild.store.s3 import S3Store
from prmbuild.store.store import Content, Store
from prmbuild.store.writing import content
from tests.publish.sites import (
    NEW,
    NOW,
    OLD,
    Killed,
    Portals,
    Watched,
    all_of,
    directory,
    partners_see,
    put_live,
    seen,
    site,
    told_by_files,
)


@pytest.fixture(params=("directory", "s3"))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "directory":
        return directory(tmp_path / "store")
    return S3Store(f"s3://{request.getfixturevalue('s3').bucket()}/p")


SHARED: Portals = {
    portal: {"index.html": portal, "a/same.js": "same " * 400, "b/same.css": "alike " * 400, "b/same.js": "same " * 400}
    for portal in ("gold", "silver", "bronze")
}


def test_partners_see_what_was_deployed_and_nothing_else(store: Store, old: Site, new: Site) -> None:
    assert partners_see(store) == {}
    put_live(store, old)
    assert partners_see(store) == all_of(OLD)
    done = put_live(store, new)
    assert partners_see(store) == all_of(NEW)
    assert done.deployment is not None
    now = shown(store)
    assert now is not None and now.deployment == done.deployment
    assert [one.revision for _, one in seen_deployments(store, now.live)] == ["decade", "c0ffee"]


def test_nothing_to_do_touches_nothing(store: Store, old: Site) -> None:
    put_live(store, old)
    watched = Watched(store)
    assert put_live(watched, old).deployment is None
    others = [one for one in watched.operations if not one.endswith(" lock")]
    # the pointer and its turn; whether there is a later one; the deployment, and what is known of sessions
    assert [one.split(" ")[0] for one in others] == ["get", "get", "listed", "get", "get"]


def test_an_edit_costs_what_it_changes(tmp_path: Path, store: Store) -> None:
    many = {f"p{number}/index.html": f"page {number}" for number in range(50)}
    before: Portals = {"gold": {"index.html": "home", "404.html": "none", **many}}
    after: Portals = {"gold": {**before["gold"], "p7/index.html": "edited"}}
    put_live(store, site(tmp_path / "blobs", before))
    watched = Watched(store)
    put_live(watched, site(tmp_path / "blobs", after))
    written = [
        one for one in watched.operations if "portals/gold/" in one and one.split(" ")[0] in ("put_absent", "copy")
    ]
    assert len([one for one in written if "manifests" not in one]) == 1
    assert seen(store, ["gold"], ["p7/index.html", "p8/index.html"]) == {
        ("gold", "p7/index.html"): "edited",
        ("gold", "p8/index.html"): "page 8",
    }


def test_many_edits_end_in_a_base_of_their_own(tmp_path: Path, store: Store) -> None:
    files = {"index.html": "home", "404.html": "none", **{f"p{n}/index.html": f"page {n}" for n in range(12)}}
    for number in range(12):
        files[f"p{number}/index.html"] = f"edited {number}"
        files.pop(f"p{number - 6}/index.html", None)
        put_live(store, site(tmp_path / "blobs", {"gold": files}, f"revision {number}"))
        paths = [f"p{n}/index.html" for n in range(12)]
        wanted = {("gold", path): files[path] for path in paths if path in files}
        assert seen(store, ["gold"], paths) == wanted
    now = shown(store)
    assert now is not None and now.deployment.portals["gold"].place.base != ""


def test_of_eight_at_once_one_wins_and_nothing_is_mixed(store: Store, old: Site, tmp_path: Path) -> None:
    put_live(store, old)
    several = [
        {portal: {**files, "index.html": f"{portal} by {number}"} for portal, files in OLD.items()}
        for number in range(8)
    ]
    sites = [site(tmp_path / f"blobs-{number}", portals, str(number)) for number, portals in enumerate(several)]
    ready = threading.Barrier(8)

    def race(made: Site) -> str:
        ready.wait()
        try:
            put_live(store, made)
        except LockedError:
            return "locked"
        return made.revision

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(race, sites))
    won = [one for one in outcomes if one != "locked"]
    assert won
    assert partners_see(store) in [all_of(several[int(one)]) for one in won]


def test_an_object_of_other_bytes_is_put_right(store: Store, old: Site, new: Site, tmp_path: Path) -> None:
    put_live(store, old)
    planted = site(tmp_path / "planted", {"x": {"index.html": "planted"}})
    release = next(portal.release for portal in new.portals if portal.id == "bronze")
    file = planted.portals[0].files["index.html"]
    store.put_absent(
        f"portals/bronze/{release}/index.html",
        Content(file=planted.file_of(file), digest=file, headers=headers_of("index.html")),
    )
    put_live(store, new)
    assert partners_see(store) == all_of(NEW)


def test_a_stale_approval_is_refused(store: Store, old: Site, new: Site) -> None:
    with pytest.raises(RefusedError, match="not the approved"):
        put_live(store, old, approved="0123456789abcdef")
    plan = put_live(store, old).plan
    with pytest.raises(RefusedError, match="not the approved"):
        put_live(store, new, approved=plan.digest)
    assert partners_see(store) == all_of(OLD)


def test_a_portal_does_not_go_unseen(store: Store, old: Site, tmp_path: Path) -> None:
    put_live(store, old)
    less = site(tmp_path / "blobs", {"gold": OLD["gold"]}, "less")
    with pytest.raises(RefusedError, match="portal silver goes, with 4 pages") as refused:
        put_live(store, less)
    assert partners_see(store) == all_of(OLD)
    approved = refused.value.hint.rpartition(" ")[2]
    put_live(store, less, approved=approved)
    assert partners_see(store) == all_of({"gold": OLD["gold"]})


def test_pages_do_not_go_unseen(store: Store, tmp_path: Path) -> None:
    many = {f"p{number}/index.html": "x" for number in range(40)}
    rest = {"index.html": "home", "404.html": "none"}
    put_live(store, site(tmp_path / "blobs", {"gold": {**rest, **many}}))
    with pytest.raises(RefusedError, match="loses 40 of its 42 pages"):
        put_live(store, site(tmp_path / "blobs", {"gold": rest}, "less"))


def test_what_was_put_back_stays(store: Store, old: Site, new: Site) -> None:
    first = put_live(store, old).deployment
    put_live(store, new)
    live = roll_back(store, "", owner="a test", by="a test", clock=lambda: NOW)
    assert first is not None and live.deployment == first.id
    assert partners_see(store) == all_of(OLD)
    assert "and is pinned: this is refused" in as_text(planned(new, store, told_by_files(new)))
    with pytest.raises(RefusedError, match="was put back by a person"):
        put_live(store, new)
    # in a hurry, and twice: what was live before is what somebody wanted to be rid of
    with pytest.raises(RefusedError, match=f"went back to it.*{live.before}  live from"):
        roll_back(store, "", owner="a test", by="a test", clock=lambda: NOW)
    assert partners_see(store) == all_of(OLD)
    unpinned = unpin(store, owner="a test", by="a test", clock=lambda: NOW)
    assert unpinned.before == live.before != ""
    with pytest.raises(RefusedError, match="went back to it"):
        roll_back(store, "", owner="a test", by="a test", clock=lambda: NOW)
    assert "is pinned" not in as_text(planned(new, store, told_by_files(new)))
    put_live(store, new)
    assert partners_see(store) == all_of(NEW)


def test_a_moved_partner_needs_no_new_objects(store: Store, tmp_path: Path, old: Site) -> None:
    put_live(store, old)
    gold, silver = old.portals
    moved = replace(
        old,
        revision="moved",
        portals=(
            replace(gold, viewers=(*gold.viewers, *silver.viewers[:1])),
            replace(silver, viewers=silver.viewers[1:]),
        ),
    )
    watched = Watched(store)
    put_live(watched, moved)
    assert not [one for one in watched.operations if " portals/" in one]
    assert seen(store, ["silver"], ["index.html"]) == {("silver", "index.html"): "gold"}


@pytest.mark.usefixtures("one_at_a_time")
def test_what_a_killed_collection_left_is_not_gone_back_to(tmp_path: Path, old: Site, new: Site) -> None:
    store = directory(tmp_path / "store")
    first = put_live(store, old).deployment
    later = site(tmp_path / "blobs", {"gold": {"index.html": "later", "404.html": "none"}}, "later")
    put_live(store, new)
    put_live(store, later, approved=planned(later, store, told_by_files(later)).digest)
    assert first is not None and whole(store, first)

    def far() -> int:
        return NOW + 40 * 86_400

    with contextlib.suppress(Killed):
        collect(
            _Dying(store),
            keep=timedelta(days=30),
            tell=timedelta(days=365),
            owner="a test",
            clock=far,
            progress=Silence(),
        )
    assert not whole(store, first)
    with pytest.raises(StoreError, match="no longer there"):
        roll_back(store, first.id, owner="a test", by="a test", clock=lambda: far() + LASTS + 1)


class _Dying(Watched):
    """Ends in the middle of deleting."""

    def delete(self, keys: Iterable[str]) -> Mapping[str, str]:
        self._do("delete", list(keys)[: 3 + 2])
        raise Killed


def test_whatever_is_tampered_with_is_noticed(store: Store, old: Site, tmp_path: Path) -> None:
    put_live(store, old)
    now = shown(store)
    assert now is not None and list(drift(store, now, Silence())) == []
    gold = now.deployment.portals["gold"]
    key, manifest = f"portals/gold/{gold.release}/index.html", f"deployments/manifests/gold/{gold.release}.json"
    other = site(tmp_path / "planted", {"x": {"index.html": "planted"}})
    digest = other.portals[0].files["index.html"]
    files = {**old.portals[0].files, "index.html": digest}
    for name, data, headers in (
        (key, b"planted", headers_of(key)),
        (manifest, json.dumps(files).encode(), JSON),
    ):
        before = store.head(name)
        assert before is not None
        with content(data, headers) as made:
            assert store.put_matching(name, made, before.tag)
    found = {one.key: one.found for one in drift(store, now, Silence())}
    assert found == {manifest: "was changed"}


def test_a_release_that_was_a_base_once_is_no_drift(store: Store, tmp_path: Path) -> None:
    many = {f"p{number}/index.html": f"page {number}" for number in range(20)}
    one: Portals = {"gold": {"index.html": "home", "404.html": "none", **many}}
    two: Portals = {"gold": {**one["gold"], "p1/index.html": "edited"}}
    other: Portals = {"gold": {path: f"other {text}" for path, text in one["gold"].items()}}
    for number, portals in enumerate((one, two, other, two, other, one, two)):
        put_live(store, site(tmp_path / "blobs", portals, str(number)))
        now = shown(store)
        assert now is not None and list(drift(store, now, Silence())) == []


def test_looking_makes_nothing(tmp_path: Path) -> None:
    store = directory(tmp_path / "store")
    assert shown(store) is None and not (tmp_path / "store").exists()


@pytest.mark.parametrize("data", [b"[" * 100_000, b"{}", b'{"owner":"a","holder":"b","number":"z","until":1}'])
def test_a_lock_that_cannot_be_read_is_said(store: Store, old: Site, data: bytes) -> None:
    with content(data, JSON) as made:
        store.put_absent("lock", made)
    with pytest.raises(StoreError, match="'lock' in the store cannot be read"):
        put_live(store, old)


def test_what_was_gone_back_from_was_seen_too(tmp_path: Path, old: Site, new: Site) -> None:
    store = directory(tmp_path / "store")
    put_live(store, old)
    put_live(store, new)
    roll_back(store, "", owner="a test", by="a test", clock=lambda: NOW)
    unpin(store, owner="a test", by="a test", clock=lambda: NOW)
    put_live(store, site(tmp_path / "blobs", OLD, "third"))
    now = shown(store)
    assert now is not None
    found = [(turn.number, one.revision) for turn, one in seen_deployments(store, now.live)]
    assert found == [(5, "third"), (4, "c0ffee"), (2, "decade")]


def test_bytes_that_are_needed_more_than_once_are_put_once_and_copied(
    one_at_a_time: None, store: Store, tmp_path: Path
) -> None:
    watched = Watched(store)
    put_live(watched, site(tmp_path / "blobs", SHARED))
    done = [operation.partition(" ") for operation in watched.operations if " portals/" in operation]
    assert sum(name == "put_absent" for name, _, _ in done) == 3 + 2
    assert sum(name == "copy" for name, _, _ in done) == 7
    now = shown(store)
    assert now is not None and not list(drift(store, now, Silence()))


def test_what_is_still_being_put_is_copied_last(one_at_a_time: None, store: Store, tmp_path: Path) -> None:
    put_live(store, site(tmp_path / "blobs", SHARED))
    before = {found.key for found in store.listed("portals")}
    edited = {portal: {**files, "b/same.js": "other " * 400} for portal, files in SHARED.items()}
    watched = Watched(store)
    put_live(watched, site(tmp_path / "blobs", edited, "an edit"))
    done = [operation.split(" ") for operation in watched.operations if operation.startswith(("put_absent", "copy"))]
    found = [(name, key in before) for name, key in done if key.startswith("portals/")]
    assert found == [("put_absent", False), *3 * [("copy", True)], *2 * [("copy", False)]]


def test_what_cannot_be_copied_is_put(one_at_a_time: None, tmp_path: Path) -> None:
    class WithoutCopies(Watched):
        def copy(self, source: str, target: str) -> bool:
            return False

    store = directory(tmp_path / "store")
    put_live(WithoutCopies(store), site(tmp_path / "blobs", SHARED))
    now = shown(store)
    assert now is not None and not list(drift(store, now, Silence()))


def test_a_plan_asks_for_the_manifests_that_were_read_ahead(tmp_path: Path, old: Site, new: Site) -> None:
    store = directory(tmp_path / "store")
    for made in (old, new, site(tmp_path / "blobs", {**NEW, "silver": OLD["silver"]}, "later")):
        before = shown(store)
        live = before.deployment if before is not None else None
        asked: set[tuple[str, str]] = set()
        found = manifests(store, live)

        def manifest_of(
            portal: str, release: str, asked: set[tuple[str, str]] = asked, found: ManifestOf = found
        ) -> Mapping[str, str]:
            asked.add((portal, release))
            return found(portal, release)

        plan(made, live, manifest_of, told_by_files(made))
        assert asked == set(replaced(made, live))
        put_live(store, made, approved=planned(made, store, told_by_files(made)).digest if live is None else "")


@pytest.mark.parametrize("wrong", ['{"index.html":"no digest"}', '{"index.html":1}', "{", "silver's"])
def test_of_manifests_read_together_one_that_is_wrong_spoils_no_other(tmp_path: Path, old: Site, wrong: str) -> None:
    store = directory(tmp_path / "store")
    live = put_live(store, old).deployment
    assert live is not None
    places = [(portal, one.release) for portal, one in live.portals.items()]
    gold, silver = (tmp_path / "store" / manifest_key(*place) for place in places)
    gold.write_bytes(silver.read_bytes() if wrong == "silver's" else wrong.encode())
    found = manifests(store, live, places)
    assert found(*places[1]) == old.portals[1].files
    with pytest.raises(StoreError, match="was changed"):
        found(*places[0])


def test_plans_that_nobody_can_approve_any_more_are_collected(tmp_path: Path, old: Site) -> None:
    store = directory(tmp_path / "store")

    def plans() -> set[str]:
        return {found.key for found in store.listed(WAITING)}

    def collected(days: int) -> None:
        clock, keep = (lambda: NOW + days * 86_400), timedelta(days=30)
        collect(store, keep=keep, tell=timedelta(days=365), owner="a test", clock=clock, progress=Silence())

    put_live(store, old)
    assert not plans()
    with pytest.raises(RefusedError):
        put_live(store, site(tmp_path / "blobs", {"gold": OLD["gold"]}, "without silver"))
    (refused,) = plans()
    collected(90)
    assert refused in plans(), "what it starts from is live"
    put_live(
        store, site(tmp_path / "blobs", {**OLD, "gold": {**OLD["gold"], "index.html": "new"}}, "new"), lambda: NOW + 9
    )
    collected(29)
    assert refused in plans()
    collected(90)
    assert not plans()
    assert not list(unproven(store, live_of(store), Silence()))


def live_of(store: Store) -> Live:
    now = shown(store)
    assert now is not None
    return now.live
