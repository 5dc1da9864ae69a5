"""Telling a person how far a long run is."""

from typing import Protocol

ARTICLES, PAGES = "rendering articles", "rendering pages"
"""The stages whose steps are rendered, or reused."""


class Progress(Protocol):
    """Hears of the stages of a run."""

    def stage(self, name: str, total: int = 0) -> None:
        """A stage begins; ``total`` is the number of steps it has, as far as that is known: 0 for not."""

    def advance(self, steps: int = 1) -> None:
        """Steps of the stage are done."""

    def reused(self, steps: int = 1) -> None:
        """Steps of the stage need not be done, because what they make was kept from an earlier run."""


class Silence:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int = 0) -> None:
        """Say nothing."""

    def advance(self, steps: int = 1) -> None:
        """Say nothing."""

    def reused(self, steps: int = 1) -> None:
        """Say nothing."""
