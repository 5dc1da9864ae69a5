"""A state under the joint list of viewers: who is there, what a rule admits, who sees what."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from prmbuild.authored.programme import Programme
from prmbuild.catalog.catalog import Catalog, Course, Page
from prmbuild.exposure.edits import Configuration
from prmbuild.exposure.joint import Places, translated
from prmbuild.exposure.sides import Side
from prmbuild.portals.views import SeenCourse, SeenPage, joined
from prmbuild.source.history import Version
from prmbuild.visibility.audience import Audience
from prmbuild.visibility.rules import Rule
from prmbuild.visibility.sets import For

ShownBy = Mapping[str, tuple[tuple[int, str], ...]]
"""Repository path of an asset → the pages that show it: who sees the page so, and its repository path."""


class JointState:
    """One of the two states. All sets are over the joint list of viewers.

    Args:
        side: the state.
        places: turns sets of its own viewers into sets over the joint list.
        everyone: who exists in it.
    """

    def __init__(self, side: Side, places: Places, everyone: int) -> None:
        self.side = side
        self.everyone = everyone
        self.places = places
        self.configuration = Configuration(self.programme, self.catalog.snapshot)
        self._rules: dict[str, tuple[Rule, ...]] = {}

    @property
    def catalog(self) -> Catalog:
        """What could be published."""
        return self.side.considered.catalog

    @property
    def programme(self) -> Programme:
        """What its configuration says."""
        return self.catalog.programme

    def exists(self, path: str) -> bool:
        """Tell whether a file stands at a repository path."""
        return path in self.catalog.snapshot.files

    def with_blob(self, blob: str) -> str | None:
        """Return the first file with these bytes; None where there is none."""
        return self._by_blob.get(blob)

    @cached_property
    def _by_blob(self) -> Mapping[str, str]:
        return {file.blob: path for path, file in reversed(tuple(self.catalog.snapshot.files.items()))}

    def admitted(self, audience: Audience) -> int:
        """Return whom an audience admits."""
        return self.places(self.side.considered.views.readership.admitted(audience))

    def rules(self, path: str) -> tuple[Rule, ...]:
        """Return the rules of ``visibility.yaml`` that match a path."""
        found = self._rules.get(path)
        if found is None:
            found = self._rules[path] = tuple(rule for rule in self.programme.rules if rule.matches(path))
        return found

    def own_rule(self, path: str) -> Rule | None:
        """Return the rule in a file's front matter."""
        return self.catalog.policy.narrowing.get(path)

    def seen(self, path: str) -> For[SeenPage]:
        """Return a page as each set of viewers sees it."""
        return translated(self.side.shown.pages.get(path, ()), self.places)

    def readers(self, path: str) -> int:
        """Return who sees a page."""
        return self.places(joined(self.side.shown.pages.get(path, ())))

    def assets(self, path: str) -> For[Version]:
        """Return the version of an asset that each set of viewers gets."""
        return translated(self.side.shown.assets.get(path, ()), self.places)

    def course(self, identifier: str) -> For[SeenCourse]:
        """Return a course as each set of viewers sees it."""
        return translated(self.side.shown.courses.get(identifier, ()), self.places)

    def takers(self, course: str) -> int:
        """Return who sees a course."""
        return self.places(joined(self.side.shown.courses.get(course, ())))

    def leads(self, path: str, fragment: str) -> int:
        """Return for whom a link leads somewhere."""
        return self.places(self.side.destinations.leads(path, fragment))

    def published(self, path: str) -> Page | Course | None:
        """Return the page, or the course with that ``course.yaml``, that could be shown; None where there is none."""
        return self.catalog.pages.get(path) or self._courses.get(path)

    def broken(self, page: Page) -> bool:
        """Tell whether a page is not shown because its audience blocks have errors."""
        return self.side.considered.texts.blocks(page) is None

    @cached_property
    def _courses(self) -> Mapping[str, Course]:
        return {course.source.path: course for course in self.catalog.courses.values()}

    @cached_property
    def shown_by(self) -> ShownBy:
        """Which pages show which asset, whatever the rules say of the asset."""
        found: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for path, seen in self.side.shown.pages.items():
            for some, one in seen:
                wanted = {reference.target for reference in self.side.articles[one.input.key].references}
                wanted.add(one.page.source.meta.file)
                for asset in self.catalog.assets.intersection(target for target in wanted if target is not None):
                    if self.catalog.asset(one.page, asset) is not None:
                        found[asset].append((self.places(some), path))
        return {asset: tuple(shown) for asset, shown in found.items()}
