"""``courses/``: the list of courses, a page per course, and its quiz.

A quiz is published as questions and options alone. Which options are right, and why, stays with the gateway.
"""

from collections.abc import Iterator
from urllib.parse import unquote

from prmbuild.authored.resource import Question
from prmbuild.render.words import Words, words
from prmbuild.site.contents import Common, Contents, CourseContents
from prmbuild.site.navigation import COURSES
from prmbuild.site.recipes import Recipe
from prmbuild.site.templates import above, body, document, framed


def course_documents(contents: Contents) -> Iterator[Recipe]:
    """Yield everything below ``courses/`` that is not a lesson."""
    yield _list(contents)
    for course in contents.courses:
        yield _page(course, contents.common)
        if course.quiz is not None and course.quiz_url is not None:
            yield _quiz_page(course, course.quiz_url, contents.common)


def _list(contents: Contents) -> Recipe:
    common, courses = contents.common, contents.courses

    def make() -> bytes:
        return document(common, url=COURSES, title=common.words("courses"), template="courses", courses=courses)

    return Recipe(_file(COURSES), tuple(course.shows for course in courses), make)


def _page(course: CourseContents, common: Common) -> Recipe:
    source = course.source

    def make() -> bytes:
        return framed(
            common.toolchain,
            _course(course, words(source.language)),
            url=course.url,
            title=source.title,
            template="course",
            language=source.language,
        )

    return Recipe(_file(course.url), course.shows, make)


def _quiz_page(course: CourseContents, url: str, common: Common) -> Recipe:
    source = course.source

    def make() -> bytes:
        say = words(source.language)
        return framed(
            common.toolchain,
            _quiz(course, say),
            url=url,
            title=_quiz_title(course, say),
            template="quiz",
            language=source.language,
        )

    return Recipe(_file(url), course.shows, make)


def _file(url: str) -> str:
    return f"{unquote(url)}index.html"


def percent(share: float) -> str:
    """Write a share, 0 to 1, for people."""
    return f"{share * 100:.4g} %"


def _course(course: CourseContents, say: Words) -> str:
    return body(
        "course",
        course=course,
        title=course.source.title,
        root=above(course.url),
        pass_mark=percent(course.source.pass_mark),
        validity=_validity(course, say),
        say=say,
    )


def _quiz(course: CourseContents, say: Words) -> str:
    assert course.quiz is not None and course.quiz_url is not None
    return body(
        "quiz",
        course=course,
        title=_quiz_title(course, say),
        root=above(course.quiz_url),
        questions=[
            (question.id, question.question, [option.text for option in question.options], _several(question))
            for question in course.quiz.questions
        ],
        pass_mark=percent(course.source.pass_mark),
        say=say,
    )


def _quiz_title(course: CourseContents, say: Words) -> str:
    return say("course.quiz.title", course.source.title)


def _several(question: Question) -> bool:
    """Whether more than one option may be chosen, which is all of the answers that a reader is told."""
    return sum(option.correct for option in question.options) > 1


def _validity(course: CourseContents, say: Words) -> str:
    if course.source.valid_for is None:
        return say("course.valid.ever")
    days = course.source.valid_for.days
    return say.count("course.valid.years", days // 365) if days % 365 == 0 else say.count("course.valid", days)
