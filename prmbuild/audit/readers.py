"""Readers: the rules are asked once more, for every reader by themselves, whether each portal is for them.

That a text is the right one for its readers is a fact about a version, a text and the configuration. It is remembered
with a clean audit, so that the next one reads the pages alone of which something changed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Set
from hashlib import sha256

from prmbuild.audit.report import Kind, Leak
from prmbuild.audit.shown import Shown, union
from prmbuild.desired import Desired
from prmbuild.visibility.audience import Audience, Viewer, admits
from prmbuild.visibility.sets import members


def wrong_readers(state: Desired, shown: Shown, known: Set[str], judged: set[str]) -> Iterator[Leak]:
    """Yield what portals show to readers whom the rules do not admit to it.

    Args:
        state: the programme and its portals.
        shown: what these show.
        known: facts about texts that a clean audit found, as `judged` had them.
        judged: is given the facts about the texts that are shown and right.
    """
    served = Counter((viewer.partner, viewer.role) for portal in state.portals for viewer in portal.viewers)
    for viewer in state.catalog.programme.viewers():
        number = served.pop((viewer.partner, viewer.role), 0)
        if number != 1:
            yield _leak("", "", "partners.yaml", f"{viewer} is a reader of {number} portals instead of one")
    for partner, role in served:
        yield _leak("", "", "partners.yaml", f"{partner}/{role} is a reader, but not in this programme")
    judge = _Judge()
    yield from _not_admitted(state, shown, judge)
    yield from _texts_for_others(state, shown, judge, known, judged)


class _Judge:
    """Asks once whether an audience admits a reader."""

    def __init__(self) -> None:
        self._known: dict[tuple[Audience, str, str], bool] = {}

    def __call__(self, audience: Audience, viewer: Viewer) -> bool:
        key = audience, viewer.partner, viewer.role
        if key not in self._known:
            self._known[key] = admits(audience, viewer)
        return self._known[key]


def _not_admitted(state: Desired, shown: Shown, judge: _Judge) -> Iterator[Leak]:
    """Yield files whose rules do not admit a reader; files with the same audiences are judged together."""
    alike: dict[frozenset[Audience], list[tuple[int, str]]] = defaultdict(list)
    for mask, path in _files(shown):
        alike[frozenset(state.catalog.policy.audiences(path))].append((mask, path))
    for needed, files in alike.items():
        for number in members(union(mask for mask, _ in files)):
            portal = state.portals[number]
            for viewer in portal.viewers:
                if needed and all(judge(audience, viewer) for audience in needed):
                    continue
                for mask, path in files:
                    if mask >> number & 1:
                        found = f"{viewer} reads this portal, but the rules do not admit them to it"
                        yield _leak(portal.id, path, path, found)


def _texts_for_others(state: Desired, shown: Shown, judge: _Judge, known: Set[str], judged: set[str]) -> Iterator[Leak]:
    """Yield pages with a text that the rules resolve otherwise for a reader; those for whom they do alike, once."""
    configured = _digest(*(data.hex() for data in state.catalog.snapshot.configuration().values()))
    readers: dict[int, str] = {}
    for mask, path, seen in shown.pages:
        if mask not in readers:
            portals = (state.portals[number] for number in members(mask))
            viewers = (f"{viewer.partner}/{viewer.role}" for portal in portals for viewer in portal.viewers)
            readers[mask] = _digest(configured, *viewers)
        anybodys = _digest("for anybody", path, str(seen.page.version.blob), seen.input.key)
        if anybodys in known:  # as most
            judged.add(anybodys)
            continue
        theirs = _digest("for some", anybodys, readers[mask])
        if theirs in known:
            judged.add(theirs)
            continue
        blocks = state.texts.blocks(seen.page)
        audiences = frozenset(blocks.audiences()) if blocks is not None else frozenset()
        right: dict[frozenset[Audience], bool] = {}
        if blocks is not None and not audiences and blocks.resolve(lambda _: False) == seen.input.text:
            judged.add(anybodys)
            continue
        for number in members(mask):
            portal = state.portals[number]
            for viewer in portal.viewers:
                admitted = frozenset(audience for audience in audiences if judge(audience, viewer))
                if admitted not in right:
                    resolved = blocks.resolve(admitted.__contains__) if blocks is not None else None
                    right[admitted] = resolved == seen.input.text
                if not right[admitted]:
                    yield _leak(portal.id, path, path, f"{viewer} gets a text that is for others")
        if all(right.values()):
            judged.add(theirs)


def _files(shown: Shown) -> Iterator[tuple[int, str]]:
    yield from ((mask, path) for mask, path, _ in (*shown.pages, *shown.assets))
    for mask, _, course in shown.courses:
        yield mask, course.source.path
        if course.quiz is not None:
            yield mask, course.quiz.path


def _leak(portal: str, file: str, owner: str, found: str) -> Leak:
    return Leak(portal=portal, file=file, kind=Kind.READER, owner=owner, line=1, found=found)


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
