"""What the interface writes with a value in it is every portal's own; what says anything else beside it is not."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date

import numpy as np
import pytest

from prmbuild.audit.canaries import Collection
from prmbuild.audit.filled import among
from prmbuild.audit.order import shown_order
from prmbuild.audit.report import Kind
from prmbuild.audit.table import Canaries
from prmbuild.render.words import spoken, words
from tests.audit.conftest import FILES, PORTAL, Subject
from tests.audit.test_changes import Programme, tampered
from tests.conftest import FIRST_COMMIT, page

DAY = FIRST_COMMIT.date()
TAUGHT = tuple(say for say in spoken() if say.language in ("de", "ja"))
"""Each has a course; dates and counters of the others are looked up alone."""

TITLES = (
    *(say.day(DAY) for say in TAUGHT),
    *(say("quiz.question", 1, 2) for say in TAUGHT),
    *(say("page.lesson", 1, 2) for say in TAUGHT),
    words("en").month(DAY),
    words("en")("updated", words("en").day(DAY)),
    words("en").count("course.lessons", 2),
    f"Last updated {words('en').day(DAY)}",
    "Frage 1",
    "Robots – Veldra",
    "Prüfung: Robots in German",
    "Courses – Veldra",
    "New price list",
    "Teil des Kurses Robots",
    "Gold prices",
    "Setup manual",
    "Inner outer",
    "Last words zonder",
)
"""Each is what some document of the portal says."""

TABS = """\
Before it[^1].

[^1]: Zonder more

=== "Gold"

    Setup

    === "Inner"
        Alpha

    === "Outer"
        Beta

=== "Prices"

    Manual

The last words
"""
COURSES = {
    path: text
    for say in TAUGHT
    for path, text in {
        f"courses/{say.language}/course.yaml": (
            f"title: {'Robots in German' if say.language == 'de' else 'Kilo'}\nlanguage: {say.language}\n"
            "status: approved\nlessons: [one.md, two.md]\nquiz: quiz.yaml\n"
        ),
        f"courses/{say.language}/one.md": f"---\ntitle: Kilo one\nlanguage: {say.language}\n---\nText.\n",
        f"courses/{say.language}/two.md": f"---\ntitle: Kilo two\nlanguage: {say.language}\n---\nText.\n",
        f"courses/{say.language}/quiz.yaml": "questions:\n"
        + "".join(
            f"  - id: q{number}\n    question: Kilo {number}?\n    options: [{{text: A, correct: true}}, {{text: B}}]\n"
            for number in (1, 2)
        ),
    }.items()
}
HIDDEN = "content/internal/list.md"
HIDDEN_TITLE = "Gold price list 2026"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Programme, Subject]]:
    """A programme with hidden pages whose titles are what documents say."""
    titles = {f"content/internal/t{number}.md": page(f"'{title}'", "Zz.") for number, title in enumerate(TITLES)}
    with ExitStack() as stack:
        programme = Programme(tmp_path_factory.mktemp("filled"), stack)
        shown = {"content/robots.md": page("Robots", TABS, language="en", type="price-list", topics="[selling]")}
        yield programme, programme.commit(FILES | COURSES | shown | titles | {HIDDEN: page(HIDDEN_TITLE, "Zz.")})


def test_hidden_titles_that_read_like_the_portal(built: tuple[Programme, Subject]) -> None:
    programme, subject = built
    leaks = programme.audit(subject).report.leaks
    assert not {(leak.found, leak.file) for leak in leaks}


@pytest.mark.parametrize("text", [HIDDEN_TITLE, "<h2>Gold price list</h2><p>2026</p>", "Updated: Gold price list 2026"])
def test_a_title_with_other_words_is_found(built: tuple[Programme, Subject], text: str) -> None:
    _, subject = built
    leaks = tampered(subject, "start/index.html", text).audit().leaks
    assert {(leak.portal, leak.kind, leak.owner) for leak in leaks} == {(PORTAL, Kind.TITLE, HIDDEN)}


def test_the_address_of_a_page_that_is_titled_like_the_portal_is_found(built: tuple[Programme, Subject]) -> None:
    _, subject = built
    leaks = tampered(subject, "start/index.html", "<a href='../internal/t7/'>December 2026</a>").audit().leaks
    assert Kind.REFERENCE in {leak.kind for leak in leaks}


def test_it_stays_so_when_others_change(built: tuple[Programme, Subject]) -> None:
    programme, subject = built
    programme.audit(subject)
    later = {"content/internal/later.md": page(f"'{words('en').day(date(2026, 9, 2))}'", "Zz.")}
    audited = programme.audit(programme.commit(later | {"content/robots.md": page("Robots", f"{TABS}\nMore.")}))
    assert not audited.everything and not audited.report.leaks


@pytest.mark.parametrize(
    ("title", "own"),
    [
        ("December 2026", True),
        ("3 December 2026", True),
        ("Updated 3 December 2026", True),
        ("Question 12 of 15", True),
        ("365 Tage gültig", True),
        ("at least 87.5 % correctly", True),
        ("Answer at least 80 % correctly to pass", True),
        ("Gold price list 2026", False),
        ("Price list December 2026", False),
        ("December 2026 newsletter", False),
        ("Question 123456", False),
        ("Quiz: Hidden", False),
        ("Operation 2026", False),
        ("3 December", True),
        ("Decembers 2026", False),
        ("Lesson", False),
        ("2026 4711", False),
    ],
)
def test_only_what_the_interface_writes_is_its_own(title: str, own: bool) -> None:
    found = Collection()
    found.add(title, Kind.TITLE, "a.md")
    packed = found.packed()
    canaries = Canaries.of(list(zip(packed.matches, packed.texts(), strict=True)))
    numbers = np.arange(len(canaries), dtype=np.int32)
    assert bool(len(among(canaries, numbers, "Veldra"))) == own


def test_months_are_those_of_every_language() -> None:
    for say in spoken():
        for month in range(1, 13):
            found = Collection()
            found.add(say.day(date(2026, month, 28)), Kind.TITLE, "a.md")
            packed = found.packed()
            canaries = Canaries.of(list(zip(packed.matches, packed.texts(), strict=True)))
            assert len(among(canaries, np.arange(len(canaries), dtype=np.int32), "Veldra")) == len(canaries)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("One\n\nTwo", None),
        ("Text[^1].\n\nMore.", None),
        ('=== "A"\n    1\n=== "B"\n    2\nC', '=== "A"\n=== "B"\n    1\n    2\nC'),
        ('=== "A"\n    1\n===! "B"\n    2', None),
        ("Text[^1].\n[^1]: Note\n    more\nEnd", "Text[^1].\nEnd\n[^1]: Note\n    more"),
        (
            '=== "A"\n    === "B"\n        1\n    === "C"\n        2\n=== "D"\n    3',
            '=== "A"\n=== "D"\n    === "B"\n    === "C"\n        1\n        2\n    3',
        ),
    ],
)
def test_lines_in_the_order_in_which_they_show(written: str, shown: str | None) -> None:
    assert shown_order(written) == shown
