"""Findings for GitHub's code scanning."""

import gzip
from base64 import b64encode

from prmbuild.ci.github import GitHub


def upload_findings(github: GitHub, *, commit: str, ref: str, sarif: str) -> None:
    """Upload a SARIF log.

    Args:
        github: the API of the repository.
        commit: full object name of what was checked.
        ref: as ``GITHUB_REF`` has it.
        sarif: the log.

    Source: https://docs.github.com/en/rest/code-scanning/code-scanning#upload-an-analysis-as-sarif-data

    Raises:
        HostError: GitHub does not answer or refuses.
    """
    packed = b64encode(gzip.compress(sarif.encode(), mtime=0)).decode()
    github.send("POST", "code-scanning/sarifs", {"commit_sha": commit, "ref": ref, "sarif": packed})
