"""What a plan says before anything is done, as people read it, and what an approval of it is worth."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from prmbuild.build import build
from prmbuild.desired import desired, read_authored
from prmbuild.errors import StoreError
from prmbuild.progress import Silence
from prmbuild.publish.deploy import Done, RefusedError, deploy, planned
from prmbuild.publish.gains import Basis, Direction, GainsOf, gains_of
from prmbuild.publish.guard import Limits
from prmbuild.publish.plan import Plan
from prmbuild.publish.report import as_json, as_markdown, as_text
from prmbuild.publish.site import Site, site_of
from prmbuild.publish.stale import ApprovedPlan, approved_in, note, recalled
from prmbuild.records.evidence import read_evidence
from prmbuild.records.layout import evidence_key, waiting_key
from prmbuild.records.writing import put_once
from prmbuild.source.git import opened
from prmbuild.store.store import Store
from tests.conftest import CONFIGURATION, NOW, PARTNERS, PRM, MakeRepo, Repo, page
from tests.publish.sites import directory

GOLDEN = Path(__file__).parent / "golden"

PROGRAMME = {
    **CONFIGURATION,
    "content/index.md": page("Home", "Welcome."),
    "content/gold/prices.md": page("Gold price list", "4711 crowns."),
    "content/robot.md": page("The robot", "It is small.\n\n/// show-to | gold-up\nThe next one is smaller.\n///"),
    "content/soon.md": page("Coming soon", "A robot that flies.", publish_at="2026-11-24T00:00:00Z"),
}
MOVED = PARTNERS.replace("name: Nordwind, segment: gold-emea", "name: Nordwind, segment: silver-emea")


@contextmanager
def built(repo: Repo, now: datetime) -> Iterator[tuple[Site, GainsOf]]:
    request = replace(repo.request(), now=now)
    with (
        opened(repo.path) as repository,
        desired(read_authored(repository, request), request, Silence()) as state,
    ):
        site = site_of(build(state, Silence()), state)
        yield site, gains_of(repository, state, site, request, Silence())


def plan_of(repo: Repo, store: Store, now: datetime = NOW) -> Plan:
    with built(repo, now) as (site, gains):
        return planned(site, store, gains)


def put_live(repo: Repo, store: Store, now: datetime = NOW, approved: ApprovedPlan | None = None) -> Done:
    with built(repo, now) as (site, gains):
        return deploy(
            site,
            store,
            owner="a test",
            by="run 1",
            clock=lambda: int(now.timestamp()),
            limits=Limits(),
            gains_of=gains,
            approved=approved,
            progress=Silence(),
        )


def expect(name: str, text: str, request: pytest.FixtureRequest) -> None:
    """Compare with a golden file; digests, and what the files of pages look like, change with the software."""
    told = re.sub(r"\b[0-9a-f]{32}\b", "<digest>", re.split(r"\n+(?:#### )?files: ", text, flags=re.IGNORECASE)[0])
    told = re.sub(r"deployment [0-9a-f]{10}\b", "deployment <id>", told) + "\n"
    golden = GOLDEN / name
    if request.config.getoption("--update-golden"):
        golden.write_text(told, encoding="utf-8")
    assert told == golden.read_text(encoding="utf-8")


@pytest.fixture
def repo(make_repo: MakeRepo) -> Repo:
    return make_repo(PROGRAMME)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return directory(tmp_path / "store")


def moved(repo: Repo) -> None:
    """A partner goes to another segment, and a page is reworded."""
    repo.commit({"partners.yaml": MOVED, "content/index.md": page("Home", "Welcome back.")}, "Move Nordwind to silver")


def test_a_plan_says_who_gains_and_loses_what(repo: Repo, store: Store, request: pytest.FixtureRequest) -> None:
    first = plan_of(repo, store)
    assert first.gains.basis is Basis.FIRST
    expect("first.txt", as_text(first), request)
    put_live(repo, store)
    same = plan_of(repo, store)
    assert same.same and as_text(same).startswith("Nothing to do")
    moved(repo)
    plan = plan_of(repo, store)
    expect("moved.txt", as_text(plan), request)
    expect("moved.md", as_markdown(plan), request)
    document = json.loads(as_json(plan))
    assert document["digest"] == plan.digest and document["gains"]["basis"] == "history"
    gone = next(one for one in document["gains"]["groups"] if one["effect"] == "loses")
    assert document["gains"]["sets"][gone["set"]] == [["nordwind", "sales"], ["nordwind", "technical"]]
    assert plan_of(repo, store, NOW + timedelta(hours=2)).digest == plan.digest, "waiting makes no other plan"


def test_dates_that_passed_are_told(repo: Repo, store: Store, request: pytest.FixtureRequest) -> None:
    put_live(repo, store)
    expect("date.txt", as_text(plan_of(repo, store, NOW + timedelta(days=1))), request)


def test_nobody_gains_by_an_edit_that_no_portal_shows(repo: Repo, store: Store) -> None:
    put_live(repo, store)
    repo.commit({"README.md": "For us alone.\n"})

    def asked(live: object, manifest_of: object) -> None:
        raise AssertionError("no portal changes, so nothing is to be compared")

    with built(repo, NOW) as (site, _):
        plan = planned(site, store, asked)  # type: ignore[arg-type]  # it is never called
    assert plan.gains.basis is Basis.NOTHING and not plan.same
    assert as_text(plan).startswith("Nobody gains, loses or sees anything changed\n")


def test_what_is_older_than_what_is_live_needs_a_person(repo: Repo, store: Store) -> None:
    older = repo.git("rev-parse", "HEAD").strip()
    repo.commit({"content/gold/prices.md": None}, "Retire the price list")
    put_live(repo, store)
    repo.git("checkout", "-q", older)
    plan = plan_of(repo, store)
    assert plan.gains.direction is Direction.BACK and "this leads back" in as_text(plan)
    with pytest.raises(RefusedError, match="partners would see again what was before"):
        put_live(repo, store)
    put_live(repo, store, approved=approved_in(as_json(plan).encode(), "plan.json"))
    repo.git("checkout", "-q", "main")
    assert plan_of(repo, store).gains.direction is Direction.ONWARD


@pytest.mark.parametrize("known", [True, False])
def test_what_ended_is_not_shown_again_unseen(repo: Repo, store: Store, *, known: bool) -> None:
    repo.commit({"content/offer.md": page("Offer", "Today only.", expire_at="2026-11-24T12:00:00Z")})
    before, after = datetime(2026, 11, 24, 11, 59, 59, tzinfo=UTC), datetime(2026, 11, 24, 12, tzinfo=UTC)
    put_live(repo, store, after)
    if not known:
        repo.git("commit", "-q", "--amend", "-m", "Rewritten")
        repo.git("reflog", "expire", "--expire=now", "--all")
        repo.git("gc", "-q", "--prune=now")
    plan = plan_of(repo, store, before)
    assert plan.gains.undone == "2026-11-24T12:00:00Z" and "this leads back in time" in as_text(plan)
    assert plan.gains.basis is (Basis.HISTORY if known else Basis.FILES)
    assert plan_of(repo, store, before - timedelta(hours=2)).digest == plan.digest, "between dates all is alike"
    with pytest.raises(RefusedError, match="partners would see again what was before"):
        put_live(repo, store, before)
    approved = approved_in(as_json(plan).encode(), "plan.json")
    with pytest.raises(RefusedError) as stale:
        put_live(repo, store, after, approved=approved)
    assert f"prmbuild deploy --now 2026-11-24T11:59:59Z --approve {plan.digest}" in stale.value.hint
    put_live(repo, store, before, approved=approved)


def test_a_clock_that_is_behind_by_no_date_asks_nobody(repo: Repo, store: Store) -> None:
    put_live(repo, store)
    repo.commit({"content/index.md": page("Home", "Welcome back.")})
    done = put_live(repo, store, NOW - timedelta(minutes=5))
    assert done.deployment is not None and not done.plan.gains.undone


def test_what_is_beside_what_is_live_is_told(repo: Repo, store: Store) -> None:
    repo.git("checkout", "-q", "-b", "side")
    repo.commit({"content/robot.md": page("The robot", "It is blue.")})
    put_live(repo, store)
    repo.git("checkout", "-q", "main")
    repo.commit({"content/robot.md": page("The robot", "It is red.")})
    plan = plan_of(repo, store)
    assert plan.gains.direction is Direction.ASIDE and "this leads aside" in as_text(plan)


def test_another_programme_does_not_take_the_place_of_one_unseen(repo: Repo, store: Store, make_repo: MakeRepo) -> None:
    put_live(repo, store)
    other = make_repo({**PROGRAMME, "content/index.md": page("Home", "Of another vendor.")})
    with pytest.raises(RefusedError, match="another programme is published there"):
        put_live(other, store)


def test_where_the_history_is_gone_files_tell(
    repo: Repo, store: Store, make_repo: MakeRepo, request: pytest.FixtureRequest
) -> None:
    put_live(repo, store)
    rewritten = make_repo({**PROGRAMME, "partners.yaml": MOVED, "content/open/new.md": page("New")})
    plan = plan_of(rewritten, store)
    assert plan.gains.basis is Basis.FILES
    expect("rewritten.txt", as_text(plan), request)


def test_a_stale_approval_says_what_changed(
    repo: Repo, store: Store, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    put_live(repo, store)
    moved(repo)
    plan = plan_of(repo, store)
    given = approved_in(as_json(plan).encode(), "plan.json")
    note(plan, tmp_path / "notes")
    repo.commit(
        {
            "content/index.md": page("Home", "Welcome."),
            "content/robot.md": page("The robot", "It is big."),
            "content/gold/prices.md": None,
        },
        "Other words",
    )
    for approved in (given, recalled(plan.digest, store, tmp_path / "notes")):
        with pytest.raises(RefusedError) as refused:
            put_live(repo, store, approved=approved)
        expect("stale.txt", "\n".join(refused.value.reasons), request)
    with pytest.raises(RefusedError, match="give the file"):
        put_live(repo, store, approved=recalled("0" * 32, store, None))
    put_once(store, waiting_key("1" * 32), b"[" * 100_000)
    assert recalled("1" * 32, store, None).document is None, "nothing that can be read"
    new = plan_of(repo, store)
    assert recalled(new.digest, store, None).document is not None, "the refused one left its plan in the store"
    done = put_live(repo, store, approved=recalled(new.digest, store, None))
    assert done.deployment is not None and done.deployment.approved and done.deployment.plan == new.digest


def test_a_stale_approval_calls_a_few_not_everyone(repo: Repo, store: Store) -> None:
    put_live(repo, store)
    repo.commit({"partners.yaml": MOVED})
    approved = approved_in(as_json(plan_of(repo, store)).encode(), "plan.json")
    repo.commit({"partners.yaml": PARTNERS, "content/gold/prices.md": page("Gold price list", "Less.")})
    with pytest.raises(RefusedError) as refused:
        put_live(repo, store, approved=approved)
    told = "\n".join(refused.value.reasons)
    assert "approved, and not so any more: nordwind would lose content/gold/prices.md" in told
    assert "not approved: nordwind would see a change in content/gold/prices.md" in told
    assert "everyone" not in told


def test_pages_that_change_for_other_reasons_are_counted(repo: Repo, store: Store) -> None:
    put_live(repo, store)
    repo.commit({"prm.yaml": PRM.replace("Example Robots", "Other Robots")})
    renamed = plan_of(repo, store)
    pages = {path for one in renamed.portals for path in one.changed if path.endswith(".html")}
    said = f"{len(pages)} pages in 2 portals change otherwise (lists, links, the look, a name or the software)"
    assert pages and as_text(renamed).startswith(f"Nobody gains or loses anything; {said}\n")
    assert as_markdown(renamed).startswith(f"### Nobody gains or loses anything; {said}\n")
    assert json.loads(as_json(renamed))["otherwise"] == {"pages": len(pages), "portals": 2}
    repo.commit({"content/robot.md": page("The robot", "It is big.")})
    both = as_text(plan_of(repo, store)).partition("\n")[0]
    assert both.endswith(f"; {said.replace(str(len(pages)), str(len(pages) - 1), 1)}")


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"version":1,"digest":3}', b"[" * 100_000, b'{"version":1,"digest":"a","digest":"b"}']
)
def test_what_is_no_plan_is_not_approved(data: bytes) -> None:
    with pytest.raises(StoreError, match="is no plan"):
        approved_in(data, "plan.json")


def test_an_edited_plan_is_not_approved(repo: Repo, store: Store) -> None:
    document = json.loads(as_json(plan_of(repo, store)))
    document["portals"] = document["portals"][:1]
    with pytest.raises(StoreError, match="was edited"):
        approved_in(json.dumps(document).encode(), "plan.json")


def test_evidence_names_commits_and_nobody(make_repo: MakeRepo, store: Store) -> None:
    approval = "approval: {evidence: trailer, approvers: [{paths: ['**'], people: [ruth@vendor.example]}]}\n"
    repo = make_repo({**PROGRAMME, "prm.yaml": f"{PRM}{approval}"})
    change = repo.commit(
        {"content/robot.md": page("The robot", "It is big.")}, "Bigger\n\nApproved-by: ruth@vendor.example"
    )
    done = put_live(repo, store)
    assert done.deployment is not None
    found = store.get(evidence_key(done.deployment.evidence))
    assert found is not None and b"ruth" not in found[0] and b"ana" not in found[0]
    files = read_evidence(done.deployment.evidence, found[0]).files
    [robot] = files["content/robot.md"]
    assert (robot.approval.kind, robot.approval.commit, robot.approval.by) == ("trailer", change, (change,))
    assert "content/soon.md" not in files


def test_viewers_who_would_lose_much_by_moving_need_a_person(make_repo: MakeRepo, store: Store) -> None:
    many = {f"content/gold/page-{number}.md": page(f"Page {number}") for number in range(22)}
    partners = PARTNERS + "  - {id: helix, name: Helix, segment: gold-emea}\n"
    repo = make_repo({**PROGRAMME, **many, "partners.yaml": partners})
    put_live(repo, store)
    repo.commit({"partners.yaml": partners.replace("Nordwind, segment: gold-emea", "Nordwind, segment: silver-emea")})
    with pytest.raises(RefusedError, match=r"nordwind loses 23 of \d+ pages, with silver-emea instead of gold-emea"):
        put_live(repo, store)
