"""What asks the store alone works in the clones that CI makes, and where there is no repository: in an emergency."""

import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from prmbuild.cli.main import cli
from prmbuild.errors import PrmError, SourceError, StoreError
from prmbuild.sessions.state import change
from tests.conftest import Repo
from tests.publish.sites import NEW, OLD, directory, put_live, site

ASKED = (
    ("keys", "rotate"),
    ("keys", "list"),
    ("session", "--partner", "gold", "--role", "sales"),
    ("status", "--stored"),
    ("seen", "--partner", "gold", "--on", "2026-11-25"),
    ("verify",),
    ("rollback",),
    ("rollback", "--unpin"),
    ("gc",),
    ("revoke", "--everybody"),
    ("revoke", "--partner", "gold"),
    ("revoke", "--list"),
    ("keys", "retire"),
)
NEED_HISTORY = (("status",), ("mend",), ("deploy",), ("check",))
ARN = "arn:aws:cloudfront::123456789012:key-value-store/5f8e0d4e-1c1f-4a6e-8f4e-3a1f3a3c7d11"


def run(*arguments: str) -> Result:
    done = CliRunner().invoke(cli, arguments)
    assert done.exception is None or isinstance(done.exception, (SystemExit, PrmError)), done.exception
    return done


@pytest.fixture
def place(tmp_path: Path) -> Path:
    store = directory(tmp_path / "store")
    put_live(store, site(tmp_path / "blobs", OLD), lambda: int(time.time()) - 10_000_000)
    put_live(store, site(tmp_path / "blobs", NEW), lambda: int(time.time()) - 9_000_000)
    return tmp_path / "store"


@pytest.fixture
def shallow(programme: Repo, place: Path, tmp_path: Path) -> Path:
    settings = programme.path / "prm.yaml"
    programme.commit({"prm.yaml": f"{settings.read_text()}publish: {{to: 'dir:{place}'}}\n"})
    programme.git("clone", "-q", "--depth", "1", programme.path.as_uri(), str(tmp_path / "shallow"))
    return tmp_path / "shallow"


def test_a_shallow_clone_will_do_unless_history_is_asked(shallow: Path) -> None:
    for command in ASKED:
        done = run(*command, "--repo", str(shallow))
        assert done.exit_code == 0, (command, done.output, done.exception)
    for command in NEED_HISTORY:
        failed = run(*command, "--repo", str(shallow)).exception
        assert isinstance(failed, SourceError) and "shallow clone" in failed.message, command


def test_no_repository_is_needed_where_the_place_is_said(place: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    nowhere = ("--repo", str(tmp_path / "empty"))
    for command in ASKED:
        done = run(*command, *nowhere, "--to", f"dir:{place}")
        assert done.exit_code == 0, (command, done.output, done.exception)
        failed = run(*command, *nowhere).exception
        assert isinstance(failed, SourceError) and "no git repository" in failed.message, command


def test_an_edge_that_no_programme_names_is_never_left_behind(place: Path, tmp_path: Path) -> None:
    store = directory(place)
    change(store, lambda sessions: replace(sessions, edges=(ARN,)))
    (tmp_path / "empty").mkdir()
    where = ("--repo", str(tmp_path / "empty"), "--to", f"dir:{place}")
    for command in (("revoke", "--everybody"), ("keys", "rotate"), ("rollback",), ("gc",)):
        failed = run(*command, *where).exception
        assert isinstance(failed, StoreError) and ARN in failed.message and "--edge" in failed.hint, command
    checked = run("verify", *where)
    assert checked.exit_code == 1 and f"{ARN}: follows this store" in checked.stdout
