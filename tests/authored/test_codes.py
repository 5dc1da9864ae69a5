"""Every code of a family that this package owns is raised by a smallest example, at the place it names."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from prmbuild import authored, codes
from prmbuild.authored.reading import read_course, read_page, read_programme, read_quiz
from prmbuild.diagnostics import Diagnostic, Severity, has_errors
from tests.authored.conftest import PARTNERS, PRM, VISIBILITY, files

COURSE = "title: Start\nlessons: [lessons/01-start.md]\n"
OPTIONS = "options: [{text: one, correct: true}, {text: two}]"
QUIZ = f"questions:\n  - id: first\n    question: What?\n    {OPTIONS}\n"


@dataclass(frozen=True)
class Case:
    """A code, the file that raises it, what stands in it, and the place, ``line:column``."""

    code: str
    kind: str
    text: str | bytes | None
    place: str

    def __str__(self) -> str:
        return f"{self.code}-{self.place}"


def partner(more: str) -> str:
    return PARTNERS.replace("segment: gold-emea}", "segment: gold-emea, " + more + "}")


def rule(show_to: str, audiences: str = "gold-up: {tier: gold}") -> str:
    return f"audiences:\n  {audiences}\nrules:\n  - paths: [content/**]\n    show_to: {show_to}\n"


def paths(written: str) -> str:
    return VISIBILITY.replace("[content/**]", written)


CASES = (
    Case("PRM101", "prm", b"vendor: V\nportal_url: \xff\n", "2:13"),
    Case("PRM101", "prm", "vendor: V\n".encode("utf-16"), "1:1"),
    Case("PRM101", "prm", b"\xef\xbb\xbfvendor: \xff\n", "1:9"),
    Case("PRM101", "page", b"caf\xe9\n", "1:4"),
    Case("PRM102", "prm", b"#" * (1024 * 1024 + 1), "1:1"),
    Case("PRM102", "page", b"#" * (2 * 1024 * 1024 + 1), "1:1"),
    Case("PRM103", "prm", "vendor: 'V\n", "2:1"),
    Case("PRM103", "prm", "vendor: a: b\n", "1:10"),
    Case("PRM103", "page", "---\ntitle: @x\n---\n", "2:8"),
    Case("PRM104", "prm", "approval:\n\tevidence: merge\n", "2:1"),
    Case("PRM105", "prm", PRM + "vendor: Other\n", "3:1"),
    Case("PRM105", "partners", PARTNERS.replace("tier: gold,", "tier: gold, tier: silver,"), "4:51"),
    Case("PRM106", "visibility", paths("[*.md]"), "4:13"),
    Case("PRM106", "visibility", rule("&x gold-up"), "5:14"),
    Case("PRM106", "partners", partner("<<: {region: amer}"), "7:61"),
    Case("PRM107", "prm", PRM.replace("Vendor", "!!str Vendor"), "1:9"),
    Case("PRM107", "prm", "%YAML 1.1\n---\n" + PRM, "1:1"),
    Case("PRM108", "prm", PRM + "---\n" + PRM, "3:1"),
    Case("PRM109", "page", "---\nlanguage: no\n---\n", "2:11"),
    Case("PRM109", "quiz", QUIZ.replace("correct: true", "correct: yes"), "4:36"),
    Case("PRM109", "prm", PRM + "on: push\n", "3:1"),
    Case("PRM110", "prm", PRM.replace("Vendor", "12:30"), "1:9"),
    Case("PRM111", "prm", PRM.replace("Vendor", "0123"), "1:9"),
    Case("PRM112", "prm", PRM.replace("Vendor", "2026-01-01"), "1:9"),
    Case("PRM113", "prm", PRM.replace("Vendor", "1_000"), "1:9"),
    Case("PRM113", "prm", PRM.replace("Vendor", "1e3"), "1:9"),
    Case("PRM113", "prm", PRM.replace("Vendor", "0o17"), "1:9"),
    Case("PRM114", "course", COURSE + "pass_mark: .nan\n", "3:12"),
    Case("PRM114", "prm", PRM.replace("Vendor", "1" * 400), "1:9"),
    Case("PRM115", "visibility", "rules: " + "[" * 100_000, "1:47"),
    Case("PRM116", "prm", PRM.replace("Vendor", "Ven\x07dor"), "1:12"),
    Case("PRM116", "prm", PRM.replace("Vendor", "Ven\u202edor"), "1:12"),
    Case("PRM117", "prm", PRM + "2026: x\n", "3:1"),
    Case("PRM117", "prm", PRM + "[a, b]: x\n", "3:1"),
    Case("PRM118", "page", "one\ntwo\x00\n", "2:4"),
    Case("PRM201", "prm", PRM + "vendors: x\n", "3:1"),
    Case("PRM202", "prm", "vendor: V\n", "1:1"),
    Case("PRM202", "partners", PARTNERS.replace("name: Cascade Inc, ", ""), "8:5"),
    Case("PRM202", "visibility", VISIBILITY + "assertions:\n  - {}\n", "7:5"),
    Case("PRM203", "partners", PARTNERS.replace("segment: gold-emea", "segment: glod-emea"), "7:50"),
    Case("PRM203", "visibility", rule("{segment: glod-emea}"), "5:24"),
    Case("PRM204", "prm", PRM.replace("Vendor", "2026"), "1:9"),
    Case("PRM204", "prm", PRM + "branch:\n", "3:1"),
    Case("PRM204", "visibility", rule("{tier: 1}"), "5:21"),
    Case("PRM204", "partners", partner("tier: [gold]"), "7:67"),
    Case("PRM205", "prm", PRM + "publish: {to: ftp://x}\n", "3:15"),
    Case("PRM205", "prm", PRM + "publish: {to: 'dir:x', edge: 'arn:aws:s3:::x'}\n", "3:30"),
    Case("PRM205", "prm", PRM + "approval: {evidence: merged}\n", "3:22"),
    Case("PRM205", "partners", partner("domains: ['@x']"), "7:71"),
    Case("PRM206", "partners", PARTNERS.replace("id: cascade", "id: Cascade_1"), "8:10"),
    Case("PRM206", "visibility", rule("everyone", "Gold_Up: {tier: gold}"), "2:3"),
    Case("PRM207", "visibility", None, "1:1"),
    Case("PRM208", "partners", PARTNERS.replace("id: cascade", "id: nordwind"), "8:10"),
    Case("PRM209", "partners", partner("teir: gold"), "7:61"),
    Case("PRM209", "visibility", rule("{regoin: emea}"), "5:15"),
    Case("PRM210", "partners", partner("tier: glod"), "7:67"),
    Case("PRM210", "visibility", rule("{region: [emea, apac]}"), "5:30"),
    Case("PRM211", "visibility", rule("{role: seller}"), "5:21"),
    Case("PRM212", "partners", PARTNERS.replace("[nordwind]", "[nordwand]"), "10:72"),
    Case("PRM212", "partners", partner("connections: [{to: cascada}]"), "7:80"),
    Case("PRM212", "visibility", rule("{partners: [nordwand]}"), "5:26"),
    Case("PRM213", "visibility", rule("gold-ip"), "5:14"),
    Case("PRM214", "visibility", rule("{role: sales, roles: [technical]}"), "5:28"),
    Case("PRM215", "visibility", rule("{}"), "5:5"),
    Case("PRM215", "visibility", rule("[]"), "5:5"),
    Case("PRM215", "visibility", rule(""), "5:5"),
    Case("PRM215", "visibility", rule("{tier: []}"), "5:15"),
    Case("PRM215", "visibility", rule("{any: []}"), "5:15"),
    Case("PRM216", "visibility", rule("everyone", "one: two\n  two: {all: [one]}"), "3:15"),
    Case("PRM217", "visibility", rule("everyone", "nobody: {tier: gold}"), "2:3"),
    Case("PRM217", "partners", PARTNERS.replace("{tier: [silver", "{not: [a], tier: [silver"), "1:14"),
    Case("PRM218", "partners", PARTNERS.replace("id: cascade", "id: sales"), "8:10"),
    Case("PRM219", "partners", PARTNERS.replace("tier: gold, region: emea", "tier: gold"), "7:5"),
    Case("PRM220", "partners", partner("connections: [{to: nordwind}]"), "7:80"),
    Case("PRM221", "partners", partner("connections: [{to: cascade}]"), "7:80"),
    Case("PRM222", "partners", PARTNERS + "  - {id: d2, name: D, email: Dana@vendor.example, partners: []}\n", "11:30"),
    Case("PRM223", "visibility", paths("['!content/a.md']"), "4:13"),
    Case("PRM224", "visibility", paths("[/content/**]"), "4:13"),
    Case("PRM224", "visibility", paths("[content\\**]"), "4:13"),
    Case("PRM224", "visibility", paths("[content/../prm.yaml]"), "4:13"),
    Case("PRM225", "prm", PRM.replace("https://", ""), "2:13"),
    Case("PRM225", "prm", PRM.replace("https:", "ftp:"), "2:13"),
    Case("PRM225", "prm", PRM.replace("vendor.example", "vendor.example/?x=1"), "2:13"),
    Case("PRM226", "prm", PRM + "approval: {evidence: trailer}\n", "3:22"),
    Case("PRM227", "partners", PARTNERS.replace("[sales, technical]", "[sales, sales]"), "2:16"),
    Case("PRM227", "visibility", rule("{tier: [gold, gold]}"), "5:28"),
    Case(
        "PRM228",
        "partners",
        partner("domains: [x.example]").replace("silver-amer}\nm", "silver-amer, domains: [X.example]}\nm"),
        "8:70",
    ),
    Case(
        "PRM229",
        "visibility",
        rule("everyone", "\n  ".join(["a0: {tier: gold}", *(f"a{n + 1}: {{all: [a{n}, a{n}]}}" for n in range(12))])),
        "10:7",
    ),
    Case("PRM230", "visibility", paths("['#x']"), "4:13"),
    Case("PRM230", "visibility", paths("['" + "*a" * 9 + "']"), "4:13"),
    Case("PRM230", "visibility", paths("[" + "a" * 513 + "]"), "4:13"),
    Case("PRM301", "page", "---\ntopic: x\n---\n", "2:1"),
    Case("PRM303", "page", "---\ntitle: x\n", "1:1"),
    Case("PRM330", "page", "\n---\ntitle: x\n---\n", "2:1"),
    Case("PRM304", "page", "---\ntitle: 2026\n---\n", "2:8"),
    Case("PRM304", "page", "---\n- a\n---\n", "2:1"),
    Case("PRM304", "page", "---\nexpire_at:\n---\n", "2:1"),
    Case("PRM305", "page", "---\nstatus: aproved\n---\n", "2:9"),
    Case("PRM306", "page", "---\npublish_at: 2026-12-01\n---\n", "2:13"),
    Case("PRM306", "page", "---\npublish_at: 2026-12-01T00:00:00\n---\n", "2:13"),
    Case("PRM306", "page", "---\npublish_at: 2026-13-01T00:00:00Z\n---\n", "2:13"),
    Case("PRM306", "page", "---\npublish_at: 0001-01-01T00:00:00+10:00\n---\n", "2:13"),
    Case("PRM307", "page", "---\nlast_reviewed_on: 2026-02-30\n---\n", "2:19"),
    Case("PRM308", "page", "---\nreview_in: 3 months\nowner: ana\n---\n", "2:12"),
    Case("PRM309", "page", "---\nfile: ../../secret.pdf\n---\n", "2:7"),
    Case("PRM309", "page", "---\nfile: /etc/passwd\n---\n", "2:7"),
    Case("PRM310", "page", "---\npublish_at: 2026-12-02T00:00:00Z\nexpire_at: 2026-12-01T00:00:00Z\n---\n", "3:12"),
    Case("PRM311", "page", "---\nreview_in: 90d\n---\n", "2:1"),
    Case("PRM151", "page", "---\nlast_reviewed_on: 2026-09-01\nreview_in: 90d\n---\n", "3:1"),
    Case("PRM152", "page", "---\nlast_reviewed_on: 2026-09-01\n---\n", "2:1"),
    Case("PRM157", "prm", PRM + "approval:\n  approvers: [{paths: [content/**], people: [a@b.example]}]\n", "4:3"),
    Case(
        "PRM158",
        "prm",
        PRM + "approval:\n  approvers: [{paths: ['*'], people: [a@b.example]}]\n  handles: {b@b.example: '@b'}\n",
        "5:13",
    ),
    Case("PRM501", "course", COURSE + "lesson: x\n", "3:1"),
    Case("PRM502", "course", "title: Start\n", "1:1"),
    Case("PRM503", "misplaced course", COURSE, "1:1"),
    Case("PRM504", "course", COURSE + "pass_mark: '0.8'\n", "3:12"),
    Case("PRM505", "course", COURSE + "pass_mark: 80\n", "3:12"),
    Case("PRM505", "course", "title: Start\nlessons: []\n", "2:10"),
    Case("PRM505", "course", "title: Start\nlessons: [lessons/01.txt]\n", "2:11"),
    Case("PRM506", "quiz", QUIZ.replace(", correct: true", ""), "4:5"),
    Case("PRM507", "quiz", QUIZ.replace("two}", "two, correct: true}"), "4:5"),
    Case("PRM508", "quiz", QUIZ.replace("text: two", "text: one"), "4:50"),
    Case("PRM508", "quiz", QUIZ + QUIZ.partition("\n")[2], "5:9"),
    Case("PRM509", "course", "title: Start\nlessons: [../other/01.md]\n", "2:11"),
    Case("PRM510", "course", "title: Start\nlessons: [a.md, ./a.md]\n", "2:17"),
    Case("PRM511", "course", COURSE + "prerequisites: [start]\n", "3:17"),
)


def findings_of(case: Case) -> tuple[object, tuple[Diagnostic, ...]]:
    data = case.text.encode() if isinstance(case.text, str) else case.text or b""
    programme, _ = read_programme(files({}))
    match case.kind:
        case "page":
            return read_page("content/a.md", data, programme)
        case "course":
            return read_course("courses/start/course.yaml", data, programme)
        case "misplaced course":
            return read_course("courses/course.yaml", data, programme)
        case "quiz":
            return read_quiz("courses/start/quiz.yaml", data)
        case _:
            return read_programme(files({case.kind: case.text}))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_code_is_found_at_its_place(case: Case) -> None:
    value, findings = findings_of(case)
    assert f"{case.code} {case.place}" in [f"{found.code} {found.line}:{found.column}" for found in findings]
    assert (value is None) == has_errors(findings)
    assert len(findings) <= 2, [str(finding) for finding in findings]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_message_is_for_people(case: Case) -> None:
    _, findings = findings_of(case)
    for found in findings:
        assert found.message
        assert found.message[0] == found.message[0].lower()
        assert not found.message.endswith(".")
        for word in ("Input should", "pydantic", "Traceback", "type=", "object at"):
            assert word not in str(found)
        assert "\n" not in str(found)


def test_every_code_raised_here_has_an_example() -> None:
    source = "".join(file.read_text(encoding="utf-8") for file in Path(authored.__file__).parent.glob("*.py"))
    raised = {getattr(codes, name).id for name in re.findall(r"codes\.([A-Z_0-9]{4,})", source)}
    assert len(raised) > 50
    assert raised - {case.code for case in CASES} == set()


def test_codes_are_well_formed() -> None:
    for identity, code in codes.ALL.items():
        assert identity == code.id
        assert len(identity) == 6
        assert code.title == code.title[0].lower() + code.title[1:] or code.title.split()[0].isupper()
        assert code.meaning.endswith(".")
        assert code.remedy.endswith(".")
        assert isinstance(code.severity, Severity)
    assert codes.UNKNOWN_SEGMENT.id == "PRM203"
