"""The kinds of text people write in the authored files, as types that Pydantic checks.

Every complaint is a `pydantic_core.PydanticCustomError` whose type is the code's id (or `INVALID`, where the code
depends on the file) and whose context holds message and hint.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pathspec import GitIgnoreSpec
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from prmbuild import codes
from prmbuild.authored.text import quoted
from prmbuild.authored.vocabulary import Vocabulary
from prmbuild.diagnostics import Code
from prmbuild.edge.cloudfront import ARN
from prmbuild.errors import NoPlaceError
from prmbuild.store.bucket_names import SCHEME, bucket_and_prefix

INVALID = "invalid"
"""The type of a complaint whose code is the file's own 'value not allowed'."""

NO_VALUE = "no_value"
"""The type of the complaint about a key that is there without a value."""

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
"""The pattern of ids; they become parts of addresses."""

HANDLE = r"^@[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_.-]+)*$"
"""The pattern of a user's or team's name on GitHub and GitLab."""

_HANDLE = re.compile(HANDLE[:-1] + r"\Z")
_SLUG = re.compile(SLUG[:-1] + r"\Z")
_EDGE = re.compile(ARN + r"\Z")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
_EMAIL = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)\Z", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_DURATION = re.compile(r"([1-9]\d{0,4})([dw])\Z", re.ASCII)
_FOLDER = re.compile(r"dir:\S.*\Z")
_PREFIX = re.compile(r"[A-Za-z0-9!_.*'()/-]*\Z")  # Source: Amazon S3 User Guide, "Naming Amazon S3 objects"
_WILDCARDS = re.compile(r"\*+|\?+|\[")
_GLOB_LENGTH = 512
_GLOB_WILDCARDS = 8
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def complaint(code: Code | None, message: str, hint: str = "") -> PydanticCustomError:
    """Return what a validator raises; without a code, the file's own 'value not allowed'."""
    kind = code.id if code else INVALID
    return PydanticCustomError(kind, "{message}", {"message": message, "hint": hint})


def _slug(value: str) -> str:
    if len(value) > 64 or not _SLUG.match(value):
        hint = "small letters and digits in words joined by single hyphens, as in gold-emea"
        raise complaint(codes.INVALID_ID, f"{quoted(value)} is not an id", hint)
    return value


def _line(value: str) -> str:
    if not value.strip():
        raise complaint(None, "the text is empty", "write something, or remove the key")
    if _CONTROL.search(value.strip()):
        raise complaint(None, "the text has more than one line", "write it on one line")
    return value.strip()


def _language(value: str) -> str:
    if not _LANGUAGE.match(value):
        raise complaint(None, f"{quoted(value)} is not a language", "a tag such as en, de or pt-BR")
    return value


def _email(value: str) -> str:
    if len(value) > 254 or not _EMAIL.match(value):
        raise complaint(None, f"{quoted(value)} is not an e-mail address")
    return value


def _handle(value: str) -> str:
    if len(value) > 254 or not _HANDLE.match(value):
        raise complaint(None, f"{quoted(value)} is not a name on a code host", "as in '@ana' or '@vendor/pricing'")
    return value


def _domain(value: str) -> str:
    if not _DOMAIN.match(value.lower()):
        raise complaint(None, f"{quoted(value)} is not a domain", "as in partner.example, without @ or https://")
    return value.lower()


def _glob(value: str) -> str:
    if value.startswith("!"):
        raise complaint(codes.NEGATED_PATH, f"the path {quoted(value)} is negated", "write a narrower rule instead")
    if not value.strip() or value != value.strip() or value.startswith("#") or _CONTROL.search(value):
        raise complaint(codes.INVALID_GLOB, f"{quoted(value)} is not a path", "as in content/pricing/**")
    if "\\" in value:
        raise complaint(codes.UNSAFE_GLOB, f"the path {quoted(value)} has a backslash", "use /")
    if value.startswith("/"):
        hint = "leave out the / at its start; paths begin at the root of the repository"
        raise complaint(codes.UNSAFE_GLOB, f"the path {quoted(value)} is absolute", hint)
    if any(part in (".", "..") for part in value.split("/")):
        hint = "write it from the root of the repository"
        raise complaint(codes.UNSAFE_GLOB, f"the path {quoted(value)} has a '.' or '..' in it", hint)
    if len(value) > _GLOB_LENGTH or len(_WILDCARDS.findall(value)) > _GLOB_WILDCARDS:
        message = f"the path {quoted(value)} is longer than {_GLOB_LENGTH} or has over {_GLOB_WILDCARDS} wildcards"
        raise complaint(codes.INVALID_GLOB, message, "write several simpler paths")
    try:
        GitIgnoreSpec.from_lines([value])
    except ValueError:
        raise complaint(codes.INVALID_GLOB, f"the path {quoted(value)} cannot be read", "check its brackets") from None
    return value


def _portal_url(value: str) -> str:
    hint = "write it in full, as in https://partners.example.com/"
    fault = complaint(codes.INVALID_URL, f"{quoted(value)} is not the address of a portal", hint)
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise fault from None
    if parts.scheme not in ("https", "http") or not host or parts.username is not None or re.search(r"[\s\\]", value):
        raise fault
    if "?" in value or "#" in value:
        message = f"the address {quoted(value)} has a query or a fragment"
        raise complaint(codes.INVALID_URL, message, "remove everything from the ? or # on")
    return value if value.endswith("/") else value + "/"


def _target(value: str) -> str:
    message = f"cannot publish to {quoted(value)}"
    if not value.startswith(SCHEME):
        if not _FOLDER.match(value):
            raise complaint(None, message, "write dir:PATH or s3://BUCKET[/PREFIX]")
        return value
    try:
        _, prefix = bucket_and_prefix(value)
    except NoPlaceError as error:
        raise complaint(None, message, error.hint) from None
    if not _PREFIX.match(prefix):
        raise complaint(None, message, "a prefix has letters, digits and !-_.*'() alone")
    return value


def _edge(value: str) -> str:
    if not _EDGE.match(value):
        hint = "write the ARN of the key-value store: arn:aws:cloudfront::123456789012:key-value-store/..."
        raise complaint(None, f"{quoted(value)} is no KeyValueStore of CloudFront", hint)
    return value


def _instant(value: object) -> datetime:
    hint = "write date, time and zone, as in 2026-12-01T00:00:00Z"
    fault = complaint(codes.INVALID_INSTANT, f"{quoted(value)} is not a point in time", hint)
    if not isinstance(value, str) or not _INSTANT.match(value):
        raise fault
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise fault from None


def _day(value: object) -> date:
    fault = complaint(codes.INVALID_DATE, f"{quoted(value)} is not a date", "write it as in 2026-09-30")
    if not isinstance(value, str) or not _DAY.match(value):
        raise fault
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise fault from None


def _duration(value: object) -> timedelta:
    found = _DURATION.match(value) if isinstance(value, str) else None
    if found is None:
        hint = "write days or weeks, as in 90d or 12w"
        raise complaint(codes.INVALID_DURATION, f"{quoted(value)} is not a duration", hint)
    count = int(found[1])
    return timedelta(weeks=count) if found[2] == "w" else timedelta(days=count)


def _known(key: str) -> AfterValidator:
    def check(value: str, info: ValidationInfo) -> str:
        unknown = info.context.complaint(key, value) if isinstance(info.context, Vocabulary) else None
        if unknown:
            raise complaint(*unknown)
        return value

    return AfterValidator(check)


_SLUG_SCHEMA = Field(json_schema_extra={"pattern": SLUG, "maxLength": 64})

Slug = Annotated[str, AfterValidator(_slug), _SLUG_SCHEMA]
SegmentId = Annotated[str, _known("segment"), _SLUG_SCHEMA]
PartnerId = Annotated[str, _known("partner"), _SLUG_SCHEMA]
Line = Annotated[str, AfterValidator(_line), Field(json_schema_extra={"minLength": 1})]
Language = Annotated[
    str, AfterValidator(_language), Field(json_schema_extra={"pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"})
]
Email = Annotated[str, AfterValidator(_email), Field(json_schema_extra={"format": "email"})]
Handle = Annotated[str, AfterValidator(_handle), Field(json_schema_extra={"pattern": HANDLE})]
Domain = Annotated[str, AfterValidator(_domain), Field(json_schema_extra={"format": "hostname"})]
Glob = Annotated[str, AfterValidator(_glob), Field(json_schema_extra={"minLength": 1, "pattern": r"^[^!/#\\][^\\]*$"})]
PortalUrl = Annotated[
    str, AfterValidator(_portal_url), Field(json_schema_extra={"format": "uri", "pattern": "^https?://"})
]
Target = Annotated[str, AfterValidator(_target), Field(json_schema_extra={"pattern": "^(dir:|s3://)."})]
EdgeArn = Annotated[str, AfterValidator(_edge), Field(json_schema_extra={"pattern": f"^{ARN}$"})]
Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-12-01T00:00:00Z"]}),
]
Day = Annotated[
    date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-09-30"]})
]
Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]{0,4}[dw]$", "examples": ["90d", "12w"]}),
]
Expression = Annotated[object, WithJsonSchema({"x-prmbuild": "audience"})]
"""An audience expression; read by `prmbuild.authored.audiences`, which knows the places in it."""
Attribute = Annotated[object, WithJsonSchema({"type": "string", "pattern": SLUG, "maxLength": 64})]
"""A value of a dimension; checked against the dimensions by hand."""
