"""What was read of authored files is the same after it was written down."""

from typing import TypeVar

import pytest
from msgspec import json

from prmbuild.authored.courses import read_course, read_quiz
from prmbuild.authored.markdown import split_markdown
from prmbuild.authored.programme import Programme
from prmbuild.authored.reading import read_front
from prmbuild.authored.resource import CourseSource, Front, QuizSource
from prmbuild.diagnostics import Diagnostic
from tests.authored.conftest import PARTNERS, PRM, VISIBILITY, Read
from tests.authored.test_courses import COURSE, QUIZ

_Value = TypeVar("_Value")

AUDIENCES = """\
audiences:
  gold-up: {tier: gold}
  both: {all: [gold-up, {any: [{region: emea}, {not: {role: technical}}]}]}
rules:
  - paths: [content/**, "courses/**"]
    show_to: both
  - paths: [content/internal/**]
    show_to: nobody
assertions:
  - never: {paths: [content/internal/**], seen_by: everyone}
  - always: {paths: [content/start.md], seen_by: {partners: [nordwind, cascade]}}
"""
EVERYTHING = {
    "partners": PARTNERS.replace(
        "segment: gold-emea}",
        "segment: gold-emea, tier: silver, domains: [nordwind.example], languages: [de, en],\n"
        "     connections: [{to: cascade, shows: listed}]}",
    ),
    "visibility": AUDIENCES,
    "prm": PRM + "branch: live\npublish: {to: 's3://bucket/some/prefix'}\napproval:\n  evidence: trailer\n"
    "  approvers: [{paths: ['*'], people: [ines@vendor.example]}]\n"
    "  widening: [{paths: [content/pricing/**], people: [ines@vendor.example]}]\n"
    "  handles: {ines@vendor.example: '@ines'}\n",
}
ODD = {"visibility": VISIBILITY.replace("everyone", "gold-upp"), "partners": "roles: ["}


def travelled(value: _Value, form: type[_Value]) -> _Value:
    return json.decode(json.encode(value), type=form)


@pytest.mark.parametrize("changes", [{}, EVERYTHING, ODD], ids=["small", "everything", "errors"])
def test_a_programme(read: Read, changes: dict[str, str]) -> None:
    configuration = read(**changes)
    assert (configuration[0] is None) == (changes is ODD)
    again = travelled(configuration, tuple[Programme | None, tuple[Diagnostic, ...]])
    assert again == configuration
    assert repr(again) == repr(configuration), "tuples are tuples again, and what is ordered keeps its order"


@pytest.mark.parametrize(
    "front",
    [
        "",
        "---\n---\n",
        "---\ntitle: A\ntopics: [x, y]\nstatus: approved\naudience: {tier: gold}\norder: 3\n"
        "publish_at: 2026-12-01T00:00:00+02:00\nlast_reviewed_on: 2026-09-30\nreview_in: 2w\n---\n",
        "---\ntitel: A\naudience: gold-upp\n---\n",
    ],
)
def test_front_matter(programme: Programme, front: str) -> None:
    parts, _ = split_markdown("content/a.md", f"{front}# A\n".encode())
    assert parts is not None
    found = read_front("content/a.md", parts, programme)
    again = travelled(found, Front)
    assert again == found
    assert repr(again) == repr(found)


def test_front_matter_is_taken_for_what_it_was_only_where_it_reads_the_same(programme: Programme) -> None:
    one, _ = split_markdown("content/a.md", b"---\ntitle: A\n---\nOne\n")
    two, _ = split_markdown("content/a.md", b"---\ntitle: A\n---\nTwo\n")
    three, _ = split_markdown("content/a.md", b"---\ntitle: B\n---\nTwo\n")
    none, _ = split_markdown("content/a.md", b"Two\n")
    assert one is not None and two is not None and three is not None and none is not None
    known = read_front("content/a.md", one, programme)
    assert read_front("content/a.md", two, programme, known) is known
    for other in (three, none):
        found = read_front("content/a.md", other, programme, known)
        assert found == read_front("content/a.md", other, programme) != known


@pytest.mark.parametrize("text", [COURSE, "title: Fundamentals\nlessons: [a.md]\nreview_in: 3d\n", "titel: x\n"])
def test_a_course(programme: Programme, text: str) -> None:
    course = read_course("courses/fundamentals/course.yaml", text.encode(), programme)
    again = travelled(course, tuple[CourseSource | None, tuple[Diagnostic, ...]])
    assert again == course
    assert repr(again) == repr(course)


@pytest.mark.parametrize("text", [QUIZ, "questions: []\n"])
def test_a_quiz(text: str) -> None:
    quiz = read_quiz("courses/fundamentals/quiz.yaml", text.encode())
    again = travelled(quiz, tuple[QuizSource | None, tuple[Diagnostic, ...]])
    assert again == quiz
    assert repr(again) == repr(quiz)
