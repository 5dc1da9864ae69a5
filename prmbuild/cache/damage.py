"""That a cache dropped something damaged, for folders that have links to what was dropped."""

from contextlib import suppress
from pathlib import Path
from secrets import token_hex

_FILE = "damaged"


class Damage:
    """A mark in a cache's folder that changes whenever something damaged is dropped, by whichever process.

    Args:
        folder: the cache's.
    """

    def __init__(self, folder: Path) -> None:
        self._place = folder / _FILE
        self._unwritten = ""

    @property
    def mark(self) -> str:
        """What stands for all that was dropped until now; empty where nothing ever was."""
        if self._unwritten:
            return self._unwritten
        try:
            return self._place.read_text("ascii")
        except FileNotFoundError:
            return ""
        except (OSError, ValueError):
            return token_hex(8)  # nobody can tell, so it is no mark that anybody knows

    def note(self) -> None:
        """Change the mark.

        It is done before the drop, so that a kill between the two changes it too often, never too rarely.
        """
        mark = token_hex(8)
        new = self._place.with_name(f"{_FILE}.{mark}")
        try:
            new.write_text(mark, "ascii")
            new.replace(self._place)
        except OSError:
            self._unwritten = mark
            with suppress(OSError):
                new.unlink(missing_ok=True)
