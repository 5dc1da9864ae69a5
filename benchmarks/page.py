"""The weight of a page and the speed of search, for a reader in real Chromium, against a Material site.

    python -m benchmarks.page --corpus CORPUS.tar.gz --work DIR --pages 2000 --portals 5

Both sites have the same pages, those of the portal with the most, and are served by the same server on this machine.
"""

import re
import statistics
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.builds import copied
from benchmarks.command import parser, said, times
from benchmarks.peers import build, material_site
from benchmarks.programmes import Programme, make
from benchmarks.results import Section, published
from benchmarks.static_server import served
from benchmarks.visits import Visit, chromium, visited

ARTICLE = 5_000
"""Bytes of Markdown of the article that is visited."""

_EMBEDDED = re.compile(r"!\[|<(img|iframe|video|script|svg)\b|```")
_WORD = re.compile(r"\b[a-z]{6,12}\b")


def article(pages: Mapping[str, str]) -> str:
    """Return the path of the page whose text is nearest to 5 KB, among those that embed nothing."""
    plain = [name for name, text in pages.items() if not _EMBEDDED.search(text)]
    return min(plain, key=lambda name: (abs(len(pages[name].encode()) - ARTICLE), name))


def queries(pages: Mapping[str, str], name: str) -> tuple[str, str, str]:
    """Return three words of an article: the one that most pages have, one in the middle, the one that fewest have."""
    words = sorted(set(_WORD.findall(pages[name])))
    seen = {word: sum(word in text for text in pages.values()) for word in words}
    ranked = sorted(words, key=lambda word: (-seen[word], word))
    return ranked[0], ranked[len(ranked) // 2], ranked[-1]


def address(name: str) -> str:
    """Return the path at which both sites have a page."""
    path = Path(name)
    folder = path.parent if path.name in ("index.md", "README.md") else path.with_suffix("")
    return f"{folder.as_posix()}/"


def compare(programme: Programme, work: Path, runs: int) -> Section:
    """Build both sites, visit both and return the table."""
    region, tier = programme.regions[0], programme.tiers[-1]
    pages = programme.seen_by(tier, region)
    name = article(pages)
    asked = queries(pages, name)
    site = copied(programme, work / "page")
    site.cold()
    material = work / "page-material"
    material_site(material, pages, programme.root / "content")
    build([sys.executable, "-m", "mkdocs", "build", "-q"], material, "site", len(pages))
    with chromium() as browser, served(site.portals / f"{tier}-{region}") as ours, served(material / "site") as theirs:
        path = address(name)
        for each in (ours, theirs):
            visited(browser, each, path, asked)
        visits = [(visited(browser, ours, path, asked), visited(browser, theirs, path, asked)) for _ in range(runs)]
    figures = [(_figures(one), _figures(other)) for one, other in visits]
    rows = []
    for measure in figures[0][0]:
        one, other = (statistics.median(pair[side][measure] for pair in figures) for side in (0, 1))
        rows.append((measure, _shown(one), _shown(other), times(one, other) if other else "none"))
    shifted = sorted({nodes for pair in visits for nodes in pair[0].shifted})
    return Section(
        title=f"page and search: {programme.pages:,} pages",
        said=said(runs),
        header=("measure", "prmbuild", "Material, pruned", "ratio"),
        rows=tuple(rows),
        notes=(
            f"The article has {len(pages[name].encode()):,} bytes of Markdown, the portal {len(pages):,} pages. "
            f"Words searched for: {', '.join(asked)}; each in a browser that is empty before. A result counts that was "
            "drawn after the last key.",
            "Bytes are what the server sent, headers included; Material is set to load no font.",
            f"Largest files of the first visit, bytes: {', '.join(visits[0][0].largest)}; "
            f"of Material: {', '.join(visits[0][1].largest)}.",
            f"What moved in prmbuild's page: {'; '.join(shifted) or 'nothing'}.",
        ),
    )


def _figures(visit: Visit) -> dict[str, float]:
    return {
        "HTML before compression, bytes": visit.html,
        "first visit: transferred, bytes": visit.transferred,
        "first visit: files": visit.requests,
        "layout shift": visit.shift,
        "first search: first key to first result, ms": statistics.median(visit.search_ms),
        "first search: last key to first result, ms": statistics.median(visit.waited_ms),
        "first search, slowest word, ms": max(visit.search_ms),
        "first search: transferred, bytes": max(visit.search_bytes),
        "next search: first key to first result, ms": statistics.median(visit.again_ms),
        "first search, pasted: to first result, ms": statistics.median(visit.pasted_ms),
    }


def _shown(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if value < 10 else f"{value:,.0f}"


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--pages", type=int, default=2000)
    options.add_argument("--portals", type=int, default=5)
    given = options.parse_args()
    work = given.work.resolve()
    target = work / f"p{given.pages}x{given.portals}"
    made = make(given.corpus.resolve(), target, pages=given.pages, portals=given.portals)
    published(compare(made, work, given.runs), given.record)
