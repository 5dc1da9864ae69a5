"""PRM15x: owners, reviews and dates to come; CODEOWNERS."""

from prmbuild.codes.kinds import error, info, warning

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
PATTERN_WITHOUT_EQUAL = error(
    155,
    "path that CODEOWNERS cannot say",
    "Code hosts read a simpler language of patterns than `prm.yaml` has: no ranges that exclude, no `#`, no empty "
    "folder names. What cannot be said exactly is not said at all, as other people would be asked than may approve.",
    "Write the path in `prm.yaml` without what the message names, such as a folder and `**`.",
)
CODEOWNERS_TOO_LARGE = error(
    156,
    "CODEOWNERS too large",
    "The approvers' paths overlap in so many ways that CODEOWNERS would be larger than the code host reads.",
    "Use fewer wildcards in the approvers' paths, or fewer groups that overlap.",
)
CONFIGURATION_WITHOUT_APPROVER = warning(
    157,
    "nobody may approve the configuration",
    "`prm.yaml` names approvers, but none of them for one of the files that decide who sees what and who may approve. "
    "CODEOWNERS then asks everybody who may approve anything.",
    "Name approvers for `prm.yaml`, `visibility.yaml` and `partners.yaml`.",
)
HANDLE_OF_NOBODY = warning(
    158,
    "handle of nobody who approves",
    "`handles` gives the user name of somebody who is not among the approvers, so it is never used.",
    "Correct the address, or remove it.",
)
