"""The command line's entry: commands, and the one place where errors become text and exit codes."""

import atexit
import gc
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

import click

from prmbuild import __version__, patterns
from prmbuild.cli.options import ENVIRONMENT
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

    Exit codes: 0 fine, 1 findings, 2 wrong usage, 3 the environment is broken.
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
    except (AttributeError, OSError, ValueError):  # closed from the start, broken, or closed since
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
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        cli.main(prog_name="prmbuild", standalone_mode=True)
    except PrmError as error:
        complain(error.message, error.hint)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(ENVIRONMENT)
    except MemoryError:
        complain("there is not enough memory", "use fewer --jobs")
    except Exception as error:  # a defect of prmbuild: people get a sentence, never a traceback
        complain(
            f"prmbuild failed unexpectedly: {type(error).__name__}: {error}",
            "this is a defect of prmbuild; report it with the command you ran. PRMBUILD_DEBUG=1 shows where it is",
        )


def _end(number: int, frame: object) -> None:
    """End in good order, so that workers end too and half-written files go.

    Source: POSIX.1-2017, XCU 2.8.2: a command ended by a signal exits with 128 plus its number.
    """
    sys.exit(128 + number)


def complain(message: str, hint: str) -> None:
    """Say why the run ends, and end it."""
    click.echo(f"prmbuild: {message}" + (f"\n  {hint}" if hint else ""), err=True)
    if os.environ.get("PRMBUILD_DEBUG"):
        traceback.print_exc()
    sys.exit(ENVIRONMENT)
