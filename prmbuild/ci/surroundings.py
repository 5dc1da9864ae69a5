"""Where a step runs, as the environment tells it: on GitHub, on GitLab, or on a person's machine."""

import json
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

from msgspec import Struct

from prmbuild.ci.document import Document, number_at
from prmbuild.errors import HostError


class Host(Enum):
    """Who runs the step."""

    LOCAL = "this machine"
    GITHUB = "GitHub"
    GITLAB = "GitLab"


class Surroundings(Struct, frozen=True, kw_only=True):
    """What a step is told by those who run it.

    Attributes:
        base: a revision that what is proposed is compared with; None where that is the publishing branch.
        proposed: whether a pull or merge request is looked at, which is not on the publishing branch yet.
        request: number of that pull or merge request.
        summary: file whose Markdown the host shows on the page of the run.
        outputs: file of ``name=value`` lines that later jobs can read.
        event: what set the run off; empty where the host does not say.
    """

    host: Host
    base: str | None = None
    proposed: bool = False
    request: int | None = None
    summary: Path | None = None
    outputs: Path | None = None
    event: Document


def surroundings(environment: Mapping[str, str]) -> Surroundings:
    """Tell where a step runs.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/variables and
    https://docs.gitlab.com/ci/variables/predefined_variables/

    Raises:
        HostError: the host names an event that cannot be read.
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        return _github(environment)
    if environment.get("GITLAB_CI") == "true":
        return _gitlab(environment)
    return Surroundings(host=Host.LOCAL, event={})


def _github(environment: Mapping[str, str]) -> Surroundings:
    event = _event(environment.get("GITHUB_EVENT_PATH"))
    branch = environment.get("GITHUB_BASE_REF")
    return Surroundings(
        host=Host.GITHUB,
        base=f"origin/{branch}" if branch else None,
        proposed=bool(branch),
        request=number_at(event, "pull_request", "number"),
        summary=_path(environment.get("GITHUB_STEP_SUMMARY")),
        outputs=_path(environment.get("GITHUB_OUTPUT")),
        event=event,
    )


def _gitlab(environment: Mapping[str, str]) -> Surroundings:
    number = environment.get("CI_MERGE_REQUEST_IID", "")
    return Surroundings(
        host=Host.GITLAB,
        base=environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA") or None,
        proposed=bool(number),
        request=int(number) if number.isdecimal() else None,
        event={},
    )


def _event(place: str | None) -> Document:
    if not place:
        return {}
    try:
        event = json.loads(Path(place).read_bytes())
    except (OSError, ValueError) as error:
        raise HostError(f"the event that set this run off cannot be read from {place}: {error}") from error
    return event if isinstance(event, dict) else {}


def _path(place: str | None) -> Path | None:
    return Path(place) if place else None
