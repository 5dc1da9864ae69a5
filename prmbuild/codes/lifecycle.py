"""PRM15x: owners, reviews and dates to come."""

from prmbuild.codes.kinds import info, warning

REVIEW_WITHOUT_OWNER = warning(
    151,
    "review without an owner",
    "`review_in` asks for reviews, but no `owner` is named, so nobody is told when one is due.",
    "Add `owner`, usually an e-mail address; `prmbuild calendar --by-owner` then lists the page under it.",
)
NO_NEXT_REVIEW = info(
    152,
    "no next review",
    "`last_reviewed_on` says that somebody checked the page, but without `review_in` no next review ever falls due.",
    "Add `review_in`, such as `180d`.",
)
PUBLICATION_NOT_APPROVED = warning(
    153,
    "date of publication without approval",
    "`publish_at` is less than 7 days away or has passed, but the version that says so is not approved. "
    "A version that is not approved is not published on any date.",
    "Have it approved in time, or write a later `publish_at`.",
)
EXPIRES_SOON = info(
    154,
    "expires soon",
    "`expire_at` is less than 7 days away; partners lose the page then.",
    "Write a later `expire_at` if the page is still needed; otherwise nothing.",
)
