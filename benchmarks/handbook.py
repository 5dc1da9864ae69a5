"""Make a programme of a folder of Markdown written for another tool: the handbook corpus.

    python -m benchmarks.handbook CORPUS.tar.gz DIR

Folders become what segments may see, three commits make a history: everything approved, some pages reworked as
drafts, some retired. Front matter of the other tool is dropped, ``title`` and ``description`` apart.
"""

import argparse
import re
import tarfile
from pathlib import Path

from benchmarks.repository import commit, init

PARTNERS = """\
dimensions:
  tier: [registered, silver, gold]
  region: [emea, amer]
roles: [sales, technical]
segments:
"""

VISIBILITY = """\
audiences:
  silver-up: {tier: [silver, gold]}
  gold-up: {tier: gold}
rules:
  - paths: [content/**]
    show_to: everyone
  - paths: [content/departments/engineering/**]
    show_to: {role: technical}
  - paths: [content/departments/sales/**, content/departments/marketing/**]
    show_to: silver-up
  - paths: [content/strategy-goals/**]
    show_to: gold-up
  - paths: [content/benefits-pay-perks/**]
    show_to: {region: emea}
  - paths: [content/team/**]
    show_to: nobody
assertions:
  - never: {paths: [content/strategy-goals/**], seen_by: {tier: silver}}
"""

PRM = """\
vendor: Handbook
portal_url: https://handbook.example/
"""

_LINK = re.compile(rb' (?:xlink:)?href="/departments/engineering[^"]*"')
"""A link in a drawing that many see, to pages that few may see: the audit refuses it, rightly."""

_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_KEPT = re.compile(r"^(title|description):\s*(.+)$", re.MULTILINE)


def make_programme(corpus: Path, target: Path) -> None:
    """Make a programme of the corpus.

    Args:
        corpus: a ``.tar.gz`` with a folder ``content/``.
        target: a folder that is made; it must not exist.
    """
    target.mkdir(parents=True)
    with tarfile.open(corpus) as archive:
        # Python 3.11 before 3.11.4 has no filters
        archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
        archive.extractall(target)
    (target / "partners.yaml").write_text(partners())
    (target / "visibility.yaml").write_text(VISIBILITY)
    (target / "prm.yaml").write_text(PRM)
    pages = sorted((target / "content").rglob("*.md"))
    for page in pages:
        page.write_text(with_status(page.read_text(encoding="utf-8"), "approved"), encoding="utf-8")
    for drawing in sorted((target / "content").rglob("*.svg")):
        drawing.write_bytes(without_links(drawing.read_bytes()))
    init(target)
    commit(target, "import the handbook")
    for page in pages[::10]:
        text = page.read_text(encoding="utf-8").replace("status: approved", "status: draft", 1)
        page.write_text(f"{text}\nWORK IN PROGRESS that nobody may see yet.\n", encoding="utf-8")
    commit(target, "rework some pages")
    for page in pages[5::100]:
        text = page.read_text(encoding="utf-8").replace("status: approved", "status: retired", 1)
        page.write_text(text, encoding="utf-8")
    commit(target, "retire some pages")


def partners(each: int = 2) -> str:
    """Return ``partners.yaml`` with a segment per tier and region and ``each`` partners in every one."""
    segments = [(tier, region) for tier in ("registered", "silver", "gold") for region in ("emea", "amer")]
    lines = [
        f"  - {{id: {tier}-{region}, title: {tier} {region}, tier: {tier}, region: {region}}}\n"
        for tier, region in segments
    ]
    people = [
        f"  - {{id: partner-{tier}-{region}-{number}, name: Partner {number}, segment: {tier}-{region}}}\n"
        for tier, region in segments
        for number in range(each)
    ]
    return f"{PARTNERS}{''.join(lines)}partners:\n{''.join(people)}"


def with_status(text: str, status: str) -> str:
    """Return a page with front matter that says its status and keeps its title and description."""
    text = text.replace("\r\n", "\n")
    front = _FRONT.match(text)
    kept = "".join(f'{key}: "{_escaped(value)}"\n' for key, value in _KEPT.findall(front.group(1))) if front else ""
    return f"---\n{kept}status: {status}\n---\n\n{text[front.end() :] if front else text}"


def without_links(drawing: bytes) -> bytes:
    """Return a drawing without its links to pages that fewer people see than the drawing."""
    return _LINK.sub(b"", drawing)


def _escaped(value: str) -> str:
    return value.strip().strip("\"'").replace("\\", "\\\\").replace('"', '\\"')


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    make_programme(arguments.corpus, arguments.target)
