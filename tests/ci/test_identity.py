"""Proving to a cloud which pipeline this is; GitHub is a fake."""

import stat
from pathlib import Path

import pytest

from prmbuild.ci.identity import cloud_identity
from prmbuild.errors import HostError
from tests.ci.fake_github import Repository

ROLE = {"AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/publish"}


def on_github(api: str) -> dict[str, str]:
    return {
        **ROLE,
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{api}/identity?api-version=2.0",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "s3cret",
    }


def test_a_proof_lies_in_a_private_file_while_it_is_needed(api: str, tmp_path: Path) -> None:
    environment = {**on_github(api), "RUNNER_TEMP": str(tmp_path)}
    with cloud_identity(environment):
        place = Path(environment["AWS_WEB_IDENTITY_TOKEN_FILE"])
        assert place.read_text() == "proof for sts.amazonaws.com"
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert "AWS_WEB_IDENTITY_TOKEN_FILE" not in environment
    assert list(tmp_path.iterdir()) == []


def test_gitlab_hands_the_proof_over() -> None:
    environment = {**ROLE, "AWS_ID_TOKEN": "of gitlab"}
    with cloud_identity(environment):
        assert Path(environment["AWS_WEB_IDENTITY_TOKEN_FILE"]).read_text() == "of gitlab"


@pytest.mark.parametrize(
    "environment",
    [{}, ROLE, {"AWS_ID_TOKEN": "x"}, {**ROLE, "AWS_ID_TOKEN": "x", "AWS_WEB_IDENTITY_TOKEN_FILE": "/own"}],
)
def test_nothing_is_done_where_nothing_is_asked(environment: dict[str, str]) -> None:
    before = dict(environment)
    with cloud_identity(environment):
        assert environment == before


def test_a_job_without_the_permission_is_told(fake: Repository, api: str) -> None:
    fake.failures = [(403, {})]
    with pytest.raises(HostError, match="403"), cloud_identity(on_github(api)):
        pass
