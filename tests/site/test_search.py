import json
from collections.abc import Mapping


def docs(files: Mapping[str, bytes]) -> dict[str, dict[str, object]]:
    index = json.loads(files["search/search_index.json"])
    assert set(index) == {"config", "docs"}
    return {document["location"]: document for document in index["docs"]}


def test_every_section_of_a_page_is_found(portal: Mapping[str, bytes]) -> None:
    found = docs(portal)
    assert found["guides/apple/"]["title"] == "Apple"
    assert found["guides/apple/"]["tags"] == ["Guide", "Fruit", "Safety"]
    assert found["guides/apple/#peel"] == {"location": "guides/apple/#peel", "title": "Peel", "text": "<p>Peel it.</p>"}
    assert found["courses/basics/"]["tags"] == ["Course"]


def test_a_page_comes_before_its_sections(portal: Mapping[str, bytes]) -> None:
    order = list(docs(portal))
    assert order.index("guides/apple/") < order.index("guides/apple/#peel")


def test_titles_and_descriptions_are_escaped(portal: Mapping[str, bytes]) -> None:
    found = docs(portal)
    assert found["hostile/"]["title"] == '&lt;script&gt;alert(1)&lt;/script&gt; &amp; "quoted" &lt;/textarea&gt;'
    assert str(found["prices/"]["text"]).startswith("All &lt;prices&gt;")


def test_it_holds_nothing_hidden(portal: Mapping[str, bytes], silver: Mapping[str, bytes]) -> None:
    assert "gold/rebate/" in docs(portal)
    assert b"ebate" not in silver["search/search_index.json"]


def test_diagrams_are_not_searched(make_repo: object) -> None:
    from tests.conftest import CONFIGURATION, files_of, page

    body = "Before.\n\n```mermaid\nflowchart LR\n  ALPHA --> BETA\n```\n"
    files = files_of(make_repo({**CONFIGURATION, "content/d.md": page("D", body)}).render(), "nordwind")  # type: ignore[operator]
    assert b"ALPHA" in files["d/index.html"]
    assert b"ALPHA" not in files["search/search_index.json"]
