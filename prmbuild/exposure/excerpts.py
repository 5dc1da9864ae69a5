"""What changes in a text, in a few lines: for reports that have no room for all of it."""

from collections.abc import Callable, Sequence
from functools import cache

from prmbuild.exposure.compare import Comparison
from prmbuild.exposure.model import CauseKind, Change, Effect, SubjectKind
from prmbuild.exposure.rewrites import Rewrites
from prmbuild.exposure.textdiff import short

ExcerptOf = Callable[[Change], Sequence[str]]
"""Returns the lines that a change changes, as `short` writes them; none where there is nothing to show."""

MOST = 20
"""Excerpts of one report: whoever wants more had better read the HTML report."""

LINES = 8
"""Lines of one excerpt."""

OTHERWISE = "  … others of them read another change: --format html shows every one"
"""The last line where not all readers see the same change."""

_LINKS = frozenset({CauseKind.LINK_OPENED, CauseKind.LINK_CLOSED})


def nothing(change: Change) -> Sequence[str]:
    """Show nothing of a change."""
    return ()


def excerpts(comparison: Comparison) -> ExcerptOf:
    """Return what shows how a page, a block or a course reads now and read before.

    Of a page or course that somebody gains or loses nothing is shown: all of it is new to them, or gone.

    Args:
        comparison: both states; must be open.
    """
    rewrites = Rewrites(comparison)
    room = MOST

    @cache
    def excerpt(change: Change) -> Sequence[str]:
        nonlocal room
        whole = change.effect is not Effect.CHANGED and change.subject.kind is not SubjectKind.BLOCK
        links = all(cause.kind in _LINKS for cause in change.causes)
        if whole or links or room <= 0 or change.subject.kind is SubjectKind.ASSET:
            return ()
        found = tuple(dict.fromkeys(short(one.diff(), limit=LINES) for one in rewrites.of(change)))
        lines = next(filter(None, found), ())
        room -= bool(lines)
        return (*lines, OTHERWISE) if lines and len(found) > 1 else lines

    return excerpt
