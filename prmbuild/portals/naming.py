"""The ids of portals.

A class of viewers takes the id of a segment it holds whole. Where it holds none, it takes a segment of its viewers and
what makes the difference: a role that all the segment's partners have in the class, or a partner with all its roles,
or one viewer. ``--`` stands in no id, so the parts can be told apart.
"""

from collections.abc import Collection, Iterable

from prmbuild.visibility.audience import Viewer


def portal_id(viewers: Collection[Viewer], everyone: Iterable[Viewer]) -> str:
    """Return the id of the portal of a class of viewers.

    Args:
        viewers: all who see this portal; not empty. Partner, segment and role identify a viewer.
        everyone: all viewers of the programme, in authored order.
    """
    members = {(viewer.segment, viewer.partner, viewer.role) for viewer in viewers}
    segments: dict[str, list[Viewer]] = {}
    for viewer in everyone:
        segments.setdefault(viewer.segment, []).append(viewer)
    mine = [segment for segment in segments if any(member[0] == segment for member in members)]

    for segment in mine:
        if all((segment, viewer.partner, viewer.role) in members for viewer in segments[segment]):
            return segment
    for segment in mine:
        partners = dict.fromkeys(viewer.partner for viewer in segments[segment])
        roles = dict.fromkeys(viewer.role for viewer in segments[segment])
        for role in roles:
            if all((segment, partner, role) in members for partner in partners):
                return f"{segment}--{role}"
        for partner in partners:
            if all((segment, partner, role) in members for role in roles):
                return f"{segment}--{partner}"
    segment = mine[0]
    first = next(viewer for viewer in segments[segment] if (segment, viewer.partner, viewer.role) in members)
    return f"{segment}--{first.partner}--{first.role}"
