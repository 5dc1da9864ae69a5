from collections.abc import Iterator

import pytest

from tests.chain.running import Chain, chain
from tests.object_storage import S3, environment


@pytest.fixture(scope="session")
def live(ministack: S3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """A stack with a small programme in it: a gold partner, nordwind, and a silver one, arbor."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(ministack.endpoint).items():
            patch.setenv(name, value)
        with chain(ministack, tmp_path_factory.mktemp("chain")) as made:
            yield made
