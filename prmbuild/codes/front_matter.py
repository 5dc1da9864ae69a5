"""PRM3xx: front matter, lifecycle, dates, approval."""

from prmbuild.codes.kinds import error, info, warning

UNKNOWN_FRONT_MATTER_KEY = error(
    301,
    "unknown key in front matter",
    "The key means nothing in a page's front matter.",
    "Correct it to one of the keys the message names, or remove it.",
)
FRONT_MATTER_NOT_CLOSED = error(
    303,
    "front matter never closed",
    "The file starts with `---`, so front matter begins, but no second line of `---` ends it.",
    "Write `---` on a line of its own after the last key.",
)
FRONT_MATTER_MISPLACED = error(
    330,
    "front matter that is not at the top",
    "What looks like front matter does not start on the first line, or its line has other characters than three "
    "dashes, so none of it counts: not the status, not the audience. The page is not published.",
    "Write a line of exactly `---` at the very top of the file, with nothing before it, not even a blank.",
)
WRONG_FRONT_MATTER_TYPE = error(
    304,
    "wrong kind of value in front matter",
    "Text, a number, a list or a mapping stands where another kind of value is expected.",
    "Write the kind of value the message names; put quotes around text that looks like a number.",
)
INVALID_FRONT_MATTER_VALUE = error(
    305,
    "value not allowed in front matter",
    "The value has the right kind, but is not one that can be used here.",
    "Use a value the message allows.",
)
INVALID_INSTANT = error(
    306,
    "not a point in time",
    "The time is not a date, a time of day and a zone, so it would mean different moments to different people.",
    "Write it as `2026-12-01T00:00:00Z`, or with an offset such as `+01:00`.",
)
INVALID_DATE = error(
    307,
    "not a date",
    "The value is not a day of the calendar.",
    "Write it as `2026-09-30`.",
)
INVALID_DURATION = error(
    308,
    "not a duration",
    "A duration is a whole number of days or weeks.",
    "Write it as `90d` or `12w`. Months and years differ in length; write `365d` for a year.",
)
FILE_OUTSIDE = error(
    309,
    "path outside the repository",
    "The path leads out of the repository, or is not relative to the page.",
    "Write the path from the page's own folder, with `/`, such as `assets/price-list.xlsx`.",
)
EXPIRES_BEFORE_PUBLISHED = error(
    310,
    "expires before it is published",
    "`expire_at` is not after `publish_at`, so the page would never be shown.",
    "Correct one of the two.",
)
REVIEW_WITHOUT_DATE = warning(
    311,
    "review without a date",
    "`review_in` counts from `last_reviewed_on`, which is not there, so no review ever falls due.",
    "Add `last_reviewed_on`, or remove `review_in`.",
)
REVIEWED_IN_FUTURE = error(
    312,
    "reviewed in the future",
    "`last_reviewed_on` is a day that has not come yet, so it cannot be the day of the last review.",
    "Write the day on which somebody last checked the page.",
)
EXPIRED = warning(
    313,
    "expired",
    "`expire_at` has passed, so the page is not published any more.",
    "Write `status: retired` if it is no longer needed, or a later `expire_at`.",
)
REVIEW_OVERDUE = warning(
    314,
    "review overdue",
    "The page should have been reviewed by now: `last_reviewed_on` plus `review_in` has passed.",
    "Check that the page still holds, then set `last_reviewed_on` to today.",
)
REVIEW_DUE = info(
    315,
    "review due soon",
    "The page falls due for review within 7 days.",
    "Check that the page still holds, then set `last_reviewed_on` to today.",
)
NO_STATUS = warning(
    316,
    "page without a status",
    "The page does not say `status:`, so it counts as a draft and is not published.",
    "Write `status: approved` to publish it, or `status: draft` while it is being written.",
)
DRAFT = info(
    317,
    "never approved",
    "The page or course has not been approved yet, so it is not published.",
    "Write `status: approved` when it may be published.",
)
APPROVAL_WITHOUT_EVIDENCE = warning(
    318,
    "approval without evidence",
    "The file, or the course that it follows, says `status: approved`, but the evidence that prm.yaml asks for is "
    "missing, so this version is not published: no `Approved-by:` trailer, or no signature, of somebody entitled to "
    "the path who wrote nothing of what came since it was last approved. Who is named in `Co-authored-by:` wrote it "
    "too; the message names the commit. Bytes that were undone and come back are still their author's.",
    "Edit the file again, and ask one of the people the message names to approve that; docs/approval.md says how. "
    "Where all of them wrote some of it, take the file back to how it was last approved and bring what each wrote by a "
    "change of its own, for another to approve.",
)
OLDER_VERSION_PUBLISHED = info(
    319,
    "older version published",
    "The newest version of the page is not approved, so partners still read the one before it that was.",
    "Nothing, while the page is being worked on. Write `status: approved` when the new version may be published.",
)
NOT_ON_BRANCH = warning(
    320,
    "not what is on the publishing branch",
    "The commit is not one that the branch named in prm.yaml has had as its newest, so what is built from it was not "
    "approved by a merge. That is as it should be in a preview, such as one of a pull request. `prmbuild deploy` "
    "refuses it, unless a person says that it is meant.",
    "Nothing, in a preview. Otherwise merge it, and build what is on the branch. In an emergency, "
    "`prmbuild deploy --unmerged` deploys it and records that nothing is known to have been merged.",
)
