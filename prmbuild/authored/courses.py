"""``course.yaml`` and ``quiz.yaml``."""

import re
from collections.abc import Iterator

from prmbuild import codes
from prmbuild.authored.document import Document, Path
from prmbuild.authored.lifecycle import DATES
from prmbuild.authored.models import CourseFile, QuizFile
from prmbuild.authored.pages import lifecycle, literal_glob, own_rule, relative
from prmbuild.authored.programme import Programme
from prmbuild.authored.resource import CourseSource, Option, Question, QuizSource, Status
from prmbuild.authored.shape import COURSES, check, together
from prmbuild.authored.text import quoted
from prmbuild.authored.yaml import read_yaml
from prmbuild.diagnostics import Diagnostic, has_errors

_COURSE_PATH = re.compile(r"courses/([a-z0-9]+(?:-[a-z0-9]+)*)/course\.yaml\Z")


def read_course(
    path: str, data: bytes, programme: Programme | None
) -> tuple[CourseSource | None, tuple[Diagnostic, ...]]:
    """Read a ``course.yaml``.

    Args:
        path: repository path, ``courses/<id>/course.yaml``.
        data: the file.
        programme: what audiences are checked against. Without one an audience is taken to admit nobody.

    Returns:
        The course, or None where there are errors; and the findings.
    """
    document = read_yaml(path, data, dates=DATES)
    if not document.complete:
        return None, document.diagnostics
    model, shape = check(CourseFile, document, COURSES)
    folder = path.rpartition("/")[0] + "/"
    identity = _COURSE_PATH.match(path)
    found = [*shape, *lifecycle(document)]
    if identity is None:
        hint = "courses/<id>/course.yaml, with small letters, digits and single hyphens in the id"
        found.append(codes.INVALID_COURSE_ID.at(path, f"{quoted(path)} is not the place of a course", hint=hint))
    audience, problems = own_rule(document, "audience", (literal_glob(folder) + "**",), programme)
    found += problems
    required_for, problems = own_rule(document, "required_for", (literal_glob(path),), programme)
    found += problems
    lessons, quiz, problems = _paths(document, folder)
    found += problems
    found += _prerequisites(document, identity[1] if identity else "")
    findings = together(document, found)
    if model is None or identity is None or has_errors(findings):
        return None, findings
    return CourseSource(
        id=identity[1],
        path=path,
        title=model.title,
        description=model.description.strip(),
        status=Status(model.status),
        required_for=required_for,
        audience=audience,
        lessons=lessons,
        quiz=quiz,
        pass_mark=float(model.pass_mark),
        valid_for=model.valid_for,
        prerequisites=tuple(model.prerequisites),
        topics=tuple(model.topics),
        language=model.language,
        owner=model.owner,
        publish_at=model.publish_at,
        expire_at=model.expire_at,
        last_reviewed_on=model.last_reviewed_on,
        review_in=model.review_in,
    ), findings


def _listed(document: Document, key: str) -> Iterator[tuple[Path, str]]:
    values = document.value.get(key) if isinstance(document.value, dict) else None
    for index, value in enumerate(values if isinstance(values, list) else ()):
        if isinstance(value, str) and value.strip():
            yield (key, index), value


def _paths(document: Document, folder: str) -> tuple[tuple[str, ...], str | None, tuple[Diagnostic, ...]]:
    """Return repository paths of lessons and quiz, and what is wrong with them."""
    lessons: dict[str, None] = {}
    found: list[Diagnostic] = []
    for path, value in _listed(document, "lessons"):
        lesson, problems = relative(document, path, value, within=folder, code=codes.COURSE_PATH_OUTSIDE)
        found += problems
        if lesson is None:
            continue
        if not lesson.endswith(".md"):
            message = f"the lesson {quoted(value)} is not a Markdown file"
            found.append(document.at_value(path, codes.INVALID_COURSE_VALUE, message, "its name ends in .md"))
        elif lesson in lessons:
            message = f"the lesson {quoted(value)} is given twice"
            found.append(document.at_value(path, codes.DUPLICATE_LESSON, message, "remove one of them"))
        else:
            lessons[lesson] = None
    written = document.value.get("quiz") if isinstance(document.value, dict) else None
    if not isinstance(written, str) or not written.strip():
        return tuple(lessons), None, tuple(found)
    quiz, problems = relative(document, ("quiz",), written, within=folder, code=codes.COURSE_PATH_OUTSIDE)
    found += problems
    if quiz is not None and (not quiz.endswith(".yaml") or quiz == document.path):
        message = f"the quiz {quoted(written)} is not a quiz file"
        found.append(document.at_value(("quiz",), codes.INVALID_COURSE_VALUE, message, "as in quiz.yaml"))
    return tuple(lessons), quiz, tuple(found)


def _prerequisites(document: Document, course: str) -> Iterator[Diagnostic]:
    seen: set[str] = set()
    for path, value in _listed(document, "prerequisites"):
        if value == course:
            message = f"the course {quoted(course)} requires itself"
            yield document.at_value(path, codes.SELF_PREREQUISITE, message, "remove it")
        elif value in seen:
            message = f"the prerequisite {quoted(value)} is given twice"
            yield document.at_value(path, codes.DUPLICATE_LESSON, message, "remove one of them")
        seen.add(value)


def read_quiz(path: str, data: bytes) -> tuple[QuizSource | None, tuple[Diagnostic, ...]]:
    """Read a ``quiz.yaml``.

    Args:
        path: repository path.
        data: the file.

    Returns:
        The quiz, or None where there are errors; and the findings.
    """
    document = read_yaml(path, data)
    if not document.complete:
        return None, document.diagnostics
    model, shape = check(QuizFile, document, COURSES)
    findings = together(document, (*shape, *_questions(document)))
    if model is None or has_errors(findings):
        return None, findings
    questions = tuple(
        Question(
            id=question.id,
            question=question.question,
            options=tuple(Option(text=option.text, correct=option.correct) for option in question.options),
            explanation=question.explanation.strip(),
        )
        for question in model.questions
    )
    return QuizSource(path=path, questions=questions), findings


def _questions(document: Document) -> Iterator[Diagnostic]:
    """Find questions that cannot be answered or told apart."""
    questions = document.value.get("questions") if isinstance(document.value, dict) else None
    ids: set[str] = set()
    for index, question in enumerate(questions if isinstance(questions, list) else ()):
        if not isinstance(question, dict):
            continue
        path: Path = ("questions", index)
        identity = question.get("id")
        if isinstance(identity, str):
            if identity in ids:
                message = f"the question {quoted(identity)} is given twice"
                yield document.at_value((*path, "id"), codes.DUPLICATE_QUESTION, message, "rename one of them")
            ids.add(identity)
        yield from _options(document, (*path, "options"), question.get("options"))


def _options(document: Document, path: Path, options: object) -> Iterator[Diagnostic]:
    if not isinstance(options, list) or not options or not all(isinstance(option, dict) for option in options):
        return
    marks = [option.get("correct", False) for option in options]
    if not any(mark is not False for mark in marks):
        hint = "mark at least one option with correct: true"
        yield document.at_key(path, codes.NO_CORRECT_OPTION, "no option is correct", hint)
    if all(mark is True for mark in marks):
        yield document.at_key(path, codes.NO_WRONG_OPTION, "every option is correct", "add an option that is wrong")
    texts: set[str] = set()
    for index, option in enumerate(options):
        text = option.get("text")
        if not isinstance(text, str):
            continue
        if text.strip() in texts:
            message = f"the option {quoted(text)} is given twice"
            yield document.at_value((*path, index, "text"), codes.DUPLICATE_QUESTION, message, "remove one of them")
        texts.add(text.strip())
