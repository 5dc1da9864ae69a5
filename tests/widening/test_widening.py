"""Who must approve that more partners see something, and which approvals count."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prmbuild.desired import consider, read_authored
from prmbuild.diagnostics import Diagnostic, Severity
from prmbuild.progress import Silence
from prmbuild.source.git import opened
from prmbuild.widening.check import check_widening
from tests.conftest import CONFIGURATION, PARTNERS, PRM, VISIBILITY, MakeRepo, Repo, page
from tests.signing import POLICY, Key, commit, identity, merge, new_key

ANA, BOSS, CHIEF, CAROL = (f"{name}@vendor.example" for name in ("ana", "boss", "chief", "carol"))
WIDENING = """\
  widening:
    - {paths: [content/gold/**], people: [chief@vendor.example]}
"""
GOLD = "content/gold/prices.md"
NEW = "content/new.md"
PROMOTED = PARTNERS.replace("segment: silver-emea}", "segment: silver-emea, tier: gold}")


def policy(evidence: str) -> str:
    return PRM + POLICY.format(evidence=evidence) + WIDENING


def files(evidence: str) -> dict[str, str | bytes | None]:
    return {
        **CONFIGURATION,
        "prm.yaml": policy(evidence),
        "content/index.md": page("Home"),
        GOLD: page("Prices", "4711"),
        "content/gold/terms.md": page("Terms", "30 days"),
    }


APPROVED = "first\n\nApproved-by: boss@vendor.example\nApproved-by: chief@vendor.example"


@pytest.fixture
def repo(make_repo: MakeRepo) -> Repo:
    """A programme that takes trailers for evidence, on a branch with nothing on it yet."""
    return started(make_repo, files("trailer"))


def started(make_repo: MakeRepo, contents: Mapping[str, str | bytes | None], key: Key | None = None) -> Repo:
    repo = make_repo({})
    repo.write(contents)
    repo.git("add", "-A")
    repo.git(
        *(key.options if key else ()),
        "commit",
        "-q",
        "--amend",
        "--reset-author",
        "-m",
        APPROVED,
        **identity("bob@vendor.example"),
    )
    repo.git("commit", "-q", "--amend", "--no-edit", "--reset-author", **identity("bob@vendor.example"))
    repo.git("checkout", "-q", "-b", "work")
    return repo


@dataclass(frozen=True)
class Verdict:
    """What check says of a change."""

    findings: tuple[Diagnostic, ...]

    @property
    def codes(self) -> list[str]:
        return [finding.code for finding in self.findings]

    @property
    def passes(self) -> bool:
        return all(finding.severity is not Severity.ERROR for finding in self.findings)

    def of(self, code: str) -> list[Diagnostic]:
        return [finding for finding in self.findings if finding.code == code]

    @property
    def quote(self) -> str:
        """What an approver is asked to quote."""
        (how,) = self.of("PRM146")
        return how.message.rpartition("Approved-change: ")[2].removesuffix("'")


def judged(repo: Repo, base: str = "main") -> Verdict:
    request = repo.request()
    with opened(repo.path) as repository:
        return Verdict(check_widening(repository, base, request, Silence()))


def statement(verdict: Verdict, *people: str) -> str:
    named = "".join(f"Approved-by: {person}\n" for person in people)
    return f"Approve\n\n{named}Approved-change: {verdict.quote}"


def approve(repo: Repo, *people: str, key: Key | None = None) -> None:
    """Add the commit that check asks for."""
    commit(repo, {}, statement(judged(repo), *([] if key else people)), by=people[0], key=key)


def published(repo: Repo) -> dict[str, str]:
    """Path → what is published of each page on the checked out branch."""
    request = repo.request()
    with opened(repo.path) as repository:
        catalog = consider(read_authored(repository, request), request, Silence()).catalog
        return {path: found.source.body.strip() for path, found in catalog.pages.items()}


def test_a_partner_who_moves_up_is_one_finding_at_the_partner(repo: Repo) -> None:
    many = {f"content/gold/p{number}.md": page(f"P{number}") for number in range(30)}
    commit(repo, many, APPROVED, by="bob@vendor.example")
    repo.git("branch", "-f", "main")
    commit(repo, {"partners.yaml": PROMOTED})
    verdict = judged(repo)
    (finding,) = verdict.of("PRM141")
    assert (finding.path, finding.line) == ("partners.yaml", 8)
    assert finding.message.startswith(
        "32 pages (content/gold/p0.md, content/gold/p1.md and 30 more) would be shown to 1 "
    )
    assert "(arbor), without approval: partner arbor: tier silver → gold" in finding.message
    assert finding.hint.startswith("chief@vendor.example may approve it")


def test_what_widens_needs_the_people_of_its_own_path(repo: Repo) -> None:
    commit(repo, {"partners.yaml": PROMOTED})
    approve(repo, BOSS)
    verdict = judged(repo)
    assert not verdict.passes and "boss@vendor.example approved it, but may not" in verdict.of("PRM141")[0].message
    approve(repo, CHIEF)
    assert judged(repo).passes


def test_an_edit_after_the_approval_makes_it_void(repo: Repo) -> None:
    commit(repo, {NEW: page("New", "one")})
    assert not judged(repo).passes
    approve(repo, BOSS)
    assert judged(repo).codes == []
    commit(repo, {NEW: page("New", "two")})
    verdict = judged(repo)
    assert (
        not verdict.passes and "what boss@vendor.example approved was another state" in verdict.of("PRM141")[0].message
    )
    commit(repo, {NEW: page("New", "one")})
    assert judged(repo).passes, "what was approved is proposed again"
    commit(repo, {"content/index.md": page("Home", "another")})
    assert not judged(repo).passes, "the approval is for the whole change"


def test_amending_and_rebasing_keep_an_approval_and_what_changes_the_exposure_does_not(repo: Repo) -> None:
    commit(repo, {"content/gold/new.md": page("New")})
    approve(repo, CHIEF)
    repo.git("commit", "-q", "--amend", "--allow-empty", "--no-edit", "--date", "2026-11-01T00:00:00Z")
    repo.git("checkout", "-q", "main")
    commit(repo, {"content/index.md": page("Home", "moved on")}, by="bob@vendor.example")
    repo.git("checkout", "-q", "work")
    repo.git("rebase", "-q", "--keep-empty", "main")
    assert judged(repo).passes
    repo.git("checkout", "-q", "main")
    commit(repo, {"partners.yaml": PROMOTED}, by="bob@vendor.example")
    repo.git("checkout", "-q", "work")
    assert judged(repo).passes, "where they parted, nothing is different"
    repo.git("merge", "-q", "--no-edit", "main")
    (finding,) = judged(repo).of("PRM141")
    assert "everyone" in finding.message and "what chief@vendor.example approved was another state" in finding.message


@pytest.mark.parametrize(
    ("author", "message"),
    [
        (BOSS, "x"),
        ("BOSS@Vendor.Example", "x"),
        ("boss@home.example", "x"),
        (ANA, "x\n\nCo-authored-by: The Boss <boss@home.example>"),
    ],
)
def test_nobody_approves_what_they_wrote(make_repo: MakeRepo, author: str, message: str) -> None:
    mailmap = {".mailmap": "The Boss <boss@vendor.example> <boss@home.example>\n"}
    repo = started(make_repo, {**files("trailer"), **mailmap})
    commit(repo, {NEW: page("New")}, message, by=author)
    approve(repo, BOSS)
    (finding,) = judged(repo).of("PRM141")
    assert "boss@vendor.example approved it, but wrote some of it" in finding.message
    assert "ana@vendor.example may approve it" in finding.hint or author == ANA


def test_a_trailer_counts_where_git_reads_trailers(repo: Repo) -> None:
    commit(repo, {NEW: page("New")})
    quote = judged(repo).quote
    commit(repo, {}, f"x\n\nApproved-by: {BOSS}\nApproved-change: {quote}\n\nand that is that", by=BOSS)
    assert not judged(repo).passes
    commit(repo, {}, f"x\n\nApproved-by: {BOSS}", by=BOSS)
    assert not judged(repo).passes, "it names no change"
    commit(repo, {}, f"x\n\nApproved-by: The Boss <BOSS@vendor.example>\nApproved-change: {quote.upper()}", by=BOSS)
    assert judged(repo).passes


def test_the_approvers_before_the_change_count(repo: Repo) -> None:
    mine = policy("trailer").replace("boss@vendor.example", "eve@vendor.example").replace("chief", "eve")
    commit(repo, {"prm.yaml": mine, NEW: page("New"), "partners.yaml": PROMOTED})
    approve(repo, "eve@vendor.example")
    verdict = judged(repo)
    assert [finding.path for finding in verdict.of("PRM141")] == [NEW, "partners.yaml"]
    assert [(finding.path, finding.line) for finding in verdict.of("PRM143")] == [("prm.yaml", 4)]
    commit(repo, {"prm.yaml": policy("merge"), NEW: None, "partners.yaml": PARTNERS})
    assert not judged(repo).passes, "the evidence asked for is that before the change"
    approve(repo, BOSS)
    assert judged(repo).passes


def test_a_merge_that_widens_by_itself_is_its_authors_work(repo: Repo) -> None:
    commit(repo, {"content/index.md": page("Home", "changed")})
    repo.git("checkout", "-q", "main")
    commit(repo, {"content/other.md": page("Other")}, by="bob@vendor.example")
    repo.git("checkout", "-q", "work")
    merge(repo, "main", by=CHIEF)
    assert judged(repo).of("PRM141") == []
    repo.write({"partners.yaml": PROMOTED})
    repo.git("commit", "-q", "-a", "--amend", "--no-edit", **identity(CHIEF))
    approve(repo, CHIEF)
    (finding,) = judged(repo).of("PRM141")
    assert "chief@vendor.example approved it, but wrote some of it" in finding.message


def test_a_clean_merge_of_the_branch_makes_nobody_an_author(repo: Repo) -> None:
    commit(repo, {NEW: page("New")})
    repo.git("checkout", "-q", "main")
    commit(repo, {"content/index.md": page("Home", "moved on")}, by="bob@vendor.example")
    repo.git("checkout", "-q", "work")
    merge(repo, "main", by=BOSS)
    approve(repo, BOSS)
    assert judged(repo).passes


def test_a_date_does_not_get_around_it(repo: Repo) -> None:
    commit(repo, {NEW: page("New", publish_at="2027-03-01T00:00:00Z")})
    (finding,) = judged(repo).of("PRM141")
    assert "from 2027-03-01T00:00Z on" in finding.message
    approve(repo, BOSS)
    before = judged(repo)
    repo.now = repo.now.replace(year=2028)
    assert before.passes and judged(repo).passes, "time may pass"


def test_what_ends_later_widens(make_repo: MakeRepo) -> None:
    repo = started(make_repo, {**files("trailer"), NEW: page("New", expire_at="2027-01-01T00:00:00Z")})
    commit(repo, {NEW: page("New", expire_at="2027-06-01T00:00:00Z")})
    (finding,) = judged(repo).of("PRM141")
    assert "from 2027-01-01T00:00Z on" in finding.message


def test_a_rule_that_widens_what_is_to_come_is_asked_about(make_repo: MakeRepo) -> None:
    later = {"content/gold/later.md": page("Later", publish_at="2027-03-01T00:00:00Z")}
    repo = started(make_repo, {**files("trailer"), **later})
    commit(repo, {"visibility.yaml": VISIBILITY.replace("    show_to: gold-up\n", "    show_to: everyone\n")})
    then, now = judged(repo).of("PRM141")
    assert (now.path, then.path) == ("visibility.yaml", "visibility.yaml")
    assert then.message.startswith("1 page (content/gold/later.md)") and "from 2027-03-01T00:00Z on" in then.message


def test_where_merges_are_evidence_the_merge_approves(make_repo: MakeRepo) -> None:
    repo = started(make_repo, files("merge"))
    commit(repo, {"partners.yaml": PROMOTED})
    verdict = judged(repo)
    assert verdict.passes and verdict.codes == ["PRM142"]
    assert verdict.findings[0].hint == "merging approves it, which is for chief@vendor.example to decide"


def test_paths_that_nobody_may_widen(make_repo: MakeRepo) -> None:
    silent = (
        PRM + "approval:\n  evidence: trailer\n  approvers:\n    - {paths: [prm.yaml], people: [boss@vendor.example]}\n"
    )
    repo = started(make_repo, {**files("merge"), "prm.yaml": silent})
    commit(repo, {NEW: page("New")})
    assert judged(repo).of("PRM141")[0].hint.startswith("nobody may approve it: name people for its path")


def test_a_first_programme_is_judged_by_nothing(make_repo: MakeRepo) -> None:
    repo = make_repo({"README.md": "to come"})
    repo.git("checkout", "-q", "-b", "work")
    commit(repo, {key: value for key, value in files("trailer").items() if isinstance(value, str)})
    verdict = judged(repo)
    assert verdict.passes and verdict.codes == ["PRM148"]


LANDINGS = ("merge", "squash", "rebase", "fast-forward")


def land(repo: Repo, way: str, message: str) -> None:
    """Bring the branch to main in one of the ways that a forge offers; main has moved on but for fast-forward."""
    repo.git("checkout", "-q", "main")
    if way != "fast-forward":
        commit(
            repo, {"content/index.md": page("Home", "moved on")}, f"x\n\nApproved-by: {BOSS}", by="bob@vendor.example"
        )
    match way:
        case "merge":
            merge(repo, "work", by=CAROL)
        case "squash":
            repo.git("merge", "-q", "--squash", "work")
            repo.git("commit", "-q", "-m", message, **identity(ANA))
        case "rebase":
            repo.git("checkout", "-q", "work")
            repo.git("rebase", "-q", "--keep-empty", "main")
            repo.git("checkout", "-q", "main")
            repo.git("merge", "-q", "--ff-only", "work")
        case _:
            repo.git("merge", "-q", "--ff-only", "work")


@pytest.mark.parametrize("way", LANDINGS)
def test_what_check_accepted_is_published_however_it_lands(repo: Repo, way: str) -> None:
    commit(repo, {NEW: page("New", "draft")})
    commit(repo, {NEW: page("New", "final"), "content/two.md": page("Two", "second")})
    message = statement(judged(repo), BOSS)
    approve(repo, BOSS)
    assert judged(repo).passes
    land(repo, way, message)
    found = published(repo)
    assert (found[NEW], found["content/two.md"]) == ("final", "second")


@pytest.mark.parametrize("way", LANDINGS)
def test_what_check_refused_is_not_published_however_it_lands(repo: Repo, way: str) -> None:
    commit(repo, {NEW: page("New", "approved")})
    message = statement(judged(repo), BOSS)
    approve(repo, BOSS)
    commit(repo, {NEW: page("New", "edited since")})
    assert not judged(repo).passes
    land(repo, way, message)
    assert published(repo).get(NEW) in (None, "approved")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Key]:
    folder = tmp_path_factory.mktemp("keys")
    return {name: new_key(folder, f"{name}@vendor.example") for name in ("boss", "ana", "eve")}


@pytest.fixture
def signed(make_repo: MakeRepo, keys: dict[str, Key]) -> Repo:
    allowed = {"allowed_signers": keys["boss"].line() + keys["ana"].line()}
    return started(make_repo, {**files("signature"), **allowed}, keys["boss"])


@pytest.mark.parametrize("way", ["merge", "fast-forward"])
def test_a_signed_approval_is_published_where_its_commit_lands(signed: Repo, keys: dict[str, Key], way: str) -> None:
    commit(signed, {NEW: page("New", "final")})
    approve(signed, BOSS, key=keys["boss"])
    assert judged(signed).passes
    land(signed, way, "")
    assert published(signed)[NEW] == "final"


@pytest.mark.parametrize("way", ["squash", "rebase"])
def test_a_signature_that_is_lost_on_the_way_publishes_nothing(signed: Repo, keys: dict[str, Key], way: str) -> None:
    commit(signed, {NEW: page("New", "final")})
    message = statement(judged(signed), BOSS)
    approve(signed, BOSS, key=keys["boss"])
    land(signed, way, message)
    assert NEW not in published(signed)


def test_an_approval_is_signed_by_who_may_and_by_a_key_of_the_base(signed: Repo, keys: dict[str, Key]) -> None:
    commit(
        signed,
        {NEW: page("New"), "allowed_signers": keys["boss"].line() + keys["eve"].line().replace("eve", "boss", 1)},
    )
    approve(signed, BOSS)
    assert not judged(signed).passes, "a trailer is no signature"
    approve(signed, BOSS, key=keys["eve"])
    verdict = judged(signed)
    assert [finding.code for finding in verdict.findings] == ["PRM143", "PRM141", "PRM146"]
    approve(signed, ANA, key=keys["ana"])
    assert not judged(signed).passes, "she wrote it"
    approve(signed, BOSS, key=keys["boss"])
    assert judged(signed).passes
    commit(signed, {"revoked_signers": keys["boss"].public + "\n"})
    assert not judged(signed).passes


def test_two_approvers_each_for_their_own_paths(repo: Repo) -> None:
    commit(repo, {"partners.yaml": PROMOTED, NEW: page("New")})
    approve(repo, CHIEF)
    (finding,) = judged(repo).of("PRM141")
    assert finding.path == NEW
    approve(repo, BOSS)
    assert judged(repo).passes


def test_uncommitted_files_are_approved_by_nobody(repo: Repo) -> None:
    commit(repo, {NEW: page("New")})
    approve(repo, BOSS)
    repo.write({NEW: page("New", "edited")})
    request = repo.request(worktree=True)
    with opened(repo.path) as repository:
        found = check_widening(repository, "main", request, Silence())
    assert "PRM141" in [finding.code for finding in found]


_PEOPLE = (ANA, BOSS, "bob@vendor.example")
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.sampled_from(_PEOPLE), st.sampled_from(("one", "two")), st.sampled_from("xyz")),
        st.tuples(st.just("approve"), st.sampled_from((ANA, BOSS))),
        st.tuples(st.just("update"), st.sampled_from(_PEOPLE)),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS, way=st.sampled_from(LANDINGS))
def test_whatever_check_accepts_is_published_by_somebody_elses_approval(
    make_repo: MakeRepo, steps: list[tuple[str, ...]], way: str
) -> None:
    repo = started(make_repo, files("trailer"))
    wrote: set[str] = set()
    texts: dict[str, str] = {}
    message = "squashed"
    commit(repo, {"content/one.md": page("one", "w")}, by="bob@vendor.example")
    texts["content/one.md"] = "w"
    for kind, person, *what in (*steps, ("approve", BOSS)):
        if kind == "edit":
            path, text = f"content/{what[0]}.md", what[1]
            commit(repo, {path: page(what[0], text)}, by=person)
            wrote |= {person} if texts.get(path) != text else set()
            texts[path] = text
        elif kind == "update":
            repo.git("checkout", "-q", "main")
            commit(
                repo, {"content/index.md": page("Home", person)}, f"x\n\nApproved-by: {BOSS}", by="bob@vendor.example"
            )
            repo.git("checkout", "-q", "work")
            merge(repo, "main", by=person)
        elif judged(repo).of("PRM146"):
            message = statement(judged(repo), person)
            commit(repo, {}, message, by=person)
    accepted = judged(repo).passes
    assert accepted or wrote & {ANA, BOSS}, "the last approval is by the boss, who may"
    if accepted and not (way in ("rebase", "fast-forward") and any(step[0] == "update" for step in steps)):
        land(repo, way, message)
        found = published(repo)
        assert {path: found.get(path) for path in texts} == texts


def test_an_approval_from_before_the_latest_word_counts_for_nothing(repo: Repo) -> None:
    repo.git("branch", "aside")
    commit(repo, {"partners.yaml": PROMOTED})
    approve(repo, CHIEF)
    repo.git("checkout", "-q", "main")
    commit(repo, {"partners.yaml": PROMOTED}, APPROVED, by="bob@vendor.example")
    commit(repo, {"partners.yaml": PARTNERS}, "taken back", by=BOSS)
    repo.git("checkout", "-q", "-b", "again")
    commit(repo, {"partners.yaml": PROMOTED})
    repo.git("merge", "-q", "-s", "ours", "-m", "with the old approval", "work", **identity("eve@vendor.example"))
    (finding,) = judged(repo).of("PRM141")
    assert "what chief@vendor.example approved was another state of it" in finding.message
    approve(repo, CHIEF)
    assert judged(repo).of("PRM141") == []


def test_merges_among_the_commits_are_told(repo: Repo) -> None:
    repo.git("checkout", "-q", "-b", "side")
    commit(repo, {NEW: page("New")})
    repo.git("checkout", "-q", "work")
    merge(repo, "side")
    assert [finding.code for finding in judged(repo).findings if finding.code == "PRM149"] == ["PRM149"]
    repo.git("checkout", "-q", "main")
    commit(repo, {"content/other.md": page("Other")}, by="bob@vendor.example")
    repo.git("checkout", "-q", "work")
    assert judged(repo).of("PRM149") == [], "main has moved on, so it cannot be fast-forwarded"


def test_a_course_that_shows_from_a_date_on_is_asked_about(make_repo: MakeRepo) -> None:
    course = "title: Basics\nlessons: [one.md, two.md]\nstatus: approved\n"
    repo = started(
        make_repo,
        {
            **files("trailer"),
            "courses/basics/course.yaml": f"{course}audience: {{tier: gold}}\n",
            "courses/basics/one.md": page("One"),
            "courses/basics/two.md": page("Two", publish_at="2027-03-01T00:00:00Z"),
        },
    )
    commit(repo, {"courses/basics/course.yaml": course})
    assert any("from 2027-03-01T00:00Z on" in finding.message for finding in judged(repo).of("PRM141"))


def test_stricter_evidence_and_its_keys_come_in_one_change(make_repo: MakeRepo, tmp_path: Path) -> None:
    key = new_key(tmp_path, BOSS)
    repo = started(make_repo, files("merge"))
    repo.git("checkout", "-q", "main")
    commit(repo, {"prm.yaml": policy("signature"), "allowed_signers": key.line()}, by="bob@vendor.example")
    commit(repo, {NEW: page("New", "signed")}, by=ANA)
    assert NEW not in published(repo)
    commit(repo, {"content/index.md": page("Home", "moved on")}, by="bob@vendor.example", key=key)
    assert published(repo)["content/index.md"] == "moved on"


SECRET = "Some {} here.\n\n{}4711{}"
CLOSED, OPEN = (SECRET.format("tpyo", *around) for around in (("/// show-to | gold-up\n", "\n///"), ("", "")))


@pytest.mark.parametrize("evidence", ["trailer", "signature"])
def test_nobody_approves_what_waits_of_theirs_with_the_edit_of_another(
    make_repo: MakeRepo, tmp_path: Path, evidence: str
) -> None:
    keys = {name: new_key(tmp_path, name) for name in (BOSS, ANA, CHIEF)}
    signers = "".join(key.line() for key in keys.values())
    repo = started(make_repo, {**files(evidence), "allowed_signers": signers})
    repo.git("checkout", "-q", "main")
    commit(repo, {NEW: page("New", CLOSED)}, f"x\n\nApproved-by: {BOSS}", by="bob@vendor.example", key=keys[BOSS])
    commit(repo, {NEW: page("New", OPEN)}, by=BOSS)
    assert "show-to" in published(repo)[NEW], "it waits"
    repo.git("checkout", "-q", "-B", "work")
    commit(repo, {NEW: page("New", OPEN.replace("tpyo", "typo"))}, by="bob@vendor.example")
    (finding,) = judged(repo).of("PRM141")
    assert finding.hint.startswith("ana@vendor.example may approve it"), "only those who may are named"
    approve(repo, BOSS, key=keys[BOSS] if evidence == "signature" else None)
    (finding,) = judged(repo).of("PRM141")
    assert "boss@vendor.example approved it, but wrote some of it" in finding.message
    repo.git("checkout", "-q", "main")
    merge(repo, "work")
    assert "show-to" in published(repo)[NEW]
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.git("checkout", "-q", "work")
    approve(repo, ANA, key=keys[ANA] if evidence == "signature" else None)
    assert judged(repo).passes
    repo.git("checkout", "-q", "main")
    merge(repo, "work")
    assert published(repo)[NEW] == OPEN.replace("tpyo", "typo")


def test_what_waits_is_what_came_since_the_last_approval(repo: Repo) -> None:
    repo.git("checkout", "-q", "main")
    drafts = page("New", "by the boss", status="draft")
    commit(repo, {NEW: drafts}, f"x\n\nApproved-by: {ANA}", by=BOSS)
    commit(repo, {NEW: page("New", "by the boss")}, f"x\n\nApproved-by: {BOSS}", by="bob@vendor.example")
    assert NEW not in published(repo), "a draft is in nobody's approval"
    commit(repo, {NEW: page("New", "by the boss, again")}, f"x\n\nApproved-by: {ANA}", by="bob@vendor.example")
    commit(repo, {NEW: page("New", "edited")}, f"x\n\nApproved-by: {BOSS}", by="bob@vendor.example")
    assert published(repo)[NEW] == "edited", "what she wrote another approved"
    commit(repo, {NEW: page("New", "by the boss once more")}, by=BOSS)
    commit(repo, {NEW: page("New", "edited")}, "revert", by="bob@vendor.example")
    commit(repo, {NEW: page("New", "edited more")}, f"x\n\nApproved-by: {BOSS}", by="bob@vendor.example")
    assert published(repo)[NEW] == "edited more", "what was undone does not wait"


def test_a_file_that_decides_who_may_approve_is_not_approved_by_who_wrote_what_waits_of_it(repo: Repo) -> None:
    repo.git("checkout", "-q", "main")
    taken = policy("trailer").replace(
        "boss@vendor.example, ana@vendor.example", "boss@vendor.example, eve@vendor.example"
    )
    commit(repo, {"prm.yaml": taken}, by=BOSS)
    repo.git("checkout", "-q", "-B", "work")
    edited = taken.replace("chief@vendor.example", "carol@vendor.example")
    commit(repo, {"prm.yaml": edited}, by="bob@vendor.example")
    (finding,) = judged(repo).of("PRM143")
    assert finding.hint.startswith("only boss@vendor.example (author of ")
    assert " might approve it, but wrote some of it: take it back to how it was last approved" in finding.hint
    approve(repo, BOSS)
    assert judged(repo).of("PRM143")
    repo.git("checkout", "-q", "main")
    merge(repo, "work")
    commit(repo, {NEW: page("New", "by eve")}, "x\n\nApproved-by: eve@vendor.example", by="bob@vendor.example")
    assert NEW not in published(repo)
    commit(repo, {"prm.yaml": policy("trailer")}, "take it back", by=BOSS)
    commit(repo, {"prm.yaml": f"{taken}# anew\n"}, f"x\n\nApproved-by: {BOSS}", by="bob@vendor.example")
    commit(repo, {NEW: page("New", "by Eve")}, "x\n\nApproved-by: eve@vendor.example", by="bob@vendor.example")
    assert published(repo)[NEW] == "by Eve"


@pytest.mark.parametrize("part", ["courses/c/lesson.md", "courses/c/quiz.yaml"])
def test_the_approval_of_a_course_is_none_of_a_part_that_its_approver_wrote(repo: Repo, part: str) -> None:
    lesson, quiz = (
        "---\ntitle: L\n---\n\n{}\n",
        ("questions:\n  - {{id: a, question: '{}', options: [{{text: right, correct: true}}, {{text: wrong}}]}}\n"),
    )
    course = "title: {}\nstatus: approved\nlessons: [lesson.md]\nquiz: quiz.yaml\npass_mark: 1\n"
    commit(
        repo,
        {
            "courses/c/course.yaml": course.format("One"),
            "courses/c/lesson.md": lesson.format("first"),
            "courses/c/quiz.yaml": quiz.format("first?"),
            "visibility.yaml": VISIBILITY,
        },
        f"x\n\nApproved-by: {BOSS}",
        by="bob@vendor.example",
    )
    written = lesson if part.endswith(".md") else quiz
    commit(repo, {part: written.format("by the boss")}, by=BOSS)

    def standing() -> tuple[str, str]:
        request = repo.request()
        with opened(repo.path) as repository:
            catalog = consider(read_authored(repository, request), request, Silence()).catalog
            ruling = catalog.approvals.course_part(part, "courses/c/course.yaml")
            return catalog.courses["c"].source.title, catalog.snapshot.read(ruling.versions[0].blob or "").decode()

    commit(repo, {"courses/c/course.yaml": course.format("Two")}, f"x\n\nApproved-by: {BOSS}", by="bob@vendor.example")
    assert standing() == ("Two", written.format("first" if part.endswith(".md") else "first?"))
    (finding,) = [one for one in repo.check() if one.code == "PRM318" and one.path == part]
    assert finding.hint.startswith("ana@vendor.example may approve it, but not boss@vendor.example (author of ")
    commit(repo, {"courses/c/course.yaml": course.format("Three")}, f"x\n\nApproved-by: {ANA}", by="bob@vendor.example")
    assert standing() == ("Three", written.format("by the boss"))


@pytest.mark.parametrize(
    ("path", "first", "text", "code"),
    [
        (NEW, page("New", CLOSED), page("New", OPEN), "PRM141"),
        ("prm.yaml", policy("trailer"), policy("trailer").replace("ana@", "eve@"), "PRM143"),
    ],
    ids=["page", "prm"],
)
def test_a_change_that_brings_back_what_was_undone_is_not_approved_by_who_wrote_it(
    repo: Repo, path: str, first: str, text: str, code: str
) -> None:
    repo.git("checkout", "-q", "main")
    commit(repo, {NEW: page("New", CLOSED)}, f"x\n\nApproved-by: {ANA}", by="bob@vendor.example")
    commit(repo, {path: text}, by=BOSS)
    commit(repo, {path: first}, "revert", by="bob@vendor.example")
    repo.git("checkout", "-q", "-B", "work")
    commit(repo, {path: text}, "revert the revert", by="bob@vendor.example")
    approve(repo, BOSS)
    (finding,) = judged(repo).of(code)
    assert "boss@vendor.example approved it, but wrote some of it" in finding.message
    repo.git("checkout", "-q", "main")
    merge(repo, "work")
    commit(repo, {NEW: page("New", "by eve")}, "x\n\nApproved-by: eve@vendor.example", by="bob@vendor.example")
    assert published(repo)[NEW] == CLOSED


def test_who_moves_a_file_answers_for_it_in_the_report_as_in_the_build(repo: Repo) -> None:
    repo.git("checkout", "-q", "main")
    commit(repo, {"content/drafts.md": page("New", "by the boss")}, by=BOSS)
    repo.git("checkout", "-q", "-B", "work")
    commit(repo, {"content/drafts.md": None, NEW: page("New", "by the boss")}, by="bob@vendor.example")
    (finding,) = judged(repo).of("PRM141")
    assert finding.hint.startswith("one of ana@vendor.example, boss@vendor.example may approve it")
    approve(repo, BOSS)
    assert judged(repo).passes
    repo.git("checkout", "-q", "main")
    merge(repo, "work")
    assert published(repo)[NEW] == "by the boss"
