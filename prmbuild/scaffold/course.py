"""A new course: lessons, and a quiz with a first question."""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from prmbuild.authored.scalars import write_scalar
from prmbuild.authored.text import slug


class NewCourse(Struct, frozen=True, kw_only=True):
    """What is known of a new course.

    Attributes:
        lessons: their titles, in order.
        required_for: an audience in flow YAML on one line; empty where the course is optional for all.
        audience: likewise; empty where the rules decide alone.
        owner: empty where nobody is named.
    """

    id: str
    title: str
    lessons: tuple[str, ...]
    quiz: bool = True
    required_for: str = ""
    audience: str = ""
    prerequisites: tuple[str, ...] = ()
    language: str = "en"
    owner: str = ""


def course_files(course: NewCourse, today: date) -> Mapping[str, str]:
    """Return path → text of everything a new course has.

    Args:
        course: what is known of it.
        today: the day it counts as reviewed on.
    """
    folder = f"courses/{course.id}"
    lessons = {f"lessons/{_file_name(number, title)}": title for number, title in enumerate(course.lessons, 1)}
    files = {f"{folder}/course.yaml": _course_text(course, tuple(lessons), today)}
    files |= {f"{folder}/{name}": _lesson_text(title) for name, title in lessons.items()}
    if course.quiz:
        files[f"{folder}/quiz.yaml"] = _QUIZ
    return files


def _file_name(number: int, title: str) -> str:
    return f"{number:02d}-{slug(title) or 'lesson'}.md"


def _course_text(course: NewCourse, lessons: tuple[str, ...], today: date) -> str:
    dates = (f"last_reviewed_on: {today.isoformat()}", "review_in: 180d")
    lines = (
        f"title: {write_scalar(course.title)}",
        "# One sentence, for cards.",
        'description: ""',
        "# draft, in_review, approved (published once it is merged) or retired; lessons and quiz follow.",
        "status: draft",
        "# Who must do the course, as in {role: technical}; it is optional for all others.",
        f"required_for: {course.required_for}" if course.required_for else "# required_for: everyone",
        "# Narrows who sees the course; what visibility.yaml says holds besides.",
        f"audience: {course.audience}" if course.audience else "# audience: everyone",
        "lessons:",
        *(f"  - {name}" for name in lessons),
        *(("quiz: quiz.yaml", "# Share of right answers needed to pass.", "pass_mark: 0.8") if course.quiz else ()),
        "# How long a certificate holds; for ever without it.",
        "# valid_for: 365d",
        f"prerequisites: [{', '.join(course.prerequisites)}]",
        f"language: {course.language}",
        "# Who answers for the course and is told when to review it.",
        f"owner: {write_scalar(course.owner)}" if course.owner else "# owner: somebody@your-company.example",
        *(dates if course.owner else (f"# {line}" for line in dates)),
        "",
    )
    return "\n".join(lines)


def _lesson_text(title: str) -> str:
    return f"""---
title: {write_scalar(title)}
---

Say in the first sentence what learners can do after this lesson.

## What to know

Then show them.
"""


_QUIZ = """\
# Answers are kept by the id of a question, so an id stays as it is once the course is published.
# What is correct, and why, is never published.
questions:
  - id: first-question
    question: What do learners know after this course?
    options:
      - {text: Write the right answer here, correct: true}
      - {text: Write a wrong answer that sounds plausible}
      - {text: Write another wrong answer}
    explanation: Say why the right answer is right.
"""
