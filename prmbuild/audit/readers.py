"""Readers: the rules are asked once more, for every reader by themselves, whether each portal is for them."""

from collections import Counter
from collections.abc import Iterator

from prmbuild.audit.report import Kind, Leak
from prmbuild.desired import Desired
from prmbuild.portals.portals import Portal
from prmbuild.portals.views import SeenPage
from prmbuild.visibility.audience import Audience, Viewer, admits


def wrong_readers(state: Desired) -> Iterator[Leak]:
    """Yield what portals show to readers whom the rules do not admit to it.

    Args:
        state: the programme and its portals.
    """
    served = Counter((viewer.partner, viewer.role) for portal in state.portals for viewer in portal.viewers)
    for viewer in state.catalog.programme.viewers():
        number = served.pop((viewer.partner, viewer.role), 0)
        if number != 1:
            yield _leak("", "", "partners.yaml", f"{viewer} is a reader of {number} portals instead of one")
    for partner, role in served:
        yield _leak("", "", "partners.yaml", f"{partner}/{role} is a reader, but not in this programme")
    judge = _Judge()
    for portal in state.portals:
        yield from _of_portal(state, portal, judge)


class _Judge:
    """Asks once whether an audience admits a reader."""

    def __init__(self) -> None:
        self._known: dict[tuple[Audience, str, str], bool] = {}

    def __call__(self, audience: Audience, viewer: Viewer) -> bool:
        key = audience, viewer.partner, viewer.role
        if key not in self._known:
            self._known[key] = admits(audience, viewer)
        return self._known[key]


def _of_portal(state: Desired, portal: Portal, judge: _Judge) -> Iterator[Leak]:
    policy = state.catalog.policy
    for viewer in portal.viewers:
        for path in (*portal.pages, *portal.assets, *_course_files(portal)):
            needed = policy.audiences(path)
            if not needed or not all(judge(audience, viewer) for audience in needed):
                yield _leak(portal.id, path, path, f"{viewer} reads this portal, but the rules do not admit them to it")
        for seen in portal.pages.values():
            if not _as_written_for(state, seen, viewer):
                yield _leak(portal.id, seen.page.path, seen.page.path, f"{viewer} gets a text that is for others")


def _course_files(portal: Portal) -> Iterator[str]:
    for seen in portal.courses.values():
        yield seen.course.source.path
        if seen.course.quiz is not None:
            yield seen.course.quiz.path


def _as_written_for(state: Desired, seen: SeenPage, viewer: Viewer) -> bool:
    blocks = state.texts.blocks(seen.page)
    return blocks is not None and blocks.resolve(lambda audience: admits(audience, viewer)) == seen.input.text


def _leak(portal: str, file: str, owner: str, found: str) -> Leak:
    return Leak(portal=portal, file=file, kind=Kind.READER, owner=owner, line=1, found=found)
