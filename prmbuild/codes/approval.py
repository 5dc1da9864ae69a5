"""PRM14x: who approved a change, and what it shows to more partners."""

from prmbuild.codes.kinds import error, info, warning

WIDENING_NOT_APPROVED = error(
    141,
    "more partners would see it, and nobody approved that",
    "The change lets partners see what they could not, at once or from a date on. prm.yaml asks for evidence that "
    "somebody approved it who may, and who wrote none of it, as the change is now and for just these partners. That is "
    "missing. Who wrote an earlier version that waits for approval, and would be published with the change, wrote some "
    "of it; so did who wrote bytes that were undone and come back. Who moves a file answers for it. Found where the "
    "edit stands that makes the difference; who may approve is decided by the files that are shown, and by prm.yaml as "
    "it was before the change.",
    "Ask one of the people the message names. PRM146, at prm.yaml, says what they write.",
)
WIDENING_BY_MERGE = info(
    142,
    "more partners will see it once it is merged",
    "The change lets partners see what they could not, at once or from a date on. prm.yaml takes a merge as the "
    "approval, so merging decides it.",
    "Read `prmbuild diff`; merge if it is meant.",
)
APPROVERS_CHANGED = error(
    143,
    "who may approve would change, and nobody approved that",
    "The change edits who may approve, how that is proven, whose keys sign or which addresses are one person's. It "
    "comes into force only when somebody approves it who may by what stood there before. Otherwise one could make "
    "oneself an approver.",
    "Ask one of the people the message names to approve the change: all who may, and wrote none of it, of what waits, "
    "nor of bytes that were undone and come back. PRM146 says what they write.",
)
SIGNER_UNUSABLE = warning(
    144,
    "signer who cannot sign",
    "The line of `allowed_signers` lets nobody approve: it must name people by their addresses, and one public key. "
    "Wildcards and certificate authorities are not accepted, as an approval is one person's.",
    "Write `address key-type key`, as in `ruth@vendor.example ssh-ed25519 AAAA…`.",
)
REVOCATION_UNUSABLE = error(
    145,
    "revoked key that cannot be read",
    "The line of `revoked_signers` holds no public key, so it revokes none.",
    "Write the key as it stands in its `.pub` file: `ssh-ed25519 AAAA…`. Lists made by `ssh-keygen -k` are not read.",
)
AWAITS_APPROVAL = info(
    146,
    "change that waits for approval",
    "Nothing of the change is published before it is approved. The message gives the command that approves exactly "
    "this change, for exactly these partners; any edit after it makes it void.",
    "One of the approvers runs the command on the branch and pushes it.",
)
APPROVERS_NOT_IN_FORCE = warning(
    147,
    "approvers that are not in force",
    "The newest version of the file, which decides who may approve, is not approved. The one before it still decides.",
    "Ask one of the people the message names to approve the version: all who may, and wrote none of what waits, "
    "nor of bytes that were undone and came back.",
)
BASE_UNREADABLE = warning(
    148,
    "base that cannot be compared",
    "The state that the change starts from has errors, so what it showed to whom is not known. Everything the change "
    "shows counts as new.",
    "Nothing, if the change mends that. Otherwise name another base.",
)
MERGES_INSIDE = warning(
    149,
    "merges among the commits of a change",
    "What is published follows the first parents of the commits on the branch. Where the branch is fast-forwarded to a "
    "change with merges in it, that line is another one: what was withdrawn on the branch meanwhile may come back, and "
    "what a side branch approved for a moment may come out. This report is about a merge commit, a squash or a rebase.",
    "Merge the change with a merge commit (`git merge --no-ff`, or the button of the code host), squash or rebase it.",
)
