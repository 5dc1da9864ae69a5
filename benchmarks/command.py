"""What the commands of this folder have in common: their options, and the line that dates their figures."""

import argparse
from pathlib import Path

from benchmarks.measure import Cost, machine, today
from benchmarks.results import RESULTS

COST = ("wall, s", "cpu, s", "peak memory, MB")


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser with the options that every command has."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--corpus", type=Path, required=True, help="the corpus, a .tar.gz with a folder content/")
    made.add_argument("--work", type=Path, required=True, help="folder for programmes and builds; programmes stay")
    made.add_argument("--runs", type=int, default=1, help="how often each thing is measured")
    made.add_argument(
        "--record", type=Path, nargs="?", const=RESULTS, help="write the table into RESULTS.md, or the file given"
    )
    return made


def said(runs: int) -> str:
    """Return the line that tells when, where and how often."""
    return f"{today()}, {machine()}, {'one run' if runs == 1 else f'{runs} runs'}"


def cells(cost: Cost) -> tuple[str, str, str]:
    """Return a cost as the cells of ``COST``."""
    return f"{cost.wall:.2f}", f"{cost.cpu:.2f}", f"{cost.memory / 1e6:.0f}"


def times(value: float, reference: float) -> str:
    """Return how many times the reference a value is, with two digits that say something."""
    ratio = value / reference if reference else 0.0
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"
