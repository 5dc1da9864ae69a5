"""What must be so before obstore is asked: names of buckets, and what the environment says about AWS.

obstore takes both as they are, and panics in the middle of a request that cannot be written.
"""

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from prmbuild.errors import NoPlaceError, StoreError
from prmbuild.store.keys import checked

SCHEME = "s3://"

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"[0-9]+(?:\.[0-9]+){3}")
_RESERVED = ("xn--", "sthree-", "amzn-s3-demo-")

_WORDS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_TOKEN")
"""Variables that go into headers, or into what signs them."""

_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
"""Variables that go into names of hosts."""

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
"""Variables with the address of what answers as S3, the first that is set before all others."""

_ADDRESSES = (
    *_ENDPOINTS,
    "AWS_METADATA_ENDPOINT",
    "AWS_ENDPOINT_URL_STS",
    "AWS_STS_ENDPOINT",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
"""Variables with addresses that are asked. Source: obstore, ``S3Config``."""

_WORD = re.compile(r"[!-~]*")
_REGION = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9_-]{0,62})?")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_.])?")


def bucket_and_prefix(url: str) -> tuple[str, str]:
    """Return the bucket and the prefix, without a slash at its end, that a place names; the prefix may be empty.

    The ends of names that are reserved are no matter: aliases of access points have them, and stand for buckets.

    Args:
        url: ``s3://bucket`` or ``s3://bucket/prefix``.

    Raises:
        NoPlaceError: no bucket can have that name, or no object that prefix.
            Source: Amazon S3 User Guide, "General purpose bucket naming rules".
    """
    name, _, prefix = url.removeprefix(SCHEME).partition("/")
    if not url.startswith(SCHEME) or not name:
        raise NoPlaceError(f"'{url}' names no bucket", hint="write s3://BUCKET or s3://BUCKET/PREFIX")
    odd = not _BUCKET.fullmatch(name) or ".." in name or _ADDRESS.fullmatch(name) or name.startswith(_RESERVED)
    if odd:
        hint = "a name has 3 to 63 of a-z, 0-9, - and ., and a letter or digit at both ends"
        raise NoPlaceError(f"no bucket can be called '{name}'", hint=hint)
    prefix = prefix.removesuffix("/")
    if prefix:
        try:
            checked(prefix)
        except StoreError as error:
            hint = "write it as s3://BUCKET/PREFIX, without //, dot segments, \\ and control characters"
            raise NoPlaceError(f"no object of a bucket can be below '{prefix}'", hint=hint) from error
    return name, prefix


def require_usable(environment: Mapping[str, str]) -> None:
    """Do nothing where requests can be made with what the environment says about AWS. No value is ever told.

    Args:
        environment: name → value of all variables; those that are not set may be left out.

    Raises:
        StoreError: a variable cannot be what was meant.
    """
    for name in _WORDS:
        if not _WORD.fullmatch(environment.get(name, "")):
            raise _unusable(name, "has white space, a line end or another character in it that no credential has")
    for name in _REGIONS:
        if not _REGION.fullmatch(environment.get(name, "")):
            raise _unusable(name, "is no region such as eu-central-1")
    for name in _ADDRESSES:
        if name in environment and not _is_address(environment[name]):
            raise _unusable(name, "is no address such as https://s3.example.com:9000")


def without_tls(environment: Mapping[str, str]) -> bool:
    """Tell whether S3 is asked without TLS: the environment names such an address."""
    endpoint = next((environment[name] for name in _ENDPOINTS if name in environment), "")
    return endpoint.lower().startswith("http://")


def _unusable(name: str, what: str) -> StoreError:
    hint = "set it again; a secret of CI that was pasted may have a line end at its end" if name in _WORDS else (
        "set it again, or unset it"
    )  # fmt: skip
    return StoreError(f"the environment variable {name} {what}", hint=hint)


def _is_address(value: str) -> bool:
    """Tell whether a value is an address without a user; those of credentials may have a query."""
    if not _WORD.fullmatch(value) or "#" in value or "\\" in value:
        return False
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
        if host is not None and ":" in host:
            return parts.scheme in ("http", "https") and bool(ipaddress.IPv6Address(host))
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "@" not in parts.netloc and _HOST.fullmatch(host or "") is not None
