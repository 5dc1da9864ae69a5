"""The one door to boto3: sessions, whose credentials all requests to AWS are made with, and what it says.

Credentials come from where AWS's own tools take them, in their order: variables, profiles in files with keys, SSO,
roles to assume or a programme that tells them, web identities, containers, machines. They are renewed in time.
Source: Boto3 documentation, "Credentials".
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from prmbuild.aws.environment import PROFILES, Keys, profile, require_usable
from prmbuild.errors import PrmError, StoreError
from prmbuild.software import AWS_EXTRA

if TYPE_CHECKING:
    from boto3.session import Session

_CHECK = "check the credentials, the region (AWS_REGION, or that of the profile), the AWS_* variables and the network"
NO_ANSWER = "check the network, a proxy (HTTP_PROXY, HTTPS_PROXY) and AWS_ENDPOINT_URL, then run it again"
"""What to do where nobody answers, or something else than AWS does."""

_LOG_IN = "log in again: aws sso login --profile {}"
_NAME_CREDENTIALS = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run it as a role"
_EXPIRED = "the credentials expired; take new ones and run it again: it goes on from here"

_HINTS = {
    "ProfileNotFound": "check AWS_PROFILE, and the files ~/.aws/config and ~/.aws/credentials",
    "NoRegionError": "set AWS_REGION, or the region of the profile",
    "NoCredentialsError": _NAME_CREDENTIALS,
    "UnauthorizedSSOTokenError": _LOG_IN,
    "SSOTokenLoadError": _LOG_IN,
    "TokenRetrievalError": _LOG_IN,
    "HTTPClientError": NO_ANSWER,
    "ConnectionError": NO_ANSWER,
    "ResponseParserError": NO_ANSWER,
    "LookupError": NO_ANSWER,
    "TypeError": NO_ANSWER,
    "AttributeError": NO_ANSWER,
    "ExpiredTokenException": _EXPIRED,
    "ExpiredToken": _EXPIRED,
    "RequestExpired": _EXPIRED,
}
"""Name of an exception, or code of AWS's error → what to do."""


def available() -> bool:
    """Tell whether boto3 is installed, without importing it."""
    return find_spec("boto3") is not None


def session() -> "Session":
    """Return the session that this environment asks for; the same one each time, so that it learns who asks once.

    Raises:
        StoreError: boto3 is missing, the environment cannot be used, or its profile is not there.
    """
    require_usable(os.environ)
    return _known()[0]


def place() -> tuple[str | None, str | None]:
    """Return the region, and the address of what answers as S3, that the profile names; None for what it does not.

    Raises:
        StoreError: see `session`.
    """
    made, endpoint = _known()
    return made.region_name, endpoint


def _known() -> "tuple[Session, str | None]":
    require_usable(os.environ)
    said_by = {name: value for name, value in os.environ.items() if name.startswith("AWS_") or name == "HOME"}
    with said("AWS"):
        return _made(frozenset(said_by.items()))


@lru_cache(maxsize=1)
def _made(environment: frozenset[tuple[str, str]]) -> "tuple[Session, str | None]":
    """Make a session, and read its files, so that their mistakes are told here."""
    import boto3
    import botocore.session
    from botocore.exceptions import InvalidConfigError

    for name in PROFILES:
        if not os.environ.get(name, "none"):  # as CI sets a variable that nobody gave a value
            del os.environ[name]
    core = botocore.session.Session()
    # boto3 alone does not look where all other tools of AWS do
    made = boto3.session.Session(region_name=dict(environment).get("AWS_REGION") or None, botocore_session=core)
    scoped = core.get_scoped_config()
    services = {None: {}, **core.full_config.get("services", {})}
    named = scoped.get("services")
    if named not in services:
        raise InvalidConfigError(error_msg=f"the profile names services '{named}', which no file has")
    return made, services[named].get("s3", {}).get("endpoint_url") or scoped.get("endpoint_url")


def credentials() -> Keys:
    """Return what requests are signed with now, renewed where they would soon expire.

    Raises:
        StoreError: there are none, or they cannot be renewed.
    """
    made = session()
    with said("AWS"):
        from botocore.exceptions import NoCredentialsError

        found = made.get_credentials()
        if found is None:
            raise NoCredentialsError
        now = found.get_frozen_credentials()
        return Keys(id=now.access_key, secret=now.secret_key, token=now.token)


@contextmanager
def said(
    name: str, *, hints: Mapping[str, str] = MappingProxyType({}), raised: type[PrmError] = StoreError
) -> Iterator[None]:
    """Say in a line what boto3 says, and what to do.

    Whatever is raised ends here: what is no answer of AWS's fails somewhere in botocore, or where it is looked into.

    Args:
        name: what is asked, for people.
        hints: code of an error of AWS's → what to do, before what is known of all.
        raised: type of the exception that says it.

    Raises:
        PrmError: of type `raised`.
    """
    try:
        yield
    except PrmError:
        raise
    except ImportError as error:
        raise raised(f"{name} needs the extra 'aws'", hint=AWS_EXTRA) from error
    except Exception as error:
        kinds = [kind.__name__ for kind in type(error).__mro__]
        what = "ExpiredToken" if _still_expired(error) else code(error) or kinds[0]
        hint = hints.get(what) or next((_HINTS[kind] for kind in (what, *kinds) if kind in _HINTS), _CHECK)
        hint = hint.format(profile(os.environ) or "default")
        raise raised(f"{name}: {_told(error)}", hint=hint) from error


def code(error: BaseException) -> str:
    """Return the code of an error that AWS answered with; empty for others."""
    answer = getattr(error, "response", None)  # of a connection that broke there is none
    told: Any = answer.get("Error") if isinstance(answer, Mapping) else None
    return str(told.get("Code") or "") if isinstance(told, Mapping) else ""


def _of_boto(error: BaseException) -> bool:
    return any(kind.__module__.partition(".")[0] in ("botocore", "boto3", "awscrt") for kind in type(error).__mro__)


def _still_expired(error: Exception) -> bool:
    """Tell whether what should renew credentials hands out expired ones.

    Source: botocore, `credentials.RefreshableCredentials`, which has no type for it.
    """
    return type(error) is RuntimeError and "still expired" in str(error)


def _told(error: Exception) -> str:
    if _still_expired(error):
        return "what should renew the credentials hands out expired ones"
    if code(error):
        told = getattr(error, "response", {})["Error"]
        return f"AWS refuses ({code(error)}): {_line(str(told.get('Message') or error))}"
    if _of_boto(error) or isinstance(error, OSError):
        return _line(str(error))
    return f"the answer is none of AWS's, or a file of its tools cannot be read ({type(error).__name__})"


def _line(text: str) -> str:
    """Return the first line of a text."""
    return next(iter(text.strip().splitlines()), "no reason is told")
