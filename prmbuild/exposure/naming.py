"""Viewers in people's words: "everyone", "all 12 Gold partners EMEA", "nordwind (sales)"."""

from collections.abc import Sequence

from prmbuild.exposure.model import Effect, Group, Viewers

_NAMED = 4
"""So many partners are named before the others are counted."""

_SEGMENTS = 6
"""So many segments are named before the others are counted."""

_FEW = 2
"""All but so many partners are told as an exception."""


def everyone(viewers: Viewers, effect: Effect) -> int:
    """Return whom "everyone" means for an effect: who gains is in the head, who loses was in the base."""
    match effect:
        case Effect.GAINS:
            return viewers.head
        case Effect.LOSES:
            return viewers.base
        case _:
            return viewers.base & viewers.head


def named(viewers: Viewers, some: int, among: int) -> str:
    """Name a set of viewers.

    Args:
        viewers: the joint list.
        some: the set; not empty.
        among: who "everyone" is; see `everyone`.
    """
    if not among & ~some:
        return "everyone"
    by_roles: dict[int, list[Group]] = {}
    for partner in viewers.partners_in(some):
        by_roles.setdefault(_roles(viewers, partner, some, among), []).append(partner)
    return "; ".join(
        _partners(viewers, partners, among) + _role_names(viewers, roles) for roles, partners in by_roles.items()
    )


def count(viewers: Viewers, some: int) -> str:
    """Tell how many partners a set reaches."""
    number = len(viewers.partners_in(some))
    return "1 partner" if number == 1 else f"{number} partners"


def _roles(viewers: Viewers, partner: Group, some: int, among: int) -> int:
    """Return which roles of a partner are in a set, a bit for each; 0 where all that there are."""
    mine = partner.viewers & some
    if not partner.viewers & among & ~some:
        return 0
    return sum(1 << number for number, role in enumerate(viewers.roles) if role.viewers & mine)


def _role_names(viewers: Viewers, roles: int) -> str:
    if not roles:
        return ""
    return f" ({', '.join(role.id for number, role in enumerate(viewers.roles) if roles >> number & 1)})"


def _partners(viewers: Viewers, partners: Sequence[Group], among: int) -> str:
    everybody = viewers.partners_in(among)
    reached = {partner.id for partner in partners}
    if len(reached) > 1 and reached.issuperset(partner.id for partner in everybody):
        return "all partners"
    others = [partner.id for partner in everybody if partner.id not in reached]
    if 0 < len(others) <= _FEW and len(everybody) > 2 * _FEW + 1:
        return f"everyone but {' and '.join(others)}"
    parts: list[str] = []
    left = list(partners)
    for segment in viewers.segments:
        inside = [partner for partner in viewers.partners_in(segment.viewers & among) if partner.viewers]
        if len(inside) > 1 and reached.issuperset(partner.id for partner in inside):
            parts.append(f"{'both' if len(inside) == 2 else f'all {len(inside)}'} {segment.title}")
            taken = {partner.id for partner in inside}
            left = [partner for partner in left if partner.id not in taken]
    names = [partner.id for partner in left]
    if len(names) > _NAMED + 1:
        names = [*names[:_NAMED], f"{len(names) - _NAMED} more"]
    if len(parts) > _SEGMENTS + 1:
        parts = [*parts[:_SEGMENTS], f"all of {len(parts) - _SEGMENTS} more segments"]
    return _listed([*parts, *names])


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
