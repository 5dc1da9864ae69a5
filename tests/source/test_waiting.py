"""Whose text an approval covers: all that waits, and what waited with the bytes that come back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

import pytest

from prmbuild.source.approval import Approvals
from prmbuild.source.git import opened
from prmbuild.source.history import Commit, Version
from prmbuild.source.snapshot import take
from prmbuild.source.standing import standing_in
from prmbuild.source.waiting import Waiting
from tests.conftest import CONFIGURATION, PRM, MakeRepo, Repo, page
from tests.signing import POLICY, commit

ANA, BOSS, BOB, EVE = (f"{name}@vendor.example" for name in ("ana", "boss", "bob", "eve"))
A = "content/a.md"
FIRST, TEXT, OTHER = (page("A", text) for text in ("first", "by the boss", "other"))

Steps = list[tuple[str, str | None, str | None]]
"""Who commits which text, None for a deletion, and who is named as approving it."""

BACK: dict[str, Steps] = {
    "a revert": [(ANA, FIRST, None)],
    "a harmless edit": [(BOB, page("A", "first", tags="[x]"), None), (BOB, FIRST, None)],
    "an approved version": [(BOB, OTHER, ANA)],
    "a version whose approval does not count": [(BOB, OTHER, BOSS), (BOB, FIRST, None)],
    "a deletion": [(BOB, None, None)],
    "an edit that was reverted with it": [(BOB, OTHER, None), (BOB, FIRST, None)],
    "two reverts": [(BOB, FIRST, None), (BOB, TEXT, None), (ANA, FIRST, None)],
}


@pytest.fixture
def repo(make_repo: MakeRepo) -> Repo:
    repo = make_repo({})
    configured = {**CONFIGURATION, "prm.yaml": PRM + POLICY.format(evidence="trailer")}
    commit(repo, {**configured, A: FIRST}, f"x\n\nApproved-by: {ANA}", by=BOB)
    return repo


def land(repo: Repo, steps: Steps, path: str = A) -> None:
    for by, text, approver in steps:
        commit(repo, {path: text}, f"x\n\nApproved-by: {approver}" if approver else "x", by=by)


@contextmanager
def judged(repo: Repo) -> Iterator[Approvals]:
    with opened(repo.path) as repository:
        snapshot = take(repository, "HEAD", worktree=False, now=repo.now, cache=repo.cache)
        yield Approvals(snapshot, partial(standing_in, snapshot), repo.now)


def approved(repo: Repo) -> bool:
    """Tell whether the newest version of the page is published."""
    with judged(repo) as approvals:
        return bool(versions := approvals.page(A).versions) and versions[0].position == 0


def may(repo: Repo) -> tuple[str, ...]:
    with judged(repo) as approvals:
        return approvals.may_approve(A).people


@pytest.mark.parametrize("back", BACK.values(), ids=BACK)
def test_bytes_that_come_back_are_not_approved_by_who_wrote_them(repo: Repo, back: Steps) -> None:
    land(repo, [(BOSS, TEXT, None), *back, (BOB, TEXT, BOSS)])
    assert not approved(repo)
    assert may(repo) == (ANA,)
    land(repo, [(BOB, page("A", "by the boss, and more"), BOSS)])
    assert not approved(repo), "what came back waits"
    land(repo, [(BOB, page("A", "by the boss, and more, and more"), ANA)])
    assert approved(repo)


def test_bytes_that_were_once_approved_are_free(repo: Repo) -> None:
    land(repo, [(BOSS, TEXT, None), (BOB, FIRST, None), (BOB, TEXT, ANA), (BOB, OTHER, ANA), (BOB, TEXT, BOSS)])
    assert approved(repo)
    land(repo, [(BOB, OTHER, BOSS)])
    assert approved(repo)


def test_what_both_approvers_wrote_comes_out_in_two_steps(repo: Repo) -> None:
    both = page("A", "by the boss, and by Ana")
    land(repo, [(BOSS, TEXT, None), (ANA, both, None)])
    assert may(repo) == ()
    land(repo, [(ANA, FIRST, None), (BOSS, TEXT, ANA)])
    assert approved(repo)
    land(repo, [(ANA, both, BOSS)])
    assert approved(repo), "what the boss wrote of it is approved"


@pytest.mark.parametrize("undone", ["", "# a word\n"])
def test_an_approver_is_not_put_in_force_by_a_revert_of_a_revert(repo: Repo, undone: str) -> None:
    before = (repo.path / "prm.yaml").read_text()
    added = f"{before}    - {{paths: [content/**], people: [{EVE}]}}\n"
    land(repo, [(BOSS, added, None), (ANA, before + undone, None), (BOB, added, BOSS)], "prm.yaml")
    with judged(repo) as approvals:
        assert approvals.pending == ("prm.yaml",)
    land(repo, [(BOB, page("A", "by Eve"), EVE)])
    assert not approved(repo)


def version(position: int, blob: str | None) -> Version:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    made = Commit(id=str(position), at=at, author_name="", author_email="", committer_name="", subject="")
    return Version(path=A, commit=made, position=position, blob=blob, mode="100644")


def test_a_later_approval_settles_only_what_it_covered() -> None:
    waiting = Waiting()
    for number, blob in ((9, "one"), (8, "two"), (7, "three")):
        waiting.keep(version(number, blob))
    waiting.end()
    assert [one.position for one in waiting.ended("three")] == [7, 8, 9]
    waiting.approve(version(6, "two"))
    assert [one.position for one in waiting.ended("three")] == [7]
    assert [one.position for one in waiting.ended("one")] == [9], "nobody approved these bytes"
    assert waiting.ended("two") == () == waiting.now


def test_who_wrote_just_these_bytes_is_not_settled_by_the_approval_of_others() -> None:
    waiting = Waiting()
    for number, blob in ((9, "evil"), (8, "good"), (7, "evil")):
        waiting.keep(version(number, blob))
    waiting.end()
    waiting.approve(version(6, "good"))
    assert [one.position for one in waiting.ended("evil")] == [7, 9]


def told(repo: Repo, code: str) -> str:
    (finding,) = [one for one in repo.check() if one.code == code]
    return f"{finding.message} ({finding.hint})"


def test_it_is_said_why_an_approval_does_not_count_and_what_helps(repo: Repo) -> None:
    squashed = f"x\n\nCo-authored-by: Ana <{ANA}>\nApproved-by: {ANA}"
    made = commit(repo, {A: TEXT}, squashed, by=BOB)
    assert f"{BOSS} may approve it, but not {ANA} (named as co-author of {made[:10]})" in told(repo, "PRM318")
    other = commit(repo, {A: OTHER}, by=BOSS)
    both = f"only {ANA} (named as co-author of {made[:10]}) and {BOSS} (author of {other[:10]}) might approve it"
    assert both in told(repo, "PRM318") and "bring what each of them wrote" in told(repo, "PRM318")


@pytest.mark.parametrize(
    "named", [f"Ana <{ANA}>, Boss <{BOSS}>", f"{ANA}, {BOSS}", f"Ana <{ANA}>; {BOSS.upper()} (pair)"]
)
def test_everybody_whom_a_line_of_co_authors_names_is_an_author(repo: Repo, named: str) -> None:
    commit(repo, {A: TEXT}, f"x\n\nCo-authored-by: {named}\nApproved-by: {ANA}\nApproved-by: {BOSS}", by=BOB)
    assert not approved(repo) and may(repo) == ()


def test_it_is_said_who_may_approve_a_file_with_its_page(repo: Repo) -> None:
    drawn = commit(repo, {"content/a.svg": "<svg><title>one</title></svg>"}, by=BOSS)
    land(repo, [(BOB, page("A", "![Drawing](a.svg)"), BOSS)])
    missing = told(repo, "PRM412")
    assert "was added after" not in missing and "nobody who may approve this 'content/a.svg' did so" in missing
    assert f"; for the file: {ANA} may approve it, but not {BOSS} (author of {drawn[:10]})" in missing
    land(repo, [(BOB, page("A", "![Drawing](a.svg) by Ana"), ANA)])
    assert "PRM412" not in [one.code for one in repo.check()]
    commit(repo, {"content/a.svg": "<svg><title>two</title></svg>"}, by=BOB)
    assert "changed after the page was approved" in told(repo, "PRM411")
