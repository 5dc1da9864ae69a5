"""What the environment says about AWS, looked at before anybody is asked with it.

obstore and botocore take it as it is. One panics in the middle of a request that cannot be written, the other tells a
token that is no header.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from prmbuild.errors import StoreError

_REGION = "us-east-1"
"""Where nobody says where. Source: obstore, ``S3Config.region``."""

_WORD = re.compile(r"[!-~]{0,16384}")
_PLACE = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9_-]{0,62})?")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_.])?")
_FLAGS = {"1", "true", "on", "yes", "y", "0", "false", "off", "no", "n"}
_ENCRYPTIONS = ("AES256", "aws:kms", "aws:kms:dsse")
"""With keys that CloudFront can read with, too. Source: Amazon S3 API Reference, PutObject."""

_SET_AGAIN = "set it again, or unset it"
_PASTED = "set it again; a secret of CI that was pasted may have a line end at its end"

_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
_SERVICES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
"""Variables with the address of what answers as S3, the first that is set before all others."""

_CONTAINER, _CONTAINER_URI = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"
_CONTAINER_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
_IDENTITY_FILE, _ROLE = "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"
_ID, _SECRET, _TOKENS = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
"""Variables that ask for a profile."""

_FILES = (("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"), ("AWS_CONFIG_FILE", "~/.aws/config"))
"""Variables with the files that profiles stand in, and where those are otherwise.

Source: AWS SDKs and Tools Reference Guide, "Location of the shared config and credentials files".
"""


class Keys(Struct, frozen=True, kw_only=True):
    """What requests are signed with.

    Attributes:
        id: of the key.
        secret: which signs.
        token: that goes with a key for some hours; None for a lasting one.
    """

    id: str
    secret: str
    token: str | None


def region(environment: Mapping[str, str], otherwise: str | None = None) -> str:
    """Return the region that is asked.

    Args:
        environment: name → value of variables.
        otherwise: the one that a profile names.
    """
    return _first(environment, _REGIONS) or otherwise or _REGION


def endpoint(environment: Mapping[str, str]) -> str | None:
    """Return the address that is asked as S3; None for AWS's own."""
    return _first(environment, _SERVICES) or None


def keys(environment: Mapping[str, str]) -> Keys | None:
    """Return the keys that variables hold; None where they hold none. Empty variables are as good as none.

    Source: AWS SDKs and Tools Reference Guide, "AWS access keys".
    """
    key, secret = environment.get(_ID), environment.get(_SECRET)
    return Keys(id=key, secret=secret, token=_first(environment, _TOKENS) or None) if key and secret else None


def variables_say_all(environment: Mapping[str, str]) -> bool:
    """Tell whether variables alone say where AWS is and who asks, so that no profile and no file could say otherwise.

    Keys go before all profiles, and what a pipeline or a container brings before none but the one called ``default``.
    Source: AWS SDKs and Tools Reference Guide, "Standardized credential providers".
    """
    if profile(environment):
        return False
    if keys(environment) is not None:
        return bool(_first(environment, (*_REGIONS, *_SERVICES))) or not _has_files(environment)
    odd = _ID in environment or _SECRET in environment  # obstore takes an empty one for a key
    role = all(environment.get(name) for name in (_IDENTITY_FILE, _ROLE)) or environment.get(_CONTAINER)
    return bool(role) and not odd and not _has_files(environment)


def profile(environment: Mapping[str, str]) -> str:
    """Return the name of the profile that is asked for; empty for none."""
    return _first(environment, PROFILES)


def needs_profile(environment: Mapping[str, str]) -> bool:
    """Tell whether credentials are to come from a profile: one is asked for, or there are such and nothing else."""
    others = any(environment.get(name) for name in (_ID, _IDENTITY_FILE, _CONTAINER, _CONTAINER_URI))
    return bool(profile(environment)) or (not others and _has_files(environment, _FILES[:1]))


def _first(environment: Mapping[str, str], names: Iterable[str]) -> str:
    """Return the value of the first variable that is set and not empty; empty where none is."""
    return next((environment[name] for name in names if environment.get(name)), "")


def _has_files(environment: Mapping[str, str], files: Iterable[tuple[str, str]] = _FILES) -> bool:
    try:
        return any(Path(environment.get(name) or usual).expanduser().exists() for name, usual in files)
    except (OSError, RuntimeError):  # whoever reads it says why
        return True


def require_usable(environment: Mapping[str, str]) -> None:
    """Do nothing where requests can be made with what the environment says about AWS. No value is ever told.

    Args:
        environment: name → value of all variables; those that are not set may be left out.

    Raises:
        StoreError: a variable cannot be what was meant.
    """
    for fits, what, hint, names in _FIT:
        for name in names:
            if name in environment and not fits(environment[name]):
                raise StoreError(f"the environment variable {name} {what}", hint=hint)


def require_usable_proof(environment: Mapping[str, str]) -> None:
    """Do nothing where a container's proof of who it is, if there is one, can be sent. obstore panics at any other.

    Raises:
        StoreError: it cannot be, or not be read.
    """
    name = environment.get(_CONTAINER_FILE, "")
    try:
        fits = not name or _is_word(Path(name).read_text(encoding="ascii"))
    except (OSError, ValueError):
        fits = False
    if not fits:
        what = f"the file that {_CONTAINER_FILE} names cannot be read, or has a character that no proof has"
        raise StoreError(what, hint="it has the proof alone, without a line end")


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


def _is_word(value: str) -> bool:
    return _WORD.fullmatch(value) is not None


def _is_region(value: str) -> bool:
    return _PLACE.fullmatch(value) is not None


def _is_path(value: str) -> bool:
    return not value or (value.startswith("/") and _is_word(value))


def _is_file(value: str) -> bool:
    return value.isprintable()


def _is_flag(value: str) -> bool:
    return value.lower() in _FLAGS


def _is_encryption(value: str) -> bool:
    return value in _ENCRYPTIONS


_FIT: tuple[tuple[Callable[[str], bool], str, str, tuple[str, ...]], ...] = (
    (
        _is_word,
        "has white space, a line end or another character in it that no credential has",
        _PASTED,
        (_ID, _SECRET, *_TOKENS, "AWS_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"),
    ),
    (
        _is_word,
        "has white space, a line end or another character in it that no name at AWS has",
        _PASTED,
        (_ROLE, "AWS_ROLE_SESSION_NAME", "AWS_SSE_KMS_KEY_ID"),
    ),
    (_is_region, "is no region such as eu-central-1", _SET_AGAIN, _REGIONS),
    (
        _is_address,
        "is no address such as https://s3.example.com:9000",
        _SET_AGAIN,
        (*_SERVICES, "AWS_METADATA_ENDPOINT", "AWS_ENDPOINT_URL_STS", _CONTAINER_URI),
    ),
    (_is_path, "is no path such as /v2/credentials/abc", _SET_AGAIN, (_CONTAINER,)),
    (_is_file, "names no file: it has a line end in it", _SET_AGAIN, (_IDENTITY_FILE, _CONTAINER_FILE)),
    (
        _is_flag,
        "is neither true nor false",
        _SET_AGAIN,
        ("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "AWS_DISABLE_BULK_DELETE", "AWS_SSE_BUCKET_KEY_ENABLED"),
    ),
    (
        _is_encryption,
        f"is none of {', '.join(_ENCRYPTIONS)}",
        _SET_AGAIN,
        ("AWS_SERVER_SIDE_ENCRYPTION",),
    ),
)
"""How a value has to be, what is wrong with another, what to do, and the variables that this is about.

All that obstore reads and `prmbuild.store.s3_settings` does not set. Source: object_store, ``AmazonS3ConfigKey``.
"""
