"""What partners could see, told from the records: deployments, ways back, and what was collected since."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unicodedata import normalize

import pytest
from msgspec.structs import replace

from prmbuild.errors import StoreError
from prmbuild.progress import Silence
from prmbuild.publish.collect import Collected, collect, whole
from prmbuild.publish.deploy import RefusedError, deploy, roll_back, unpin
from prmbuild.publish.guard import Limits
from prmbuild.publish.lock import Clock
from prmbuild.publish.seen_report import Question, answered, listed
from prmbuild.records.evidence import Approval, Approved, Evidence
from prmbuild.records.history import turns
from prmbuild.records.layout import deployment_key, evidence_key, manifest_key, plan_key, turn_key
from prmbuild.records.live import Shown, UnprovenError, claimed, pointer, shown
from prmbuild.records.recorded import deployment
from prmbuild.records.records import Deployment, Live, Turn
from prmbuild.records.seen import Past, UnknownError
from prmbuild.records.trail import unproven
from prmbuild.store.store import Store
from tests.publish.sites import Portals, directory, put_live, site, told_by_files

DAY = datetime(2027, 1, 15, tzinfo=UTC)
EVIDENCE = Evidence(
    files={
        "content/prices.md": (
            Approved(blob="b" * 40, approval=Approval(kind="trailer", commit="c" * 40, by=("d" * 40,))),
        )
    }
)


def at(hours: float) -> datetime:
    return DAY + timedelta(hours=hours)


class Programme:
    """A store and what is deployed to it, on a clock in hours since `DAY`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store: Store = directory(folder / "store")

    def deploy(self, hours: float, portals: Portals, revision: str) -> str:
        made = replace(site(self.folder / "blobs", portals, revision), evidence=EVIDENCE)
        done = deploy(
            made,
            self.store,
            owner="a test",
            by="run 1",
            clock=self.clock(hours),
            limits=Limits(pages=100),
            gains_of=told_by_files(made),
            progress=Silence(),
        )
        assert done.deployment is not None
        return done.deployment.id

    def back(self, hours: float, name: str = "") -> None:
        roll_back(self.store, name, owner="a test", by="run 2", clock=self.clock(hours))

    def clock(self, hours: float) -> Clock:
        return lambda: int(at(hours).timestamp())

    @property
    def now(self) -> Shown:
        found = shown(self.store)
        assert found is not None
        return found

    def ask(self, partner: str, start: datetime, end: datetime, path: str | None = None, role: str = "sales") -> str:
        past = Past(self.store, self.now)
        roles = past.roles_of(partner, role, start, end)
        question = Question(
            partner=partner,
            role=role,
            path=path,
            start=start,
            end=end,
            day=start != end,
            begins=past.begins,
            complete=past.complete,
            aside=past.aside(start, end),
            gaps=past.gaps(start, end),
        )
        if path is None:
            return listed(question, past.intervals(partner, roles, start, end), "text")
        return answered(question, past.answers(partner, roles, path, start, end), "text")


OLD: Portals = {
    "gold": {"index.html": "home", "prices/index.html": "old prices", "search/a.json": "{}"},
    "silver": {"index.html": "home"},
}
NEW: Portals = {**OLD, "gold": {**OLD["gold"], "prices/index.html": "new prices"}}


@pytest.fixture
def programme(tmp_path: Path) -> Programme:
    """At 9 the old prices, at 12 the new ones, at 15 back to the old ones, which stay pinned."""
    made = Programme(tmp_path)
    made.deploy(9, OLD, "aaaaaaaaaaaaaaaa")
    made.deploy(12, NEW, "bbbbbbbbbbbbbbbb")
    made.back(15)
    return made


def versions(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.startswith("  from")]


def test_a_day_lists_every_interval_ways_back_included(programme: Programme) -> None:
    text = programme.ask("gold", DAY, at(24))
    lines = [line for line in text.splitlines() if not line.startswith("    ")]
    assert lines[0] == "what gold (sales) could see on 2027-01-15 (a day in UTC)"
    assert lines[1] == "  the records begin at 2027-01-15 09:00:00 UTC; before that nothing was deployed here"
    assert [line.partition(", deployment")[0] for line in lines if line.startswith("from")] == [
        "from 2027-01-15 09:00:00 UTC until 2027-01-15 12:00:00 UTC",
        "from 2027-01-15 12:00:00 UTC until 2027-01-15 15:00:00 UTC",
        "from 2027-01-15 15:00:00 UTC until now",
    ]
    assert text.count("/prices/") == 2, "each release once"
    assert "and 1 files of search" in text


@pytest.mark.parametrize(
    "path", ["/prices/", "prices/index.html", "content/prices.md", "/prices", "https://x.example/prices/?a=1#b"]
)
def test_a_page_is_found_by_any_of_its_names(programme: Programme, path: str) -> None:
    text = programme.ask("gold", at(13), at(13), path)
    assert text.startswith("yes: gold (sales), /prices/ at 2027-01-15 13:00:00 UTC\n")
    assert "content/prices.md: commit cccccccccc, approved by trailer of dddddddddd" in text


def test_a_version_lasts_from_turn_to_turn(programme: Programme) -> None:
    found = versions(programme.ask("gold", at(13), at(13), "/prices/"))
    assert len(found) == 1
    assert found[0].startswith("from 2027-01-15 12:00:00 UTC until 2027-01-15 15:00:00 UTC: could be seen")
    found = versions(programme.ask("gold", DAY, at(24), "/prices/"))
    first, second, third = (line.rpartition(" ")[2] for line in found)
    assert first == third != second
    unchanged = versions(programme.ask("gold", at(13), at(13), "/"))
    assert unchanged[0].startswith("from 2027-01-15 09:00:00 UTC until now: could be seen")


def test_no_says_since_when(programme: Programme) -> None:
    text = programme.ask("silver", at(13), at(13), "/prices/")
    assert text.startswith("no: silver (sales), /prices/")
    assert versions(text) == ["from 2027-01-15 09:00:00 UTC until now: could not be seen"]


def test_before_the_records_nothing_is_claimed(programme: Programme) -> None:
    text = programme.ask("gold", at(-24), DAY)
    assert text.endswith("  the records begin at 2027-01-15 09:00:00 UTC; before that nothing was deployed here\n")
    assert programme.ask("gold", at(-24), DAY, "/prices/").startswith("no: ")


def test_records_that_were_lost_are_no_proof_of_nothing(programme: Programme) -> None:
    first = list(turns(programme.store, programme.now.live))[-1]
    programme.store.delete([turn_key(first.id)])
    text = programme.ask("gold", DAY, at(24), "/")
    assert "what was live before is lost" in text
    assert versions(text)[0].startswith("from 2027-01-15 12:00:00 UTC or before until now")


def test_a_partner_that_no_record_knows_is_refused(programme: Programme) -> None:
    with pytest.raises(UnknownError, match="no partner 'goold'") as unknown:
        programme.ask("goold", DAY, at(24))
    assert unknown.value.known == ["gold", "silver"]
    with pytest.raises(UnknownError, match="no role 'chef'"):
        programme.ask("gold", DAY, at(24), role="chef")


def test_a_partner_that_came_later_saw_nothing_before(programme: Programme) -> None:
    unpin(programme.store, owner="a test", by="run 3", clock=programme.clock(16))
    programme.deploy(17, {**NEW, "bronze": {"index.html": "home"}}, "cccccccccccccccc")
    assert "nothing: no portal was theirs" in programme.ask("bronze", at(13), at(13))
    assert "portal bronze" in programme.ask("bronze", at(18), at(18))


def test_letting_go_ends_no_interval_for_who_asks(programme: Programme) -> None:
    unpin(programme.store, owner="a test", by="run 3", clock=programme.clock(16))
    found = versions(programme.ask("gold", at(20), at(20), "/prices/"))
    assert found[0].startswith("from 2027-01-15 15:00:00 UTC until now")
    kinds = [turn.kind.value for turn in turns(programme.store, programme.now.live)]
    assert kinds == ["unpin", "rollback", "deploy", "deploy"]


def test_a_turn_is_when_partners_saw_it_and_not_when_putting_began(tmp_path: Path) -> None:
    made = Programme(tmp_path)
    hours = iter(number / 60 for number in range(1000))
    slow = site(tmp_path / "blobs", OLD)
    done = put_live(made.store, slow, lambda: int(at(next(hours)).timestamp()))
    [turn] = turns(made.store, made.now.live)
    assert done.deployment is not None and turn.at > done.deployment.at


def gathered(programme: Programme, days: int, tell: int) -> Collected:
    return collect(
        programme.store,
        keep=timedelta(days=30),
        tell=timedelta(days=tell),
        owner="a test",
        clock=programme.clock(24 * days),
        progress=Silence(),
    )


def test_what_was_collected_is_told_of(programme: Programme) -> None:
    unpin(programme.store, owner="a test", by="run 3", clock=programme.clock(16))
    later = {**NEW, "gold": {"index.html": "another home"}}
    programme.deploy(17, later, "cccccccccccccccc")
    programme.deploy(18, {**later, "silver": {"index.html": "another"}}, "dddddddddddddddd")

    before = programme.ask("gold", DAY, at(24), "/prices/")
    gathered(programme, 40, 365)
    assert not whole(programme.store, past_deployment(programme))
    assert programme.ask("gold", DAY, at(24), "/prices/") == before
    assert list(unproven(programme.store, pointed(programme), Silence())) == []
    gathered(programme, 400, 365)
    text = programme.ask("gold", at(13), at(13), "/prices/")
    assert text.startswith("not known: ") and "the list of the files of then is kept no more" in text
    assert "portal gold, release" in programme.ask("gold", at(13), at(13))
    assert list(unproven(programme.store, pointed(programme), Silence())) == []


def pointed(programme: Programme) -> Live:
    found = claimed(programme.store)
    assert found is not None
    return found


def edited(programme: Programme, **said: object) -> None:
    """Change the pointer by hand."""
    file = programme.folder / "store" / "live"
    file.write_text(json.dumps({**json.loads(file.read_text()), **said}))


@pytest.mark.parametrize("what", ["swapped", "before", "turn", "pinned", "record", "lost", "changed"])
def test_what_is_live_is_what_the_last_turn_says(programme: Programme, what: str) -> None:
    live = pointed(programme)
    last = programme.folder / "store" / turn_key(live.record)
    match what:
        case "swapped":
            edited(programme, deployment=live.before, before=live.deployment)
        case "lost":
            last.unlink()
        case "changed":
            last.write_bytes(last.read_bytes().replace(b"run 2", b"run 9"))
        case _:
            edited(programme, **{what: {"before": "", "turn": 7, "pinned": False, "record": ""}[what]})
    key = turn_key(live.record) if what in ("lost", "changed") else "live"
    assert key in {one.key for one in unproven(programme.store, pointed(programme), Silence())}
    for asked in (
        lambda: shown(programme.store),
        lambda: pointer(programme.store),
        lambda: programme.back(20),
        lambda: gathered(programme, 40, 365),
        lambda: programme.deploy(20, OLD, "cccccccccccccccc"),
    ):
        with pytest.raises(UnprovenError, match=f"'{key}' in the store") as refused:
            asked()
        assert f"prmbuild rollback {live.deployment}" in (refused.value.hint or "")
    programme.back(21, live.deployment)
    assert (programme.now.live.deployment, programme.now.live.before) == (live.deployment, live.before)
    proven = not list(unproven(programme.store, pointed(programme), Silence()))
    assert proven == (what not in ("lost", "changed"))


def test_a_list_of_files_is_believed_only_where_the_release_is_named_by_it(programme: Programme) -> None:
    key = manifest_key("gold", programme.now.deployment.portals["gold"].release)
    file = programme.folder / "store" / key
    files = json.loads(file.read_text())
    del files["prices/index.html"]
    file.write_text(json.dumps(files))
    text = programme.ask("gold", at(16), at(16), "/prices/")
    assert text.startswith("not known: ") and "the list of the files of then was changed since" in text
    assert "the list of its files was changed since" in programme.ask("gold", at(16), at(16))
    unpin(programme.store, owner="a test", by="run 3", clock=programme.clock(17))
    with pytest.raises(RefusedError, match="was changed, which prmbuild mend may put right: nobody can tell who gains"):
        programme.deploy(18, NEW, "cccccccccccccccc")
    file.unlink()
    assert "the list of its files is lost, though the files are there" in programme.ask("gold", at(16), at(16))


@pytest.mark.parametrize("lost", [True, False])
def test_lost_evidence_is_said(programme: Programme, lost: bool) -> None:
    file = programme.folder / "store" / keys_of_records(programme)["evidence"]
    if lost:
        file.unlink()
    else:
        file.write_text("{}")
    text = programme.ask("gold", at(13), at(13), "/prices/")
    assert "the evidence of who approved it is lost or was changed" in text and "made by prmbuild" not in text


def test_evidence_that_deployments_share_is_named_once(programme: Programme) -> None:
    key = evidence_key(programme.now.deployment.evidence)
    (programme.folder / "store" / key).unlink()
    assert [one.key for one in unproven(programme.store, pointed(programme), Silence())] == [key]


def test_a_deployment_whose_record_is_lost_is_not_said_to_have_shown_nothing(programme: Programme) -> None:
    live = pointed(programme)
    (programme.folder / "store" / deployment_key(live.before)).unlink()
    told = programme.ask("gold", DAY, at(24))
    assert f"deployment {live.before[:16]}\n  what could be seen is not known" in told
    assert "not known: gold (sales), /other/" in programme.ask("gold", at(13), at(13), "/other/")
    assert "yes: gold (sales), /prices/" in programme.ask("gold", DAY, at(24), "/prices/")
    with pytest.raises(UnknownError, match="and 1 of them are lost"):
        programme.ask("golf", DAY, at(24))


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_name_is_found_whichever_code_points_it_is_written_with(programme: Programme, form: str) -> None:
    other = {"NFC": "NFD", "NFD": "NFC"}[form]
    portals = {**OLD, "gold": {**OLD["gold"], f"assets/{normalize(form, 'ü')}.txt": "a file"}}
    roll = unpin(programme.store, owner="a test", by="a test", clock=programme.clock(16))
    assert roll.turn == 4
    programme.deploy(17, portals, "cccccccccccccccc")
    told = programme.ask("gold", at(18), at(18), normalize(other, "assets/ü.txt"))
    assert told.startswith("yes: ")


def test_strays_are_named_and_left_alone(programme: Programme) -> None:
    for stray in ("portals/toplevel", "portals/gold/odd", "deployments/collected/odd.json"):
        file = programme.folder / "store" / stray
        file.parent.mkdir(exist_ok=True)
        file.write_text("x")
    strays = gathered(programme, 40, 365).strays
    assert sorted(strays) == ["deployments/collected/odd.json", "portals/gold/odd", "portals/toplevel"]


@pytest.mark.parametrize("what", ["page", "list"])
def test_nobody_goes_back_to_a_release_that_lacks_something(programme: Programme, what: str) -> None:
    one = past_deployment(programme)
    place, release = one.portals["gold"].place, one.portals["gold"].release
    page = f"portals/gold/{place.delta or place.base}/prices/index.html"
    (programme.folder / "store" / (page if what == "page" else manifest_key("gold", release))).write_text("{}")
    if what == "page":
        (programme.folder / "store" / page).unlink()
        (programme.folder / "store" / page).parent.mkdir(exist_ok=True)
        (programme.folder / "store" / page).with_name("other.html").write_text("x")
    with pytest.raises(StoreError, match=r"1 objects of deployment .* are lost or were changed"):
        programme.back(20, one.id)


def second_turn(programme: Programme) -> Turn:
    """The one of 12 o'clock."""
    return next(turn for turn in turns(programme.store, programme.now.live) if turn.number == 2)


def past_deployment(programme: Programme) -> Deployment:
    return deployment(programme.store, second_turn(programme).deployment)


def keys_of_records(programme: Programme) -> Mapping[str, str]:
    """Kind of record → its key, of the deployment of 12 o'clock."""
    one = past_deployment(programme)
    return {
        "turn": turn_key(second_turn(programme).id),
        "deployment": deployment_key(one.id),
        "plan": plan_key(one.plan),
        "evidence": evidence_key(one.evidence),
        "manifest": manifest_key("gold", one.portals["gold"].release),
    }


@pytest.mark.parametrize("what", ["turn", "deployment", "plan", "evidence", "manifest"])
def test_every_record_is_proven_back_to_the_first(programme: Programme, what: str) -> None:
    assert list(unproven(programme.store, pointed(programme), Silence())) == []
    key = keys_of_records(programme)[what]
    file = programme.folder / "store" / key
    told = file.read_bytes()
    file.write_bytes(told.replace(b'"', b'" ', 1) if what in ("plan", "evidence") else told.replace(b"a", b"b"))
    found = {one.key: one.found for one in unproven(programme.store, pointed(programme), Silence())}
    assert found.get(key) in ("was changed", "cannot be read")
    file.unlink()
    found = {one.key: one.found for one in unproven(programme.store, pointed(programme), Silence())}
    assert found.get(key, "") == ("" if what == "manifest" else "is missing")


def test_no_record_names_a_person(programme: Programme) -> None:
    for item in programme.store.listed("deployments"):
        found = programme.store.get(item.key)
        assert found is not None and b"@" not in found[0] and b"a test" not in found[0]
        json.loads(found[0])
