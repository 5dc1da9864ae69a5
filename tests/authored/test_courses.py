"""Courses and quizzes."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from prmbuild.authored.courses import read_course, read_quiz
from prmbuild.authored.programme import Programme
from prmbuild.authored.resource import Option, Status
from prmbuild.diagnostics import has_errors
from prmbuild.visibility.audience import OneOf

COURSE = """\
title: Product fundamentals
required_for: {role: technical}
lessons: [lessons/01-fleet.md, ./lessons/02-safety.md]
quiz: quiz.yaml
pass_mark: 1
valid_for: 365d
prerequisites: [onboarding]
status: approved
audience: {region: emea}
publish_at: 2026-12-01T00:00:00Z
"""
QUIZ = """\
questions:
  - id: q1
    question: How much?
    options:
      - {text: A lot, correct: true}
      - {text: A little}
    explanation: Because.
"""


def test_course(programme: Programme) -> None:
    course, findings = read_course("courses/fundamentals/course.yaml", COURSE.encode(), programme)
    assert findings == ()
    assert course is not None
    assert course.id == "fundamentals"
    assert course.lessons == (
        "courses/fundamentals/lessons/01-fleet.md",
        "courses/fundamentals/lessons/02-safety.md",
    )
    assert course.quiz == "courses/fundamentals/quiz.yaml"
    assert course.pass_mark == 1.0
    assert isinstance(course.pass_mark, float)
    assert course.valid_for == timedelta(days=365)
    assert course.status is Status.APPROVED
    assert course.required_for is not None
    assert course.required_for.audience == OneOf("role", ("technical",))
    assert course.audience is not None
    assert course.audience.matches("courses/fundamentals/lessons/01-fleet.md")
    assert course.audience.matches("courses/fundamentals/course.yaml")
    assert not course.audience.matches("courses/fundamentals-2/course.yaml")
    assert course.prerequisites == ("onboarding",)


def test_smallest_course_is_an_optional_draft(programme: Programme) -> None:
    course, findings = read_course("courses/a/course.yaml", b"title: A\nlessons: [a.md]\n", programme)
    assert findings == ()
    assert course is not None
    assert course.status is Status.DRAFT
    assert course.required_for is None
    assert course.pass_mark == 0.8


def test_quiz() -> None:
    quiz, findings = read_quiz("courses/a/quiz.yaml", QUIZ.encode())
    assert findings == ()
    assert quiz is not None
    (question,) = quiz.questions
    assert question.options == (Option(text="A lot", correct=True), Option(text="A little", correct=False))
    assert question.explanation == "Because."


def test_a_mistyped_answer_is_reported_once() -> None:
    text = QUIZ.replace("correct: true", "correct: 'true'")
    _, findings = read_quiz("courses/a/quiz.yaml", text.encode())
    assert [found.code for found in findings] == ["PRM504"]


@given(st.binary(max_size=150))
def test_no_bytes_raise(data: bytes) -> None:
    for value, findings in (
        read_course("courses/a/course.yaml", data, None),
        read_quiz("courses/a/quiz.yaml", data),
    ):
        assert (value is None) == has_errors(findings)
