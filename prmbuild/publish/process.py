"""Whether a process of this machine still runs, as its kernel tells.

A process is named by the boot of the machine, the namespace that its number is of, its number and when it started. So a
number that was given anew, another container and another machine are not mistaken for it.

Source: proc_pid_stat(5), pid_namespaces(7), random(4) and kill(2) of the Linux man pages
"""

import os
from pathlib import Path

_PROC = Path("/proc")
_STARTED = 22
"""Number of the field with the start time in ``/proc/PID/stat``, counted from 1."""

_DIGITS = 9


def this_process() -> str:
    """Name this process; empty where the system cannot tell, as it is no Linux."""
    return _named(os.getpid()) or ""


def gone(process: str) -> bool:
    """Tell whether a process of this machine certainly runs no more; False in any doubt.

    Args:
        process: as `this_process` named it, here or elsewhere.
    """
    here = _here()
    boot, _, rest = process.partition(" ")
    namespace, _, rest = rest.partition(" ")
    number = rest.partition(" ")[0]
    if here is None or (boot, namespace) != here or not number.isdecimal() or len(number) > _DIGITS:
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass  # it is another user's
    now = _named(int(number))
    return now is not None and now != process


def _named(number: int) -> str | None:
    """Name a process of this namespace; None where that cannot be told. One that is over has an empty name."""
    here = _here()
    try:
        told = (_PROC / str(number) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    if here is None:
        return None
    # the name of the program, in brackets, may hold anything
    fields = told.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else f"{here[0]} {here[1]} {number} {fields[_STARTED - 3]}"


def _here() -> tuple[str, str] | None:
    """Return the boot of this machine and the namespace of this process; None where there is no telling."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return boot, (_PROC / "self/ns/pid").readlink().name
    except OSError:
        return None
