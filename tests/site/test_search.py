import gzip
import json
from collections.abc import Mapping

import pytest

from tests.conftest import CONFIGURATION, MakeRepo, files_of, page
from tests.search import unpacked
from tests.site.conftest import split_at


def all_text(files: Mapping[str, bytes]) -> bytes:
    """All search data of a portal, as text."""
    data = [data for path, data in files.items() if path.startswith("search/")]
    return b"\n".join(gzip.decompress(one) if one.startswith(b"\x1f\x8b") else one for one in data)


def pages(files: Mapping[str, bytes]) -> dict[str, tuple[dict[str, object], list[object]]]:
    """URL → what the list of results shows, and the texts."""
    found: dict[str, tuple[dict[str, object], list[object]]] = {}
    for folder, number, listed in unpacked.segments(files):
        below = {path.rpartition("/")[2]: data for path, data in files.items() if path.startswith(f"search/{folder}")}
        some = unpacked.pages(below, listed)
        assert len(some) == number
        found |= {str(entry["url"]): (entry, text) for entry, text in some}
    return found


def test_every_section_of_a_page_is_found(portal: Mapping[str, bytes]) -> None:
    found = pages(portal)
    entry, text = found["guides/apple/"]
    assert (entry["title"], entry["language"], entry["type"]) == ("Apple", "en", "guide")
    assert text == ["", ["", "", ""], ["peel", "Peel", "Peel it."], ["core", "Core", "Leave it."]]
    entry, text = found["courses/basics/"]
    assert (entry["title"], entry["language"], entry["type"]) == ("Basics", "en", "course")
    assert text == ["What every engineer knows.", ["", "", "First lesson, Second lesson"]]


def test_titles_and_descriptions_are_plain_text(portal: Mapping[str, bytes]) -> None:
    found = pages(portal)
    assert found["hostile/"][0]["title"] == '<script>alert(1)</script> & "quoted" </textarea>'
    assert found["prices/"][1][0] == "All <prices>"


def test_it_names_the_types_that_it_has(portal: Mapping[str, bytes]) -> None:
    types = json.loads(portal["search/index.json"])["types"]
    assert types == {"course": "Course", "guide": "Guide", "price-list": "Price list"}


def test_it_holds_nothing_hidden(portal: Mapping[str, bytes], silver: Mapping[str, bytes]) -> None:
    assert "gold/rebate/" in pages(portal)
    assert b"rebate" in all_text(portal)
    assert b"ebate" not in all_text(silver)


def test_diagrams_are_not_searched(make_repo: MakeRepo) -> None:
    body = "Before.\n\n```mermaid\nflowchart LR\n  ALPHA --> BETA\n```\n"
    files = files_of(make_repo({**CONFIGURATION, "content/d.md": page("D", body)}).render(), "nordwind")
    assert b"ALPHA" in files["d/index.html"]
    assert b"alpha" not in all_text(files).lower()


def test_a_large_portal_is_split_by_folder(make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    split_at(monkeypatch, 4)
    content = {f"content/{folder}/{number}.md": page(f"{folder}{number}") for folder in "abc" for number in range(3)}
    content |= {f"content/d/{folder}/{number}.md": page(f"d{folder}{number}") for folder in "ab" for number in range(3)}
    content |= {f"content/e/{number}.md": page(f"e{number}") for number in range(6)}
    before = files_of(make_repo({**CONFIGURATION, **content}).render(), "nordwind")
    sizes = [number for _, number, _ in unpacked.segments(before)]
    assert sorted(sizes) == [3, 3, 3, 3, 3, 6], "pages of one folder stay together"
    assert len(pages(before)) == 21
    after = files_of(
        make_repo({**CONFIGURATION, **content, "content/d/a/1.md": page("New", "Other.")}).render(), "nordwind"
    )
    assert {path.rpartition("/")[0] for path in before} == {path.rpartition("/")[0] for path in after}
    changed = {path.rpartition("/")[0] for path in before.keys() ^ after.keys()}
    assert len(changed) == 3, "a changed page changes the small folders of its texts, its terms and of their listing"


def test_what_others_see_shapes_nothing(make_repo: MakeRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    split_at(monkeypatch, 3)
    content = {f"content/{folder}/{number}.md": page(f"{folder}{number}") for folder in "ab" for number in range(3)}
    hidden = {f"content/gold/{number}.md": page(f"Gold {number}", "prices " * number) for number in range(9)}
    alone = files_of(make_repo({**CONFIGURATION, **content}).render(), "arbor")
    beside = files_of(make_repo({**CONFIGURATION, **content, **hidden}).render(), "arbor")
    assert {path: data for path, data in alone.items() if path.startswith("search/")} == {
        path: data for path, data in beside.items() if path.startswith("search/")
    }
