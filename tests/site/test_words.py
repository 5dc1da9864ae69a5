import json
import re
from datetime import date
from pathlib import Path

import pytest

from prmbuild.render import words as module
from prmbuild.render.words import Labels, words

FOLDER = Path(module.__file__).parent / "words"
ENGLISH = json.loads((FOLDER / "en.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda file: file.stem)
def test_every_language_says_all_and_fills_the_same_gaps(file: Path) -> None:
    said = json.loads(file.read_text(encoding="utf-8"))
    assert list(said) == list(ENGLISH)
    for key, text in said.items():
        assert sorted(re.findall(r"\{\w*\}", text)) == sorted(re.findall(r"\{\w*\}", ENGLISH[key])), key


def test_every_word_is_used() -> None:
    package = FOLDER.parents[1]
    sources = [*package.glob("site/**/*.*"), *package.glob("render/**/*.html"), package / "render" / "words.py"]
    used = "\n".join(path.read_text(encoding="utf-8") for path in sources if path.suffix in {".py", ".html"})
    for key in ENGLISH:
        stem = re.sub(r"\.(one|other)$", "", key)
        computed = key.startswith(("month.", "language.", "quiz.", "admonition."))
        assert computed or f'"{stem}"' in used or f"'{stem}'" in used or f"'{key}'" in used, key


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "5 May 2026"),
        ("de-AT", "5. Mai 2026"),
        ("es", "5 de mayo de 2026"),
        ("ja", "2026年5月5日"),
        ("xx", "5 May 2026"),
        ("../en", "5 May 2026"),
    ],
)
def test_dates_are_written_in_the_page_s_language(language: str, written: str) -> None:
    assert words(language).day(date(2026, 5, 5)) == written


@pytest.mark.parametrize(("size", "written"), [(1, "1 KB"), (1500, "2 KB"), (2_340_000, "2.3 MB")])
def test_sizes_are_written_for_people(size: int, written: str) -> None:
    assert words("en").size(size) == written


def test_slugs_have_names() -> None:
    assert Labels({"faq": "FAQ"})("faq") == "FAQ"
    assert Labels({})("price-list") == "Price list"
