"""What does not go live without a person who says that it is meant."""

from collections.abc import Iterator
from dataclasses import dataclass

from prmbuild.publish.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much may go at once from one portal.

    Attributes:
        pages: so many pages, where they are also more than `share` of it.
        share: of its pages, in percent.
    """

    pages: int = 20
    share: int = 30


def objections(plan: Plan, limits: Limits) -> tuple[str, ...]:
    """Return what speaks against applying a plan unseen."""
    return tuple(_objections(plan, limits))


def _objections(plan: Plan, limits: Limits) -> Iterator[str]:
    for one in plan.portals:
        had, has = one.pages
        if one.after is None:
            yield f"portal {one.portal} goes, with {had} pages"
        elif not one.same and not has:
            yield f"portal {one.portal} would be empty"
        else:
            gone = sum(path.endswith(".html") for path in one.dropped)
            if gone > limits.pages and gone * 100 > had * limits.share:
                yield f"portal {one.portal} loses {gone} of its {had} pages"
