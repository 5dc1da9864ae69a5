"""PRM6xx: audience blocks in pages."""

from prmbuild.codes.kinds import error, warning

BLOCK_WITHOUT_AUDIENCE = error(
    601,
    "audience block without an audience",
    "A line `/// show-to` opens an audience block but does not say for whom. The page is not published.",
    "Write the audience behind a bar: `/// show-to | gold-up`, or `/// show-to | {region: emea}`.",
)

BLOCK_LEFT_OPEN = error(
    602,
    "block left open",
    "An audience block, or a block within or around one, is never closed, so it cannot be told whom the rest of the "
    "page is for. The page is not published.",
    "Close it with a line of as many slashes as opened it: `///`.",
)

BLOCK_NOT_OPEN = error(
    603,
    "block closed that is not open",
    "A line of slashes closes a block, but none is open: either its opening line is missing, or the block was closed "
    "earlier than you think, by a line of as many slashes inside it. What stands between would be shown to everyone. "
    "The page is not published.",
    "Remove the line, write the missing opening line, or give the outer block more slashes than the lines inside it.",
)

BLOCK_MALFORMED = error(
    604,
    "malformed audience block",
    "A line looks like the opening of an audience block but is not written as one, so it would not hide anything. "
    "The page is not published.",
    "Write the opening on a line of its own: three slashes, `show-to`, a bar and the audience: "
    "`/// show-to | gold-up`.",
)

BLOCKS_TOO_DEEP = error(
    605,
    "too many blocks inside each other",
    "More audience blocks stand inside each other than anybody could keep apart. The page is not published.",
    "Close the blocks that should be closed, or give one block an audience that says it all.",
)

LABEL_DEFINED_IN_BLOCK = warning(
    606,
    "link or footnote defined only in a block",
    "A link `[text][label]` or a footnote `[^label]` is used where readers see it who do not see its definition, as "
    "that stands in an audience block. They read the brackets as they stand.",
    "Put the definition outside the block, or the use within it.",
)

NOTE_OUTSIDE_ITS_BLOCK = warning(
    607,
    "note outside of the block that it is for",
    "A footnote is used only in an audience block, and its text stands outside of it. So the text is published to "
    "readers who do not see what it is a note to.",
    "Put the text of the note, `[^label]: …`, into the block.",
)
