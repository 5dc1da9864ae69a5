"""Stacks in an account of AWS.

Everything goes by change sets, so that what would happen is known before it does.
Source: AWS CloudFormation User Guide, "Update CloudFormation stacks using change sets".
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from msgspec import Struct

from prmbuild.aws.session import said, session
from prmbuild.errors import StackError

Sleep = Callable[[float], None]

_PATIENCE = 3600
"""Seconds. Creating a distribution takes some minutes, waiting for a certificate's records may take longer."""

_EVERY = 3
"""Seconds between questions."""

_NOTHING_CHANGES = ("didn't contain changes", "No updates are to be performed")
"""How CloudFormation says so; there is no code for it."""


class Change(Struct, frozen=True, kw_only=True):
    """What happens to a resource.

    Attributes:
        action: ``Add``, ``Modify`` or ``Remove``.
        name: in the template.
        kind: such as ``AWS::S3::Bucket``.
        replaced: whether another one takes its place.
    """

    action: str
    name: str
    kind: str
    replaced: bool


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened to a resource: its name in the template, its state, and why, where that is told."""

    name: str
    kind: str
    state: str
    reason: str


class Stack:
    """A stack by its name.

    Args:
        name: in the account and region.
        region: empty for the one that AWS's own tools would take.
        sleep: waits so many seconds.

    Raises:
        StackError: nobody says which region.
        StoreError: boto3 is missing, or the environment says nothing that AWS could be asked with.
    """

    def __init__(self, name: str, region: str = "", sleep: Sleep = time.sleep) -> None:
        with _said():
            self._aws: Any = session().client("cloudformation", region_name=region or None)
            self._bucket: Any = session().client("s3", region_name=region or None)
            self.region = str(self._aws.meta.region_name)
        self.name = name
        self._sleep = sleep

    def outputs(self) -> Mapping[str, str] | None:
        """Return what the stack tells of itself; None where there is no such stack.

        Raises:
            StackError: AWS does not answer, or refuses.
        """
        found = self._described()
        if found is None:
            return None
        return {str(one["OutputKey"]): str(one["OutputValue"]) for one in found.get("Outputs", ())}

    def parameters(self) -> Mapping[str, str]:
        """Return the values that the stack was last given; none where there is no such stack."""
        found = self._described()
        listed = found.get("Parameters", ()) if found is not None else ()
        return {str(one["ParameterKey"]): str(one["ParameterValue"]) for one in listed}

    def proposed(self, template: str, declared: Iterable[str], parameters: Mapping[str, str]) -> "Proposal | None":
        """Ask what would change; None where nothing would.

        Args:
            template: the whole template.
            declared: names of its parameters.
            parameters: their values; those that are not named stay as they are.

        Raises:
            StackError: the stack is in no state to be changed, or AWS does not like the template.
        """
        before = self._described()
        new = before is None or before["StackStatus"] == "REVIEW_IN_PROGRESS"
        if before is not None and not new:
            _changeable(self.name, str(before["StackStatus"]))
        known = {str(one["ParameterKey"]) for one in before.get("Parameters", ())} if before and not new else set()
        kept = (known & set(declared)) - parameters.keys()
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        previous = [{"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept)]
        change_set = f"prmbuild-{time.time_ns()}"
        with _said():
            made = self._aws.create_change_set(
                StackName=self.name,
                ChangeSetName=change_set,
                ChangeSetType="CREATE" if new else "UPDATE",
                TemplateBody=template,
                Parameters=[*given, *previous],
                Capabilities=["CAPABILITY_IAM"],
            )
        proposal = Proposal(stack=self, id=str(made["Id"]), new=new)
        return proposal if self._prepared(proposal) else None

    def changes(self, proposal: "Proposal") -> Sequence[Change]:
        """Return what a proposal changes."""
        with _said():
            pages = self._aws.get_paginator("describe_change_set").paginate(
                ChangeSetName=proposal.id, StackName=self.name
            )
            return tuple(
                Change(
                    action=str(one["Action"]),
                    name=str(one["LogicalResourceId"]),
                    kind=str(one["ResourceType"]),
                    replaced=one.get("Replacement") == "True",
                )
                for page in pages
                for one in (listed["ResourceChange"] for listed in page.get("Changes", ()))
            )

    def apply(self, proposal: "Proposal", told: Callable[[Event], None]) -> None:
        """Do what was proposed, and wait until it is done.

        Args:
            proposal: as it was returned.
            told: hears of every event.

        Raises:
            StackError: it failed, and was undone; or it takes too long.
        """
        seen = {str(one["EventId"]) for one in self._events()} if not proposal.new else set()
        with _said():
            self._aws.execute_change_set(ChangeSetName=proposal.id, StackName=self.name)
        failed: list[Event] = []
        for _ in range(_PATIENCE // _EVERY):
            found = self._described()
            state = str(found["StackStatus"]) if found is not None else "DELETE_COMPLETE"
            for event in self._new_events(seen):
                told(event)
                if event.state.endswith("_FAILED") and "cancelled" not in event.reason:
                    failed.append(event)
            if state.endswith("_IN_PROGRESS") and state != "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS":
                self._sleep(_EVERY)
                continue
            if state in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"):
                return
            why = "; ".join(f"{one.name} ({one.kind}): {one.reason}" for one in failed) or str(
                found.get("StackStatusReason", "no reason is told") if found is not None else "it is gone"
            )
            hint = f"delete the stack '{self.name}', then deploy again" if proposal.new else "what was before is back"
            raise StackError(f"the stack is {state}: {why}", hint=hint)
        raise StackError(f"the stack is still not ready after {_PATIENCE // 60} minutes", hint="look at it in AWS")

    def discard(self, proposal: "Proposal") -> None:
        """Take a proposal back; a stack that only this proposal would have made goes, too."""
        with _said():
            self._aws.delete_change_set(ChangeSetName=proposal.id, StackName=self.name)
            if proposal.new:
                self._aws.delete_stack(StackName=self.name)

    def put(self, bucket: str, key: str, data: bytes, media_type: str) -> None:
        """Put an object into a bucket of the stack; browsers ask for it each time."""
        with _said():
            self._bucket.put_object(
                Bucket=bucket,
                Key=key,
                Body=data,
                ContentType=media_type,
                CacheControl="no-cache",
                ChecksumAlgorithm="SHA256",
            )

    def _described(self) -> Mapping[str, Any] | None:
        from botocore.exceptions import ClientError

        with _said():
            try:
                found: Mapping[str, Any] = self._aws.describe_stacks(StackName=self.name)["Stacks"][0]
            except ClientError as error:
                if "does not exist" in str(error):
                    return None
                raise
            return found if found["StackStatus"] != "DELETE_COMPLETE" else None

    def _prepared(self, proposal: "Proposal") -> bool:
        """Wait for a change set; tell whether it changes anything."""
        for _ in range(_PATIENCE // _EVERY):
            with _said():
                found = self._aws.describe_change_set(ChangeSetName=proposal.id, StackName=self.name)
            state, reason = str(found["Status"]), str(found.get("StatusReason", ""))
            if state == "CREATE_COMPLETE":
                return True
            if state == "FAILED":
                self.discard(proposal)
                if any(text in reason for text in _NOTHING_CHANGES):
                    return False
                raise StackError(f"AWS refuses the changes: {reason}")
            self._sleep(_EVERY)
        raise StackError("AWS does not say what would change", hint="look at the stack in AWS")

    def _events(self) -> Iterator[Mapping[str, Any]]:
        with _said():
            for page in self._aws.get_paginator("describe_stack_events").paginate(StackName=self.name):
                yield from page["StackEvents"]

    def _new_events(self, seen: set[str]) -> Iterator[Event]:
        """Yield events that were not seen yet, the oldest first."""
        new = []
        for one in self._events():
            if str(one["EventId"]) in seen:
                break
            new.append(one)
        for one in reversed(new):
            seen.add(str(one["EventId"]))
            yield Event(
                name=str(one["LogicalResourceId"]),
                kind=str(one["ResourceType"]),
                state=str(one.get("ResourceStatus", "")),
                reason=str(one.get("ResourceStatusReason", "")),
            )


class Proposal(Struct, frozen=True, kw_only=True):
    """Changes that a stack would take: their id, and whether the stack comes to be by them."""

    stack: Stack
    id: str
    new: bool


def _changeable(name: str, state: str) -> None:
    if state == "ROLLBACK_COMPLETE":
        raise StackError(f"the stack '{name}' never came to be", hint="delete it in AWS, then deploy again")
    if state.endswith("_IN_PROGRESS"):
        raise StackError(f"the stack '{name}' is being changed: {state}", hint="try again when that is over")
    if state.endswith("_FAILED"):
        raise StackError(f"the stack '{name}' is {state}", hint="mend or delete it in AWS, then deploy again")


def _said() -> AbstractContextManager[None]:
    return said("CloudFormation", raised=StackError)
