"""A store below a prefix of an S3 bucket: the one door to obstore.

Only blocking calls are made, from threads that are waited for, and what is put is named by its file. obstore's
asynchronous calls, and bytes lent to it, end on threads of its own that then ask for the interpreter; where that is
already shutting down, the process aborts.
"""

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from hashlib import file_digest
from itertools import islice
from random import uniform
from typing import TYPE_CHECKING

from msgspec import Struct

from prmbuild.errors import BrokenFileError, StoreError
from prmbuild.store.bucket_names import SCHEME, bucket_and_prefix
from prmbuild.store.keys import checked
from prmbuild.store.s3_settings import settings
from prmbuild.store.store import Content, Entry, Headers, Listed

if TYPE_CHECKING:
    from obstore import Attribute, Attributes, GetResult, PutMode
    from obstore.store import S3Store as Bucket

_DIGEST = "sha256"
"""Name of the metadata that holds an object's digest."""

_PLAIN = "plain-sha256"
"""Name of the metadata that holds the digest of what readers get of an object that is encoded."""

METADATA = (_DIGEST, _PLAIN)
"""Names of all metadata that objects carry."""

_DELETED_AT_ONCE = 1000  # Source: Amazon S3 API Reference, DeleteObjects

_AGAIN = 3
"""How often a put is repeated that S3 refused for what was not its fault."""

_PAUSE = 0.1
"""Seconds before that; up to twice as many each time, so that those who collided do not meet again."""

_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_ODD_NAME = re.compile(r'invalid path: Path "(.*?)" contained')

_NO_CREDENTIALS = re.compile(r"External AWS credential provider: StoreError: (.*)\n(.*)")
"""What obstore makes of a `StoreError` of `prmbuild.store.s3_settings.Credentials`."""

_EXPIRED = (
    "the credentials have expired",
    "get new ones and run it again: it goes on from where it was, and partners see what they saw before",
)
_BUSY = ("S3 asks for fewer requests", "run it again in a few minutes: it goes on from where it was")
_DENIED = ("access is denied", "check the credentials, and that their role may read and write there")
_REFUSALS = {
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "TokenRefreshRequired": _EXPIRED,
    "SlowDown": _BUSY,
    "TooManyRequests": _BUSY,
    "AccessDenied": _DENIED,
    "InvalidAccessKeyId": _DENIED,
    "SignatureDoesNotMatch": _DENIED,
    "NoSuchBucket": ("there is no such bucket", "check its name; prmbuild makes none"),
    # answers to HEAD have a status alone
    "403": ("access is denied", "check the credentials: whether they have expired, and what their role may do"),
    "429": _BUSY,
    "503": _BUSY,
    "BadDigest": ("what arrived is not what was sent", "run it again; where that does not help, look at the network"),
}
"""Code of an error, or its status → what it means, what to do. Source: Amazon S3 API Reference, "Error responses"."""


class Patience(Struct, frozen=True, kw_only=True):
    """How long answers are waited for, and how often requests are repeated that a busy or broken store refused."""

    connect: timedelta = timedelta(seconds=5)
    answer: timedelta = timedelta(seconds=60)
    retries: int = 10
    retry: timedelta = timedelta(minutes=3)


class S3Store:
    """Objects below a prefix of a bucket.

    Endpoint, region and credentials come from where AWS's own tools take them. Every put carries the SHA-256 of its
    bytes, which S3 checks.

    Args:
        url: ``s3://bucket`` or ``s3://bucket/prefix``.
        patience: with a store that does not answer.

    Raises:
        NoPlaceError: there can be no such place.
        StoreError: the environment says nothing that S3 could be asked with.
    """

    def __init__(self, url: str, patience: Patience | None = None) -> None:
        self._url, self._bucket = opened(url, patience or Patience())

    @property
    def place(self) -> str:
        """Where it is, said alike by whoever opens it."""
        return self._url

    @property
    def url(self) -> str:
        """Its name for people."""
        return self._url

    @property
    def gzip(self) -> bool:
        """True: neither S3 nor what stands before it compresses what it stores."""
        return True

    def put_absent(self, key: str, content: Content) -> str | None:
        """Put an object where there is none."""
        import obstore

        try:
            return self._put(key, content, "create")
        except (obstore.exceptions.AlreadyExistsError, obstore.exceptions.PreconditionError):
            return None
        except FileNotFoundError as error:
            raise failure(self._url, error) from error

    def put_matching(self, key: str, content: Content, tag: str) -> str | None:
        """Put an object in the place of another."""
        import obstore

        try:
            return self._put(key, content, {"e_tag": tag})
        except (obstore.exceptions.PreconditionError, FileNotFoundError) as error:
            self._bucket_missing(error)
            return None

    def get(self, key: str) -> tuple[bytes, Entry] | None:
        """Return an object."""
        import obstore

        with Said(self._url):
            try:
                found = obstore.get(self._bucket, checked(key))
                return bytes(found.bytes()), _entry(key, found)
            except FileNotFoundError as error:
                self._bucket_missing(error)
                return None

    def head(self, key: str) -> Entry | None:
        """Return an object without its bytes."""
        import obstore

        with Said(self._url):
            try:
                return _entry(key, obstore.get(self._bucket, checked(key), options={"head": True}))
            except FileNotFoundError:
                return None

    def copy(self, source: str, target: str) -> bool:
        """Copy an object with its headers."""
        import obstore

        with Said(self._url):
            try:
                obstore.copy(self._bucket, checked(source), checked(target))
            except FileNotFoundError as error:
                self._bucket_missing(error)
                return False
            return True

    def listed(self, folder: str) -> Iterator[Listed]:
        """Return the objects below a folder."""
        import obstore

        with Said(self._url):
            for chunk in obstore.list(self._bucket, checked(folder) if folder else None):
                yield from (Listed(key=found["path"], size=found["size"]) for found in chunk)

    def delete(self, keys: Iterable[str]) -> Mapping[str, str]:
        """Delete objects, many with one request; where that reports an error, one by one to learn which."""
        import obstore

        failed: dict[str, str] = {}
        left = map(checked, keys)
        while batch := list(islice(left, _DELETED_AT_ONCE)):
            try:
                with Said(self._url):
                    obstore.delete(self._bucket, batch)
                continue
            except StoreError:
                pass
            for key in batch:
                try:
                    with Said(self._url, (FileNotFoundError,)):
                        obstore.delete(self._bucket, key)
                except FileNotFoundError:
                    continue
                except StoreError as error:
                    failed[key] = error.message
        return failed

    def settle(self) -> None:
        """Return at once: S3 answers a put when it is durable. Source: Amazon S3 User Guide, "Data protection"."""

    def _put(self, key: str, content: Content, mode: "PutMode") -> str:
        """Put an object; again where it was broken on its way, or where somebody put at the same moment.

        obstore repeats by itself what a busy store refuses and what a lost connection leaves open.
        Source: Amazon S3 API Reference, "Error responses": ``BadDigest``, ``ConditionalRequestConflict``.
        """
        import obstore

        with content.file.open("rb") as file:  # S3 compares with what is sent, not with what was meant
            if file_digest(file, "sha256").hexdigest() != content.digest:
                raise BrokenFileError(content.file)
        attempts = 0
        refused = (obstore.exceptions.AlreadyExistsError, obstore.exceptions.PreconditionError, FileNotFoundError)
        with Said(self._url, refused):
            while True:
                attempts += 1
                try:
                    put = obstore.put(
                        self._bucket,
                        checked(key),
                        content.file,
                        attributes=_attributes(content),
                        mode=mode,
                        use_multipart=False,
                    )
                except obstore.exceptions.BaseError as error:
                    if attempts > _AGAIN or error_code(error) not in ("BadDigest", "ConditionalRequestConflict"):
                        raise
                    time.sleep(uniform(0, _PAUSE * 2**attempts))
                else:
                    return put["e_tag"] or ""

    def _bucket_missing(self, error: Exception) -> None:
        """Tell an object that is not there from a bucket that is not: that one never looks like an empty store."""
        if error_code(error) == "NoSuchBucket":
            raise failure(self._url, error) from error


class Said:
    """Says in one line what obstore says in many; exceptions of the types that are told are left as they are.

    A class, as this stands around every operation and `contextlib` would take as long as all the rest of it.
    """

    __slots__ = ("_told", "_url")

    def __init__(self, url: str, told: tuple[type[Exception], ...] = ()) -> None:
        self._url, self._told = url, told

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, self._told):
            return
        import obstore

        if isinstance(error, (obstore.exceptions.BaseError, OSError)) or panicked(error):
            raise failure(self._url, error) from error


_HEADERS: "Mapping[str, Attribute]" = {
    "content_type": "Content-Type",
    "cache_control": "Cache-Control",
    "content_encoding": "Content-Encoding",
    "content_disposition": "Content-Disposition",
}


def _attributes(content: Content) -> "Attributes":
    named = {name: str(getattr(content.headers, field)) for field, name in _HEADERS.items()}
    digests = {_DIGEST: content.digest, _PLAIN: content.plain}
    return {name: value for name, value in (named | digests).items() if value}


def _entry(key: str, found: "GetResult") -> Entry:
    attributes = found.attributes
    return Entry(
        key=key,
        size=found.meta["size"],
        digest=attributes.get(_DIGEST, ""),
        plain=attributes.get(_PLAIN, attributes.get(_DIGEST, "")),
        tag=found.meta["e_tag"] or "",
        headers=Headers(**{field: attributes.get(name, "") for field, name in _HEADERS.items()}),
    )


def panicked(error: BaseException) -> bool:
    """Tell whether obstore broke off where it says that it never does.

    The type of that exception cannot be imported, and is no `Exception`, so that Python code does not go on from it.
    Source: PyO3, ``PanicException``.
    """
    return not isinstance(error, (Exception, KeyboardInterrupt, SystemExit, GeneratorExit))


def failure(url: str, error: BaseException) -> StoreError:
    """Return what obstore says for people: what S3 refuses, and what to do then."""
    if panicked(error):  # its text may have any value in it
        return StoreError(
            f"{url}: obstore, which asks S3, broke off ({type(error).__name__})",
            hint="check the AWS_* environment variables, and the files that they name",
        )
    denied = _NO_CREDENTIALS.search(str(error))
    if denied is not None:
        return StoreError(f"{url}: {denied[1]}", hint=denied[2])
    odd = _ODD_NAME.search(str(error))
    if odd is not None:  # one such name ends a listing, as obstore cannot say it
        return StoreError(
            f"{url}: somebody put '{odd[1]}' there, and prmbuild can read no list with such a name in it",
            hint="delete that object with the tool that put it there",
        )
    said, hint = _REFUSALS.get(error_code(error), ("", ""))
    said, hint = said or _first_line(error), hint or "check the AWS_* environment variables and the network"
    return StoreError(f"{url}: {said}", hint=hint)


def error_code(error: BaseException) -> str:
    """Return the code of S3's error, or its status where there is no code; empty where S3 did not answer."""
    text = str(error)
    found = _CODE.search(text) or _STATUS.search(text)
    return found[1] if found else ""


def _first_line(error: BaseException) -> str:
    return str(error).split("\n", 1)[0].strip()


def opened(url: str, patience: Patience) -> "tuple[str, Bucket]":
    """Return the name of a place in a bucket for people, and the place.

    Args:
        url: ``s3://bucket`` or ``s3://bucket/prefix``.
        patience: with a store that does not answer.

    Raises:
        NoPlaceError: there can be no such place.
        StoreError: the environment says nothing that S3 could be asked with.
    """
    name, prefix = bucket_and_prefix(url)
    config, credentials = settings()
    from obstore.exceptions import BaseError
    from obstore.store import S3Store as Bucket

    plain = f"{SCHEME}{name}/{prefix}".rstrip("/")
    try:
        return plain, Bucket(
            name,
            prefix=prefix or None,
            config=config,
            credential_provider=credentials,
            client_options={
                "connect_timeout": patience.connect,
                "timeout": patience.answer,
                "allow_http": config.get("endpoint", "").lower().startswith("http://"),
            },
            retry_config={"max_retries": patience.retries, "retry_timeout": patience.retry},
        )
    except (BaseError, ValueError) as error:
        raise failure(plain, error) from error
