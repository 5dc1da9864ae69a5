"""A copy of a programme that is built, changed and built again, each build a process of its own."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.changes import edit_line
from benchmarks.measure import Cost, run, set_aside, typical
from benchmarks.programmes import Programme
from benchmarks.repository import clone

PRMBUILD = (sys.executable, "-m", "prmbuild")


class NotUpToDateError(Exception):
    """A build left a portal without what it had to show, so its figure says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A programme's copy to change, with the cache and the folder that its builds keep.

    Attributes:
        programme: the copy.
        folder: holds the copy, the cache and the trees.
    """

    programme: Programme
    folder: Path

    @property
    def portals(self) -> Path:
        """The folder with one folder for each portal."""
        return self.folder / "out" / "portals"

    def build(self) -> Cost:
        """Build every portal with what the last build kept, audit included.

        Raises:
            NotUpToDateError: there are not as many portals as the programme has.
        """
        out, cache = self.folder / "out", self.folder / "cache"
        cost = run([*PRMBUILD, "build", "--repo", self.programme.root, "--cache", cache, "--out", out])
        found = len([each for each in self.portals.iterdir() if each.is_dir()])
        if found != self.programme.portals:
            raise NotUpToDateError(f"{found} portals were built, not {self.programme.portals}")
        return cost

    def cold(self) -> Cost:
        """Build with an empty cache into an empty folder."""
        for name in ("cache", "out"):
            set_aside(self.folder / name)
        return self.build()

    def after(self, change: Callable[[Programme, int], str], runs: int) -> Cost:
        """Change the programme and build it, as often as asked; only the builds are measured."""
        costs = []
        for _ in range(runs):
            number = self._number()
            change(self.programme, number)
            costs.append(self.build())
            if change is edit_line:
                self._must_show(f"Checked again, number {number}.")
        return typical(costs)

    def unchanged(self, runs: int) -> Cost:
        """Build again what is built already."""
        return typical([self.build() for _ in range(runs)])

    def _number(self) -> int:
        """Return a number that no earlier change of this copy had: its count of commits."""
        command = ["git", "rev-list", "--count", "HEAD"]
        return int(subprocess.run(command, cwd=self.programme.root, check=True, capture_output=True).stdout)

    def _must_show(self, text: str) -> None:
        page = Path(self.programme.common_page).relative_to("content").with_suffix("")
        name = page.parent if page.name in ("index", "README") else page
        for portal in self.portals.iterdir():
            if text not in (portal / name / "index.html").read_text(encoding="utf-8"):
                raise NotUpToDateError(f"{portal.name} does not show the edit of {name}")


def copied(programme: Programme, folder: Path) -> Site:
    """Return a fresh copy of a programme, to build in a folder that is emptied first."""
    set_aside(folder)
    folder.mkdir(parents=True)
    clone(programme.root, folder / "repository")
    return Site(programme=replace(programme, root=folder / "repository"), folder=folder)
