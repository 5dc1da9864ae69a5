"""The comment on a pull request, against a fake GitHub, with artifacts from people who mean harm."""

import io
import struct
import zipfile

import pytest

from prmbuild.ci import report as reports
from prmbuild.ci.comment import LONGEST, MARKER, comment
from prmbuild.ci.github import GitHub, RefusedError
from prmbuild.ci.inert import GAP
from prmbuild.errors import HostError
from tests.ci.fake_github import BOT, HEAD, Repository, event, pull, zipped

STRANGER = {"login": "stranger", "type": "User"}


def artifact(markdown: str = "Nobody gains anything.", number: str = "7") -> bytes:
    return zipped({"pull-request": number, "report.md": markdown, "report.html": "<p>for people</p>"})


def body(fake: Repository) -> str:
    (only,) = [str(one["body"]) for one in fake.comments if one["user"] == BOT]
    return only


def test_a_report_becomes_a_comment(fake: Repository, github: GitHub) -> None:
    fake.artifact = artifact("## Gains\n\n<details><summary>2 pages</summary>\n\n- a\n\n</details>")
    posted = comment(github, event())
    assert (posted.done, posted.refused) == ("commented on pull request 7", False)
    said = body(fake)
    assert said.startswith(MARKER)
    assert HEAD[:10] in said
    assert "(https://github.com/vendor/programme/actions/runs/99)" in said
    assert said.endswith("## Gains\n\n<details><summary>2 pages</summary>\n\n- a\n\n</details>")


def test_the_next_report_takes_its_place(fake: Repository, github: GitHub) -> None:
    fake.artifact = artifact("first")
    comment(github, event())
    fake.artifact = artifact("second")
    assert comment(github, event()).done == "updated the comment on pull request 7"
    assert body(fake).endswith("second")
    assert comment(github, event()).done == "the comment is up to date on pull request 7"
    assert fake.writes() == ["POST", "PATCH"]


def test_our_comment_is_found_on_a_later_page(fake: Repository, github: GitHub) -> None:
    for number in range(250):
        fake.says(STRANGER, f"remark {number}")
    fake.says(BOT, f"{MARKER}\nold")
    fake.artifact = artifact("new")
    comment(github, event())
    assert len(fake.comments) == 251
    assert body(fake).endswith("new")


def test_several_of_ours_become_one(fake: Repository, github: GitHub) -> None:
    for text in ("one", "two"):
        fake.says(BOT, f"{MARKER}\n{text}")
    fake.artifact = artifact("new")
    comment(github, event())
    assert body(fake).endswith("new")


@pytest.mark.parametrize(
    ("author", "text"),
    [
        (STRANGER, f"{MARKER}\nNobody gains anything, promised."),
        ({"login": "github-actions[bot]", "type": "User"}, MARKER),
        ({"login": "other-app[bot]", "type": "Bot"}, MARKER),
        (BOT, f"> {MARKER}\nquoted by another workflow"),
    ],
)
def test_what_others_wrote_is_left_alone(fake: Repository, github: GitHub, author: dict[str, str], text: str) -> None:
    fake.says(author, text)
    fake.artifact = artifact("ours")
    comment(github, event())
    assert fake.comments[0]["body"] == text
    assert len(fake.comments) == 2


def test_the_token_stays_with_github(fake: Repository, github: GitHub) -> None:
    fake.artifact = artifact()
    comment(github, event())
    carried = {path: token for _, path, token in fake.seen}
    assert carried.pop("/storage") is False
    assert all(carried.values())


@pytest.mark.parametrize(
    ("number", "pulls"),
    [
        ("8", {7: pull(), 8: pull(8, sha="b" * 40, head="victim/programme")}),
        ("8", {7: pull(), 8: pull(8, head="victim/programme")}),
        ("9", {7: pull()}),
    ],
    ids=["another's pull request", "the same commit from another repository", "none"],
)
def test_a_report_for_another_pull_request_is_refused(
    fake: Repository, github: GitHub, number: str, pulls: dict[int, dict[str, object]]
) -> None:
    fake.pulls = pulls
    fake.artifact = artifact("harm", number)
    posted = comment(github, event())
    assert posted.refused
    assert fake.writes() == []


@pytest.mark.parametrize("now", [pull(sha="c" * 40), pull(state="closed")], ids=["pushed since", "closed since"])
def test_a_late_report_is_dropped_quietly(fake: Repository, github: GitHub, now: dict[str, object]) -> None:
    fake.pulls = {7: now}
    fake.artifact = artifact()
    posted = comment(github, event())
    assert not posted.refused
    assert "nothing posted" in posted.done
    assert fake.writes() == []


def encrypted() -> bytes:
    data = bytearray(artifact())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset : at + offset + 2] = struct.pack("<H", 1)
            at = data.find(signature, at + 4)
    return bytes(data)


def twice() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("pull-request", "7")
        archive.writestr("pull-request", "8")
        archive.writestr("report.md", "harm")
    return buffer.getvalue()


HOSTILE = {
    "no archive": lambda: b"#!/bin/sh\nrm -rf /",
    "cut off": lambda: artifact()[:-30],
    "empty": lambda: b"",
    "encrypted": encrypted,
    "names twice": twice,
    "zip slip": lambda: zipped({"../../pull-request": "7", "/etc/report.md": "harm", "..\\report.md": "harm"}),
    "bomb": lambda: zipped({"pull-request": "7", "report.md": b"a" * (reports.UNZIPPED + 1)}),
    "many files": lambda: zipped({"pull-request": "7", "report.md": "", **{str(n): "" for n in range(100)}}),
    "no number": lambda: artifact(number="7; echo harm"),
    "negative": lambda: artifact(number="-7"),
    "a path": lambda: artifact(number="7/../8"),
    "other digits": lambda: artifact(number="\u0667"),
    "huge number": lambda: artifact(number="9" * 30),
    "no text": lambda: zipped({"pull-request": "7", "report.md": b"\xff\xfe\xff"}),
}


@pytest.mark.parametrize("made", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_artifact_is_not_believed(fake: Repository, github: GitHub, made: object) -> None:
    assert callable(made)
    fake.artifact = made()
    posted = comment(github, event())
    assert posted.refused
    assert "There is no report of this commit" in body(fake)
    assert "harm" not in body(fake)


@pytest.mark.parametrize("claimed", [reports.ZIPPED + 1, 10], ids=["says so", "lies about it"])
def test_a_huge_artifact_is_not_read(fake: Repository, github: GitHub, claimed: int) -> None:
    fake.artifact = b"PK" + bytes(reports.ZIPPED)
    fake.claimed_size = claimed
    assert comment(github, event()).refused
    assert "There is no report of this commit" in body(fake)


def test_a_run_that_failed_takes_the_old_report_away(fake: Repository, github: GitHub) -> None:
    fake.says(BOT, f"{MARKER}\nNobody gains anything.")
    posted = comment(github, event(conclusion="failure"))
    assert not posted.refused
    assert "Nobody gains anything" not in body(fake)
    assert "There is no report of this commit: the run left none" in body(fake)


def test_what_a_report_holds_does_nothing(fake: Repository, github: GitHub) -> None:
    fake.artifact = artifact(
        "@everyone see ![pixel](https://evil.example/p.png) <img src=x> fixes #12\n/merge\n<!-- hid"
    )
    comment(github, event())
    said = body(fake).split("\n", 1)[1]
    for harm in ("@everyone", "](https://evil", "<img", "#12", "\n/merge", "<!--"):
        assert harm not in said
    assert f"@{GAP}everyone" in said


def test_a_long_report_is_cut_where_a_comment_ends(fake: Repository, github: GitHub) -> None:
    fake.artifact = artifact("- a page of the catalogue\n" * 20_000)
    comment(github, event())
    assert LONGEST - 6_000 < len(body(fake)) <= LONGEST
    assert "cut off here" in body(fake)


@pytest.mark.parametrize("name", [".github/workflows/exposure.yml", "requirements.txt", "Makefile"])
def test_a_pull_request_that_changes_how_reports_are_made_is_called_out(
    fake: Repository, github: GitHub, name: str
) -> None:
    fake.files = [f"content/{n}.md" for n in range(150)] + [name]
    fake.artifact = artifact()
    comment(github, event())
    assert "which decide how this report is made" in body(fake)
    fake.files.pop()
    comment(github, event())
    assert "which decide how this report is made" not in body(fake)


def test_passing_failures_are_tried_again(fake: Repository, github: GitHub, waits: list[float]) -> None:
    fake.artifact = artifact()
    fake.failures = [(503, {}), (429, {"Retry-After": "7"}), (403, {"Retry-After": "3"})]
    comment(github, event())
    assert len(fake.comments) == 1
    assert waits == [1.0, 7.0, 3.0]


def test_a_comment_that_was_made_though_github_failed_is_not_made_twice(fake: Repository, github: GitHub) -> None:
    fake.artifact = artifact()
    fake.lost = True
    comment(github, event())
    assert len(fake.comments) == 1


def test_a_refusal_is_told(fake: Repository, github: GitHub) -> None:
    fake.artifact = artifact()
    fake.failures = [(403, {})]
    with pytest.raises(RefusedError, match="403"):
        comment(github, event())


def test_github_that_does_not_come_back_is_told(fake: Repository, github: GitHub) -> None:
    fake.failures = [(500, {})] * 9
    with pytest.raises(HostError, match="500"):
        comment(github, event())
    assert len(fake.seen) == 4


@pytest.mark.parametrize("other", [{"workflow_run": {}}, {}, event(event="push"), event(id="99")])
def test_another_event_is_refused(github: GitHub, other: dict[str, object]) -> None:
    with pytest.raises(HostError, match="finished run of a pull request"):
        comment(github, other)
