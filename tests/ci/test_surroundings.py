"""Where a step runs."""

from pathlib import Path

import pytest

from prmbuild.ci.github import GitHub
from prmbuild.ci.surroundings import Host, Surroundings, surroundings
from prmbuild.errors import HostError


def test_a_persons_machine() -> None:
    assert surroundings({"CI": "true", "GITHUB_BASE_REF": "main"}) == Surroundings(host=Host.LOCAL, event={})


def test_a_pull_request_on_github(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text('{"pull_request": {"number": 12}}')
    found = surroundings(
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_BASE_REF": "main",
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            "GITHUB_STEP_SUMMARY": "/s",
            "GITHUB_OUTPUT": "/o",
        }
    )
    assert (found.host, found.base, found.proposed, found.request) == (Host.GITHUB, "origin/main", True, 12)
    assert (found.summary, found.outputs) == (Path("/s"), Path("/o"))


def test_a_push_on_github() -> None:
    found = surroundings({"GITHUB_ACTIONS": "true", "GITHUB_BASE_REF": ""})
    assert (found.base, found.proposed, found.request) == (None, False, None)


def test_a_merge_request_on_gitlab() -> None:
    found = surroundings({"GITLAB_CI": "true", "CI_MERGE_REQUEST_IID": "3", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "a" * 40})
    assert (found.host, found.base, found.proposed, found.request) == (Host.GITLAB, "a" * 40, True, 3)
    assert not surroundings({"GITLAB_CI": "true"}).proposed


@pytest.mark.parametrize("content", [None, "{", "[]"])
def test_an_event_that_cannot_be_read(tmp_path: Path, content: str | None) -> None:
    place = tmp_path / "event.json"
    if content is not None:
        place.write_text(content)
    environment = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(place)}
    if content == "[]":
        assert surroundings(environment).event == {}
    else:
        with pytest.raises(HostError, match="cannot be read"):
            surroundings(environment)


def test_the_api_needs_a_token() -> None:
    with pytest.raises(HostError, match="GITHUB_TOKEN"):
        GitHub.here({"GITHUB_API_URL": "https://api.github.com", "GITHUB_REPOSITORY": "a/b"})
