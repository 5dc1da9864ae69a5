"""A command ends at once, with its status, when all is done that others have to do in the end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """\
import atexit, sys
from prmbuild.cli import main as command

class Held:
    def __del__(self):
        print("taken apart")

def run():
    global held
    held = Held()
    atexit.register(print, "last words")
    print("said")
    {end}

command._run = run
command.main()
"""


@pytest.mark.parametrize(
    ("end", "status"), [("sys.exit(3)", 3), ("sys.exit()", 0), ("sys.exit(143)", 143), ("sys.exit('why')", 1), ("", 0)]
)
def test_a_command_ends_with_its_status(end: str, status: int) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT.format(end=end)], capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert done.stderr == ("why\n" if "why" in end else "")
    at_once = end.startswith("sys.exit(") and "why" not in end
    assert done.stdout.splitlines() == ["said", "last words", *(() if at_once else ("taken apart",))]


FAILING = """\
import os, sys, threading, time
import click
from prmbuild.cli import main as command

class Panic(BaseException):
    pass

def fail():
    raise Panic("of a secret")

@click.command("fails")
@click.argument("where")
def fails(where):
    if where == "aside":
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    elif where == "writing":
        for _ in range(10_000):
            click.echo("so much that no buffer holds it")
    elif where == "waiting":
        print("ready", flush=True)
        time.sleep(60)
    else:
        fail()

command.cli.add_command(fails)
command.Commands.get_command = lambda self, ctx, name: fails
command.main()
"""


def failing(where: str, **options: object) -> "subprocess.Popen[str]":
    variables = {name: value for name, value in os.environ.items() if name != "PRMBUILD_DEBUG"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.Popen([sys.executable, "-c", FAILING, "fails", where], env=variables, text=True, **pipes)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize(("where", "status"), [("here", 3), ("aside", 0)])
def test_whatever_fails_is_a_sentence_and_no_traceback(where: str, status: int) -> None:
    process = failing(where)
    _, said = process.communicate()
    assert process.returncode == status
    assert "failed unexpectedly: Panic\n" in said
    assert "Traceback" not in said
    assert "secret" not in said


def test_output_that_cannot_be_written_is_said() -> None:
    with Path("/dev/full").open("w") as full:
        process = failing("writing", stdout=full)
        _, said = process.communicate()
    assert (process.returncode, said.splitlines()[0]) == (
        3,
        "prmbuild: the output cannot be written: No space left on device",
    )
    assert "Exception ignored" not in said


def test_who_has_read_enough_is_told_nothing() -> None:
    process = failing("writing")
    assert process.stdout is not None
    assert process.stdout.readline() == "so much that no buffer holds it\n"
    process.stdout.close()
    assert process.stderr is not None
    assert (process.stderr.read(), process.wait()) == ("", 3)
    process.stderr.close()


def test_whoever_stops_it_is_told_so_with_the_status_of_that_signal() -> None:
    process = failing("waiting")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert (process.returncode, said.strip()) == (130, "prmbuild: stopped")
