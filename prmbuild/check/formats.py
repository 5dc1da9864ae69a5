"""Findings as text, JSON, GitHub workflow commands, GitLab code quality reports and SARIF."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from urllib.parse import quote

from prmbuild import __version__, codes
from prmbuild.check.names import speakable
from prmbuild.diagnostics import Diagnostic, Severity

HELP = "docs/diagnostics/{code}.md"
"""Where the page of a code is, in the tool's repository."""

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

_LINE_NUMBER = re.compile(r"\b(line |:)\d+(?::\d+)?")


def render_findings(diagnostics: Sequence[Diagnostic], form: str) -> str:
    """Return findings in one of `FORMATS`, with a line end at the end of each line."""
    return FORMATS[form](diagnostics)


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """Return how many findings there are of each severity, on one line."""
    counts = Counter(diagnostic.severity for diagnostic in diagnostics)
    words = ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "note"))
    said = [
        f"{counts[severity]} {word}{'s' if counts[severity] > 1 else ''}"
        for severity, word in words
        if counts[severity]
    ]
    return ", ".join(said) or "no findings"


def as_text(diagnostics: Sequence[Diagnostic]) -> str:
    """Return one line for each finding: place, code, message and hint."""
    return "".join(f"{speakable(str(diagnostic))}\n" for diagnostic in diagnostics)


def as_json(diagnostics: Sequence[Diagnostic], more: Mapping[str, object] | None = None) -> str:
    """Return a JSON document with all fields of the findings, and what a command has to say beside them."""
    document: dict[str, object] = {
        "version": 1,
        "findings": [
            {
                "code": diagnostic.code,
                "severity": diagnostic.severity.value,
                "path": speakable(diagnostic.path),
                "line": diagnostic.line,
                "column": diagnostic.column,
                "message": diagnostic.message,
                "hint": diagnostic.hint,
                "title": codes.ALL[diagnostic.code].title,
                "help": HELP.format(code=diagnostic.code),
            }
            for diagnostic in diagnostics
        ],
        **(more or {}),
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def as_github(diagnostics: Sequence[Diagnostic]) -> str:
    """Return workflow commands, which GitHub shows as annotations.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    return "".join(f"{_command(diagnostic)}\n" for diagnostic in diagnostics)


def as_sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a SARIF log with one run.

    Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
    """
    used = sorted({diagnostic.code for diagnostic in diagnostics})
    fingerprints = _fingerprints(diagnostics)
    run = {
        "tool": {
            "driver": {
                "name": "prmbuild",
                "semanticVersion": __version__,
                "rules": [_sarif_rule(code) for code in used],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The top folder of the programme's repository."}}},
        "results": [
            _sarif_result(diagnostic, used.index(diagnostic.code), fingerprint)
            for diagnostic, fingerprint in zip(diagnostics, fingerprints, strict=True)
        ],
    }
    return json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=True) + "\n"


def as_gitlab(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a code quality report, which GitLab shows in the merge request.

    Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
    """
    entries = [
        {
            "description": speakable(_told(diagnostic)),
            "check_name": diagnostic.code,
            "fingerprint": fingerprint,
            "severity": _QUALITY[diagnostic.severity],
            "location": {"path": speakable(diagnostic.path), "lines": {"begin": diagnostic.line}},
        }
        for diagnostic, fingerprint in zip(diagnostics, _fingerprints(diagnostics), strict=True)
    ]
    return json.dumps(entries, indent=2, ensure_ascii=True) + "\n"


_QUALITY: Mapping[Severity, str] = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def _told(diagnostic: Diagnostic) -> str:
    return f"{diagnostic.message} ({diagnostic.hint})" if diagnostic.hint else diagnostic.message


_COMMANDS: Mapping[Severity, str] = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def _command(diagnostic: Diagnostic) -> str:
    properties = {
        "file": speakable(diagnostic.path),
        "line": str(diagnostic.line),
        "col": str(diagnostic.column),
        "title": f"{diagnostic.code} {codes.ALL[diagnostic.code].title}",
    }
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{_COMMANDS[diagnostic.severity]} {written}::{_data(speakable(_told(diagnostic)))}"


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


_LEVELS: Mapping[Severity, str] = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def _sarif_rule(identifier: str) -> Mapping[str, object]:
    code = codes.ALL[identifier]
    return {
        "id": code.id,
        "name": "".join(word.capitalize() for word in re.findall(r"\w+", code.title)),
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.meaning},
        "help": {"text": f"{code.meaning} {code.remedy}", "markdown": f"{code.meaning}\n\n{code.remedy}"},
        "defaultConfiguration": {"level": _LEVELS[code.severity]},
    }


def _sarif_result(diagnostic: Diagnostic, rule: int, fingerprint: str) -> Mapping[str, object]:
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": speakable(_told(diagnostic))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {
                        "uri": quote(diagnostic.path.encode("utf-8", "surrogateescape")),
                        "uriBaseId": "SRCROOT",
                    },
                    "region": {"startLine": diagnostic.line, "startColumn": diagnostic.column},
                }
            }
        ],
        "partialFingerprints": {"finding/v1": fingerprint},
    }


def _fingerprints(diagnostics: Sequence[Diagnostic]) -> list[str]:
    """Return a name for each finding that stays when its line moves: code, path, message, and which of equal ones."""
    seen: Counter[tuple[str, str, str]] = Counter()
    names = []
    for diagnostic in diagnostics:
        same = (diagnostic.code, diagnostic.path, _LINE_NUMBER.sub(r"\1", diagnostic.message))
        parts = "\0".join((*same, str(seen[same])))
        names.append(sha256(parts.encode("utf-8", "surrogateescape")).hexdigest()[:32])
        seen[same] += 1
    return names


FORMATS: Mapping[str, Callable[[Sequence[Diagnostic]], str]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
    "gitlab": as_gitlab,
    "sarif": as_sarif,
}
"""name → format, as in ``prmbuild check --format``."""
