"""Proving to a cloud which pipeline this is, so that there is no key to keep, leak or renew."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from prmbuild.ci.github import identity_token

AUDIENCE = "sts.amazonaws.com"
"""Whom the proof is for.

Source: https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
"""

_ROLE, _FILE, _GITLAB = "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ID_TOKEN"
_GITHUB = ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")


@contextmanager
def cloud_identity(environment: MutableMapping[str, str]) -> Iterator[None]:
    """Let what talks to AWS act as the role that ``AWS_ROLE_ARN`` names, where the pipeline may prove who it is.

    Nothing is done where no role is named, or the machine brings a proof of its own. The proof, which is short-lived,
    lies in a file that only we may read, and goes at the end.

    Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html

    Raises:
        HostError: the host does not give the proof.
    """
    token = ""
    if environment.get(_ROLE) and not environment.get(_FILE):
        if all(environment.get(name) for name in _GITHUB):
            token = identity_token(environment, AUDIENCE)
        else:
            token = environment.get(_GITLAB, "")
    if not token:
        yield
        return
    with TemporaryDirectory(prefix="prmbuild-", dir=environment.get("RUNNER_TEMP")) as folder:
        place = Path(folder) / "token"
        place.touch(mode=0o600)
        place.write_text(token, encoding="ascii")
        environment[_FILE] = str(place)
        try:
            yield
        finally:
            environment.pop(_FILE, None)
