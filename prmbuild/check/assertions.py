"""Assertions: tests of intent over the rules.

``never`` holds over every file in the repository: were it approved as it stands, nobody of the audience would see it.
``always`` holds over what partners have: everybody of the audience sees each page and course that is published, and of
files that are not published now, such as drafts, the rules would show them.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from prmbuild import codes
from prmbuild.authored.document import Place
from prmbuild.authored.programme import Assertion
from prmbuild.check.rules import matching, places_in_visibility, rulable
from prmbuild.check.written import Broken, Written, course_of
from prmbuild.desired import Desired
from prmbuild.diagnostics import Diagnostic
from prmbuild.source.snapshot import COURSE_FILE, COURSES
from prmbuild.visibility.audience import Audience, Viewer, admits, describe
from prmbuild.visibility.rules import Decision, Policy, Rule


def check_assertions(written: Written, state: Desired) -> Iterator[Diagnostic]:
    """Find assertions that do not hold, and those that could not fail."""
    if not state.catalog.programme.assertions:
        return
    sights = _Sights(written, state)
    place = places_in_visibility(written.snapshot)
    paths = rulable(written.snapshot)
    viewers = state.catalog.programme.viewers()
    for index, assertion in enumerate(state.catalog.programme.assertions):
        meant = [viewer for viewer in viewers if admits(assertion.seen_by, viewer)]
        key = ("assertions", index, "never" if assertion.never else "always")
        if not meant:
            line, column = place((*key, "seen_by"))
            message = f"nobody is in the audience {describe(assertion.seen_by)}, so the assertion says nothing"
            hint = "correct the audience, or remove the assertion"
            origin = assertion.origin.path
            yield codes.ASSERTION_ABOUT_NOBODY.at(origin, message, line=line, column=column, hint=hint)
        matched: set[str] = set()
        for position, glob in enumerate(assertion.paths):
            files = tuple(matching(glob, paths))
            matched.update(files)
            if not files:
                yield _about_nothing(assertion, place((*key, "paths", position)), glob)
        yield from _failure(assertion, sights, sorted(matched), meant)


def _about_nothing(assertion: Assertion, place: Place, glob: str) -> Diagnostic:
    message = f"no file matches '{glob}', so the assertion says nothing about it"
    hint = "correct the path, or remove it"
    return codes.ASSERTION_MATCHES_NOTHING.at(
        assertion.origin.path, message, line=place.line, column=place.column, hint=hint
    )


def _failure(assertion: Assertion, sights: "_Sights", paths: list[str], viewers: list[Viewer]) -> Iterator[Diagnostic]:
    """Report an assertion that does not hold once, with its first exception and the number of the others."""
    meant = frozenset(map(_name, viewers))
    failing = {
        path: wrong
        for path in paths
        if (wrong := meant & sights.could_see(path) if assertion.never else meant - sights.see(path))
    }
    if not failing:
        return
    path, wrong = next(iter(failing.items()))
    viewer = next(viewer for viewer in viewers if _name(viewer) in wrong)
    others = _in_all(len(frozenset().union(*failing.values())), len(failing))
    if assertion.never:
        message = f"'never' does not hold: {viewer} may see {path}{others}"
    else:
        message = f"'always' does not hold: {viewer} does not see {path}{others}"
    origin = assertion.origin
    yield codes.ASSERTION_FAILED.at(
        origin.path, message, line=origin.line, column=origin.column, hint=sights.reason(path, viewer)
    )


def _in_all(viewers: int, files: int) -> str:
    counts = ((viewers, "viewers"), (files, "files"))
    parts = [f"{number} {word}" for number, word in counts if number > 1]
    return f"; in all, {' and '.join(parts)}" if parts else ""


_Name = tuple[str, str]
"""Partner and role, which identify a viewer."""


def _name(viewer: Viewer) -> _Name:
    return viewer.partner, viewer.role


class _Sights:
    """Answers who sees what, with answers for files that are not published."""

    def __init__(self, written: Written, state: Desired) -> None:
        self._written = written
        self._state = state
        self._broken = Broken(written)
        self._policy = Policy(state.catalog.programme.rules, self._narrowing())
        self._viewers = state.catalog.programme.viewers()
        self._admitted: dict[frozenset[Audience], frozenset[_Name]] = {}

    def could_see(self, path: str) -> frozenset[_Name]:
        """Return the viewers to whom the rules show a file, published or not."""
        course = self._course_file(path)
        admitted = self._admits(path)
        return admitted if course is None else admitted & self._admits(course)

    def see(self, path: str) -> frozenset[_Name]:
        """Return the viewers who see a file; of one that is not published, those to whom the rules show it."""
        catalog = self._state.catalog
        course = course_of(path)
        if path in catalog.pages:
            seen = self._reading.get(path)
        elif course in catalog.courses and path in self._course_parts(course):
            seen = self._taking.get(course or "")
        else:
            return self.could_see(path)
        if seen is None and path in self._broken:  # which is reported at its place
            return self.could_see(path)
        return seen or frozenset()

    def reason(self, path: str, viewer: Viewer) -> str:
        """Name the rules that decide."""
        course = self._course_file(path)
        decision = self._policy.decide(path, viewer)
        if decision.visible and course is not None:
            decision = self._policy.decide(course, viewer)
        if not decision.outcomes:
            return "no rule matches it"
        refusing = [outcome.rule for outcome in decision.outcomes if not outcome.admits]
        if refusing:
            return f"{refusing[0].origin} shows it to {describe(refusing[0].audience)} only"
        if _name(viewer) not in self.see(path):
            return "the rules show it, but not all that belongs to its course"
        return f"shown by {_places(decision)}"

    def _admits(self, path: str) -> frozenset[_Name]:
        needed = self._policy.audiences(path)
        if needed not in self._admitted:
            self._admitted[needed] = frozenset(
                _name(viewer)
                for viewer in self._viewers
                if needed and all(admits(audience, viewer) for audience in needed)
            )
        return self._admitted[needed]

    def _course_file(self, path: str) -> str | None:
        course = course_of(path)
        file = f"{COURSES}/{course}/{COURSE_FILE}"
        return file if course is not None and path != file and file in self._written.snapshot.files else None

    def _course_parts(self, course: str | None) -> tuple[str, ...]:
        source = self._state.catalog.courses[course or ""].source
        return (source.path, *source.lessons, *((source.quiz,) if source.quiz else ()))

    @cached_property
    def _reading(self) -> Mapping[str, frozenset[_Name]]:
        """Repository path of a page → who sees it."""
        return _gathered((portal.pages, portal.viewers) for portal in self._state.portals)

    @cached_property
    def _taking(self) -> Mapping[str, frozenset[_Name]]:
        """Id of a course → who sees it."""
        return _gathered((portal.courses, portal.viewers) for portal in self._state.portals)

    def _narrowing(self) -> Mapping[str, Rule]:
        """Return each file's own rule: of the published version, or of what stands here where none is published."""
        catalog = self._state.catalog
        own = dict(catalog.policy.narrowing)
        for path, page in self._written.pages.items():
            if path not in catalog.pages and page.meta is not None and page.meta.audience is not None:
                own[path] = page.meta.audience
        for identifier, course in self._written.courses.items():
            if identifier not in catalog.courses and course.source.audience is not None:
                own[course.source.path] = course.source.audience
        return own


def _gathered(shown: Iterable[tuple[Iterable[str], Iterable[Viewer]]]) -> Mapping[str, frozenset[_Name]]:
    found: dict[str, set[_Name]] = {}
    for names, viewers in shown:
        readers = frozenset(map(_name, viewers))
        for name in names:
            found.setdefault(name, set()).update(readers)
    return {name: frozenset(readers) for name, readers in found.items()}


def _places(decision: Decision) -> str:
    return " and ".join(dict.fromkeys(str(outcome.rule.origin) for outcome in decision.outcomes))
