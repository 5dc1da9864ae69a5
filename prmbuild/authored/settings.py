"""``prm.yaml``: vendor, portal address, approval and publishing."""

from collections.abc import Iterable

from prmbuild import codes
from prmbuild.authored.models import ApproversModel, PrmFile
from prmbuild.authored.programme import Approvers, Evidence, Settings
from prmbuild.authored.shape import CONFIGURATION, check
from prmbuild.authored.yaml import Document
from prmbuild.diagnostics import Diagnostic


def read_settings(document: Document) -> tuple[Settings | None, tuple[Diagnostic, ...]]:
    """Read ``prm.yaml``.

    Returns:
        What it says, or None where there are errors; and the findings.
    """
    model, findings = check(PrmFile, document, CONFIGURATION)
    if model is None:
        return None, findings
    approval = model.approval
    if approval.evidence != "merge" and not approval.approvers:
        message = f"with the evidence '{approval.evidence}', approvers must be named"
        hint = "add approvers, or write evidence: merge"
        return None, (document.at_value(("approval", "evidence"), codes.EVIDENCE_WITHOUT_APPROVERS, message, hint),)
    return Settings(
        vendor=model.vendor,
        portal_url=model.portal_url,
        branch=model.branch,
        evidence=Evidence(approval.evidence),
        approvers=_approvers(approval.approvers),
        widening=_approvers(approval.widening),
        publish_to=model.publish.to if model.publish else None,
    ), ()


def _approvers(entries: Iterable[ApproversModel]) -> tuple[Approvers, ...]:
    return tuple(Approvers(paths=tuple(entry.paths), people=tuple(entry.people)) for entry in entries)
