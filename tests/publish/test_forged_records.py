"""Records that prmbuild did not write, under names that fit: whatever stands in them, no command fails unexpectedly."""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import pytest

from prmbuild.errors import ChangedError
from prmbuild.manifest import release
from prmbuild.publish.site import Site
from prmbuild.records.evidence import read_evidence
from prmbuild.records.layout import LIVE, deployment_key, turn_key
from prmbuild.records.live import shown
from prmbuild.records.recorded import turn
from prmbuild.records.records import (
    RELEASES,
    canonical,
    digest_of,
    id_of,
    read_deployment,
    read_live,
    read_turn,
)
from tests.publish.sites import site
from tests.publish.test_broken_records import Place
from tests.store.memory import MemoryStore

ODD: tuple[object, ...] = (
    None,
    True,
    7,
    -7,
    "7",
    "yesterday",
    "2026-01-01T00:00:00",
    "0001-01-01T00:00:00+00:00",
    "../../live",
    "\x1b[2J",
    "\ud800",
    [],
    [7],
    [[7, 7]],
    {},
)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Site]:
    blobs = tmp_path_factory.mktemp("blobs")
    return {text: site(blobs, {"gold": {"index.html": text}}, text) for text in ("one", "two", "three")}


@pytest.fixture
def place(sites: Mapping[str, Site]) -> Place:
    made = Place(MemoryStore(), sites, None)
    made.deploy("one")
    made.deploy("two")
    return made


def with_odd_parts(value: Any) -> Iterator[Any]:  # noqa: ANN401  # what JSON can say
    """Yield JSON with each part of it in turn replaced by something odd."""
    yield from ODD
    if isinstance(value, (dict, list)):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            for odd in with_odd_parts(part):
                made = value.copy()
                made[key] = odd  # type: ignore[index]  # a key of it
                yield made


def id_of_deployment(record: Mapping[str, Any]) -> str:
    """The id that a record has, as `Deployment.parts` makes it, whatever stands in it."""
    portals = record["portals"]
    parts = {name: value for name, value in record.items() if name not in ("portals", "version")}
    parts |= {f"portals/{name}": one for name, one in portals.items()}
    parts |= {f"{RELEASES}{one['release']}": None for one in portals.values()}
    return id_of(release({name: digest_of(value) for name, value in parts.items()}))


def test_an_id_is_made_as_it_is_here(place: Place) -> None:
    now = shown(place.store)
    assert now is not None
    assert id_of_deployment(json.loads(now.deployment.text())) == now.deployment.id


def test_what_cannot_have_been_written_is_not_read(place: Place) -> None:
    now = shown(place.store)
    assert now is not None
    for odd in with_odd_parts(json.loads(turn(place.store, now.live.record).text())):
        data = canonical(odd)
        name = sha256(data).hexdigest()[:32]
        try:
            found = read_turn(name, data)
        except ChangedError:
            continue
        assert found.text() == data and found.number > 0
    for odd in with_odd_parts(json.loads(now.deployment.text())):
        try:
            name = id_of_deployment(odd)
        except (AttributeError, KeyError, TypeError, ValueError):
            name = "0" * 32
        try:
            assert read_deployment(name, canonical(odd)).edition().releases is not None
        except ChangedError:
            continue
    for odd in with_odd_parts(json.loads(now.live.text())):
        try:
            read_live(canonical(odd))
        except ChangedError:
            continue
    approved = {"version": 1, "approvals": [{"kind": "merge", "commit": "a", "by": ["b"]}], "files": {"a": [["b", 0]]}}
    for odd in with_odd_parts(approved):
        data = canonical(odd)
        try:
            read = read_evidence(sha256(data).hexdigest(), data)
            texts = [text for some in read.files.values() for one in some for text in (one.blob, *one.approval.by)]
            assert all(isinstance(text, str) for text in texts)
        except ChangedError:
            continue


@pytest.mark.parametrize(
    "forged",
    [{"number": "7"}, {"at": "2026-01-01T00:00:00"}, {"at": "0001-01-01T00:00:00+00:00"}, {"deployment": "../../live"}],
    ids=str,
)
def test_a_forged_turn_stops_nothing(place: Place, forged: Mapping[str, object]) -> None:
    now = shown(place.store)
    assert now is not None
    data = canonical({**json.loads(turn(place.store, now.live.record).text()), "number": 9, **forged})
    place.store.objects[turn_key(sha256(data).hexdigest()[:32])] = (data, *place.store.objects[LIVE][1:])
    for do in (place.status, place.seen, place.verify, place.collect, lambda: place.deploy("three")):
        do()
    assert place.partners_see() == {"three"}


@pytest.mark.parametrize("forged", [{"at": "yesterday"}, {"at": "2026-01-01T00:00:00"}, {"previous": 7}], ids=str)
def test_a_forged_deployment_is_named_where_it_may_be_needed(place: Place, forged: Mapping[str, object]) -> None:
    now = shown(place.store)
    assert now is not None
    record = {**json.loads(now.deployment.text()), **forged}
    key = deployment_key(id_of_deployment(record))
    place.store.objects[key] = (canonical(record), *place.store.objects[LIVE][1:])
    for do in (place.status, place.seen, place.verify, lambda: place.deploy("three")):
        do()
    assert [one.key for one in place.collect().lost] == [key]
    place.store.objects.pop(key)
    assert not place.collect().lost
