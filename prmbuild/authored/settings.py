"""``prm.yaml``: vendor, portal address, approval and publishing."""

from collections.abc import Iterable, Iterator

from pathspec import GitIgnoreSpec

from prmbuild import codes
from prmbuild.authored.document import Document
from prmbuild.authored.models import ApprovalModel, ApproversModel, PrmFile
from prmbuild.authored.programme import Approvers, Evidence, Settings
from prmbuild.authored.shape import CONFIGURATION, check
from prmbuild.authored.text import quoted, suggestion
from prmbuild.diagnostics import Diagnostic

CONFIGURATION_FILES = ("partners.yaml", "visibility.yaml", "prm.yaml")
"""What decides who sees what, and who may approve."""


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
        handles={address.casefold(): handle for address, handle in approval.handles.items()},
        publish_to=model.publish.to if model.publish else None,
        publish_edge=model.publish.edge if model.publish else None,
    ), (*findings, *_unused_handles(approval, document), *_open_configuration(approval, document))


def _approvers(entries: Iterable[ApproversModel]) -> tuple[Approvers, ...]:
    return tuple(Approvers(paths=tuple(entry.paths), people=tuple(entry.people)) for entry in entries)


def _unused_handles(approval: ApprovalModel, document: Document) -> Iterator[Diagnostic]:
    people = {
        person.casefold(): person for group in (*approval.approvers, *approval.widening) for person in group.people
    }
    for address in approval.handles:
        if address.casefold() not in people:
            message = f"{quoted(address)} is not among the approvers"
            hint = suggestion(address, people.values()) or "remove it"
            yield document.at_key(("approval", "handles", address), codes.HANDLE_OF_NOBODY, message, hint)


def _open_configuration(approval: ApprovalModel, document: Document) -> Iterator[Diagnostic]:
    patterns = [GitIgnoreSpec.from_lines(group.paths) for group in approval.approvers]
    missing = [name for name in CONFIGURATION_FILES if not any(spec.match_file(name) for spec in patterns)]
    if patterns and missing:
        message = f"no approver is named for {', '.join(missing)}"
        hint = "add a group of approvers with these paths"
        place = ("approval", "approvers")
        yield document.at_key(place, codes.CONFIGURATION_WITHOUT_APPROVER, message, hint)
