"""CloudFront's KeyValueStore: the one door to its data API.

Source: Amazon CloudFront API Reference, "Amazon CloudFront KeyValueStore"; requests are signed with Signature Version
4A, which botocore does with the AWS Common Runtime.
"""

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

from prmbuild.aws.session import NO_ANSWER, code, said, session
from prmbuild.edge.edge import Standing
from prmbuild.edge.limits import LARGEST_STORE
from prmbuild.errors import StoreError

ARN = r"arn:aws(?:-[a-z]+)*:cloudfront::[0-9]{12}:key-value-store/[A-Za-z0-9_-]{1,64}"
"""How a KeyValueStore is named. Source: Service Authorization Reference, CloudFront KeyValueStore."""

_AT_ONCE = 50
"""Names in one UpdateKeys and in one page of ListKeys. Source: Amazon CloudFront Developer Guide, "Quotas". Their bytes
stay far below the 3 MB that a request may have: a name and its entry are 1.5 KB at most."""

_READY = "READY"
_SERVICE = "cloudfront-keyvaluestore"
_REGION = "us-east-1"  # where CloudFront's configuration lives; the data API is asked by account, not by region
_AWS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")


class _Client(Protocol):
    """What is used of boto3's client; answers are JSON objects."""

    def describe_key_value_store(self, *, KvsARN: str) -> dict[str, Any]: ...

    def get_key(self, *, KvsARN: str, Key: str) -> dict[str, Any]: ...

    def list_keys(self, **arguments: str | int) -> dict[str, Any]: ...

    def update_keys(self, **arguments: object) -> dict[str, Any]: ...


class KeyValueStore:
    """Entries in a KeyValueStore.

    Credentials come from where AWS's own tools take them. An endpoint that the environment names is asked as it is.

    Args:
        arn: of the store; the stack has it as its output ``KeyValueStoreArn``.
        attempts: how often a request is made that is not answered.
    """

    def __init__(self, arn: str, attempts: int = 6) -> None:
        self._arn, self._attempts = arn, attempts

    @property
    def name(self) -> str:
        """What people call it."""
        return self._arn

    @property
    def at_once(self) -> int:
        """How many names one update may have."""
        return _AT_ONCE

    @property
    def holds(self) -> int:
        """How many bytes of names and entries it may hold."""
        return LARGEST_STORE

    def standing(self) -> Standing:
        """Return how it stands."""
        with self._said():
            found = self._client.describe_key_value_store(KvsARN=self._arn)
            if found.get("Status", _READY) != _READY:
                raise StoreError(
                    f"{self._arn} is not ready: {found['Status']}", hint="wait a minute, then run it again"
                )
            return Standing(tag=str(found["ETag"]), size=int(found["TotalSizeInBytes"]))

    def get(self, *names: str) -> Mapping[str, str]:
        """Return entries, without those that are not there."""
        found: dict[str, str] = {}
        for name in names:
            with self._said():
                try:
                    found[name] = str(self._client.get_key(KvsARN=self._arn, Key=name)["Value"])
                except Exception as error:
                    if code(error) != "ResourceNotFoundException":
                        raise
                    self.standing()  # an entry and a store that are not there are refused alike
        return found

    def entries(self) -> Mapping[str, str]:
        """Return all entries."""
        found: dict[str, str] = {}
        more: dict[str, str] = {}
        while True:
            with self._said():
                page = self._client.list_keys(KvsARN=self._arn, MaxResults=_AT_ONCE, **more)
                found |= {str(item["Key"]): str(item["Value"]) for item in page.get("Items", ())}
            if not page.get("NextToken"):
                break
            more = {"NextToken": str(page["NextToken"])}
        if not found and self.standing().size:  # what is no answer of AWS's has no items, too
            raise StoreError(f"{self._arn} has entries, and tells none of them", hint=NO_ANSWER)
        return found

    def update(self, tag: str, puts: Mapping[str, str], deletes: Collection[str] = ()) -> str | None:
        """Put and delete entries, all or none: the new tag; None where the edge is not as it was at `tag` any more."""
        with self._said():
            try:
                changes: dict[str, list[dict[str, str]]] = {
                    "Puts": [{"Key": name, "Value": entry} for name, entry in puts.items()],
                    "Deletes": [{"Key": name} for name in deletes],
                }
                wanted = {kind: items for kind, items in changes.items() if items}
                done = self._client.update_keys(KvsARN=self._arn, IfMatch=tag, **wanted)
            except Exception as error:
                if code(error) == "ConflictException":
                    return None
                raise
            return str(done["ETag"])

    @cached_property
    def _client(self) -> _Client:
        with said("CloudFront"):
            import awscrt.auth  # noqa: F401  # botocore signs with it, and says little where it is not there
            from botocore.config import Config

            patience = Config(
                retries={"mode": "standard", "total_max_attempts": self._attempts}, connect_timeout=5, read_timeout=30
            )
            client = session().client(_SERVICE, region_name=_REGION, config=patience)
        named = urlsplit(client.meta.endpoint_url)
        if not (named.hostname or "").endswith(_AWS):

            def as_named(params: dict[str, Any], **_: object) -> None:
                """Ask the endpoint itself: botocore puts the account's number before its name, be it an address."""
                params["url"] = urlunsplit(urlsplit(params["url"])._replace(netloc=named.netloc))

            client.meta.events.register(f"before-call.{_SERVICE}", as_named)
        made: _Client = client
        return made

    def _said(self) -> AbstractContextManager[None]:
        return said(self._arn, hints=_HINTS)


_HINTS = {
    "AccessDeniedException": "let whoever deploys do cloudfront-keyvaluestore:DescribeKeyValueStore, GetKey, ListKeys "
    "and UpdateKeys there",
    "ResourceNotFoundException": "there is no such KeyValueStore; prmbuild infra outputs says its ARN",
    "ServiceQuotaExceededException": "prmbuild gc drops entries of deployments that nobody goes back to",
}
