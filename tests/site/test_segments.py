"""A large portal's documents are split by folder: nothing is missing, nothing twice, and nothing hidden shapes them."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

import pytest

from tests.conftest import CONFIGURATION, MakeRepo, files_of, page
from tests.site.conftest import split_at

FOLDERS = ("", "a/", "b/", "b/deep/", "b/deep/er/", "b/other/", "c/", "d/only/", "e/", "größe/")

LARGE: Mapping[str, str | bytes] = {
    **CONFIGURATION,
    **{f"content/{folder}{name}.md": page(f"{folder} {name}") for folder in FOLDERS for name in ("one", "two", "tree")},
    "content/b/index.md": page("All of b"),
    "content/b/deep.md": page("The head of deep"),
    "content/e.md": page("The head of e"),
    "content/f/index.md": page("Alone in f"),
}
URLS = {
    re.sub(r"(^|/)index/$", r"\1", f"{path.removeprefix('content/').removesuffix('.md')}/")
    for path in LARGE
    if path.startswith("content/")
}

HIDDEN = {
    f"content/{folder}/{number}.md": page(f"Hidden {folder} {number}")
    for folder in ("internal", "gold", "gold/deep")
    for number in range(8)
}


@pytest.fixture(autouse=True)
def _split(monkeypatch: pytest.MonkeyPatch) -> None:
    split_at(monkeypatch, 4)


def entries(files: Mapping[str, bytes], path: str = "navigation.json") -> Iterator[dict[str, object]]:
    """Every entry of the navigation that one comes to by loading what entries name as more."""

    def below(items: list[dict[str, object]]) -> Iterator[dict[str, object]]:
        for item in items:
            yield item
            yield from below(item.get("items", []))
            if "more" in item:
                yield from entries(files, unquote(item["more"]))

    yield from below(json.loads(files[path])["items"])


def rows(files: Mapping[str, bytes], path: str) -> list[str]:
    """The URLs of a catalogue document's rows."""
    text = files[path].decode().partition('data-portal="results"')[2].partition("</ul>")[0]
    return [re.sub(r"^(\.\./)+", "", unquote(url)) for url in re.findall(r'<h3[^>]*><a href="([^"]*)"', text)]


def sections(files: Mapping[str, bytes]) -> Mapping[str, int]:
    """Place of each part that the catalogue names → number of pages that it says are there."""
    text = files["catalogue/index.html"].decode().partition('data-portal="sections"')[2].partition("</nav>")[0]
    found = re.findall(r'<a href="([^"]*)">.*?portal-count">(\d+)<', text)
    return {f"{unquote(url).removeprefix('../')}index.html": int(number) for url, number in found}


@pytest.fixture
def large(make_repo: MakeRepo) -> Mapping[str, bytes]:
    return files_of(make_repo(LARGE).render(), "arbor")


def test_every_page_is_reached_through_the_navigation(large: Mapping[str, bytes]) -> None:
    found = list(entries(large))
    assert {unquote(str(item["url"])) for item in found if "url" in item} >= URLS
    titles = {item["title"] for item in found}
    assert titles >= {"All of b", "The head of deep", "The head of e", "Alone in f"}, "all by their own titles"
    more = [unquote(str(item["more"])) for item in found if "more" in item]
    assert len(more) > 3, "the control: it is split"
    assert Counter(more) == Counter(path for path in large if path.startswith("navigation/"))


def test_the_navigation_itself_stays_small(large: Mapping[str, bytes]) -> None:
    top = json.loads(large["navigation.json"])["items"]
    held = {item["title"]: item["items"] for item in top if "items" in item and item["title"] != "Courses"}
    assert [[page["title"] for page in pages] for pages in held.values()] == [["Alone in f"]]
    urls = {item.get("url") for item in top}
    assert "a/one/" not in urls and "one/" in urls


def test_an_entry_without_a_page_leads_to_one_in_its_folder(large: Mapping[str, bytes]) -> None:
    led = [item for item in entries(large) if "more" in item and "url" not in item]
    assert led
    for item in led:
        folder = unquote(str(item["more"])).removeprefix("navigation/").removesuffix("index.json")
        assert unquote(str(item["first"])).startswith(folder)
        assert f"{unquote(str(item['first']))}index.html" in large


def test_the_catalogue_lists_every_page_once(large: Mapping[str, bytes]) -> None:
    parts = sections(large)
    assert len(parts) > 3, "the control: it is split"
    assert set(parts) == {path for path in large if re.match(r"catalogue/.+/index\.html$", path)}
    assert {path: len(rows(large, path)) for path in parts} == parts
    listed = Counter(url for path in ("catalogue/index.html", *parts) for url in rows(large, path))
    assert listed == Counter(URLS)


def test_a_small_portal_is_not_split(make_repo: MakeRepo) -> None:
    some = {
        path: text for path, text in LARGE.items() if not path.startswith("content/") or path.startswith("content/a/")
    }
    files = files_of(make_repo(some).render(), "arbor")
    assert not any(path.startswith("navigation/") for path in files)
    assert not sections(files)
    assert sorted(rows(files, "catalogue/index.html")) == ["a/one/", "a/tree/", "a/two/"]


def test_what_is_hidden_splits_nothing(make_repo: MakeRepo) -> None:
    repo = make_repo(LARGE)
    alone = repo.render()
    repo.commit(HIDDEN)
    beside = repo.render()
    assert files_of(alone, "arbor") == files_of(beside, "arbor")
    gold = files_of(beside, "nordwind")
    assert "navigation/gold/index.json" in gold, "the control: for others there are more parts"
    assert "navigation/gold/index.json" not in files_of(alone, "nordwind")


def test_hidden_pages_beside_visible_ones_split_nothing(make_repo: MakeRepo) -> None:
    rules = CONFIGURATION["visibility.yaml"] + "  - paths: [content/b/secret-*]\n    show_to: gold-up\n"
    repo = make_repo({**LARGE, "visibility.yaml": rules})
    alone = repo.render()
    repo.commit({f"content/b/secret-{number}.md": page(f"Secret {number}") for number in range(6)})
    beside = repo.render()
    assert files_of(alone, "arbor") == files_of(beside, "arbor")
    assert files_of(alone, "nordwind") != files_of(beside, "nordwind"), "the control: gold partners do see them"


def test_a_page_changes_its_own_folders_documents_alone(make_repo: MakeRepo) -> None:
    repo = make_repo(LARGE)
    before = files_of(repo.render(), "arbor")
    repo.commit({"content/b/deep/er/one.md": page("Renamed")})
    after = files_of(repo.render(), "arbor")
    changed = {path for path in before.keys() & after.keys() if before[path] != after[path]}
    parts = {path for path in changed if path.startswith(("navigation", "catalogue"))}
    assert parts == {"navigation/b/deep/er/index.json", "catalogue/b/deep/er/index.html"}
