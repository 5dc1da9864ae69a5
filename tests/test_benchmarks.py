"""The programmes that the benchmarks measure are what they say, and their results are kept as they are read."""

import io
import json
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.builds import NotUpToDateError, copied
from benchmarks.changes import add_page, change_rule, edit_line, move_partner
from benchmarks.edits import COLD, FLOOR, KINDS, UNCHANGED
from benchmarks.measure import CommandFailedError, Cost, alternated, run, typical
from benchmarks.page import address, article, queries
from benchmarks.peers import hugo_site
from benchmarks.programmes import Programme, make
from benchmarks.results import Section, published, rendered, sections, updated
from benchmarks.static_server import served
from benchmarks.visits import visited

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CORPUS = {
    "index.md": "# Start\n\nThe [prices](departments/sales/prices.md) and the [guide](guide.md) matter.\n",
    "guide.md": "---\ntitle: Guide\n---\n# Guide\n\nA robot lifts crates carefully between several warehouses.\n",
    "safety.md": "# Safety\n\nOperators always inspect emergency switches before every morning shift begins.\n",
    "departments/sales/prices.md": "# Prices\n\nDiscounts depend strictly upon yearly volume commitments.\n",
    "departments/marketing/brand.md": "# Brand\n\nEvery banner follows the approved colour guidelines.\n",
    "strategy-goals/plan.md": "# Plan\n\nExpansion continues through additional southern territories.\n",
    "team/people.md": "# People\n\nInternal holiday calendars remain private forever.\n",
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "corpus.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in CORPUS.items():
            member = tarfile.TarInfo(f"./content/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


@pytest.fixture(scope="module")
def programme(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Programme:
    return make(corpus, tmp_path_factory.mktemp("made") / "p18x10", pages=18, portals=10)


@pytest.fixture
def own(programme: Programme, tmp_path: Path) -> Programme:
    return copied(programme, tmp_path / "own").programme


def _git(programme: Programme, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=programme.root, capture_output=True, text=True, check=True)
    return done.stdout


def test_a_programme_has_the_pages_and_portals_asked_for_and_an_edit_reaches_all(
    programme: Programme, tmp_path: Path
) -> None:
    assert len(list(programme.page_files())) == 18
    site = copied(programme, tmp_path / "site")
    cost = site.cold()
    assert cost.memory > 0 < cost.cpu
    portals = sorted(portal.name for portal in site.portals.iterdir())
    assert portals == sorted(f"{tier}-{region}" for tier in programme.tiers for region in programme.regions)
    site.after(edit_line, 1)
    with pytest.raises(NotUpToDateError, match="not 11"):
        replace(site, programme=replace(site.programme, portals=11)).build()


def test_commands_record_what_they_measured_and_name_the_tools_that_are_missing(corpus: Path, tmp_path: Path) -> None:
    shared: list[str | Path] = [
        "--corpus",
        corpus,
        "--work",
        tmp_path,
        "--portals",
        "5",
        "--pages",
        "12",
        "--record",
        tmp_path / "R.md",
    ]
    missing = ["--hugo", "no-such-tool", "--zensical", "no-other-tool"]
    for command in (["benchmarks.edits"], ["benchmarks.cold", *missing]):
        run([sys.executable, "-m", *command, *shared], cwd=Path(__file__).parents[1])
    edits, cold = sections((tmp_path / "R.md").read_text())
    assert [row[1] for row in edits.rows] == [COLD, FLOOR, UNCHANGED, *KINDS]
    assert [row[0].split(",")[0] for row in cold.rows] == ["prmbuild", "mkdocs"]
    assert [note for note in cold.notes if "Missing" in note] == [
        "Missing on this machine: no-other-tool.",
        "Missing on this machine: no-such-tool.",
    ]


def test_hugo_is_given_folders_that_hold_pages(programme: Programme, tmp_path: Path) -> None:
    pages = programme.seen_by("gold", "r000")
    hugo_site(tmp_path / "hugo", pages, programme.root / "content")
    written = {str(path.relative_to(tmp_path / "hugo/content")) for path in tmp_path.rglob("*.md")}
    assert len(written) == len(pages) and "regions/r000/_index.md" in written and "vol00/guide.md" in written


def test_the_article_that_is_weighed_is_the_nearest_to_5_kb_without_embedded_files() -> None:
    pages = {"a.md": "word " * 900, "b.md": "![x](y) " + "word " * 1000, "c/index.md": "robot warehouse " * 320}
    assert article(pages) == "c/index.md" and address("c/index.md") == "c/" and address("a.md") == "a/"
    texts = {"a": "common middle seldom words", "b": "common middle", "c": "common", "d": "words words"}
    assert queries(texts, "a") == ("common", "middle", "seldom")


SHIFTING = """<!doctype html><meta charset="utf-8"><input class="md-search__input"><p>words</p>
<div class="md-search__output"></div><script>
const [field, found] = [document.querySelector("input"), document.querySelector("div")]
setTimeout(() => document.querySelector("p").style.marginTop = "200px", 100)
field.oninput = async () => {
  const all = await (await fetch("/search.json")).json()
  found.innerHTML = all.includes(field.value) ? "<a href='/'>found</a>" : ""
}
</script>
"""


@pytest.mark.browser
def test_a_visit_counts_bytes_shifts_and_the_time_to_a_result(chromium: "Browser", tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(SHIFTING)
    (tmp_path / "search.json").write_text(json.dumps(["robot", "crate"] + ["filler"] * 5000))
    with served(tmp_path) as site:
        visit = visited(chromium, site, "", ["robot", "crate"])
        with pytest.raises(FileNotFoundError):
            visited(chromium, site, "nowhere/", [])
    assert visit.html == len(SHIFTING) and 0 < visit.transferred < visit.html + 1000
    assert visit.shift > 0 and "P" in visit.shifted
    assert len(visit.search_ms) == len(visit.again_ms) == 2 and min(visit.search_ms) > 0
    assert all(0 < waited < searched for waited, searched in zip(visit.waited_ms, visit.search_ms, strict=True))
    assert 100 < max(visit.search_bytes) < 5000


def test_what_a_tier_reads_is_what_its_portal_holds(programme: Programme) -> None:
    lowest, highest = programme.seen_by("registered", "r001"), programme.seen_by("diamond", "r001")
    assert set(lowest) < set(highest)
    assert "vol00/departments/sales/prices.md" in highest and "vol00/departments/sales/prices.md" not in lowest
    assert "regions/r001/index.md" in lowest and "regions/r000/index.md" not in highest
    assert not [name for name in highest if "team/" in name]
    assert not [name for name, text in highest.items() if "///" in text]


def test_the_same_programme_is_the_same_commit(corpus: Path, programme: Programme, tmp_path: Path) -> None:
    again = make(corpus, tmp_path / "again", pages=18, portals=10)
    assert _git(again, "rev-parse", "HEAD") == _git(programme, "rev-parse", "HEAD")
    assert not _git(again, "status", "--porcelain")


def test_copies_differ_in_words_and_titles_and_link_to_what_is_there(programme: Programme) -> None:
    first, second = ((programme.root / f"content/vol{volume:02}/safety.md").read_text() for volume in (0, 1))
    assert "volume 1" in first and "volume 2" in second
    assert first.split("# Safety")[1] != second.split("# Safety")[1]
    for path in programme.page_files():
        text = (programme.root / path).read_text()
        for link in (part.partition(")")[0] for part in text.split("](")[1:]):
            assert ((programme.root / path).parent / link).resolve().is_file(), (path, link)


@pytest.mark.parametrize(("portals", "tiers"), [(1, 1), (5, 5), (50, 5), (500, 5), (6, 3), (7, 1)])
def test_tiers_times_regions_are_the_portals(portals: int, tiers: int, tmp_path: Path) -> None:
    programme = Programme(root=tmp_path, pages=1000, portals=portals)
    assert (len(programme.tiers), len(programme.tiers) * len(programme.regions)) == (tiers, portals)


def test_more_portals_than_pages_are_refused(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="500 portals need more than 104 pages, not 10"):
        make(corpus, tmp_path / "small", pages=10, portals=500)
    assert not (tmp_path / "small").exists()


def test_changes_commit_what_they_say(own: Programme) -> None:
    page = own.common_page
    assert edit_line(own, 1) == _git(own, "rev-parse", "HEAD").strip()
    edit_line(own, 2)
    assert _git(own, "show", "--numstat", "--format=", "HEAD").split() == ["1", "1", page]
    add_page(own, 3)
    assert _git(own, "show", "--name-status", "--format=", "HEAD").split()[0] == "A"
    moves = set()
    for number in range(4):
        move_partner(own, number)
        added, removed, path = _git(own, "show", "--numstat", "--format=", "HEAD").split()
        assert (added, removed, path) == ("1", "1", "partners.yaml")
        moves.add(_git(own, "show", "-s", "--format=%s", "HEAD"))
    assert len(moves) > 1
    rules = (own.root / "visibility.yaml").read_text()
    change_rule(own, 5)
    assert (own.root / "visibility.yaml").read_text() != rules
    change_rule(own, 6)
    assert (own.root / "visibility.yaml").read_text() == rules
    assert not _git(own, "status", "--porcelain")


def test_a_change_that_a_programme_is_too_small_for_is_refused(corpus: Path, tmp_path: Path) -> None:
    alone = make(corpus, tmp_path / "alone", pages=8, portals=1)
    for change in (move_partner, change_rule):
        with pytest.raises(ValueError, match="only where there are"):
            change(alone, 1)


def test_memory_counts_every_process_of_a_command() -> None:
    hold = "kept = b'x' * 60_000_000"
    inner = f"import time; {hold}; time.sleep(3)"
    outer = f"import subprocess, sys; {hold}; subprocess.run([sys.executable, '-c', {inner!r}])"
    assert run([sys.executable, "-c", outer]).memory > 110_000_000


def test_a_command_that_fails_has_no_cost() -> None:
    with pytest.raises(CommandFailedError, match=r"exited with 3:\nno luck"):
        run([sys.executable, "-c", "print('no luck'); raise SystemExit(3)"])


def test_runs_take_turns_and_medians_are_typical() -> None:
    said: list[str] = []

    def noted(name: str, wall: float) -> Cost:
        said.append(name)
        return Cost(wall=wall, cpu=wall, memory=int(wall))

    def broken() -> Cost:
        raise CommandFailedError("it exited with 1:\nno memory")

    things = {"a": lambda: noted("a", 1.0), "c": broken, "b": lambda: noted("b", 2.0)}
    costs, failed = alternated(things, 2, "a")
    assert said == ["a", "b", "a", "b"] and [cost.wall for cost in costs["b"]] == [2.0, 2.0]
    assert failed == {"c": "no memory"} and "c" not in costs
    with pytest.raises(CommandFailedError, match="no memory"):
        alternated(things, 1, "c")
    assert typical([Cost(wall=wall, cpu=1, memory=int(wall)) for wall in (9.0, 1.0, 2.0)]).wall == 2.0


def _section(title: str, cell: str, *notes: str) -> Section:
    return Section(title=title, said="2026-11-25, a machine", header=("a", "b"), rows=((cell, "1"),), notes=notes)


def test_results_are_read_as_they_were_written_and_replaced_by_title(tmp_path: Path) -> None:
    record = tmp_path / "RESULTS.md"
    for section in (_section("one", "x", "why", "how"), _section("two", "y"), _section("one", "z", "why")):
        published(section, record)
    text = record.read_text()
    assert sections(text) == (_section("one", "z", "why"), _section("two", "y"))
    assert updated(text, _section("two", "y")) == text
    assert rendered(_section("two", "y")) in text and text.count("## one") == 1


def test_the_recorded_results_can_be_read() -> None:
    text = (Path(__file__).parents[1] / "benchmarks/RESULTS.md").read_text()
    assert len(sections(text)) == text.count("\n## ")
