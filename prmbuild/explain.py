"""Why a viewer sees a file or does not: the rules, the version, and what would have to change."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from prmbuild.authored.programme import Evidence, Programme
from prmbuild.catalog.catalog import Course, Page
from prmbuild.desired import Considered, Desired
from prmbuild.portals.blocks import Block, Chunk
from prmbuild.source.approval import Absence, Ruling
from prmbuild.source.history import Version
from prmbuild.visibility.audience import Nobody, Viewer, admits, describe
from prmbuild.visibility.rules import Decision, Origin


class Explanation(Struct, frozen=True, kw_only=True):
    """Why some viewers see a file, or do not.

    Attributes:
        viewers: who share the answer and its reasons, in authored order.
        visible: whether they see the file.
        decision: what the rules say.
        blocks: description of each audience block's audience, and whether it shows.
        changes: what would have to change for the answer to become yes; empty where it is.
    """

    path: str
    viewers: tuple[Viewer, ...]
    visible: bool
    decision: Decision
    blocks: tuple[tuple[str, bool], ...]
    changes: tuple[str, ...]


def viewers_of(programme: Programme, partner: str | None, role: str | None) -> tuple[Viewer, ...]:
    """Return the viewers of a partner, of a role, of both, or all."""
    return tuple(
        viewer for viewer in programme.viewers() if partner in (None, viewer.partner) and role in (None, viewer.role)
    )


def published(state: Considered, path: str) -> Page | Course | Version | None:
    """Return what is published of the file at a repository path; None where nothing is."""
    if path in state.catalog.pages:
        return state.catalog.pages[path]
    for course in state.catalog.courses.values():
        if path == course.source.path or (course.quiz and path == course.quiz.path):
            return course
    if path in state.catalog.assets:
        return state.catalog.snapshot.history.at(path, 0)
    return None


def explain(state: Considered, path: str, viewers: Sequence[Viewer]) -> tuple[Explanation, ...]:
    """Explain a file to viewers; those with the same answer for the same reasons are put together.

    Args:
        state: a `Desired` one answers for assets too; a `Considered` one for everything else.
        path: repository path of a file that exists.
        viewers: whom to explain it to.
    """
    grouped: dict[object, list[Explanation]] = {}
    for viewer in viewers:
        explanation = _explain(state, path, viewer, alone=False)
        outcomes = tuple((outcome.rule.origin, outcome.admits) for outcome in explanation.decision.outcomes)
        grouped.setdefault((outcomes, explanation.blocks, explanation.changes), []).append(explanation)
    return tuple(
        replace(members[0], viewers=tuple(member.viewers[0] for member in members))
        if len(members) > 1
        else _explain(state, path, members[0].viewers[0], alone=True)
        for members in grouped.values()
    )


def _explain(state: Considered, path: str, viewer: Viewer, *, alone: bool) -> Explanation:
    decision = state.catalog.policy.decide(path, viewer)
    changes = tuple(_changes(state, path, viewer, decision, alone=alone))
    page = state.catalog.pages.get(path)
    blocks = state.texts.blocks(page) if page is not None else None
    return Explanation(
        path=path,
        viewers=(viewer,),
        visible=not changes,
        decision=decision,
        blocks=tuple(_blocks(blocks.chunks, viewer)) if blocks is not None and not changes else (),
        changes=changes,
    )


def _changes(state: Considered, path: str, viewer: Viewer, decision: Decision, *, alone: bool) -> Iterator[str]:
    ruling = state.catalog.absent.get(path)
    if ruling is not None:
        yield _mend(state, path, ruling)
    elif published(state, path) is None:
        yield f"{path} is not published: no course lists it, or it is neither a page nor an asset"
    if not decision.outcomes:
        yield "no rule matches it: add a rule to visibility.yaml whose paths match it"
    for outcome in decision.outcomes:
        if not outcome.admits:
            rule = outcome.rule
            if isinstance(rule.audience, Nobody):
                yield f"{rule.origin} is a wall that nothing undoes: move the file out of its paths"
            else:
                is_what = f"; {viewer} is {_attributes(viewer)}" if alone else ""
                yield f"{rule.origin} admits {describe(rule.audience)}{is_what}"
    if decision.visible and ruling is None:
        yield from _beyond_rules(state, path, viewer)
    elif decision.visible:
        yield "the rules would admit them; only that is lacking"


def _beyond_rules(state: Considered, path: str, viewer: Viewer) -> Iterator[str]:
    one = 1 << state.views.readership.viewers.index(viewer)
    page = state.catalog.pages.get(path)
    if page is not None and page.course is not None and not state.views.takers(page.course) & one:
        yield f"it is a lesson of course '{page.course}', which does not show to them: all its parts must show"
    elif page is not None and not state.views.readers(path) & one:
        yield "its audience blocks have errors: see prmbuild check"
    for course in state.catalog.courses.values():
        parts = (course.source.path, course.quiz.path if course.quiz else None)
        if path in parts and not state.views.takers(course.id) & one:
            yield f"course '{course.id}' does not show to them: its lessons, quiz and prerequisites must all show"
    if path in state.catalog.assets and isinstance(state, Desired):
        portal = next(portal for portal in state.portals if viewer in portal.viewers)
        if path not in portal.assets:
            yield "no page that they see references it: assets are published where a visible page shows them"


def _mend(state: Considered, path: str, ruling: Ruling) -> str:
    branch = state.catalog.programme.settings.branch
    match ruling.absence:
        case Absence.NEVER_APPROVED:
            asked = state.catalog.programme.settings.evidence
            proven = "" if asked is Evidence.MERGE else f", with the approval that prm.yaml asks for ({asked.value})"
            return f"no version of it was ever approved: set 'status: approved' and merge it to {branch}{proven}"
        case Absence.RETIRED:
            return "it was retired: set 'status: approved' to bring it back"
        case Absence.NOT_YET:
            return f"it comes into force at {ruling.due:%Y-%m-%dT%H:%MZ} (publish_at)"
        case Absence.EXPIRED:
            return f"it expired at {ruling.due:%Y-%m-%dT%H:%MZ} (expire_at)"
        case _:
            return "it is not there any more"


def _attributes(viewer: Viewer) -> str:
    named = [f"{key}: {value}" for key, value in viewer.attributes.items()]
    return ", ".join((*named, f"segment: {viewer.segment}", f"role: {viewer.role}"))


def _blocks(chunks: tuple[Chunk, ...], viewer: Viewer) -> Iterator[tuple[str, bool]]:
    for chunk in chunks:
        if isinstance(chunk, Block):
            shown = admits(chunk.audience, viewer)
            yield describe(chunk.audience), shown
            if shown:
                yield from _blocks(chunk.chunks, viewer)


def origins(explanations: Sequence[Explanation]) -> tuple[Origin, ...]:
    """Return where the rules of some explanations were written, each once, in order."""
    found = {outcome.rule.origin: None for explanation in explanations for outcome in explanation.decision.outcomes}
    return tuple(found)
