"""What obstore is told of S3, so that nothing that it would read in the environment by itself comes unexpected."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from prmbuild.aws import session
from prmbuild.aws.environment import (
    Keys,
    endpoint,
    keys,
    needs_profile,
    region,
    require_usable,
    require_usable_proof,
    variables_say_all,
)
from prmbuild.errors import StoreError
from prmbuild.software import AWS_EXTRA

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Credential

_ASKED_AGAIN = timedelta(minutes=1)
"""How long credentials are used without asking whether they were renewed. botocore renews them 15 minutes early."""

_FIXED: "S3Config" = {
    "checksum_algorithm": "SHA256",
    "conditional_put": "etag",
    "unsigned_payload": False,
    "skip_signature": False,
    "s3_express": False,
    "request_payer": False,
    "imdsv1_fallback": False,
    "disable_tagging": False,  # there are none
    "copy_if_not_exists": "multipart",  # never asked for
}
"""What is relied on, whatever variables of obstore's own say: each put carries a digest, and happens on a condition."""


class Credentials:
    """Tells obstore whose requests they are, again and again.

    Source: obstore, ``S3CredentialProvider``.

    Args:
        held: keys that variables hold; None where boto3 knows.
    """

    refresh_threshold = timedelta(0)

    def __init__(self, held: Keys | None) -> None:
        self._held = held

    def __call__(self) -> "S3Credential":
        """Return keys.

        Raises:
            StoreError: there are none; what obstore makes of it is undone by `prmbuild.store.s3.failure`.
        """
        try:
            now = self._held or session.credentials()
        except StoreError as error:
            raise StoreError(f"{error.message}\n{error.hint}") from error
        until = None if self._held else datetime.now(UTC) + _ASKED_AGAIN
        return {"access_key_id": now.id, "secret_access_key": now.secret, "token": now.token, "expires_at": until}


def settings() -> "tuple[S3Config, Credentials | None]":
    """Return what obstore is told, and who tells it whose requests they are: None where it finds that out as well.

    boto3 takes a third of a second to import, and is left where variables say all.

    Raises:
        StoreError: the environment says nothing that S3 could be asked with.
    """
    require_usable(os.environ)
    held = keys(os.environ)
    if variables_say_all(os.environ):
        return _config(os.environ), Credentials(held) if held else None
    if session.available():
        near, address = session.place()
        return _config(os.environ, near, address), Credentials(None)
    if needs_profile(os.environ):
        raise StoreError("profiles of AWS need the extra 'aws'", hint=AWS_EXTRA)
    if held is None:
        require_usable_proof(os.environ)
    return _config(os.environ), Credentials(held) if held else None


def _config(environment: Mapping[str, str], near: str | None = None, address: str | None = None) -> "S3Config":
    config: S3Config = {**_FIXED, "region": region(environment, near)}
    found = endpoint(environment) or address
    return {**config, "endpoint": found, "aws_endpoint_url_s3": found} if found else config
