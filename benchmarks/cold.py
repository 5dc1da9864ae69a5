"""A cold build of N pages × S portals, audit included, against other tools in the same run.

    python -m benchmarks.cold --corpus CORPUS.tar.gz --work DIR --pages 2000 --portals 50 --runs 3

mkdocs (Material, ``navigation.prune``) and Zensical build the portal with the most pages once. Hugo has to build every
portal: the portal of each tier in one region is measured, and counts as often as there are regions. Tools that are not
on this machine are said to be missing.
"""

import argparse
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.builds import Site, copied
from benchmarks.command import COST, cells, parser, said, times
from benchmarks.measure import Cost, alternated, run, typical
from benchmarks.peers import build, hugo_site, material_site
from benchmarks.programmes import Programme, make
from benchmarks.results import Section, published

OURS, ZENSICAL_AGAIN = "prmbuild, all portals", "Zensical, the largest portal, again with its cache"


@dataclass(kw_only=True)
class Field:
    """What is measured: name → one measured run; and what has to be said of it."""

    measured: dict[str, Callable[[], Cost]]
    notes: list[str] = field(default_factory=list)


def against_peers(site: Site, work: Path, mkdocs: str, zensical: str, hugo: str) -> Field:
    """Prepare prmbuild and every peer that is on this machine."""
    programme = site.programme
    tiers, regions = programme.tiers, programme.regions
    assets, largest = programme.root / "content", programme.seen_by(tiers[-1], regions[0])
    made = Field(measured={OURS: site.cold})
    made.notes.append(f"The largest portal has {len(largest):,} of the {programme.pages:,} pages.")
    material, bundle = work / "material", work / "hugo"
    if _there(mkdocs, made) | _there(zensical, made):
        material_site(material, largest, assets)
    if _there(mkdocs):
        command = [*mkdocs.split(), "build", "-q"]
        made.measured["mkdocs, Material, pruned, the largest portal"] = partial(
            build, command, material, "site", len(largest)
        )
    if _there(zensical):
        command = [*zensical.split(), "build"]
        made.measured["Zensical, the largest portal"] = partial(build, command, material, "site", len(largest))
        made.measured[ZENSICAL_AGAIN] = partial(run, command, cwd=material)
    if _there(hugo, made):
        for tier in tiers:
            hugo_site(bundle / tier, programme.seen_by(tier, regions[0]), assets)
        made.measured[f"Hugo, bare layouts, × {programme.portals}"] = partial(_every_portal, hugo, bundle, programme)
        made.notes.append(
            f"Hugo: the portals of the {len(tiers)} tiers measured, each counted {len(regions)} times; "
            "its memory is that of one portal."
        )
    return made


def _every_portal(hugo: str, bundle: Path, programme: Programme) -> Cost:
    costs = [
        build([*hugo.split(), "--quiet"], bundle / tier, "public", len(programme.seen_by(tier, programme.regions[0])))
        for tier in programme.tiers
    ]
    count = len(programme.regions)
    return Cost(
        wall=count * sum(cost.wall for cost in costs),
        cpu=count * sum(cost.cpu for cost in costs),
        memory=max(cost.memory for cost in costs),
    )


def _there(command: str, made: Field | None = None) -> bool:
    found = shutil.which(command.split()[0]) is not None
    if not found and made is not None:
        made.notes.append(f"Missing on this machine: {command}.")
    return found


def compare(site: Site, prepared: Field, runs: int) -> Section:
    """Measure all, in turns, and return the table."""
    measured, failed = alternated(prepared.measured, runs, OURS)
    costs = {name: typical(each) for name, each in measured.items()}
    ours = costs[OURS]
    return Section(
        title=f"cold: {site.programme.pages:,} pages, {site.programme.portals:,} portals",
        said=said(runs),
        header=("build", *COST, "prmbuild, of its wall", "prmbuild, of its cpu"),
        rows=tuple(
            (name, *cells(cost), times(ours.wall, cost.wall), times(ours.cpu, cost.cpu)) for name, cost in costs.items()
        ),
        notes=(*prepared.notes, *(f"Failed: {name}: {message}" for name, message in failed.items())),
    )


def main(given: argparse.Namespace) -> None:
    """Make the programme, measure, and publish the table."""
    corpus, work = given.corpus.resolve(), given.work.resolve()
    name = f"p{given.pages}x{given.portals}"
    programme = make(corpus, work / name, pages=given.pages, portals=given.portals)
    site = copied(programme, work / "cold")
    if given.alone:
        prepared = Field(measured={OURS: site.cold})
    else:
        prepared = against_peers(site, work / "peers", given.mkdocs, given.zensical, given.hugo)
    published(compare(site, prepared, given.runs), given.record)


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--pages", type=int, default=2000)
    options.add_argument("--portals", type=int, default=50)
    options.add_argument("--alone", action="store_true", help="measure prmbuild only")
    options.add_argument("--mkdocs", default=f"{sys.executable} -m mkdocs", help="command that runs mkdocs")
    options.add_argument("--zensical", default="zensical", help="command that runs Zensical")
    options.add_argument("--hugo", default="hugo", help="command that runs Hugo")
    main(options.parse_args())
