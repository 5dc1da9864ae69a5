"""A new user's first day: `init`, the two commands of the new programme's README, a first change."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.xdist_group("first-day")]


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """A person with a git identity, on a computer without a network."""
    home = tmp_path_factory.mktemp("home")
    (home / ".gitconfig").write_text("[user]\n\tname = Noa New\n\temail = noa@vendor.example\n")
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads this as a switch that is set: do not isolate
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTHON": sys.executable,
    }


def run(*command: str, cwd: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, encoding="utf-8")
    assert "Traceback" not in done.stdout + done.stderr
    return done


def copied(folder: Path) -> Path:
    """Copy what prmbuild is installed from, so that building it leaves nothing in this checkout."""
    shutil.copytree(ROOT / "prmbuild", folder / "prmbuild", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def programme(tmp_path_factory: pytest.TempPathFactory, surroundings: Mapping[str, str]) -> Path:
    """What `init` makes; its libraries are at hand, as there is no network to get them from."""
    folder = tmp_path_factory.mktemp("first-day")
    source = copied(folder / "tool")
    done = run(
        sys.executable, "-m", "prmbuild", "init", "partners", "--no-input", "--vendor", "Example Pumps",
        "--approver", "ruth@vendor.example", "--tool-source", str(source),
        cwd=folder, env={**surroundings, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "partners\n"), done.stderr
    made = folder / "partners"
    run(sys.executable, "-m", "venv", "--without-pip", ".venv", cwd=made, env=surroundings)
    packages = next((made / ".venv" / "lib").glob("python*/site-packages"))
    libraries = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    (packages / "at-hand.pth").write_text("".join(f"{place}\n" for place in libraries))
    return made


def readme_commands(programme: Path) -> list[str]:
    """The commands of the README's first block."""
    block = re.search(r"```sh\n(.*?)```", (programme / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block
    return [line.partition("#")[0].strip() for line in block[1].splitlines() if line.strip()]


@pytest.fixture(scope="module")
def set_up(programme: Path, surroundings: Mapping[str, str]) -> Path:
    """The programme after the README's first command."""
    assert readme_commands(programme) == ["make setup", "make serve"]
    done = run("make", "setup", cwd=programme, env=surroundings)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return programme


@pytest.fixture
def prmbuild(set_up: Path, surroundings: Mapping[str, str]) -> str:
    """The tool that `make setup` installed: a wheel made of this checkout, with all its data."""
    tool = set_up / ".venv" / "bin" / "prmbuild"
    where = run(
        str(set_up / ".venv" / "bin" / "python"), "-c", "import prmbuild; print(prmbuild.__file__)",
        cwd=set_up, env=surroundings,
    )  # fmt: skip
    assert Path(where.stdout.strip()).is_relative_to(set_up / ".venv")
    return str(tool)


def test_everything_is_committed_and_well(set_up: Path, prmbuild: str, surroundings: Mapping[str, str]) -> None:
    assert run("git", "status", "--porcelain", cwd=set_up, env=surroundings).stdout == ""
    checked = run(prmbuild, "check", cwd=set_up, env=surroundings)
    assert (checked.returncode, checked.stdout) == (0, "")
    assert run(prmbuild, "owners", "--check", cwd=set_up, env=surroundings).returncode == 0
    assert run(prmbuild, "schemas", "--check", cwd=set_up, env=surroundings).returncode == 0
    assert run("make", "check", cwd=set_up, env=surroundings).returncode == 0
    built = run("make", "build", cwd=set_up, env=surroundings)
    assert built.returncode == 0 and "audit clean" in built.stderr
    assert run("git", "status", "--porcelain", cwd=set_up, env=surroundings).stdout == ""


def test_a_new_programme_can_be_made_with_the_installed_tool(
    set_up: Path, prmbuild: str, surroundings: Mapping[str, str], tmp_path: Path
) -> None:
    done = run(prmbuild, "init", "other", "--no-input", "--host", "gitlab", cwd=tmp_path, env=surroundings)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "other" / ".gitlab-ci.yml").is_file() and not (tmp_path / "other" / ".github").exists()


@pytest.fixture
def served(set_up: Path, surroundings: Mapping[str, str]) -> Iterator[str]:
    """The address that the README's second command serves on."""
    process = subprocess.Popen(
        ["make", "--silent", "serve", "PORT=0"],
        cwd=set_up, env={**surroundings, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None and process.stderr is not None
        address = process.stdout.readline().strip()
        assert address, process.stderr.read()
        yield address
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)


def test_the_portals_are_served(served: str) -> None:
    with urllib.request.urlopen(served) as answer:
        start = answer.read().decode()
    assert "Nordwind Systems" in start and "Arbor Automation" in start


def test_showing_more_needs_an_approval(surroundings: Mapping[str, str], tmp_path: Path) -> None:
    noa = {**surroundings, "PYTHONPATH": str(ROOT)}
    ruth = {**noa, "GIT_AUTHOR_EMAIL": "ruth@vendor.example", "GIT_AUTHOR_NAME": "Ruth Right"}
    tool = (sys.executable, "-m", "prmbuild")
    approvers = ("--approver", "ruth@vendor.example", "--approver", "ines@vendor.example")
    begun = run(*tool, "init", "p", "--no-input", "--evidence", "trailer", *approvers, cwd=tmp_path, env=noa)
    approve = re.search(r"git commit --amend .*", begun.stderr)
    assert approve
    programme = tmp_path / "p"
    assert run(*shlex.split(approve[0]), cwd=programme, env=noa).returncode == 0
    assert run(*tool, "check", cwd=programme, env=noa).stdout == ""

    run("git", "switch", "-q", "-c", "wider", cwd=programme, env=noa)
    rules = programme / "visibility.yaml"
    narrow = rules.read_text(encoding="utf-8")
    wide = narrow.replace("show_to: sales-people", "show_to: everyone")
    assert wide != narrow
    rules.write_text(wide, encoding="utf-8")
    page = programme / "content" / "pricing" / "price-list.md"
    page.write_text(page.read_text(encoding="utf-8").replace("audience: {role: sales}\n", ""), encoding="utf-8")
    run("git", "commit", "-q", "-a", "-m", "Show prices to everyone", cwd=programme, env=noa)

    refused = run(*tool, "check", "--base", "main", cwd=programme, env=noa)
    assert refused.returncode == 1
    assert "PRM141" in refused.stdout and "ruth@vendor.example" in refused.stdout
    command = re.search(r"git commit --allow-empty .* --trailer 'Approved-change: [^']*'", refused.stdout)
    assert command
    approve_change = shlex.split(command[0].replace("ADDRESS", "ruth@vendor.example"))

    assert run(*approve_change, cwd=programme, env=ruth).returncode == 0
    assert run(*tool, "check", "--base", "main", cwd=programme, env=noa).returncode == 0
