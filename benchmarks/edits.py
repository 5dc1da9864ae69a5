"""What an up-to-date programme costs after each kind of change, with all its portals, as whole processes.

    python -m benchmarks.edits --corpus CORPUS.tar.gz --work DIR --pages 500 2000 20000 --portals 50 --runs 5

One-line edit of a page that every portal shows, a page added, a partner moved to another segment, a rule changed, and
nothing changed. Every change is a commit. The peer is the cold build of the same pages in the same run, and the same
change at the smallest size, which says whether the cost is flat.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.builds import PRMBUILD, Site, copied
from benchmarks.changes import add_page, change_rule, edit_line, move_partner
from benchmarks.command import COST, cells, parser, said, times
from benchmarks.measure import Cost, run, typical
from benchmarks.programmes import Programme, make
from benchmarks.results import Section, published

KINDS: Mapping[str, Callable[[Programme, int], str]] = {
    "one-line edit": edit_line,
    "a page added": add_page,
    "a partner moved": move_partner,
    "a rule changed": change_rule,
}
COLD, UNCHANGED, FLOOR = "cold build", "nothing changed", "prmbuild --version"


def measured(site: Site, runs: int) -> dict[str, Cost]:
    """Return what each kind of change costs: kind → cost. A programme too small for a change does without it."""
    costs = {COLD: site.cold(), FLOOR: typical([run([*PRMBUILD, "--version"]) for _ in range(runs)])}
    site.unchanged(1)
    costs[UNCHANGED] = site.unchanged(runs)
    for kind, change in KINDS.items():
        try:
            costs[kind] = site.after(change, runs)
        except ValueError:
            continue
    return costs


def compare(corpus: Path, work: Path, sizes: Sequence[int], portals: int, runs: int) -> Section:
    """Measure every size and return the table."""
    rows: list[tuple[str, ...]] = []
    smallest: dict[str, Cost] = {}
    for pages in sizes:
        programme = make(corpus, work / f"p{pages}x{portals}", pages=pages, portals=portals)
        costs = measured(copied(programme, work / "edits"), runs)
        smallest = smallest or costs
        for kind, cost in costs.items():
            cold, least = times(cost.wall, costs[COLD].wall), times(cost.wall, smallest[kind].wall)
            rows.append((f"{pages:,}", kind, *cells(cost), cold, least))
    return Section(
        title=f"edits: {portals:,} portals, {', '.join(f'{pages:,}' for pages in sizes)} pages",
        said=said(runs),
        header=("pages", "change", *COST, "× cold build", f"× {sizes[0]:,} pages"),
        rows=tuple(rows),
        notes=(f"`{FLOOR}` is what starting the command takes before it does anything; the cold build is one run.",),
    )


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--pages", type=int, nargs="+", default=[500, 2000, 20000])
    options.add_argument("--portals", type=int, default=50)
    given = options.parse_args()
    published(
        compare(given.corpus.resolve(), given.work.resolve(), given.pages, given.portals, given.runs), given.record
    )
