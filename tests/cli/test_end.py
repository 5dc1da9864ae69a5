"""A command ends at once, with its status, when all is done that others have to do in the end."""

import subprocess
import sys

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
