"""PRM4xx: links, anchors, assets and addresses."""

from prmbuild.codes.kinds import error, info, warning

BROKEN_LINK = error(
    401,
    "link to nothing",
    "The page links to something that is not in the programme. Readers see the words of the link, but cannot "
    "follow it.",
    "Correct the path. Write it from the page's own folder and name the Markdown file, such as "
    "`../pricing/emea.md`; or remove the link.",
)
BROKEN_ANCHOR = error(
    402,
    "link to a heading that is not there",
    "The part behind `#` names no heading of the page it leads to, whoever reads it.",
    "Correct the part behind `#`: a heading 'Price list' is `#price-list`. The message names one that is near, if any.",
)
MISSING_ASSET = error(
    403,
    "missing file",
    "The page shows or offers a picture or a download that is not in the programme.",
    "Add the file beside the page, or correct its path. Upper and lower case matter.",
)
LINK_TO_UNPUBLISHED = warning(
    404,
    "link to something that is not published",
    "The page links to something that no partner can open now: a draft, something retired or something expired. "
    "Readers see the words of the link, but cannot follow it.",
    "Approve what the link leads to, or remove the link.",
)
LINK_TO_SCHEDULED = info(
    405,
    "link to something that is not published yet",
    "The page links to something that will be published later. Until then, readers see the words of the link only; "
    "from then on it can be followed.",
    "Nothing, if that is meant.",
)
LINK_FOR_SOME = info(
    406,
    "link that some readers cannot follow",
    "Some readers of the page may not see what the link leads to. For them it is plain text, and nothing of the "
    "target is in their portal, not even its path. Of a picture they get the words that describe it.",
    "Nothing, if that is meant. Otherwise widen the audience of the target, or put the link into an audience block.",
)
LINK_FOR_NOBODY = warning(
    407,
    "link that nobody can follow",
    "None of the readers of the page may see what the link leads to, so it is plain text for all of them. Of a picture "
    "they get the words that describe it.",
    "Widen the audience of the target, or remove the link.",
)
FOREIGN_EMBED = warning(
    408,
    "picture or frame from another site",
    "A picture, video or frame would be loaded from another site, which would then learn who reads the page. It is "
    "left out of the published page.",
    "Save the picture beside the page and show that; for a video or frame, write a link.",
)
LINK_UNDONE = warning(
    409,
    "link that is taken out",
    "The address is not one that may stand in a portal, such as `javascript:` or `file:`, or may not stand there, such "
    "as the `action` of a form, which would send away what readers type. A link becomes plain text, a form leads "
    "nowhere.",
    "Link to a page of the programme, or use an address with https, mailto or tel; instead of a form, write a link.",
)
ASSET_UNUSED = info(
    410,
    "file that no page shows",
    "A file is published only where a page shows it, links to it or names it under `file:`. No page does.",
    "Link to it from a page, or delete it.",
)
ASSET_CHANGED_SINCE = warning(
    411,
    "file newer than the approval of its page",
    "A page and the files it shows are approved together. The file was changed afterwards, or nobody approved it with "
    "the page who may: somebody entitled to its path, who wrote nothing of it since it was last approved with the "
    "page. So partners still get the version before it.",
    "Approve the page again to publish the new file: change the page in some way, such as `last_reviewed_on`, and "
    "commit it with `status: approved`. Where prm.yaml asks for evidence, the message says who may approve the file.",
)
ASSET_ADDED_SINCE = warning(
    412,
    "file that is not approved with its page",
    "A page and the files it shows are approved together. The file came afterwards, or nobody approved it with the "
    "page who may: somebody entitled to its path, who wrote nothing of it. So partners do not get it yet.",
    "Approve the page again to publish the file: change the page in some way, such as `last_reviewed_on`, and commit "
    "it with `status: approved`. Where prm.yaml asks for evidence, the message says who may approve the file.",
)
ASSET_TOO_LARGE = error(
    413,
    "file too large to publish",
    "The file has more than 50 MiB. It would be slow for partners to download, and git keeps every version of it for "
    "ever.",
    "Make it smaller, for example by compressing pictures in it, or keep it elsewhere and link to it.",
)
ASSET_LARGE = warning(
    414,
    "large file",
    "The file has more than 10 MiB. It is slow to download on a phone, and git keeps every version of it for ever.",
    "Make it smaller, for example by compressing pictures in it.",
)
GIT_LFS_POINTER = error(
    415,
    "git LFS pointer instead of the file",
    "The file holds three lines that point to a file in git LFS. Partners would download these lines.",
    "Keep the file itself in git: run `git lfs untrack` for it and commit it again.",
)
RESERVED_ADDRESS = error(
    416,
    "address that the portal needs for itself",
    "The file would be published at an address where the portal has something of its own, such as search, the "
    "catalogue or the courses.",
    "Rename the file, or the folder it is in.",
)
NEVER_PUBLISHED_FILE = info(
    417,
    "file that is never published",
    "The file is neither a page nor something a page can show. YAML files under content/ are not published.",
    "Delete it, or move it out of content/ and courses/.",
)
HTML_COMMENT = info(
    418,
    "comment",
    "The page holds an HTML comment, `<!-- … -->`. Comments are taken out before a page is published.",
    "Nothing. Do not keep anything in a comment that people with access to the repository may not read.",
)
DUPLICATE_TITLE = info(
    419,
    "two pages with one title",
    "Two pages that the same readers see have the same title in the same language, so they cannot tell them apart in "
    "navigation and search.",
    "Give one of them a title that says what is different.",
)
COMMENT_LEFT_OPEN = error(
    420,
    "comment that is never closed",
    "The page holds `<!--` without a `-->` behind it. Comments are never published, so all of the page from there on "
    "is left out.",
    "Close the comment with `-->`. Where `<!--` is to be read, put it in backticks or in a code fence.",
)
PAGE_AS_PICTURE = warning(
    422,
    "page shown as a picture",
    "The page shows a Markdown or YAML file as a picture, film or sound, such as `![Prices](prices.md)`. That file is "
    "published as a web page, so browsers show a broken picture.",
    "Name the picture, or write a link to the page: without the `!`.",
)
SCRIPT_UNDONE = warning(
    421,
    "script that is taken out",
    "The page holds a script, a handler such as `onclick=`, or something else that could run or load something unseen, "
    "or that browsers may read in several ways. It is taken out of the published page.",
    "Remove it. What all pages should do belongs into a script of site_overrides/.",
)
