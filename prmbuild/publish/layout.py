"""Names of the objects in a store; see DESIGN, section 7."""

from prmbuild.store.store import Headers

LIVE = "live"
"""Names the deployment that partners see. It is the only object that is ever replaced, but for `LOCK`."""

LOCK = "lock"

JSON = Headers(content_type="application/json", cache_control="no-store")
"""Headers of what is read by prmbuild alone."""


def is_secret(key: str) -> bool:
    """Tell what the gateway alone may read, and whoever deploys."""
    return key.startswith("runtime/")


def release_folder(portal: str, release: str) -> str:
    """Return the folder of a release's own files."""
    return f"portals/{portal}/{release}"


def manifest_key(portal: str, release: str) -> str:
    """Return the name of a release's manifest. It lies where no request of a partner leads."""
    return f"deployments/manifests/{portal}/{release}.json"


def deployment_key(deployment: str) -> str:
    """Return the name of a deployment's record."""
    return f"deployments/{deployment}.json"
