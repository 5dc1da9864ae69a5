"""Pages say how large the pictures are that their readers get; each portal may have another version of a file."""

import re
from collections.abc import Mapping
from zlib import crc32

import pytest

from tests.conftest import CONFIGURATION, MakeRepo, Repo, files_of, page

GOLD, SILVER = "nordwind", "arbor"
SIZE = re.compile(rb'<img(?: width="(\d+)" height="(\d+)")? alt="Drawing"')
OTHER = {"other/index.html": (10, 10)}
DRAWING = "![Drawing](drawing.svg)"


def svg(width: int, height: int) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"/>\n'


def sizes(files: Mapping[str, bytes]) -> Mapping[str, tuple[int, ...]]:
    """Page → width and height that its drawing is said to have."""
    found = {path: SIZE.search(data) for path, data in files.items() if path.endswith(".html")}
    return {path: tuple(int(part) for part in tag.groups() if part) for path, tag in found.items() if tag}


@pytest.fixture
def drawn(make_repo: MakeRepo) -> Repo:
    return make_repo(
        {
            **CONFIGURATION,
            "content/index.md": page("Home", DRAWING),
            "content/a.md": page("A", f"{DRAWING}\n\n[the same](drawing.svg)"),
            "content/other.md": page("Other", "![Drawing](other.svg)"),
            "content/none.md": page("None"),
            "content/drawing.svg": svg(40, 20),
            "content/other.svg": svg(10, 10),
        }
    )


def test_pages_and_homes_say_how_large_pictures_are(drawn: Repo) -> None:
    built = drawn.build()
    expected = {"index.html": (40, 20), "a/index.html": (40, 20)} | OTHER
    assert sizes(files_of(built, GOLD)) == sizes(files_of(built, SILVER)) == expected


def test_a_picture_changes_the_pages_that_show_it_where_its_size_changes(drawn: Repo) -> None:
    before = shown_after(drawn, svg(40, 20))
    same = shown_after(drawn, svg(40, 20) + "<!-- drawn anew -->\n")
    after = shown_after(drawn, svg(40, 30))
    assert changed(before, same) == {"drawing.svg"}
    assert changed(same, after) == {"drawing.svg", "index.html", "a/index.html", "also/index.html"}
    assert sizes(after) == {"index.html": (40, 30), "a/index.html": (40, 30), "also/index.html": (40, 30)} | OTHER


def shown_after(drawn: Repo, drawing: str) -> Mapping[str, bytes]:
    """What is shown once another drawing was approved, with a page that shows it and reads as it did."""
    also = page("Also", DRAWING, owner=f"desk-{crc32(drawing.encode())}@vendor.example")
    drawn.commit({"content/drawing.svg": drawing, "content/also.md": also})
    return files_of(drawn.render(), GOLD)


def changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> set[str]:
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def test_a_size_is_that_of_the_version_that_a_portal_has(drawn: Repo) -> None:
    first = drawn.render()
    drawn.commit(
        {
            "content/index.md": page("Home", f"{DRAWING} anew", status="draft"),
            "content/a.md": page("A", f"{DRAWING} anew", status="draft"),
            "content/drawing.svg": svg(400, 300),
            "content/gold/new.md": page("New", "![Drawing](../drawing.svg)"),
        }
    )
    built = drawn.build()
    assert files_of(built, SILVER) == files_of(first, SILVER)
    large = dict.fromkeys(("index.html", "a/index.html", "gold/new/index.html"), (400, 300))
    assert sizes(files_of(built, GOLD)) == large | OTHER


def test_of_a_picture_that_a_portal_does_not_show_nothing_is_said(drawn: Repo) -> None:
    drawn.commit({"content/gold/hidden.svg": svg(77, 66), "content/a.md": page("A", "![Drawing](gold/hidden.svg)")})
    built = drawn.build()
    assert sizes(files_of(built, GOLD))["a/index.html"] == (77, 66)
    seen_by_silver = files_of(built, SILVER)["a/index.html"]
    assert b"Drawing" in seen_by_silver and b"<img width" not in seen_by_silver


def test_pictures_are_measured_when_they_are_new(drawn: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn.render()
    measured: list[bytes] = []
    monkeypatch.setattr("prmbuild.build.dimensions", lambda data: measured.append(data))
    drawn.commit({"content/none.md": page("None", "Something.")})
    drawn.render()
    assert measured == []
    drawn.commit({"content/other.svg": svg(30, 30), "content/other.md": page("Other", "![Drawing](other.svg) anew")})
    drawn.render()
    assert measured == [svg(30, 30).encode()]
