"""PRM16x: what `prmbuild migrate` could not decide by itself."""

from prmbuild.codes.kinds import info, warning

TITLE_MADE_UP = warning(
    161,
    "title made from a name",
    "The page has neither a title nor a heading of the first level, so its title was made from its place in the old "
    "navigation, or from the name of the file.",
    "Read the title, and correct it in the front matter.",
)
FOREIGN_MARKUP = warning(
    162,
    "markup of another tool",
    "The page uses something that only the old tool understands: a component, a shortcode, an include or a macro. "
    "Partners would read it as it is written.",
    "Write what it showed as plain Markdown, or remove it.",
)
SETTING_NOT_TAKEN_OVER = warning(
    163,
    "setting not taken over",
    "The front matter, or the old tool's configuration, says something for which a programme has no place. In front "
    "matter it was kept as a comment, so that nothing is lost.",
    "Remove the comment when you no longer need it. Where the setting limited who could read the page, write a rule.",
)
FILE_LEFT_OUT = info(
    164,
    "file left out",
    "The file is not content, could not be published, or no page uses it, so it was not imported. It stays where it "
    "was.",
    "Nothing, if nobody misses it. Otherwise copy it beside the page that shows it, and link to it there.",
)
FILE_RENAMED = warning(
    165,
    "file renamed",
    "The file got another name: its own one cannot be published, or another file has the same address.",
    "Choose a better name if you like, with `git mv`; links between the imported pages were changed already.",
)
PLACE_IN_NAVIGATION = warning(
    166,
    "place in the navigation not kept",
    "The navigation of a portal follows the folders, and `order` in a page's front matter. The old navigation showed "
    "the page, or the group, elsewhere.",
    "Move the page into the folder where readers look for it, or leave it.",
)
OLD_ADDRESS = warning(
    167,
    "link to the old site",
    "The link leads to an address of the old site for which no imported page or file was found.",
    "Link to the page that took its place, or remove the link.",
)
SECRET_IN_HISTORY = warning(
    168,
    "secret in an older version",
    "An older version of a file holds what looks like a password, a key or a token. The history is imported with it, "
    "so whoever can read this repository could use it.",
    "Make the secret invalid where it was issued. To leave it out of this repository, undo the import and repeat it "
    "with `--no-history`.",
)
NO_HISTORY = warning(
    169,
    "history not imported",
    "The files are imported as they are now, without who wrote them when: the folder is in no git repository, or its "
    "files are not committed.",
    "Nothing, if there is no history. Otherwise commit the files there, undo the import and repeat it.",
)
