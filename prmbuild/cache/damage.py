"""That a cache dropped something damaged, for folders that have links to what was dropped."""

from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from prmbuild.cache.objects import NEW

_FILE = "damaged"


class Damage:
    """A mark in a cache's folder that changes whenever something damaged is dropped, by whichever process.

    Args:
        folder: the cache's.
    """

    def __init__(self, folder: Path) -> None:
        self._place = folder / _FILE
        self._new = folder / NEW
        self._unwritten = ""
        self._unknown = token_hex(8)

    @property
    def mark(self) -> str:
        """What stands for all that was dropped until now; empty where nothing ever was."""
        if self._unwritten:
            return self._unwritten
        try:
            return self._place.read_text("ascii")
        except (FileNotFoundError, NotADirectoryError):
            return ""
        except (OSError, ValueError):
            return self._unknown  # a mark under which nothing was written

    def note(self) -> None:
        """Change the mark.

        It is done before the drop, so that a kill between the two changes it too often, never too rarely.
        """
        mark = token_hex(8)
        new = self._new / f"{_FILE}-{mark}"
        try:
            self._new.mkdir(exist_ok=True)
            new.write_text(mark, "ascii")
            new.replace(self._place)
        except OSError:
            self._unwritten = mark
            with suppress(OSError):
                new.unlink(missing_ok=True)
