"""PRM1xx: reading files."""

from prmbuild.codes.kinds import error

NOT_UTF8 = error(
    101,
    "not UTF-8",
    "The file is not text in UTF-8, so its letters cannot be told apart safely.",
    "Save the file as UTF-8; every editor offers it under 'save with encoding'.",
)
FILE_TOO_LARGE = error(
    102,
    "file too large",
    "A configuration file may have 1 MiB, a Markdown file 2 MiB; this one has more.",
    "Split the file, or keep the bulk as a download beside the page.",
)
YAML_SYNTAX = error(
    103,
    "not valid YAML",
    "The text does not follow the syntax of YAML, so nothing after this place could be read.",
    "Look at the place named and the line before it: a bracket or quote left open, a missing colon or indentation.",
)
TAB_INDENTATION = error(
    104,
    "indented with a tab",
    "YAML is indented with spaces only; a tab there means nothing.",
    "Replace the tab with spaces, two for each level.",
)
DUPLICATE_KEY = error(
    105,
    "key given twice",
    "The same key stands twice in one mapping. Most readers of YAML silently drop the first one.",
    "Keep one of the two, or merge their values.",
)
ANCHOR_OR_ALIAS = error(
    106,
    "anchor, alias or merge key",
    "Anchors (`&name`), aliases (`*name`) and merge keys (`<<`) hide what a place says, and can be used to exhaust "
    "the reader. They are refused.",
    "Write the value out. If it is text that starts with `&` or `*`, such as a glob, put quotes around it.",
)
EXPLICIT_TAG = error(
    107,
    "explicit tag or directive",
    "Tags (`!something`) and directives (`%YAML`, `%TAG`) change how values are read. They are refused.",
    "Remove it. If it is text that starts with `!`, put quotes around it.",
)
SEVERAL_DOCUMENTS = error(
    108,
    "more than one document",
    "The file holds several YAML documents, separated by `---` or `...`; only one is read.",
    "Keep one document in the file.",
)
IMPLICIT_BOOLEAN = error(
    109,
    "word that may be a truth value",
    "`yes`, `no`, `on`, `off`, `y` and `n` are truth values to some readers of YAML and text to others.",
    "Write `true` or `false` for a truth value; put quotes around it for text, as in `language: 'no'`.",
)
SEXAGESIMAL_NUMBER = error(
    110,
    "number with colons",
    "Some readers of YAML take `12:30` for the number 750, others for text.",
    "Put quotes around it.",
)
LEADING_ZERO = error(
    111,
    "number with a leading zero",
    "Some readers of YAML take `0123` for the octal number 83, others for 123.",
    "Remove the zero, or put quotes around text such as a postcode.",
)
IMPLICIT_TIMESTAMP = error(
    112,
    "date where text is expected",
    "Some readers of YAML take this for a date, others for text. It stands where no date is wanted.",
    "Put quotes around it.",
)
AMBIGUOUS_SCALAR = error(
    113,
    "value that YAML 1.1 and 1.2 read differently",
    "One version of YAML reads a number here and the other one reads text, such as `1_000`, `1e3` or `0b11`.",
    "Put quotes around text; write a number with plain digits, as in `1000`.",
)
NOT_FINITE = error(
    114,
    "number out of range",
    "Infinity, 'not a number' and numbers of more than 15 digits cannot be kept exactly.",
    "Write an ordinary number, or put quotes around text.",
)
NESTED_TOO_DEEP = error(
    115,
    "nested too deep",
    "Brackets or lists stand inside each other more than 40 levels deep. No sensible file needs that, and reading on "
    "could exhaust the machine.",
    "Take some levels out, for example by naming an audience and using the name.",
)
CONTROL_CHARACTER = error(
    116,
    "invisible character",
    "The file holds a control character, or one that changes the direction of text. Such characters make a file read "
    "differently to people and programs.",
    "Delete the character; it often comes with text pasted from elsewhere.",
)
KEY_NOT_TEXT = error(
    117,
    "key that is not text",
    "Keys are text; this one is a number, a truth value, empty, a list or a mapping.",
    "Put quotes around the key, or check the indentation and the colon.",
)
NUL_BYTE = error(
    118,
    "not a text file",
    "The Markdown file holds a NUL byte, so it is not text.",
    "Check that the file really is Markdown; give other files their own ending.",
)
SYMBOLIC_LINK = error(
    130,
    "symbolic link",
    "A symbolic link can lead out of the programme, so links are never followed.",
    "Replace the link with the file itself.",
)
SUBMODULE = error(
    131,
    "git submodule",
    "What a submodule holds is not part of this repository's history, so it cannot be approved here.",
    "Copy the files into this repository.",
)
UNSAFE_PATH = error(
    132,
    "file name that cannot be published",
    "The path has a part that URLs, file systems or the edge treat specially: a backslash, a brace, a control "
    "character, a dot at its start, a space at its end, or `.SVG` and `.XML` in capitals.",
    "Rename the file with letters, digits, `-`, `_` and `.`.",
)
COLLIDING_PATHS = error(
    133,
    "two files with one address",
    "Two files differ only by upper and lower case, or would be published at the same address.",
    "Rename one of them.",
)
UNRENDERABLE = error(
    134,
    "page that cannot be rendered",
    "The Markdown of the page cannot be turned into a web page.",
    "Simplify the part of the page that was changed last, such as deeply nested lists or HTML.",
)
