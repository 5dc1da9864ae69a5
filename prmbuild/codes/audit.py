"""PRM9xx: what the audit finds in a built tree. Any of them forbids to publish it."""

from prmbuild.codes.kinds import error, warning

_REMEDY = (
    "Publish nothing. Find out what put it there. Where the message names a page that says so itself, perhaps in two "
    "headings one below the other, use other words there or in what is hidden, or let its readers see that. Else it "
    "was a template or script of site_overrides/, or a defect of prmbuild, which should be reported with this message."
)

LEAKED_TITLE = error(
    901,
    "title of something hidden",
    "A portal holds the title of a page or course that its readers may not see.",
    _REMEDY,
)
LEAKED_PATH = error(
    902,
    "path of something hidden",
    "A portal holds the path or address of something that its readers may not see.",
    _REMEDY,
)
LEAKED_TEXT = error(
    903,
    "text of something hidden",
    "A portal holds a passage that stands only in what its readers may not see: another page, a block for another "
    "audience, a draft, a comment, or a file of the programme itself.",
    _REMEDY,
)
LEAKED_NAME = error(
    904,
    "internal name",
    "A portal holds a name that is not for it: of a partner, a segment, a relation manager, an owner, an author, an "
    "audience, or a commit.",
    _REMEDY,
)
LEAKED_ASSET = error(
    905,
    "file that is not for this portal",
    "A portal holds a file, or another version of a file, that its readers may not see, perhaps under another name.",
    _REMEDY,
)
LEAKED_METADATA = error(
    906,
    "something hidden in a file's metadata",
    "A file that the readers of a portal may see has something in its properties, comments or other hidden parts that "
    "they may not see.",
    "Remove it from the file that the message names, and approve a page that references the clean version.",
)
LEAKED_ANSWER = error(
    907,
    "answer of a quiz",
    "A portal tells which answers of a quiz are right, or why.",
    _REMEDY,
)
STRAY_REFERENCE = error(
    908,
    "reference out of the portal",
    "A file of a portal refers to something that the portal does not have, or would make the browser load something "
    "from another site.",
    "Correct the template, style sheet or script that has the reference.",
)
UNACCOUNTED_FILE = error(
    909,
    "file that nothing accounts for",
    "A portal has a file that is neither a visible page or asset, nor one of the documents and theme files that every "
    "portal has; or one that should be there has other bytes.",
    _REMEDY,
)
TAMPERED_FILE = error(
    910,
    "built files changed since the build",
    "What stands in the folder is not what build.json says was built.",
    "Run `prmbuild build`: after an audit that found this it writes everything anew. What it did not write, such as a "
    "file beside `portals/`, move elsewhere.",
)
BLIND_AUDIT = error(
    911,
    "the audit is blind",
    "Something that must be in a portal was not found by the search that looks for leaks, so that it proves nothing.",
    "Report this as a defect of prmbuild; the build cannot be published. Where the finding names a page, write what it"
    " quotes in other words until that is mended, or set the page to `status: draft`: then everything else goes out.",
)
UNREADABLE_ASSET = warning(
    912,
    "file that the audit cannot open",
    "A published file is encrypted or damaged, or unpacks to more than 256 MB. What it says inside could not be"
    " searched.",
    "Save it again without a password, or in smaller parts.",
)
WRONG_READER = error(
    913,
    "portal for the wrong reader",
    "Asked for one reader alone, the rules do not admit them to something that their portal shows, or they have no "
    "portal, or more than one.",
    "Publish nothing, and report this as a defect of prmbuild.",
)
