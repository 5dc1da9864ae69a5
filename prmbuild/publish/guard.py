"""What does not go live without a person who says that it is meant."""

from collections.abc import Iterator

from msgspec import Struct

from prmbuild.publish.gains import Basis, Direction, names_of
from prmbuild.publish.plan import Plan


class Limits(Struct, frozen=True, kw_only=True):
    """How much may go at once from one portal, or from viewers who get another one.

    Attributes:
        pages: so many pages, where they are also more than `share` of it.
        share: of its pages, in percent.
    """

    pages: int = 20
    share: int = 30

    def exceeded(self, gone: int, had: int) -> bool:
        """Tell whether so many pages of so many are too much."""
        return gone > self.pages and gone * 100 > had * self.share


def objections(plan: Plan, limits: Limits) -> tuple[str, ...]:
    """Return what speaks against applying a plan unseen."""
    return tuple(_objections(plan, limits))


def _objections(plan: Plan, limits: Limits) -> Iterator[str]:
    if plan.gains.basis is Basis.UNKNOWN:
        yield f"{plan.gains.lacking}: nobody can tell who gains or loses what"
    elif plan.gains.direction is Direction.BACK:
        yield f"what is live goes on from commit {plan.revision[:10]}, so partners would see again what was before"
    elif plan.gains.direction is Direction.UNKNOWN:
        yield (
            "the commit that is live is not in this repository: another programme is published there, or the history "
            "was rewritten"
        )
    if plan.gains.undone:
        yield (
            f"{plan.gains.undone} had passed when what is live was built, and is still to come for this, so partners "
            "would see again what was before"
        )
    for one in plan.portals:
        had, has = one.pages
        if one.after is None:
            yield f"portal {one.portal} goes, with {had} pages{_instead(plan, one.portal)}"
        elif not one.same and not has:
            yield f"portal {one.portal} would be empty"
        else:
            gone = sum(path.endswith(".html") for path in one.dropped)
            if limits.exceeded(gone, had):
                yield f"portal {one.portal} loses {gone} of its {had} pages"
    everybody = {viewer for one in plan.portals if one.after is not None for viewer in one.after.viewers}
    for moved in plan.moved:
        # who leaves the programme loses all of it, and is not to wait for that
        if moved.after is not None and limits.exceeded(moved.lost, moved.had):
            who = names_of(moved.viewers, everybody)
            yield f"{who} loses {moved.lost} of {moved.had} pages, with {moved.after} instead of {moved.before}"


def _instead(plan: Plan, portal: str) -> str:
    others = sorted({one.after for one in plan.moved if one.before == portal and one.after is not None})
    return f"; who had it gets {', '.join(others)}" if others else ""
