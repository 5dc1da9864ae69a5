"""What was lost or changed in a store is put right, and nothing is turned over meanwhile."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from prmbuild.errors import StoreError
from prmbuild.progress import Silence
from prmbuild.publish.deploy import roll_back
from prmbuild.publish.lock import Lock, LockedError
from prmbuild.publish.mending import Mended, mend
from prmbuild.publish.site import Site
from prmbuild.records.headers import headers_of
from prmbuild.records.layout import JSON, TURNS, deployment_key, turn_key
from prmbuild.records.live import shown
from prmbuild.records.records import Deployment
from prmbuild.records.verify import drift
from prmbuild.store.store import Headers, Store
from prmbuild.store.writing import content
from tests.publish.sites import NOW, Encoded, Portals, Watched, directory, put_live, seen, site

PAGES = {f"p{number}/index.html": f"page {number} " * 30 for number in range(8)}
FIRST: Portals = {"gold": {"index.html": "home", "404.html": "none", "a.pdf": "file", **PAGES}}
SECOND: Portals = {"gold": {**FIRST["gold"], "p1/index.html": "edited " * 30}}


class Place:
    """A store that shows a delta beside a base, and the builds that it was made of."""

    def __init__(self, folder: Path) -> None:
        self.store = directory(folder / "store", Encoded)
        self.sites = [site(folder / name, each, name) for name, each in (("first", FIRST), ("second", SECOND))]
        for each in self.sites:
            put_live(self.store, each)
        now = shown(self.store)
        assert now is not None
        self.live, self.at = now.live, now.deployment.portals["gold"].place
        self.rebuilt: list[str] = []

    def build(self, deployment: Deployment) -> Site:
        self.rebuilt.append(deployment.revision)
        return next(each for each in self.sites if each.revision == deployment.revision)

    def base(self, path: str) -> str:
        return f"portals/gold/{self.at.base}/{path}"

    def delta(self, path: str) -> str:
        return f"portals/gold/{self.at.delta}/{path}"

    def mend(self, build: Callable[[Deployment], Site] | None = None) -> Mended:
        done = mend(self.store, build or self.build, owner="a test", clock=lambda: NOW, progress=Silence())
        now = shown(self.store)
        assert now is not None and now.live == self.live, "something was turned over"
        return done

    def whole(self) -> bool:
        now = shown(self.store)
        assert now is not None
        wanted = {("gold", path): text for path, text in SECOND["gold"].items() if path != "404.html"}
        return not list(drift(self.store, now, Silence())) and seen(self.store, ["gold"], SECOND["gold"]) == wanted


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    assert made.at.delta and made.whole()
    return made


def overwrite(store: Store, key: str, data: bytes, headers: Headers) -> None:
    before = store.head(key)
    assert before is not None
    with content(data, headers) as made:
        assert store.put_matching(key, made, before.tag)


def test_what_is_as_it_was_deployed_is_left_alone(place: Place) -> None:
    place.store = Watched(place.store)
    assert place.mend() == Mended(mended=(), left=())
    assert place.rebuilt == []
    assert not [one for one in place.store.operations if "put" in one and not one.endswith(" lock")]


def test_what_was_lost_changed_or_planted_is_put_right(place: Place) -> None:
    page = headers_of("index.html")
    place.store.delete([place.base("p3/index.html"), place.delta("p1/index.html")])
    overwrite(place.store, place.base("index.html"), b"defaced", page)
    overwrite(place.store, place.base("a.pdf"), b"file", replace(headers_of("a.pdf"), content_disposition="attachment"))
    overwrite(place.store, place.base("p2/index.html"), b"no gzip", replace(page, content_encoding="gzip"))
    with content(b"planted", page) as made:
        place.store.put_absent(place.base("planted/index.html"), made)
    assert not place.whole()
    done = place.mend()
    assert {one.key: one.found for one in done.mended} == {
        place.base("p3/index.html"): "is missing",
        place.delta("p1/index.html"): "is missing",
        place.base("index.html"): "has other bytes",
        place.base("a.pdf"): "has other headers",
        place.base("p2/index.html"): "has other bytes",
        place.base("planted/index.html"): "was not deployed",
    }
    assert done.left == () and place.whole()
    assert place.store.get(place.base("planted/index.html")) is None
    assert place.rebuilt == ["second"]


def test_what_the_live_build_has_no_more_comes_from_the_one_that_had_it(place: Place) -> None:
    overwrite(place.store, place.base("p1/index.html"), b"defaced", headers_of("index.html"))
    assert place.mend().left == ()
    assert place.whole() and place.rebuilt == ["second", "first"]


def test_a_lost_record_hides_no_earlier_deployment(place: Place, tmp_path: Path) -> None:
    """The third deployment shows files of the first, and the record between them is gone."""
    second = place.live.deployment
    edited = {**SECOND["gold"], "p2/index.html": "edited too " * 30}
    place.sites.append(site(tmp_path / "third", {"gold": edited}, "third"))
    put_live(place.store, place.sites[-1])
    now = shown(place.store)
    assert now is not None
    place.live, place.at = now.live, now.deployment.portals["gold"].place
    place.store.delete([deployment_key(second)])
    overwrite(place.store, place.base("p1/index.html"), b"defaced", headers_of("index.html"))
    assert place.mend().left == ()
    assert place.rebuilt == ["third", "first"]


@pytest.mark.usefixtures("one_at_a_time")
def test_what_was_changed_in_place_is_put_right_where_it_was_copied_to(tmp_path: Path) -> None:
    """A directory has one file for both, as it stands in what is live and in what was live before."""
    pages = {path: f"{text} again" for path, text in PAGES.items()}
    place = Place(tmp_path)
    place.sites.append(site(tmp_path / "third", {"gold": {**FIRST["gold"], **pages}}, "third"))
    before = place.live.deployment
    put_live(place.store, place.sites[-1])
    now = shown(place.store)
    assert now is not None
    place.live = now.live
    files = [one.key for one in place.store.listed("portals") if one.key.endswith("a.pdf")]
    stored = [tmp_path / "store" / key for key in files]
    assert len(stored) == 2 and stored[0].samefile(stored[1])
    stored[0].write_bytes(b"EVIL")
    assert {one.key for one in place.mend().mended} == set(files)
    roll_back(place.store, before, owner="a test", by="a test", clock=lambda: NOW)
    assert place.whole()


def test_a_lost_turn_hides_no_earlier_deployment(place: Place, tmp_path: Path) -> None:
    for found in list(place.store.listed(TURNS)):
        if found.key != turn_key(place.live.record):
            place.store.delete([found.key])
    list_of_files = f"deployments/manifests/gold/{place.at.base}.json"
    place.store.delete([list_of_files, place.base("p1/index.html")])
    assert {one.key for one in place.mend().mended} == {list_of_files, place.base("p1/index.html")}
    assert place.whole()


@pytest.mark.parametrize("release", ["base", "delta"])
@pytest.mark.parametrize("lost", [True, False])
def test_manifests_are_put_right(place: Place, release: str, lost: bool) -> None:
    key = f"deployments/manifests/gold/{getattr(place.at, release)}.json"
    before = place.store.get(key)
    if lost:
        place.store.delete([key])
    else:
        overwrite(place.store, key, b'{"index.html":"00"}', JSON)
    assert [one.key for one in place.mend().mended] == [key]
    assert place.store.get(key) == before and place.whole()


@pytest.mark.parametrize("way", ["bytes", "length", "headers"])
def test_what_was_changed_is_not_copied_on(place: Place, tmp_path: Path, way: str) -> None:
    """The next deployment copies a file that stands beside an edit from what is live."""
    edited = {**FIRST["gold"], **{f"p{number}/index.html": f"page {number}!" for number in range(6)}}
    listed = [one.key for one in place.store.listed(f"portals/gold/{place.at.base}")]
    for key in [key for key in listed if key.endswith(("p7/index.html", "a.pdf"))]:
        if way == "headers":
            kept = place.store.get(key)
            assert kept is not None
            overwrite(place.store, key, kept[0], replace(kept[1].headers, cache_control="public"))
        else:
            data = b"FILE" if way == "bytes" and key.endswith("a.pdf") else b"x"
            overwrite(place.store, key, data, headers_of(key))
    third = site(tmp_path / "third", {"gold": edited}, "third")
    put_live(place.store, third)
    now = shown(place.store)
    assert now is not None and now.deployment.revision == "third"
    assert not list(drift(place.store, now, Silence()))


def test_what_cannot_be_built_again_is_said(place: Place, tmp_path: Path) -> None:
    place.store.delete([place.base("p3/index.html")])
    other = site(tmp_path / "other", {"gold": {"index.html": "another build"}})
    done = place.mend(lambda _: other)
    assert [(one.key, one.found) for one in done.left] == [(place.base("p3/index.html"), "is missing")]


def test_nobody_mends_while_somebody_deploys(place: Place) -> None:
    Lock(place.store, "somebody", lambda: NOW).take()
    with pytest.raises(LockedError):
        place.mend()


def test_there_is_something_to_mend(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing was ever deployed"):
        mend(
            directory(tmp_path / "none"),
            lambda _: pytest.fail(),
            owner="a test",
            clock=lambda: NOW,
            progress=Silence(),
        )
