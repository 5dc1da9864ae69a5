"""Templates compiled before, kept on this machine: compiling the theme's takes longer than rendering ten pages.

They are code, so they lie beside the cache and not in it: what is shared with other machines never runs here.
"""

import sys
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

from prmbuild.cache import default_folder
from prmbuild.software import version

_PRIVATE = 0o700


def compiled(made_by: Path) -> "CompiledTemplates":
    """Return the templates that were compiled by the environment that a module sets up.

    Args:
        made_by: the module's file.
    """
    parts = (version("Jinja2"), made_by.read_text(encoding="utf-8"))
    return CompiledTemplates(default_folder().with_name("prmbuild-templates"), parts)


class CompiledTemplates(FileSystemBytecodeCache):
    """Keeps compiled templates in a folder of the person's own; where that cannot be had, nothing is kept.

    Args:
        folder: made where it does not exist.
        made_by: names what compiles, versions included; what something else compiled is not found.
    """

    def __init__(self, folder: Path, made_by: Iterable[str]) -> None:
        parts = (*made_by, *map(str, sys.version_info))
        place = folder / sha256("\0".join(parts).encode()).hexdigest()[:32]
        try:
            place.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        except OSError:
            self._usable = False
        else:
            self._usable = place.stat().st_mode & 0o022 == 0
        super().__init__(str(place))

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load a template, or leave it to be compiled."""
        if not self._usable:
            return
        try:
            super().load_bytecode(bucket)
        except Exception:  # whatever is wrong with the file, the template can be compiled
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template."""
        if not self._usable:
            return
        try:
            super().dump_bytecode(bucket)
        except OSError:
            self._usable = False
