"""Findings survive every format: nothing is lost, and nothing in a message can pass for something else."""

import json
import re
from urllib.parse import unquote

import pytest

from prmbuild import codes
from prmbuild.check.formats import FORMATS, render_findings, summary
from prmbuild.diagnostics import Diagnostic

BROKEN = codes.BROKEN_LINK.at("content/a.md", "the link 'x' leads to nothing", line=6, column=3, hint="remove it")
ODD = codes.UNSAFE_PATH.at("content/a,b:c%\n::error::.md", "100 %,\r\n::set-output name=x::y")
FOUND = (
    BROKEN,
    ODD,
    codes.REVIEW_OVERDUE.at("content/b.md", "the review was due"),
    codes.DRAFT.at("content/b.md", "x"),
)


def sarif(*diagnostics: Diagnostic) -> dict[str, object]:
    run = json.loads(render_findings(diagnostics, "sarif"))["runs"][0]
    assert isinstance(run, dict)
    return run


def fingerprints(*diagnostics: Diagnostic) -> list[str]:
    return [result["partialFingerprints"]["finding/v1"] for result in sarif(*diagnostics)["results"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_ends_its_lines_and_takes_no_findings(form: str) -> None:
    assert render_findings((), form) in ("", render_findings((), form).rstrip("\n") + "\n")
    assert render_findings(FOUND, form).endswith("\n")


def test_text_is_one_line_for_each_finding() -> None:
    lines = render_findings(FOUND, "text").splitlines()
    assert lines[0] == "content/a.md:6:3: PRM401 the link 'x' leads to nothing (remove it)"
    assert len(lines) == len(FOUND)


def test_summary_counts() -> None:
    assert summary(FOUND) == "2 errors, 1 warning, 1 note"
    assert summary(()) == "no findings"


def test_json_has_every_field() -> None:
    entry = json.loads(render_findings((BROKEN,), "json"))["findings"][0]
    assert entry == {
        "code": "PRM401",
        "severity": "error",
        "path": "content/a.md",
        "line": 6,
        "column": 3,
        "message": "the link 'x' leads to nothing",
        "hint": "remove it",
        "title": "link to nothing",
        "help": entry["help"],
    }
    assert entry["help"].endswith("docs/diagnostics/PRM401.md")


def test_github_commands() -> None:
    lines = render_findings(FOUND, "github").splitlines()
    assert lines[0] == (
        "::error file=content/a.md,line=6,col=3,title=PRM401 link to nothing::the link 'x' leads to nothing (remove it)"
    )
    assert [line.split(" ")[0] for line in lines] == ["::error", "::error", "::warning", "::notice"]


def test_github_escapes_what_would_start_another_command() -> None:
    (line,) = render_findings((ODD,), "github").splitlines()
    head, _, message = line.removeprefix("::error ").partition("::")
    properties = dict(part.split("=", 1) for part in head.split(","))
    assert properties.keys() == {"file", "line", "col", "title"}
    assert unquote(properties["file"]) == "content/a,b:c%\\x0a::error::.md"
    assert unquote(message) == "100 %,\\x0d\\x0a::set-output name=x::y"


def test_sarif_has_what_the_standard_requires() -> None:
    document = json.loads(render_findings(FOUND, "sarif"))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert len(run["results"]) == len(FOUND)
    for result in run["results"]:
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["help"]["text"] and rule["shortDescription"]["text"]
        assert result["level"] in ("error", "warning", "note")
        (location,) = result["locations"]
        assert re.fullmatch(r"[A-Za-z0-9._~%/-]+", location["physicalLocation"]["artifactLocation"]["uri"])
        assert location["physicalLocation"]["region"]["startLine"] >= 1


def test_sarif_fingerprints_stay_when_lines_move() -> None:
    moved = codes.BROKEN_LINK.at("content/a.md", BROKEN.message, line=60, column=1)
    assert fingerprints(BROKEN) == fingerprints(moved)
    first = codes.DUPLICATE_KEY.at("a.yaml", "the key 'x' is given twice (first on line 3)", line=5)
    later = codes.DUPLICATE_KEY.at("a.yaml", "the key 'x' is given twice (first on line 13)", line=15)
    assert fingerprints(first) == fingerprints(later)


def test_sarif_fingerprints_tell_findings_apart() -> None:
    again = codes.BROKEN_LINK.at("content/a.md", BROKEN.message, line=60)
    elsewhere = codes.BROKEN_LINK.at("content/b.md", BROKEN.message)
    assert len(set(fingerprints(BROKEN, again, elsewhere, ODD))) == 4


@pytest.mark.parametrize("form", FORMATS)
def test_names_that_are_no_text_can_be_told(form: str) -> None:
    render_findings((codes.UNSAFE_PATH.at("content/caf\udce9.md", "the name is not UTF-8"),), form).encode()
