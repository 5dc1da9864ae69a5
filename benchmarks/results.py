"""Tables of figures: printed, and kept in ``RESULTS.md``, one section per benchmark and size."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")

_HEAD = """\
# Results

Written by the commands of this folder (`--record`), each into its own section. Figures are of whole processes, medians
where there were several runs. Compare ratios: seconds are of one machine on one day.
"""
_SECTION = re.compile(
    r"^## (?P<title>.+)\n\n(?P<said>.*?)\n\n(?P<table>(?:\|.*\n)+)(?P<notes>(?:\n- .*)*)", re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The figures of one run of a benchmark.

    Attributes:
        title: what was measured, sizes included: a section with the same title is replaced.
        said: date, machine and number of runs.
        header: names of the columns, units included.
        rows: cells as they are shown.
        notes: what a reader has to know about the rows.
    """

    title: str
    said: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def rendered(section: Section) -> str:
    """Return a section as Markdown."""
    lines = [section.header, tuple("---" for _ in section.header), *section.rows]
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    notes = "".join(f"\n- {note}" for note in section.notes)
    return f"## {section.title}\n\n{section.said}\n\n{table}{notes and notes + chr(10)}"


def sections(text: str) -> tuple[Section, ...]:
    """Read the sections of a file of results."""
    found = []
    for match in _SECTION.finditer(text):
        lines = [tuple(cell.strip() for cell in line.strip("| ").split(" | ")) for line in match["table"].splitlines()]
        notes = tuple(line.removeprefix("- ") for line in match["notes"].splitlines() if line)
        found.append(
            Section(title=match["title"], said=match["said"], header=lines[0], rows=tuple(lines[2:]), notes=notes)
        )
    return tuple(found)


def updated(text: str, section: Section) -> str:
    """Return a file of results with a section in the place of the one with its title, or at the end."""
    known = list(sections(text))
    titles = [each.title for each in known]
    if section.title in titles:
        known[titles.index(section.title)] = section
    else:
        known.append(section)
    return "\n".join([_HEAD, *map(rendered, known)])


def published(section: Section, record: Path | None) -> None:
    """Print a section, and write it into a file of results where one is given."""
    print(_aligned(section))
    if record is not None:
        text = record.read_text(encoding="utf-8") if record.is_file() else ""
        record.write_text(updated(text, section), encoding="utf-8")


def _aligned(section: Section) -> str:
    rows: Sequence[tuple[str, ...]] = (section.header, *section.rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(section.header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([f"{section.title} ({section.said})", *lines, *(f"- {note}" for note in section.notes), ""])
