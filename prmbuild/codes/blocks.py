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

BLOCK_NOT_OPEN = warning(
    603,
    "block closed that was never opened",
    "A line of slashes closes a block, but none is open. Readers would see the slashes.",
    "Remove the line, or write the missing opening line `/// show-to | AUDIENCE`.",
)

BLOCK_MALFORMED = error(
    604,
    "malformed audience block",
    "A line looks like the opening of an audience block but is not written as one, so it would not hide anything. "
    "The page is not published.",
    "Write the opening on a line of its own: three slashes, `show-to`, a bar and the audience: "
    "`/// show-to | gold-up`.",
)
