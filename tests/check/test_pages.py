"""The documentation of the codes is made from the codes."""

from pathlib import Path

from prmbuild import codes
from prmbuild.codes.pages import EXAMPLES, FOLDER, pages

ROOT = Path(__file__).parent.parent.parent


def test_pages_are_up_to_date() -> None:
    """Run ``python -m prmbuild.codes.pages`` where this fails."""
    written = {file.name: file.read_text(encoding="utf-8") for file in (ROOT / FOLDER).glob("*.md")}
    assert written == dict(pages(ROOT / EXAMPLES))


def test_every_code_has_a_page_and_a_line_in_the_index() -> None:
    made = pages(ROOT / EXAMPLES)
    for code in codes.ALL.values():
        assert f"[{code.id}]({code.id}.md)" in made["index.md"]
        assert code.meaning in made[f"{code.id}.md"]
        assert code.remedy in made[f"{code.id}.md"]


def test_texts_are_sentences() -> None:
    for code in codes.ALL.values():
        assert code.meaning.endswith((".", "?")), code.id
        assert code.remedy.endswith("."), code.id
        assert not code.title.endswith("."), code.id
        assert "|" not in code.title, code.id
