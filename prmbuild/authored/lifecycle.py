"""The arithmetic of dates: when a version is in force, and when the next review of it is due.

A version is in force from its ``publish_at`` on and until its ``expire_at``; that instant itself is the first without
it. Instants are UTC, and so are the days of reviews.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import Enum

from msgspec import Struct

DATES = frozenset(("publish_at", "expire_at", "last_reviewed_on"))
"""Keys of authored files whose values are dates or times."""

SOON = timedelta(days=7)
"""How long before its day something is announced."""


class Review(Enum):
    """Where the review of a page or course stands on a day."""

    NONE = "none"
    """No review is asked for."""
    IMPOSSIBLE = "impossible"
    """The last review lies in the future."""
    COMING = "coming"
    DUE = "due"
    OVERDUE = "overdue"


class Lifecycle(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The dates of a version of a page or course.

    Attributes:
        publish_at: UTC; the version is not in force before.
        expire_at: UTC; it is not published from then on.
        review_in: how long after `last_reviewed_on` the next review is due.
    """

    owner: str | None = None
    publish_at: datetime | None = None
    expire_at: datetime | None = None
    last_reviewed_on: date | None = None
    review_in: timedelta | None = None

    @property
    def review_due(self) -> date | None:
        """The day the next review is due; None where no review is asked for, or none that the calendar knows."""
        if self.last_reviewed_on is None or self.review_in is None:
            return None
        try:
            return self.last_reviewed_on + self.review_in
        except OverflowError:
            return None

    def review(self, today: date) -> Review:
        """Return where the review stands on a day."""
        if self.last_reviewed_on is not None and self.last_reviewed_on > today:
            return Review.IMPOSSIBLE
        due = self.review_due
        if due is None:
            return Review.NONE
        if due < today:
            return Review.OVERDUE
        return Review.DUE if due - today <= SOON else Review.COMING


def begun(publish_at: datetime | None, now: datetime) -> bool:
    """Tell whether a version's time has come."""
    return publish_at is None or publish_at <= now


def ended(expire_at: datetime | None, now: datetime) -> bool:
    """Tell whether a version's time is over."""
    return expire_at is not None and expire_at <= now


def soon(instant: datetime, now: datetime) -> bool:
    """Tell whether an instant is near enough to be announced, or has passed."""
    return instant - now <= SOON


def announced(written: Lifecycle, published: Lifecycle | None) -> datetime | None:
    """Return when a version that is not approved says it will be published.

    Args:
        written: the version.
        published: the one that partners have. A ``publish_at`` that both have announces nothing: it stayed as it was
            while the page was reworked.
    """
    if published is not None and published.publish_at == written.publish_at:
        return None
    return written.publish_at


def earliest(instants: Iterable[datetime | None]) -> datetime | None:
    """Return the first of some instants; None where there is none."""
    return min((instant for instant in instants if instant is not None), default=None)


def midnight_after(now: datetime) -> datetime:
    """Return the end of the day: from then on reviews may be due that are not yet."""
    return datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
