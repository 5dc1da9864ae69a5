"""The files that decide who may approve."""

from collections.abc import Iterator

from prmbuild import codes
from prmbuild.check.written import Written
from prmbuild.desired import Desired
from prmbuild.diagnostics import Diagnostic
from prmbuild.source.signers import read_revoked, read_signers
from prmbuild.source.snapshot import REVOKED, SIGNERS


def check_signers(written: Written) -> Iterator[Diagnostic]:
    """Find lines that let nobody sign, or revoke no key."""
    snapshot = written.snapshot
    if SIGNERS in snapshot.files and snapshot.files[SIGNERS].regular:
        for line in read_signers(snapshot.read_path(SIGNERS)):
            if line.problem is not None:
                message = f"the line {line.problem}, so nobody signs by it"
                hint = "write: address key-type key"
                yield codes.SIGNER_UNUSABLE.at(SIGNERS, message, line=line.number, hint=hint)
    if REVOKED in snapshot.files and snapshot.files[REVOKED].regular:
        for number in read_revoked(snapshot.read_path(REVOKED))[1]:
            message = "the line holds no public key, so it revokes none"
            hint = "write the key as in its .pub file: key-type key"
            yield codes.REVOCATION_UNUSABLE.at(REVOKED, message, line=number, hint=hint)


def check_authority(state: Desired) -> Iterator[Diagnostic]:
    """Find files that decide who may approve, and are not in force as nobody approved them."""
    approvals = state.catalog.approvals
    for path in approvals.pending:
        message = "this version is not approved, so the one before it still decides who may approve"
        yield codes.APPROVERS_NOT_IN_FORCE.at(path, message, hint=str(approvals.may_approve(path)))
