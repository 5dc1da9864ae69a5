"""A folder that was built into before is brought up to date, and touched no further."""

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from prmbuild import output
from prmbuild.build import Built
from prmbuild.errors import StoreError
from prmbuild.laid import UNDER_WAY, doubt, mark, remove, state_of
from prmbuild.manifest import part_file, part_of, release
from prmbuild.output import manifest, objection, write
from prmbuild.portals.portals import Portal
from prmbuild.progress import Silence

Portals = Mapping[str, Mapping[str, str]]
"""Id of a portal → path → text."""

BEFORE: Portals = {
    "gold": {"index.html": "home", "a/index.html": "a", "deep/er/x.svg": "x"},
    "silver": {"index.html": "home", "a/index.html": "another a"},
}


class Texts(dict[str, bytes]):
    """Bytes by digest, as a cache on another disk has them."""

    def place(self, digest: str) -> Path | None:
        return None

    def missing(self, digests: object) -> frozenset[str]:
        return frozenset()


class Placed(Texts):
    """Bytes by digest, as a cache on this disk has them."""

    def __init__(self, blobs: Mapping[str, bytes], folder: Path) -> None:
        super().__init__(blobs)
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def place(self, digest: str) -> Path | None:
        place = self._folder / digest
        if not place.exists():
            place.write_bytes(self[digest])
        return place


def digest_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def built(portals: Portals) -> Built:
    held: dict[str, dict[str, int]] = {}
    for number, identifier in enumerate(sorted(portals)):
        for path, text in portals[identifier].items():
            of = held.setdefault(path, {})
            of[digest_of(text)] = of.get(digest_of(text), 0) | 1 << number
    return Built(
        revision="0" * 40,
        preview=False,
        portals=tuple(
            Portal(id=identifier, viewers=(), pages={}, courses={}, assets={}) for identifier in sorted(portals)
        ),
        files={path: tuple((some, digest) for digest, some in held[path].items()) for path in sorted(held)},
        blobs=Texts({digest_of(text): text.encode() for files in portals.values() for text in files.values()}),
    )


def put(portals: Portals, out: Path) -> int:
    return write(built(portals), out, Silence())


def there(out: Path) -> Portals:
    """Read what a folder has; a folder without a file in it is a file with no text."""
    return {
        portal.name: {
            path.relative_to(portal).as_posix(): path.read_text() if path.is_file() else ""
            for path in portal.rglob("*")
            if path.is_file() or not any(path.iterdir())
        }
        for portal in (out / "portals").iterdir()
    }


def marks(out: Path) -> Mapping[str, tuple[int, int]]:
    """What shows that a file or folder was not touched: number on its disk, and time of change."""
    return {
        str(path.relative_to(out)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in (out / "portals", *(out / "portals").rglob("*"))
    }


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder that was built into before, long ago."""
    out = tmp_path / "out"
    put(BEFORE, out)
    for path in chain([out / "portals"], (out / "portals").rglob("*")):
        os.utime(path, (1, 1))
    return out


def changed(gold: Mapping[str, str | None]) -> Portals:
    files = {**BEFORE["gold"], **gold}
    return {**BEFORE, "gold": {path: text for path, text in files.items() if text is not None}}


def test_nothing_changed_touches_nothing(out: Path) -> None:
    before = marks(out)
    assert put(BEFORE, out) == 0
    assert marks(out) == before
    assert there(out) == BEFORE


def test_a_changed_page_alone_is_written(out: Path) -> None:
    before = marks(out)
    after = changed({"a/index.html": "new"})
    assert put(after, out) == 1
    assert there(out) == after
    assert {path for path, mark in marks(out).items() if mark != before.get(path)} == {
        "portals/gold/a/index.html",
        "portals/gold/a",
    }, "and the folders that have a new entry"


def test_equal_files_of_several_portals_change_apart(out: Path) -> None:
    after = changed({"index.html": "new home"})
    put(after, out)
    assert there(out) == after
    assert (out / "portals/silver/index.html").read_text() == "home"


def test_what_is_gone_goes_with_the_folders_it_leaves_empty(out: Path) -> None:
    after = changed({"deep/er/x.svg": None})
    assert put(after, out) == 1
    assert there(out) == after
    assert not (out / "portals/gold/deep").exists()


def test_a_file_gives_way_to_a_folder_and_back(out: Path) -> None:
    as_file = changed({"a/index.html": None, "a": "a file"})
    put(as_file, out)
    assert there(out) == as_file
    put(BEFORE, out)
    assert there(out) == BEFORE


def test_portals_come_and_go(out: Path) -> None:
    others = {"bronze": {"index.html": "home"}, "silver": BEFORE["silver"]}
    before = {path: mark for path, mark in marks(out).items() if path.startswith("portals/silver")}
    assert put(others, out) == 1
    assert there(out) == others
    assert {path: mark for path, mark in marks(out).items() if path.startswith("portals/silver")} == before


def test_an_interrupted_update_is_written_anew(out: Path) -> None:
    (out / UNDER_WAY).touch()
    (out / "portals/gold/half-written.html").write_text("?")
    (out / "portals/gold/index.html").unlink()
    (out / "portals/gold/index.html").write_text("wrong")
    (out / "portals/silver/index.html").unlink()
    assert put(BEFORE, out) == sum(map(len, BEFORE.values()))
    assert there(out) == BEFORE
    assert not (out / UNDER_WAY).exists()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder outside of the one that is built into, that looks like part of it."""
    folder = tmp_path / "elsewhere"
    for name in ("index.html", "a/index.html", "er/x.svg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("theirs")
    return folder


@pytest.mark.parametrize(
    "place",
    [
        "portals",
        "portals/gold",
        "portals/gold/a",
        "portals/gold/deep",
        "portals/gold/deep/er",
        "portals/gold/a/index.html",
        "portals/silver",
        "portals/steel",
        "files",
        ".prmbuild-new",
        ".prmbuild-under-way",
    ],
)
@pytest.mark.parametrize("what", ["link", "link to a file", "file"])
@pytest.mark.parametrize(
    "gold", [{"a/index.html": "new", "deep/er/y.svg": "y"}, {"a/index.html": None, "deep/er/x.svg": None}]
)
def test_nothing_outside_is_written_and_all_is_put_right(
    out: Path, elsewhere: Path, place: str, what: str, gold: Mapping[str, str | None]
) -> None:
    before = sorted(elsewhere.rglob("*"))
    remove(out / place)
    if what == "file":
        (out / place).write_text("stray")
    else:
        (out / place).symlink_to(elsewhere if what == "link" else elsewhere / "index.html")
    put(changed(gold), out)
    assert sorted(elsewhere.rglob("*")) == before
    assert all(path.read_text() == "theirs" for path in before if path.is_file())
    assert there(out) == changed(gold)
    assert not any(path.is_symlink() for path in out.rglob("*"))


@pytest.mark.parametrize("text", ["new", None])
def test_a_folder_in_the_place_of_a_file_is_put_right(out: Path, text: str | None) -> None:
    page = out / "portals/gold/a/index.html"
    page.unlink()
    (page / "stray").mkdir(parents=True)
    put(changed({"a/index.html": text}), out)
    assert there(out) == changed({"a/index.html": text})


def test_what_differs_below_is_put_right_when_asked(out: Path) -> None:
    (out / "portals/gold/deep/er/x.svg").write_text("edited")
    (out / "portals/silver/extra.html").write_text("?")
    assert put(BEFORE, out) == 0, "it trusts that nobody else writes there"
    assert write(built(BEFORE), out, Silence(), anew=True) == sum(map(len, BEFORE.values()))
    assert there(out) == BEFORE
    (out / "portals/silver/extra.html").write_text("?")
    doubt(out)
    assert mark(out / "build.json") == []
    put(BEFORE, out)
    assert there(out) == BEFORE and mark(out / "build.json")
    assert {path.name for path in out.iterdir()} == {"portals", "files", "build.json"}


@pytest.mark.parametrize("change", ["gone", "file", "link", "harmed"])
def test_one_portal_that_was_harmed_is_written_anew_and_no_other(out: Path, change: str) -> None:
    gold, other = out / "portals/gold", out / "portals/silver"
    aside, kept = out.parent / "aside", other.stat()
    aside.mkdir()
    if change != "harmed":
        gold.rename(aside / "gold")
    if change == "file":
        gold.touch()
    elif change == "link":
        gold.symlink_to(aside / "gold")
    else:
        (out / "portals/stray").mkdir()
        (out / "portals/stray.txt").touch()
    harmed = {"gold"} if change == "harmed" else set[str]()
    if harmed:
        (gold / "deep/er/x.svg").write_text("edited")
    assert write(built(BEFORE), out, Silence(), harmed=harmed) == len(BEFORE["gold"])
    assert there(out) == BEFORE and not gold.is_symlink()
    assert {path.name for path in (out / "portals").iterdir()} == set(BEFORE)
    assert (other.stat().st_ino, other.stat().st_mtime_ns) == (kept.st_ino, kept.st_mtime_ns)


@pytest.mark.parametrize("change", ["gone", "file", "link", "more", "less"])
def test_the_state_of_a_folder_tells_what_happened_at_the_top_of_portals(out: Path, change: str) -> None:
    gold, state = out / "portals/gold", state_of(out)
    assert state and state_of(out) == state
    if change in ("gone", "file", "link"):
        gold.rename(out.parent / "moved")
    if change == "file":
        gold.touch()
    elif change == "link":
        gold.symlink_to(out.parent / "moved")
    elif change == "more":
        (gold / "extra.html").touch()
    elif change == "less":
        (gold / "index.html").unlink()
    assert state_of(out) != state


def test_a_folder_without_its_manifest_is_said_to_be_one(out: Path) -> None:
    (out / "build.json").unlink()
    with pytest.raises(StoreError, match=r"or its build\.json was removed") as raised:
        put(BEFORE, out)
    assert "delete the folder" in raised.value.hint


def test_a_folder_that_cannot_be_one_is_said_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loose").symlink_to(tmp_path / "nothing")
    for place in ("file", "file/below", "loose", "loose/below", "/dev/null"):
        assert objection(tmp_path / place), place
    assert objection(tmp_path / "new/folder") is None
    assert {path.name for path in tmp_path.iterdir()} == {"file", "loose"}


def test_while_an_update_is_not_over_nothing_tells_that_it_was(out: Path) -> None:
    assert mark(out / "build.json")
    (out / UNDER_WAY).touch()
    assert mark(out / "build.json") == []


def test_a_file_that_is_there_already_leaves_nothing_beside_it(tmp_path: Path) -> None:
    out, made = tmp_path / "twice", built(BEFORE)
    placed = replace(made, blobs=Placed(dict(made.blobs), tmp_path / "cache"))
    write(placed, out, Silence())
    said = (out / "build.json").read_bytes()
    write(placed, out, Silence())
    (out / "build.json").write_bytes(said.replace(b'"a/": "', b'"a/": "0'))
    write(placed, out, Silence())
    assert not list(out.rglob("*.prmbuild-new"))


def test_an_update_that_is_cut_short_anywhere_is_made_good(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    after = {"gold": {"index.html": "new home", "b/index.html": "b"}, "steel": {"index.html": "home"}}
    steps = put(after, out)
    put(BEFORE, out)
    link = output._Sources.link
    for last in range(steps):
        done: list[str] = []

        def cut_short(self: output._Sources, digest: str, place: str, done: list[str] = done, last: int = last) -> None:
            if len(done) >= last:
                raise OSError(28, "No space left on device", place)
            done.append(place)
            link(self, digest, place)

        with monkeypatch.context() as patch:
            patch.setattr(output._Sources, "link", cut_short)
            try:
                put(after, out)
            except StoreError as error:
                assert "No space left" in error.message
                assert (out / UNDER_WAY).exists()
        put(after, out)
        assert there(out) == after
        put(BEFORE, out)
        assert there(out) == BEFORE


@pytest.mark.parametrize("text", ["", "{}", '{"portals": [{"id": "gold", "files": []}]}', "[1]"])
def test_what_tells_nothing_reliable_is_written_anew(out: Path, text: str) -> None:
    (out / "build.json").write_text(text)
    (out / "portals/gold/index.html").unlink()
    put(BEFORE, out)
    assert there(out) == BEFORE
    assert described(out) == manifest(built(BEFORE))


def described(out: Path) -> Mapping[str, bytes]:
    """Read the manifest of a folder, with its parts."""
    files = (out / "build.json", *(out / "files").iterdir())
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def test_a_part_of_the_manifest_that_did_not_change_is_not_written(out: Path) -> None:
    before = described(out)
    after = changed({"a/index.html": "new"})
    untouched = {path: (out / path).stat().st_ino for path in before if path != "build.json"}
    put(after, out)
    assert described(out) == manifest(built(after))
    kept = {path: (out / path).stat().st_ino for path in before if path in described(out) and path != "build.json"}
    assert len(kept) == len(untouched) - 1 and kept.items() <= untouched.items()


def test_the_manifest_says_who_has_which_bytes_where(out: Path) -> None:
    document = json.loads((out / "build.json").read_bytes())
    gold, silver = (1 << ["gold", "silver"].index(portal["id"]) for portal in document["portals"])
    part = json.loads((out / "files" / f"{document['files']['a/']}.json").read_bytes())
    assert part == {"a/index.html": [[f"{gold:x}", digest_of("a")], [f"{silver:x}", digest_of("another a")]]}
    for portal in document["portals"]:
        files = {path: digest_of(text) for path, text in BEFORE[str(portal["id"])].items()}
        assert portal["release"] == release(files)


@pytest.mark.parametrize("text", ["", "{}", "changed"])
def test_a_part_that_is_not_what_it_was_is_not_believed(out: Path, text: str) -> None:
    for part in (out / "files").iterdir():
        part.write_text(text)
    (out / "portals/gold/index.html").unlink()
    put(BEFORE, out)
    assert there(out) == BEFORE
    assert described(out) == manifest(built(BEFORE))


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "portals").mkdir()
    (tmp_path / "portals/theirs.txt").write_text("theirs")
    with pytest.raises(StoreError, match="was not written by prmbuild"):
        put(BEFORE, tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["portals", "theirs.txt"]
    assert (tmp_path / "portals/theirs.txt").read_text() == "theirs"


def test_files_are_linked_where_the_cache_is_on_the_same_disk(tmp_path: Path) -> None:
    made = built(BEFORE)
    write(replace(made, blobs=Placed(dict(made.blobs), tmp_path / "cache")), tmp_path / "out", Silence())
    assert there(tmp_path / "out") == BEFORE
    home = [tmp_path / "out/portals" / portal / "index.html" for portal in BEFORE]
    assert len({path.stat().st_ino for path in [*home, tmp_path / "cache" / digest_of("home")]}) == 1


@pytest.mark.parametrize("name", ["../theirs", "/tmp/theirs", "..", ""])
def test_a_manifest_that_names_places_outside_takes_nothing_away(tmp_path: Path, name: str) -> None:
    theirs = tmp_path / "theirs/index.html"
    theirs.parent.mkdir()
    theirs.write_text("theirs")
    heads: list[Mapping[str, object]] = [{"portals": [{"id": f"../{name}"}, {"id": name}], "files": {}}]
    parts: dict[str, bytes] = {}
    for path in (f"../../{name}/index.html", ""):
        part = b'{"%s": [["1", "%s"]]}' % (path.encode(), b"0" * 64)
        parts[part_file(sha256(part).hexdigest())] = part
        heads.append({"portals": [{"id": "gold"}], "files": {part_of(path): sha256(part).hexdigest()}})
    for head in heads:
        put(BEFORE, tmp_path / "out")
        for file, part in parts.items():
            (tmp_path / "out" / file).write_bytes(part)
        (tmp_path / "out/build.json").write_text(json.dumps(head))
        put(BEFORE, tmp_path / "out")
        assert there(tmp_path / "out") == BEFORE
        assert theirs.read_text() == "theirs"


paths = st.sampled_from(("a", "b", "c/a", "c/b", "c/d/a", "e/a"))
some_portals = st.dictionaries(
    st.sampled_from(("gold", "silver", "steel")),
    st.dictionaries(paths, st.sampled_from(("x", "y")), min_size=1),
    max_size=3,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=some_portals, other=some_portals)
def test_any_update_writes_what_differs(tmp_path: Path, one: Portals, other: Portals) -> None:
    out = tmp_path / "out"
    for portals in (one, other):
        before = there(out) if out.exists() else {}
        put_or_dropped = sum(
            portals[portal].get(path) != before.get(portal, {}).get(path)
            for portal in portals
            for path in {**portals[portal], **before.get(portal, {})}
        )
        assert put(portals, out) == put_or_dropped
        assert there(out) == portals
