"""Objects in an S3 bucket: the one door to obstore.

Only blocking calls are made, from threads that are joined, and what is put is named by its file. obstore's asynchronous
calls, and bytes lent to it, end on threads of its own that then ask for the interpreter; where that is already shutting
down, the process aborts.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from prmbuild.errors import StoreError

if TYPE_CHECKING:
    from obstore.store import S3Store

_SCHEME = "s3://"

_CONNECT, _ANSWER, _RETRY = timedelta(seconds=3), timedelta(seconds=10), timedelta(seconds=15)
_RETRIES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An object: its name below the prefix, its size in bytes, and when it was last written."""

    name: str
    size: int
    written: datetime


class Bucket:
    """The objects below a prefix of a bucket.

    Endpoint, region and credentials come from where AWS's own tools take them: ``AWS_*`` environment variables, or the
    role of the machine.

    Args:
        url: ``s3://bucket/prefix``.

    Raises:
        StoreError: there is no such place.
    """

    def __init__(self, url: str) -> None:
        name, _, prefix = url.removeprefix(_SCHEME).strip("/").partition("/")
        self.url = f"{_SCHEME}{name}/{prefix}".rstrip("/")
        if not url.startswith(_SCHEME) or not name:
            raise StoreError(f"'{url}' names no bucket", hint="write s3://bucket or s3://bucket/prefix")
        self._store = _open(self.url, name, prefix)

    def get(self, name: str) -> tuple[bytes, datetime] | None:
        """Return an object's bytes and when it was last written; None where there is none.

        Raises:
            StoreError: the store does not answer, or refuses.
        """
        import obstore
        from obstore.exceptions import BaseError, NotFoundError

        try:
            found = obstore.get(self._store, name)
            return bytes(found.bytes()), found.meta["last_modified"]
        except (NotFoundError, FileNotFoundError):
            return None
        except (BaseError, OSError) as error:
            raise self._said(error) from error

    def put(self, name: str, file: Path) -> None:
        """Put a file's bytes under a name.

        Raises:
            StoreError: the store does not answer, or refuses; or the file cannot be read.
        """
        import obstore
        from obstore.exceptions import BaseError

        try:
            obstore.put(self._store, name, file, use_multipart=False)
        except (BaseError, OSError) as error:
            raise self._said(error) from error

    def listed(self, folder: str) -> Iterator[Listed]:
        """Return the objects below a folder.

        Raises:
            StoreError: the store does not answer, or refuses.
        """
        import obstore
        from obstore.exceptions import BaseError

        try:
            for chunk in obstore.list(self._store, folder):
                for found in chunk:
                    yield Listed(name=found["path"], size=found["size"], written=found["last_modified"])
        except (BaseError, OSError) as error:
            raise self._said(error) from error

    def delete(self, names: Iterable[str]) -> None:
        """Delete objects.

        Raises:
            StoreError: the store does not answer, or refuses.
        """
        import obstore
        from obstore.exceptions import BaseError

        try:
            obstore.delete(self._store, list(names))
        except (BaseError, OSError) as error:
            raise self._said(error) from error

    def _said(self, error: Exception) -> StoreError:
        """The first line of what obstore says; the rest is for its own people."""
        line = str(error).split("\n", 1)[0].strip()
        return StoreError(f"{self.url}: {line}", hint="check the AWS_* environment variables and the network")


def _open(url: str, name: str, prefix: str) -> "S3Store":
    from obstore.exceptions import BaseError
    from obstore.store import S3Store

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL", "")
    try:
        return S3Store(
            name,
            prefix=prefix or None,
            client_options={
                "connect_timeout": _CONNECT,
                "timeout": _ANSWER,
                "allow_http": endpoint.startswith("http://"),
            },
            retry_config={"max_retries": _RETRIES, "retry_timeout": _RETRY},
        )
    except (BaseError, ValueError) as error:
        raise StoreError(
            f"{url}: {str(error).splitlines()[0]}", hint="check the AWS_* environment variables"
        ) from error
