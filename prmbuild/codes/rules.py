"""PRM8xx: rules as a whole, assertions, secrets."""

from prmbuild.codes.kinds import error, info, warning

RULE_MATCHES_NOTHING = warning(
    801,
    "rule that matches nothing",
    "None of the paths of the rule matches a file, so the rule does nothing. Often a folder was renamed, and its "
    "files are no longer protected by the rule.",
    "Correct the paths, or remove the rule.",
)
GLOB_MATCHES_NOTHING = warning(
    802,
    "path that matches nothing",
    "One of the paths of a rule matches no file. Often a folder was renamed, and its files are no longer protected by "
    "the rule.",
    "Correct the path, or remove it from the rule.",
)
FILE_WITHOUT_RULE = info(
    803,
    "file that no rule matches",
    "No rule in visibility.yaml speaks of the file, so nobody sees it.",
    "Nothing, if that is meant. Otherwise add a rule whose paths match the file.",
)
ASSERTION_FAILED = error(
    804,
    "assertion that does not hold",
    "An assertion in visibility.yaml states what must never, or always, be visible, and the rules say something else. "
    "`never` looks at every file in the repository, published or not. `always` looks at what is published, and at "
    "what the rules say of files that are not published now.",
    "Correct the rule that the message names; or the assertion, if it no longer says what is wanted.",
)
ASSERTION_MATCHES_NOTHING = warning(
    805,
    "assertion about nothing",
    "A path of the assertion matches no file, so the assertion would hold whatever the rules say.",
    "Correct the path, or remove it.",
)
ASSERTION_ABOUT_NOBODY = warning(
    806,
    "assertion about nobody",
    "No partner and role is in the audience of the assertion, so it would hold whatever the rules say.",
    "Correct the audience, or remove the assertion.",
)
RULE_FOR_NOBODY = warning(
    807,
    "audience that nobody is in",
    "The rule shows its files to an audience that no partner and role is in now, so nobody sees them.",
    "Correct the audience. Write `nobody` if the files are meant to be hidden.",
)
PARTNER_SEES_NOTHING = warning(
    808,
    "partner that sees nothing",
    "Nobody at this partner, whatever their role, sees a page or a course. Their portal is empty.",
    "Check the segment and attributes of the partner, and the rules.",
)
RULE_MISSPELT = error(
    809,
    "rule that misses its files by their spelling",
    "The rule keeps files from somebody, but its paths match none. Files that differ only in capital letters, in "
    "blanks or slashes, or in how an accent is stored do exist, and the rule does not protect them.",
    "Write the path exactly as the message suggests.",
)
SECRET = error(
    810,
    "secret in a file",
    "The text looks like a password, a key or a token. Whoever can read the repository, now or later, can use it; "
    "partners can if it is on a page.",
    "Make the secret invalid where it was issued, since git keeps it in the history; then delete it here. If it is "
    "none, change the example so that it cannot be taken for one, such as `YOUR-TOKEN`.",
)
