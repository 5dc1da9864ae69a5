"""Courses of two states. A course is what its page says: its lessons are pages of their own."""

from collections.abc import Iterator

from prmbuild.exposure.causes import Why, commit
from prmbuild.exposure.edits import written
from prmbuild.exposure.model import Cause, CauseKind, Change, Effect, Subject, SubjectKind
from prmbuild.exposure.pages import replaced
from prmbuild.exposure.state import JointState
from prmbuild.portals.views import SeenCourse, joined


def course_changes(base: JointState, head: JointState, why: Why) -> Iterator[Change]:
    """Yield what changes about courses; a course at another path is another course."""
    for identifier in sorted({*base.side.shown.courses, *head.side.shown.courses}):
        was, now = base.course(identifier), head.course(identifier)
        if was == now:
            continue
        last = (now or was)[0][1].course
        subject = Subject(kind=SubjectKind.COURSE, path=last.source.path, title=last.source.title)
        before = was[0][1].course.version if was else None
        after = now[0][1].course.version if now else None
        had, have = joined(was), joined(now)
        for gone, some in ((False, have & ~had), (True, had & ~have)):
            if some:
                for viewers, causes in why.course(identifier, some, gone=gone):
                    effect = Effect.LOSES if gone else Effect.GAINS
                    yield Change(
                        subject=subject, effect=effect, viewers=viewers, before=before, after=after, causes=causes
                    )
        for some, old in was:
            for others, new in now:
                overlap = some & others
                causes = tuple(_differences(base, head, old, new)) if overlap else ()
                if causes:
                    yield Change(
                        subject=subject,
                        effect=Effect.CHANGED,
                        viewers=overlap,
                        before=before,
                        after=after,
                        causes=causes,
                    )


def _differences(base: JointState, head: JointState, old: SeenCourse, new: SeenCourse) -> Iterator[Cause]:
    if old.required is not new.required:
        yield _requirement(new)
    if _facts(old) != _facts(new):
        yield replaced(old.course.version, new.course.version)
    if _titles(base, old) != _titles(head, new):
        yield Cause(kind=CauseKind.COURSE, origin=None, text="the title of a course that it requires")
    if _questions(old) != _questions(new):
        yield Cause(kind=CauseKind.COURSE, origin=None, text=f"its quiz, in {_quiz_commit(head, new)}")


def _requirement(new: SeenCourse) -> Cause:
    rule = new.course.source.required_for
    whom = written(rule.audience) if rule is not None else "nobody"
    text = f"required for them now (required_for: {whom})" if new.required else f"optional now (required_for: {whom})"
    return Cause(kind=CauseKind.COURSE, origin=rule.origin if rule is not None else None, text=text)


def _facts(seen: SeenCourse) -> tuple[object, ...]:
    source = seen.course.source
    return (
        source.title,
        source.description,
        source.lessons,
        source.quiz,
        source.pass_mark,
        source.valid_for,
        source.prerequisites,
        source.topics,
        source.language,
    )


def _titles(state: JointState, seen: SeenCourse) -> tuple[str, ...]:
    courses = state.catalog.courses
    return tuple(courses[needed].source.title for needed in seen.course.source.prerequisites if needed in courses)


def _questions(seen: SeenCourse) -> tuple[object, ...]:
    """Return what a learner is shown of the quiz: never which answers are right."""
    quiz = seen.course.quiz
    if quiz is None:
        return ()
    return tuple(
        (question.id, question.question, tuple(option.text for option in question.options))
        for question in quiz.questions
    )


def _quiz_commit(state: JointState, seen: SeenCourse) -> str:
    quiz = seen.course.source.quiz
    versions = state.catalog.snapshot.history.of(quiz) if quiz is not None else ()
    return commit(versions[0]) if versions else "this change"
