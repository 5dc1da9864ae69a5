"""Sites to publish, by a store that loses no time."""

from pathlib import Path

import pytest

from prmbuild.publish.site import Site
from prmbuild.records import transfers
from tests.publish.sites import NEW, OLD, site


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits for a disk, and few threads start."""
    monkeypatch.setattr(transfers, "_AT_ONCE", 4)
    monkeypatch.setattr("os.sync", lambda: None)
    monkeypatch.setattr("os.fsync", lambda _: None)


@pytest.fixture
def one_at_a_time(_quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that operations have an order to be counted in."""
    monkeypatch.setattr(transfers, "_AT_ONCE", 1)


@pytest.fixture
def old(tmp_path: Path) -> Site:
    return site(tmp_path / "blobs", OLD)


@pytest.fixture
def new(tmp_path: Path) -> Site:
    return site(tmp_path / "blobs", NEW, "decade")
