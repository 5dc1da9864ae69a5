"""A fake GitHub for every test that asks."""

from collections.abc import Iterator

import pytest

from prmbuild.ci.github import GitHub
from tests.ci.fake_github import Repository, client, serving


@pytest.fixture
def fake() -> Repository:
    return Repository()


@pytest.fixture
def api(fake: Repository) -> Iterator[str]:
    with serving(fake) as address:
        yield address


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def github(api: str, waits: list[float]) -> GitHub:
    return client(api, waits)
