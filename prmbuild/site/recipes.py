"""Recipes: documents to be made, unless they were made before from the same."""

from collections.abc import Callable
from typing import NamedTuple


class Recipe(NamedTuple):
    """How to make a document.

    Attributes:
        path: below the portal's root.
        shows: says all that its bytes depend on, the toolchain and the code of this package apart.
        make: returns its bytes.
    """

    path: str
    shows: tuple[object, ...]
    make: Callable[[], bytes]
