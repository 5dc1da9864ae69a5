"""Creating or changing the stack, with what must lie in its bucket before anybody asks."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from prmbuild.errors import StackError
from prmbuild.infra.cloudformation import Change, Event, Stack
from prmbuild.infra.distribution import ERROR_PAGE
from prmbuild.infra.parameters import CERTIFICATE, DOMAIN, LOGS, PARAMETERS, ZONE
from prmbuild.infra.template import GLOBAL, LARGEST, as_text

_HOLD_DATA = ("Bucket", "Entries", "LogBucket")
"""Resources that must never be exchanged for empty ones."""


class Deployed(Struct, frozen=True, kw_only=True):
    """What became of the stack: the changes that were made, none where nothing had to; and what it tells of itself."""

    changes: Sequence[Change]
    outputs: Mapping[str, str]


def deploy(
    stack: Stack, given: Mapping[str, str], *, only_plan: bool, told: Callable[[Change | Event], None]
) -> Deployed:
    """Create or change a stack.

    Args:
        stack: which.
        given: name of a parameter → value; what is not given stays as it is, or is the default.
        only_plan: whether to say what would change, and leave it.
        told: hears of every change, before anything is done, and then of every event.

    Raises:
        StackError: the values do not go together; AWS refuses or fails; or something that holds data would be replaced.
    """
    template = as_text()
    if len(template.encode()) > LARGEST:
        raise StackError(f"the template is larger than the {LARGEST} bytes that CloudFormation takes")
    _sensible({**{one.name: one.default for one in PARAMETERS}, **stack.parameters(), **given}, stack.region)
    proposal = stack.proposed(template, [one.name for one in PARAMETERS], given)
    if proposal is None:
        outputs = stack.outputs() or {}
        if not only_plan:
            _put_error_page(stack, outputs)
        return Deployed(changes=(), outputs=outputs)
    changes = stack.changes(proposal)
    for change in changes:
        told(change)
    lost = [one.name for one in changes if one.name in _HOLD_DATA and (one.replaced or one.action == "Remove")]
    if only_plan or lost:
        stack.discard(proposal)
    if lost:
        raise StackError(f"{', '.join(lost)} would be replaced, and all that is in there", hint="make a second stack")
    if not only_plan:
        stack.apply(proposal, told)
    outputs = stack.outputs() or {} if not (only_plan and proposal.new) else {}
    if not only_plan:
        _put_error_page(stack, outputs)
    return Deployed(changes=changes, outputs=outputs)


def _put_error_page(stack: Stack, outputs: Mapping[str, str]) -> None:
    page = Path(__file__).with_name("404.html").read_bytes()
    stack.put(outputs["BucketName"], ERROR_PAGE, page, "text/html; charset=utf-8")


def _sensible(values: Mapping[str, str], region: str) -> None:
    domain, certificate, zone = (values[one.name] for one in (DOMAIN, CERTIFICATE, ZONE))
    if (certificate or zone) and not domain:
        raise StackError("a certificate or a hosted zone is for a name", hint=f"add {DOMAIN.option}")
    if domain and not certificate and not zone:
        raise StackError(
            f"'{domain}' needs a certificate", hint=f"add {CERTIFICATE.option}, or {ZONE.option} to have one made"
        )
    if domain and not certificate and region != GLOBAL:
        raise StackError(
            f"CloudFront takes certificates from {GLOBAL} alone, and the stack is in {region}",
            hint=f"make one there and add {CERTIFICATE.option}, or make the stack there",
        )
    if values[LOGS.name] == "on" and region != GLOBAL:
        raise StackError(
            f"CloudFront's logs are delivered from {GLOBAL} alone, and the stack is in {region}",
            hint=f"add {LOGS.option} off, or make the stack there",
        )
