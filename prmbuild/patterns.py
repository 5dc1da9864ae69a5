"""Patterns compiled before, kept on this machine: compiling those of a build takes an eighth of the time of an edit.

Python keeps what it compiles of modules, but compiles the regular expressions in them in every process. What a
compiler of it yields is a list of numbers, so these are kept where the modules are, as long as it is the same Python.

Where anything is not as expected, be it of the file or of the inside of `re`, patterns are compiled as ever.
"""

import atexit
import marshal
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from importlib import import_module
from threading import get_ident
from typing import Any

from prmbuild.software import keep, kept

_KEPT = "patterns"

_MOST = 2_000
"""How many are kept; a build has some 400. Beyond that, only those of the latest run stay."""

_Key = tuple[str | bytes, int]
_Program = tuple[Any, ...]


def remember() -> None:
    """Let patterns that were compiled before be read rather than compiled, and those that were not be kept."""
    with suppress(ImportError, AttributeError):
        compiler: Any = import_module("re._compiler")
        _remember(compiler, f"{sys.version} {compiler.MAGIC}".encode())


def _remember(compiler: Any, made_by: bytes) -> None:  # noqa: ANN401  # a module inside of Python's own
    compile_anew: Callable[..., re.Pattern[Any]] = compiler.compile
    link: Callable[..., re.Pattern[Any]] = compiler._sre.compile
    known = _read(made_by)
    new: dict[_Key, _Program] = {}
    linked: dict[int, _Program] = {}  # by thread, as several may compile at a time

    def noting_link(*program: Any) -> re.Pattern[Any]:  # noqa: ANN401
        linked[get_ident()] = program
        return link(*program)

    def compile_once(pattern: Any, flags: int = 0) -> re.Pattern[Any]:  # noqa: ANN401
        if type(pattern) not in (str, bytes) or flags & re.DEBUG:
            return compile_anew(pattern, flags)
        key = pattern, int(flags)
        program = known.get(key)
        if program is not None:
            return link(pattern, *program)
        found = compile_anew(pattern, flags)
        program = linked.pop(get_ident(), None)
        if program is not None and len(new) < _MOST:
            _, all_flags, code, *names = program
            new[key] = int(all_flags), list(map(int, code)), *names
        return found

    compiler._sre.compile = noting_link
    compiler.compile = compile_once
    atexit.register(_keep, made_by, known, new)


def _read(made_by: bytes) -> dict[_Key, _Program]:
    with suppress(OSError, ValueError, EOFError, TypeError):
        data = kept(_KEPT)
        if data[:32] == sha256(made_by + data[32:]).digest():
            known: dict[_Key, _Program] = marshal.loads(data[32:])
            return known
    return {}


def _keep(made_by: bytes, known: dict[_Key, _Program], new: dict[_Key, _Program]) -> None:
    if new:
        data = marshal.dumps(known | new if len(known) + len(new) <= _MOST else new)
        keep(_KEPT, sha256(made_by + data).digest() + data)
