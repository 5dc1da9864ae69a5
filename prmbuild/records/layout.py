"""Names of the objects in a store; see DESIGN, section 7."""

import re

from prmbuild.store.store import Headers

LIVE = "live"
"""Names the deployment that partners see. It is the only object that is ever replaced, but for `LOCK`."""

LOCK = "lock"

_MANIFESTS = "deployments/manifests/"
_ID = "[0-9a-f]{32}"
_RELEASED = re.compile(rf"portals/([^/]+)/({_ID})/(?:[^/]+/)*[^/]+")
_COLLECTED = re.compile(rf"deployments/collected/([^/]+)/({_ID})\.json")
_DEPLOYMENT = re.compile(rf"deployments/({_ID})\.json")
_TURN = re.compile(rf"deployments/turns/({_ID})\.json")

JSON = Headers(content_type="application/json", cache_control="no-store")
"""Headers of what is read by prmbuild alone."""


def is_secret(key: str) -> bool:
    """Tell what the gateway alone may read, and whoever deploys."""
    return key.startswith("runtime/")


def release_folder(portal: str, release: str) -> str:
    """Return the folder of a release's own files."""
    return f"portals/{portal}/{release}"


def released(key: str) -> tuple[str, str] | None:
    """Return portal and release of a release's own file; None for what is none by its name."""
    found = _RELEASED.fullmatch(key)
    return (found[1], found[2]) if found else None


def manifest_key(portal: str, release: str) -> str:
    """Return the name of a release's manifest. It lies where no request of a partner leads."""
    return f"{_MANIFESTS}{portal}/{release}.json"


def is_manifest(key: str) -> bool:
    """Tell what lists the files of a release that is there."""
    return key.startswith(_MANIFESTS)


DEPLOYMENTS = "deployments"
"""Folder of all records."""


def deployment_key(deployment: str) -> str:
    """Return the name of a deployment's record."""
    return f"deployments/{deployment}.json"


def recorded_deployment(key: str) -> str | None:
    """Return the id of the deployment that a record is of; None for anything else."""
    found = _DEPLOYMENT.fullmatch(key)
    return found[1] if found else None


TURNS = "deployments/turns"
"""Folder of the records of turns."""


def turn_key(turn: str) -> str:
    """Return the name of the record of a turn."""
    return f"{TURNS}/{turn}.json"


def recorded_turn(key: str) -> str | None:
    """Return the id of the turn that a record is of; None for anything else."""
    found = _TURN.fullmatch(key)
    return found[1] if found else None


def plan_key(digest: str) -> str:
    """Return the name of a plan that was applied."""
    return f"deployments/plans/{digest}.json"


WAITING = "deployments/waiting"
"""Folder of the plans that wait for a person's approval. They are no records, as no deployment names them there."""


def waiting_key(digest: str) -> str:
    """Return the name of a plan that waits for a person's approval."""
    return f"{WAITING}/{digest}.json"


def evidence_key(digest: str) -> str:
    """Return the name of the evidence of approval of a deployment."""
    return f"deployments/evidence/{digest}.json"


COLLECTED = "deployments/collected"
"""Folder of the manifests of releases whose files are gone."""


def collected_manifest_key(portal: str, release: str) -> str:
    """Return the name of the manifest of a release whose files are gone; it still tells what partners saw."""
    return f"{COLLECTED}/{portal}/{release}.json"


def collected(key: str) -> tuple[str, str] | None:
    """Return portal and release of a manifest among `COLLECTED`; None for anything else."""
    found = _COLLECTED.fullmatch(key)
    return (found[1], found[2]) if found else None
