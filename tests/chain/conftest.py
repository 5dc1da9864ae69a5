import pytest

from tests.chain.running import Chain, chain
from tests.object_storage import S3, environment


@pytest.fixture(scope="session")
def made(ministack: S3, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(ministack.endpoint).items():
            patch.setenv(name, value)
        return chain(ministack, tmp_path_factory.mktemp("chain"))


@pytest.fixture
def live(made: Chain, s3: S3) -> Chain:
    """A stack with a small programme in it: a gold partner, nordwind, and a silver one, arbor."""
    return made
