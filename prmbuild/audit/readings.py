"""Chunks taken apart into all that they can be read as, many at a time, so that all of it is searched at once."""

import re
from collections.abc import Callable, Iterable, Sequence

from prmbuild.audit.chunks import is_json, jointed
from prmbuild.audit.layers import between_tags, layers, views

Found = tuple[frozenset[int], bytes]
"""The canaries in a chunk, and in letters what it says that was not searched."""

_MARKED = re.compile(r"[<&\\%\"#]")
"""What a text has that can be read in more than one way: without, it is its only layer, and that its only view."""


class Readings:
    """What some chunks can be read as.

    Args:
        blocks: whether they are blocks of HTML documents, whose text is searched as a whole.

    Attributes:
        views: what is to be searched.
        viewed: of each view, the chunk it is of.
        layers: what may hold something in base64.
        layered: of each layer, the chunk it is of.
        said: what each block says between its tags.
    """

    def __init__(self, *, blocks: bool) -> None:
        self._blocks = blocks
        self.views: list[str] = []
        self.viewed: list[int] = []
        self.layers: list[str] = []
        self.layered: list[int] = []
        self.said: list[str] = []

    def add(self, number: int, chunk: str) -> None:
        """Take the chunk of a number apart."""
        marked = _MARKED.search(chunk) is not None
        cut = jointed(chunk) if marked else chunk
        plain = marked and is_json(chunk)
        said = self._blocks
        if said and cut != chunk:
            self.said.append(between_tags(chunk))
            said = False
        for layer in layers(cut) if marked else (cut,):
            self.layers.append(layer)
            self.layered.append(number)
            for view in views(layer, plain=plain) if marked else (cut,):
                if said:
                    # the first view of the first layer is what stands between the tags
                    self.said.append(view)
                    said = False
                else:
                    self.views.append(view)
                    self.viewed.append(number)


class Remembered:
    """What was found in chunks, those at least that were asked for last.

    Args:
        most: about how many characters of chunks are remembered.
    """

    def __init__(self, most: int) -> None:
        self._most = most // 2
        self._newer: dict[str, Found] = {}
        self._older: dict[str, Found] = {}
        self._shared: dict[frozenset[int], frozenset[int]] = {}
        self._size = 0

    def of(self, pieces: Iterable[str], search: Callable[[Sequence[str]], Iterable[Found]]) -> Sequence[Found]:
        """Return what is found in each of several chunks.

        Args:
            pieces: the chunks.
            search: searches those that are not remembered; may ask for others meanwhile.
        """
        pieces = list(pieces)
        known = self._newer
        missing = [chunk for chunk in dict.fromkeys(pieces) if chunk not in known]
        if not missing:
            return list(map(known.__getitem__, pieces))
        found = {chunk: self._older[chunk] for chunk in missing if chunk in self._older}
        new = [chunk for chunk in missing if chunk not in found] if found else missing
        for chunk, (inside, said) in zip(new, search(new), strict=True):
            found[chunk] = self._shared.setdefault(inside, inside), said
        told = [known[chunk] if chunk in known else found[chunk] for chunk in pieces]
        self._keep(found)
        return told

    def _keep(self, found: dict[str, Found]) -> None:
        self._size += sum(map(len, found))
        self._newer |= found
        if self._size > self._most:
            # those that nobody asks for meanwhile are forgotten the next time
            self._older, self._newer = self._newer, {}
            self._shared.clear()
            self._size = 0
