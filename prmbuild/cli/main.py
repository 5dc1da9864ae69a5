"""The command line's entry: commands, and the one place where errors become text and exit codes."""

import atexit
import gc
import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

import click

from prmbuild import __version__, patterns
from prmbuild.cli.options import ENVIRONMENT
from prmbuild.cli.streams import UnwritableError, prepare
from prmbuild.errors import PrmError

COMMANDS = (
    "init",
    "migrate",
    "new",
    "check",
    "format",
    "explain",
    "diff",
    "preview",
    "build",
    "audit",
    "deploy",
    "status",
    "seen",
    "verify",
    "mend",
    "receipt",
    "rollback",
    "gc",
    "keys",
    "session",
    "revoke",
    "serve",
    "gateway",
    "schemas",
    "owners",
    "calendar",
    "ci",
    "cache",
    "infra",
)


_INTERRUPTED = 128 + signal.SIGINT
"""Source: POSIX.1-2017, XCU 2.8.2."""

_DEFECT = "this is a defect of prmbuild; report it with the command you ran. PRMBUILD_DEBUG=1 shows where it is"

COLLECTED = (100_000, 20, 50)
"""When Python looks for garbage in cycles. What a build makes it holds to the end, and looking through it again and
again would take a tenth of its time."""


class Commands(click.Group):
    """Loads a command's module only when it is asked for: mkdocs takes longer to import than most commands to run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of a day's work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command that a module of this package defines as ``<name>_command``."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"prmbuild.cli.{cmd_name}"), f"{cmd_name}_command")
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Publish a partner programme kept in git as portals that hold exactly what their readers may see.

    Exit codes: 0 fine, 1 findings, 2 wrong usage, 3 the environment is broken, 130 stopped with Ctrl-C.
    """


def main() -> None:
    """Run the command line."""
    status: list[int] = []
    atexit.register(_end_at_once, status)
    try:
        _run()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            status.append(end.code or 0)
        raise


def _end_at_once(status: Sequence[int]) -> None:
    """End the process without taking apart, one by one, the objects that it made: for an edit, a twentieth of its time.

    As the first that was registered it runs last, when what others have to do in the end is done. Where text cannot be
    written, Python is left to say so.

    Args:
        status: what to exit with; nothing where the process ends otherwise than by itself.
    """
    try:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except (AttributeError, UnwritableError, OSError, ValueError):  # closed from the start, broken, or closed since
        return
    for code in status:
        os._exit(code)


def _run() -> None:
    signal.signal(signal.SIGTERM, _end)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # else nohup has the run outlive its terminal
        signal.signal(signal.SIGHUP, _end)
    gc.set_threshold(*COLLECTED)
    patterns.remember()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # to look for some reads every distribution
    prepare()
    if not _debugging():
        os.environ["RUST_BACKTRACE"] = "0"  # libraries written in Rust print one by themselves
        threading.excepthook = _failed_aside
    try:
        status = cli.main(prog_name="prmbuild", standalone_mode=False)
    except click.ClickException as error:
        with suppress(UnwritableError):
            error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        complain("stopped", "", _INTERRUPTED)
    except UnwritableError as error:
        if not error.unread:
            complain(error.message, error.hint)
        sys.exit(ENVIRONMENT)
    except PrmError as error:
        complain(error.message, error.hint)
    except MemoryError:
        complain("there is not enough memory", "use fewer --jobs")
    except (SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic of Rust is no `Exception`; people get a sentence, never a traceback
        complain(f"prmbuild failed unexpectedly: {_told(error)}", _DEFECT)
    sys.exit(status if isinstance(status, int) else 0)


def _failed_aside(failed: threading.ExceptHookArgs) -> None:
    """Say in a sentence that a thread failed; what waits for it goes on."""
    if not issubclass(failed.exc_type, SystemExit):
        what = _told(failed.exc_value) if failed.exc_value is not None else failed.exc_type.__name__
        click.echo(f"prmbuild: a thread failed unexpectedly: {what}\n  {_DEFECT}", err=True)


def _told(error: BaseException) -> str:
    """Return what an error is; the text of a panic may have any value in it, such as a secret, and is left out."""
    name = type(error).__name__
    return f"{name}: {error}" if isinstance(error, Exception) else name


def _end(number: int, frame: object) -> None:
    """End in good order, so that workers end too and half-written files go.

    Source: POSIX.1-2017, XCU 2.8.2: a command ended by a signal exits with 128 plus its number.
    """
    sys.exit(128 + number)


def complain(message: str, hint: str, status: int = ENVIRONMENT) -> NoReturn:
    """Say why the run ends, and end it."""
    with suppress(UnwritableError):  # where nobody can be told
        click.echo(f"prmbuild: {message}" + (f"\n  {hint}" if hint else ""), err=True)
        if _debugging():
            traceback.print_exc()
    sys.exit(status)


def _debugging() -> bool:
    return bool(os.environ.get("PRMBUILD_DEBUG"))
