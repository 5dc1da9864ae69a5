"""Courses: parts that are missing or left over, prerequisites, and parts that do not show together."""

from collections.abc import Iterator, Mapping

from prmbuild import codes
from prmbuild.authored.text import listed, quoted, suggestion
from prmbuild.catalog.catalog import Course, is_page
from prmbuild.check.names import speakable
from prmbuild.check.viewers import in_words
from prmbuild.check.written import LIKE_QUIZ, Broken, Written, WrittenCourse, course_of
from prmbuild.desired import Desired
from prmbuild.diagnostics import Diagnostic
from prmbuild.source.snapshot import COURSE_FILE, COURSES
from prmbuild.visibility.audience import Viewer
from prmbuild.visibility.rules import Rule
from prmbuild.visibility.sets import split

Place = tuple[str | int, ...]


def check_courses(written: Written) -> Iterator[Diagnostic]:
    """Find what is wrong with the courses of a revision, whoever sees them."""
    for identifier, course in written.courses.items():
        yield from _missing_parts(course, written)
        yield from _prerequisites(identifier, course, written)
    yield from _left_over(written)


def check_shown_courses(written: Written, state: Desired) -> Iterator[Diagnostic]:
    """Find published courses that do not reach the readers they are meant for."""
    for identifier, course in state.catalog.courses.items():
        current = written.courses.get(identifier)
        if current is None or not written.courses.keys() >= set(current.source.prerequisites):
            continue
        if not course.complete:
            yield from _incomplete(current, course, written, state)
            continue
        yield from _not_shown(current, course, written, state)
        yield from _required(current, course, state)


def _at(course: WrittenCourse, place: Place) -> tuple[int, int]:
    return course.marks.value(place)


def _parts(course: WrittenCourse) -> Iterator[tuple[Place, str, str]]:
    """Yield place, kind and repository path of every lesson and the quiz."""
    for index, lesson in enumerate(course.source.lessons):
        yield ("lessons", index), "lesson", lesson
    if course.source.quiz:
        yield ("quiz",), "quiz", course.source.quiz


def _missing_parts(course: WrittenCourse, written: Written) -> Iterator[Diagnostic]:
    folder = course.source.path.rpartition("/")[0] + "/"
    inside = [path.removeprefix(folder) for path in written.snapshot.files if path.startswith(folder)]
    for place, kind, path in _parts(course):
        file = written.snapshot.files.get(path)
        if file is None or not file.regular:
            line, column = _at(course, place)
            message = f"there is no {kind} {quoted(path)}"
            hint = suggestion(path.removeprefix(folder), inside) or "add it, or correct its path"
            yield codes.COURSE_PART_MISSING.at(course.source.path, message, line=line, column=column, hint=hint)


def _prerequisites(identifier: str, course: WrittenCourse, written: Written) -> Iterator[Diagnostic]:
    known = written.courses.keys() | written.unreadable
    for index, required in enumerate(course.source.prerequisites):
        line, column = _at(course, ("prerequisites", index))
        if required not in known:
            message = f"unknown course {quoted(required)}"
            hint = suggestion(required, sorted(known - {identifier})) or listed(sorted(known - {identifier}))
            yield codes.UNKNOWN_PREREQUISITE.at(course.source.path, message, line=line, column=column, hint=hint)
        elif circle := _way(required, identifier, written.courses):
            message = f"the courses require each other: {' → '.join((identifier, *circle))}"
            hint = "remove one of these prerequisites"
            yield codes.PREREQUISITE_CYCLE.at(course.source.path, message, line=line, column=column, hint=hint)


def _way(start: str, end: str, courses: Mapping[str, WrittenCourse]) -> tuple[str, ...]:
    """Return the shortest chain of prerequisites from one course to another; empty where there is none."""
    ways: dict[str, tuple[str, ...]] = {start: (start,)}
    waiting = [start]
    for current in waiting:
        if current == end:
            return ways[current]
        for required in courses[current].source.prerequisites if current in courses else ():
            if required not in ways:
                ways[required] = (*ways[current], required)
                waiting.append(required)
    return ()


def _left_over(written: Written) -> Iterator[Diagnostic]:
    """Find pages and YAML files under ``courses/`` that belong to no course."""
    used = {path for course in written.courses.values() for _, _, path in _parts(course)}
    for path, file in sorted(written.snapshot.files.items()):
        course = course_of(path)
        text = is_page(path) or path.endswith(LIKE_QUIZ)
        if not file.regular or not text or not path.startswith(f"{COURSES}/") or course in written.unreadable:
            continue
        if course is None or course not in written.courses:
            message = f"there is no {COURSE_FILE} in the folder of a course around the file"
            hint = f"add {COURSES}/<id>/{COURSE_FILE}, or move the file"
            yield codes.COURSE_WITHOUT_FILE.at(speakable(path), message, hint=hint)
        elif path not in used and path != written.courses[course].source.path:
            message = f"the course '{course}' does not name the file, so it is never published"
            hint = f"add it to {COURSE_FILE}, or delete it"
            yield codes.UNUSED_COURSE_FILE.at(speakable(path), message, hint=hint)


def _incomplete(current: WrittenCourse, course: Course, written: Written, state: Desired) -> Iterator[Diagnostic]:
    catalog = state.catalog
    wrong = Broken(written).paths
    for place, kind, path in _parts(current):
        published = path in catalog.pages if kind == "lesson" else course.quiz is not None
        if not published and path in written.snapshot.files and path not in wrong:
            ruling = catalog.absent.get(path)
            why = f" ({ruling.absence.value})" if ruling and ruling.absence else ""
            line, column = _at(current, place)
            message = f"the {kind} {quoted(path)} is not published{why}, so nobody gets the course"
            hint = "approve it, or take it out of the course"
            yield codes.COURSE_INCOMPLETE.at(course.source.path, message, line=line, column=column, hint=hint)


def _not_shown(current: WrittenCourse, course: Course, written: Written, state: Desired) -> Iterator[Diagnostic]:
    """Report each part that keeps the course from readers whom the rules show the course itself.

    One that has errors does not show to anybody, and these are reported at their place.
    """
    wrong = Broken(written).paths
    if any(path in wrong for _, _, path in _parts(current)):
        return
    reasons: dict[tuple[Place, str], list[Viewer]] = {}
    readership = state.views.readership
    without = _readers(course.source.path, state) & ~state.views.takers(course.id)
    cuts = (
        *(readership.admitted(rule.audience) for rule in _rules(state)),
        *(state.views.takers(required) for required in current.source.prerequisites),
    )
    for viewers in split(without, cuts):
        reasons.setdefault(_reason(current, viewers, state), []).extend(readership.of(viewers))
    for (place, reason), people in reasons.items():
        line, column = _at(current, place)
        message = f"the course does not show for {in_words(people, state.catalog.programme)}: {reason}"
        hint = "show it to them too, or narrow the course with 'audience:'"
        yield codes.COURSE_NOT_SHOWN.at(course.source.path, message, line=line, column=column, hint=hint)


def _readers(path: str, state: Desired) -> int:
    """Return the viewers to whom the rules show a file."""
    return state.views.readership.admitted_by_all(state.catalog.policy.audiences(path))


def _rules(state: Desired) -> Iterator[Rule]:
    yield from state.catalog.policy.rules
    yield from state.catalog.policy.narrowing.values()


def _reason(current: WrittenCourse, viewers: int, state: Desired) -> tuple[Place, str]:
    for place, kind, path in _parts(current):
        if not _readers(path, state) & viewers:
            return place, f"the {kind} {quoted(path)} is not shown to them{_decided_by(path, viewers, state)}"
        if kind == "lesson" and path in state.catalog.pages and state.texts.blocks(state.catalog.pages[path]) is None:
            return place, f"the lesson {quoted(path)} has errors in its audience blocks"
    for index, required in enumerate(current.source.prerequisites):
        if not state.views.takers(required) & viewers:
            published = required in state.catalog.courses
            why = "is not shown to them" if published else "is not published"
            return ("prerequisites", index), f"the course '{required}', which it requires, {why}"
    return (), "one of its parts in the published version is not shown to them"


def _decided_by(path: str, viewers: int, state: Desired) -> str:
    policy = state.catalog.policy
    narrowing = (policy.narrowing[path],) if path in policy.narrowing else ()
    for rule in (*policy.rules, *narrowing):
        if not state.views.readership.admitted(rule.audience) & viewers and (rule in narrowing or rule.matches(path)):
            return f" ({rule.origin})"
    return " (no rule matches it)" if not policy.audiences(path) else ""


def _required(current: WrittenCourse, course: Course, state: Desired) -> Iterator[Diagnostic]:
    rule = course.source.required_for
    if rule is None:
        return
    readership = state.views.readership
    hidden = ~(_readers(course.source.path, state) | state.views.takers(course.id))
    without = readership.of(readership.admitted(rule.audience) & hidden)
    if without:
        line, column = _at(current, ("required_for",))
        message = f"the course is required for {in_words(without, state.catalog.programme)}, who do not see it"
        hint = "show it to them, or narrow 'required_for:'"
        yield codes.REQUIRED_BUT_HIDDEN.at(course.source.path, message, line=line, column=column, hint=hint)
