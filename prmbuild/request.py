"""What a person asks for; light, as every command has it before it knows what it needs."""

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from prmbuild.cache import Cache
    from prmbuild.render.engine import ExecutorOf


class Request(Struct, frozen=True, kw_only=True):
    """What to make portals of.

    Attributes:
        revision: any name git knows.
        now: the one clock, UTC.
        worktree: whether uncommitted files lie over the revision, for a preview.
        assumed: repository paths whose newest version counts as approved, draft or not, for a preview.
        proposed_to: the commit that the revision would be merged onto; it is taken as if it were, and were approved.
        jobs: processes that render.
        cache: keeps what is rendered.
        executor_of: starts workers that render elsewhere; None renders here.
    """

    revision: str
    now: datetime
    worktree: bool = False
    assumed: frozenset[str] = frozenset()
    proposed_to: str | None = None
    jobs: int = 1
    cache: "Cache"
    executor_of: "ExecutorOf | None" = None
