"""Sets of viewers in few words."""

from collections.abc import Collection

from prmbuild.authored.programme import Programme
from prmbuild.visibility.audience import Viewer

SHOWN = 6
"""How many segments or partners are named before the rest is only counted."""


def in_words(viewers: Collection[Viewer], programme: Programme) -> str:
    """Say who the viewers are: by a role or dimension where that is exact, else by segment, partner and role.

    Args:
        viewers: some of the programme's, not empty.
        programme: knows all viewers.
    """
    everyone = programme.viewers()
    members = {(viewer.partner, viewer.role) for viewer in viewers}
    if len(members) == len(everyone):
        return "everyone"
    for key in ("role", *programme.dimensions):
        mine = {viewer.value(key) for viewer in everyone if (viewer.partner, viewer.role) in members}
        others = {viewer.value(key) for viewer in everyone if (viewer.partner, viewer.role) not in members}
        if None not in mine and not mine & others:
            order = programme.roles if key == "role" else programme.dimensions[key]
            return f"{key} {' or '.join(value for value in order if value in mine)}"
    return _by_segment(members, programme, everyone)


def _by_segment(members: set[tuple[str, str]], programme: Programme, everyone: Collection[Viewer]) -> str:
    names: list[str] = []
    for segment in programme.segments:
        inside = [viewer for viewer in everyone if viewer.segment == segment.id]
        mine = [viewer for viewer in inside if (viewer.partner, viewer.role) in members]
        if not mine:
            continue
        roles = {viewer.role for viewer in mine}
        if sum(viewer.role in roles for viewer in inside) == len(mine):
            names.append(_with_roles(segment.id, roles, programme))
            continue
        for partner in dict.fromkeys(viewer.partner for viewer in mine):
            roles = {viewer.role for viewer in mine if viewer.partner == partner}
            names.append(_with_roles(partner, roles, programme))
    if len(names) > SHOWN:
        return f"{', '.join(names[:SHOWN])} and {len(names) - SHOWN} more"
    return ", ".join(names)


def _with_roles(name: str, roles: set[str], programme: Programme) -> str:
    if len(roles) == len(programme.roles):
        return name
    return f"{name} ({', '.join(role for role in programme.roles if role in roles)})"
