"""The pipelines of a programme: the files that GitHub and GitLab run, which hold no logic.

Each step is one ``prmbuild ci`` command. This repository's own pipelines are these files too.
"""

from collections.abc import Mapping
from enum import Enum
from importlib.resources import files

_ACTIONS = {
    "__CHECKOUT__": "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
    "__UPLOAD__": "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0",
}
"""Mark in a template → action, pinned by the commit of its release."""

_PLACES = {
    "github": {
        "check.yml": ".github/workflows/check.yml",
        "exposure.yml": ".github/workflows/exposure.yml",
        "comment.yml": ".github/workflows/comment.yml",
        "publish.yml": ".github/workflows/publish.yml",
        "scheduled.yml": ".github/workflows/scheduled.yml",
        "dependabot.yml": ".github/dependabot.yml",
    },
    "gitlab": {"gitlab-ci.yml": ".gitlab-ci.yml"},
}
"""Host → template → where the host looks for it."""


class Host(Enum):
    """Where a repository lives."""

    GITHUB = "github"
    GITLAB = "gitlab"


def workflows(host: Host, *, branch: str = "main") -> Mapping[str, str]:
    """Return path → text of the pipelines of a programme, whose Makefile can make ``.venv/ready``.

    Args:
        host: where the repository lives.
        branch: the publishing branch.
    """
    folder = files(__name__) / host.value
    found = {}
    for name, place in _PLACES[host.value].items():
        text = (folder / name).read_text(encoding="utf-8")
        for mark, meant in {**_ACTIONS, "__BRANCH__": branch}.items():
            text = text.replace(mark, meant)
        found[place] = text
    return found
