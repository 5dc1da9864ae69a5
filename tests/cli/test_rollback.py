"""``prmbuild rollback`` says whose view it opens or closes."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from prmbuild.cli.rollback import rollback_command
from prmbuild.records.layout import deployment_key
from tests.publish.sites import NEW, OLD, directory, put_live, site


def test_who_gains_and_who_loses_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = directory(tmp_path / "store")
    old, new = (put_live(store, site(tmp_path / "blobs", portals)).deployment for portals in (OLD, NEW))
    assert old is not None and new is not None

    def back(name: str) -> str:
        done = CliRunner().invoke(rollback_command, [name, "--to", f"dir:{tmp_path}/store"])
        assert done.exit_code == 0, done.output
        return done.stderr

    assert "no portal any more: bronze\n" in back(old.id)
    assert "a portal again: bronze\n" in back(new.id)
    assert "portal" not in back(new.id).replace(str(tmp_path), "")
    (tmp_path / "store" / deployment_key(new.id)).unlink()
    assert "nobody can tell who sees a portal again" in back(old.id)
