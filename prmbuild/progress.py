"""Telling a person how far a long run is."""

from typing import Protocol


class Progress(Protocol):
    """Hears of the stages of a run."""

    def stage(self, name: str, total: int = 0) -> None:
        """A stage begins; ``total`` is the number of steps it has, 0 where that is not known."""

    def advance(self, steps: int = 1) -> None:
        """Steps of the stage are done."""


class Silence:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int = 0) -> None:
        """Say nothing."""

    def advance(self, steps: int = 1) -> None:
        """Say nothing."""
