"""How a cold build, a one-line edit and a build of nothing new grow with pages and with portals.

    python -m benchmarks.growth --corpus CORPUS.tar.gz --work DIR
        --pages 500 2000 5000 20000 --at-portals 50 --portals 1 5 50 500 --at-pages 1000

Each row says how many times the first row of its table it is; memory is of all processes together.
"""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.builds import copied
from benchmarks.changes import edit_line
from benchmarks.command import COST, cells, parser, said, times
from benchmarks.measure import typical
from benchmarks.programmes import make
from benchmarks.results import Section, published


def grown(corpus: Path, work: Path, sizes: Sequence[tuple[int, int]], runs: int, title: str) -> Section:
    """Measure programmes of several sizes, each (pages, portals)."""
    rows, first = [], None
    for pages, portals in sizes:
        site = copied(make(corpus, work / f"p{pages}x{portals}", pages=pages, portals=portals), work / "growth")
        cold = typical([site.cold() for _ in range(runs)])
        site.unchanged(1)
        unchanged, edit = site.unchanged(runs), site.after(edit_line, runs)
        first = first or (cold, unchanged, edit)
        size = (f"{pages:,}", f"{portals:,}", f"{times(pages, sizes[0][0])} × {times(portals, sizes[0][1])}")
        grew = [times(now.wall, then.wall) for now, then in zip((cold, unchanged, edit), first, strict=True)]
        rows.append((*size, *cells(cold), grew[0], f"{unchanged.wall:.2f}", grew[1], f"{edit.wall:.2f}", grew[2]))
    cold_columns = tuple(f"cold: {name}" for name in COST)
    header = ("pages", "portals", "size", *cold_columns, "× first", "unchanged, s", "× first", "edit, s", "× first")
    return Section(title=title, said=said(runs), header=header, rows=tuple(rows))


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--pages", type=int, nargs="*", default=[500, 2000, 5000, 20000])
    options.add_argument("--at-portals", type=int, default=50, help="portals of the programmes that grow in pages")
    options.add_argument("--portals", type=int, nargs="*", default=[1, 5, 50, 500])
    options.add_argument("--at-pages", type=int, default=1000, help="pages of the programmes that grow in portals")
    given = options.parse_args()
    corpus, work = given.corpus.resolve(), given.work.resolve()
    if given.pages:
        sizes = [(pages, given.at_portals) for pages in given.pages]
        title = f"growth with pages: {', '.join(map(str, given.pages))} pages, {given.at_portals} portals"
        published(grown(corpus, work, sizes, given.runs, title), given.record)
    if given.portals:
        sizes = [(given.at_pages, portals) for portals in given.portals]
        title = f"growth with portals: {', '.join(map(str, given.portals))} portals, {given.at_pages} pages"
        published(grown(corpus, work, sizes, given.runs, title), given.record)
