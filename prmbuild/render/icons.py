"""The theme's icons by the names that authors write, found without listing its eleven thousand files."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path


class Icons(Mapping[str, Mapping[str, str]]):
    """Emoji, and each icon below a folder as ``:folder-name:``.

    Args:
        emoji: name with its colons → what is known of it; goes before icons.
        folder: holds the icons.
    """

    def __init__(self, emoji: Mapping[str, Mapping[str, str]], folder: Path) -> None:
        self._emoji = emoji
        self._folder = folder

    def __getitem__(self, name: str) -> Mapping[str, str]:
        found = self._emoji.get(name)
        if found is not None:
            return found
        path = _found(self._folder, name.strip(":"))
        if path is None:
            raise KeyError(name)
        return {"name": name, "path": str(path)}

    def __iter__(self) -> Iterator[str]:
        yield from self._emoji
        for path in sorted(self._folder.rglob("*.svg")):
            yield f":{'-'.join(path.relative_to(self._folder).with_suffix('').parts)}:"

    def __len__(self) -> int:
        return sum(1 for _ in self)


@cache
def _found(folder: Path, name: str) -> Path | None:
    """Return the icon whose path below a folder, with dashes for slashes, is a name."""
    path = folder / f"{name}.svg"
    if path.is_file():
        return path
    words = name.split("-")
    for count in range(1, len(words)):
        inner = folder / "-".join(words[:count])
        found = _found(inner, "-".join(words[count:])) if inner.is_dir() else None
        if found is not None:
            return found
    return None
