"""What happens to programmes, and the report that people get of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from prmbuild.desired import read_authored
from prmbuild.exposure.causes import UNKNOWN
from prmbuild.exposure.compare import compared
from prmbuild.exposure.model import Effect, Exposure
from prmbuild.exposure.report import report
from prmbuild.exposure.since import proposal
from prmbuild.progress import Silence
from prmbuild.source.git import opened
from tests.conftest import CONFIGURATION, PARTNERS, VISIBILITY, MakeRepo, Repo, page

GOLDEN = Path(__file__).parent / "golden"

COURSE = "title: Basics\nstatus: approved\nlessons: [one.md]\nrequired_for: {role: technical}\n"

PROGRAMME = {
    **CONFIGURATION,
    "content/index.md": page("Home", "Welcome."),
    "content/start.md": page("Start here", "See [prices](gold/prices.md) and [the robot](robot.md)."),
    "content/robot.md": page(
        "The robot",
        "It is small.\n\n![Drawing](robot.svg)\n\n/// show-to | gold-up\nThe next one is smaller.\n///\n\nAsk us.",
    ),
    "content/robot.svg": "<svg/>\n",
    "content/plan.svg": "<svg></svg>\n",
    "content/gold/prices.md": page("Gold price list", "4711 crowns.\n\n![Curve](curve.svg)"),
    "content/gold/curve.svg": "<svg> </svg>\n",
    "content/internal/roadmap/next.md": page("What comes next", "A robot that flies."),
    "content/internal/roadmap/later.md": page("What comes later", "A robot that swims."),
    "content/internal/margins.md": page("Margin model", "Seventeen percent."),
    "courses/basics/course.yaml": COURSE,
    "courses/basics/one.md": "---\ntitle: Lesson one\n---\n\nSwitch it on.\n",
}

Scenario = Callable[[Repo], str | None]
"""Edits a repository on the branch `work`, which starts at `main`; returns what to compare with, else `main`."""

SCENARIOS: dict[str, Scenario] = {}


def scenario(function: Scenario) -> Scenario:
    SCENARIOS[function.__name__] = function
    return function


@scenario
def widened_by_a_moved_folder(repo: Repo) -> None:
    (repo.path / "content/news").mkdir()
    repo.git("mv", "content/internal/roadmap", "content/news/roadmap")
    repo.commit({}, "Tell what comes")


@scenario
def widened_by_an_edited_audience(repo: Repo) -> None:
    repo.commit({"visibility.yaml": VISIBILITY.replace("{tier: gold}", "{tier: [silver, gold]}")}, "Gold for silver")


@scenario
def widened_by_the_tier_of_a_partner(repo: Repo) -> None:
    repo.commit({"partners.yaml": PARTNERS.replace("segment: silver-emea}", "segment: silver-emea, tier: gold}")}, "Up")


@scenario
def widened_by_the_tier_of_a_segment(repo: Repo) -> None:
    repo.commit({"partners.yaml": PARTNERS.replace("tier: silver, region", "tier: gold, region")}, "All gold")


@scenario
def widened_by_removing_a_fence(repo: Repo) -> None:
    text = PROGRAMME["content/robot.md"].replace("/// show-to | gold-up\n", "").replace("smaller.\n///", "smaller.")
    repo.commit({"content/robot.md": text}, "Tidy up")


@scenario
def widened_by_removing_a_fence_and_editing_what_it_held(repo: Repo) -> None:
    text = PROGRAMME["content/robot.md"].replace(
        "/// show-to | gold-up\nThe next one is smaller.\n///", "The next one is much smaller."
    )
    repo.commit({"content/robot.md": text}, "Reword")


@scenario
def widened_by_a_copy_elsewhere(repo: Repo) -> None:
    repo.commit({"content/offer.md": PROGRAMME["content/gold/prices.md"]}, "An offer")


@scenario
def widened_by_a_removed_rule(repo: Repo) -> None:
    removed = VISIBILITY.replace("  - paths: [content/internal/**]\n    show_to: nobody\n", "")
    repo.commit({"visibility.yaml": removed}, "Fewer rules")


@scenario
def widened_by_a_reference_to_a_file(repo: Repo) -> None:
    repo.commit({"content/start.md": page("Start here", "![Plan](plan.svg) [prices](gold/prices.md)")}, "Show the plan")


@scenario
def widened_against_an_assertion(repo: Repo) -> None:
    claims = "assertions:\n  - never: {paths: [content/gold/**], seen_by: {tier: silver}}\n"
    repo.commit({"visibility.yaml": VISIBILITY.replace("{tier: gold}", "{tier: [silver, gold]}") + claims}, "Wider")


@scenario
def people_who_change_partners(repo: Repo) -> None:
    text = PARTNERS.replace("name: Nordwind, ", "name: Nordwind, domains: [nordwind.example, arbor.example], ")
    managers = "managers:\n  - {id: dana, name: Dana, email: dana@vendor.example, partners: [arbor]}\n"
    repo.commit({"partners.yaml": text + managers}, "Whose people are whose")


@scenario
def narrowed_by_a_rule(repo: Repo) -> None:
    repo.commit(
        {"visibility.yaml": VISIBILITY + "  - paths: [content/robot.md]\n    show_to: {role: technical}\n"}, "Less"
    )


@scenario
def narrowed_by_front_matter(repo: Repo) -> None:
    text = PROGRAMME["content/robot.md"].replace("status: approved", "status: approved\naudience: {tier: gold}")
    repo.commit({"content/robot.md": text}, "Gold only")


@scenario
def narrowed_by_a_course_that_lost_a_lesson(repo: Repo) -> None:
    repo.commit({"courses/basics/one.md": None}, "Drop the lesson")


@scenario
def retired(repo: Repo) -> None:
    repo.commit({"content/robot.md": PROGRAMME["content/robot.md"].replace("approved", "retired")}, "Retire the robot")


@scenario
def a_draft_over_an_approved_page(repo: Repo) -> None:
    repo.commit({"content/gold/prices.md": page("Gold price list", "5000 crowns?", status="draft")}, "New prices")


@scenario
def an_approved_edit_over_a_draft(repo: Repo) -> None:
    repo.commit({"content/gold/prices.md": page("Gold price list", "5000 crowns?", status="draft")}, "New prices")
    repo.commit({"content/gold/prices.md": page("Gold price list", "5000 crowns.\n\n![Curve](curve.svg)")}, "Agreed")


@scenario
def a_force_pushed_history(repo: Repo) -> str:
    repo.commit({"content/robot.md": page("The robot", "It is large.")}, "Large")
    old = repo.git("rev-parse", "HEAD").strip()
    repo.git("reset", "-q", "--hard", "main")
    repo.commit({"content/start.md": page("Start here", "See [the robot](robot.md).")}, "Shorter")
    return old


@scenario
def a_history_written_anew(repo: Repo) -> str:
    repo.git("checkout", "-q", "--orphan", "anew")
    repo.git("rm", "-q", "--cached", "content/robot.svg")
    (repo.path / "content/robot.svg").unlink()
    repo.commit({}, "Everything, anew")
    return "main"


@scenario
def a_merge_with_markers_left(repo: Repo) -> None:
    text = PROGRAMME["content/robot.md"]
    repo.commit(
        {
            "content/robot.md": text.replace(
                "/// show-to | gold-up\nThe next one is smaller.\n///\n",
                "<<<<<<< ours\n/// show-to | gold-up\nThe next one is smaller.\n=======\nThe next one is tiny.\n"
                ">>>>>>> theirs\n///\n",
            ),
            "content/start.md": page("Start here", "<<<<<<< ours\nOne.\n=======\nTwo.\n>>>>>>> theirs"),
        },
        "Merge",
    )


@scenario
def a_merge_that_lost_the_end_of_a_block(repo: Repo) -> None:
    text = PROGRAMME["content/robot.md"].replace("smaller.\n///\n", "smaller.\n")
    repo.commit({"content/robot.md": text}, "Merge")


@scenario
def a_merge_that_lost_the_other_side(repo: Repo) -> None:
    repo.git("checkout", "-q", "main")
    narrow = VISIBILITY + "  - paths: [content/robot.md]\n    show_to: gold-up\n"
    repo.commit({"visibility.yaml": narrow}, "The robot is for gold")
    repo.git("checkout", "-q", "work")
    repo.commit({"visibility.yaml": VISIBILITY + "# a remark\n"}, "Remark")
    repo.git("merge", "-q", "-s", "ours", "-m", "Merge", "main", GIT_AUTHOR_DATE=AT, GIT_COMMITTER_DATE=AT)


@scenario
def a_branch_that_took_the_publishing_branch_in(repo: Repo) -> None:
    """What was approved on `main` alone, and is a draft there by now, widens with the rule all the same."""
    repo.git("checkout", "-q", "main")
    repo.commit({"content/gold/offer.md": page("Offer", "Half the price.")}, "An offer")
    repo.commit({"content/gold/offer.md": page("Offer", "A third?", status="draft")}, "Think again")
    repo.git("checkout", "-q", "work")
    repo.commit({"visibility.yaml": VISIBILITY.replace("show_to: gold-up", "show_to: everyone")}, "Open up")
    repo.git("merge", "-q", "-m", "Take main in", "main", GIT_AUTHOR_DATE=AT, GIT_COMMITTER_DATE=AT)


@scenario
def a_new_partner(repo: Repo) -> None:
    repo.commit({"partners.yaml": PARTNERS + "  - {id: quay, name: Quay, segment: gold-emea}\n"}, "Welcome")


@scenario
def a_removed_partner(repo: Repo) -> None:
    repo.commit({"partners.yaml": PARTNERS.replace("  - {id: arbor, name: Arbor, segment: silver-emea}\n", "")}, "Bye")


@scenario
def a_new_role(repo: Repo) -> None:
    repo.commit({"partners.yaml": PARTNERS.replace("[sales, technical]", "[sales, technical, legal]")}, "Lawyers")


@scenario
def dates_that_pass(repo: Repo) -> None:
    repo.commit(
        {
            "content/robot.md": PROGRAMME["content/robot.md"].replace(
                "status: approved", "status: approved\nexpire_at: 2026-12-01T00:00:00Z"
            ),
            "content/gold/prices.md": page("Gold price list", "5000 crowns.", publish_at="2026-12-05T08:00:00Z"),
            "content/soon.md": page("Soon", publish_at="2026-12-10T00:00:00Z", expire_at="2026-12-20T00:00:00Z"),
            "content/much-later.md": page("Much later", publish_at="2027-06-01T00:00:00Z"),
        },
        "Dates",
    )


@scenario
def errors_in_front_matter(repo: Repo) -> None:
    text = PROGRAMME["content/robot.md"].replace("status: approved", "status: approved\nexpire_at: tomorrow")
    repo.commit({"content/robot.md": text}, "Until tomorrow")


@scenario
def a_lesson_and_what_is_required(repo: Repo) -> None:
    course = "title: Basics\nstatus: approved\nlessons: [one.md, two.md]\nrequired_for: {role: sales}\n"
    repo.commit({"courses/basics/course.yaml": course, "courses/basics/two.md": "# Two\n\nSwitch it off.\n"}, "More")


@scenario
def a_base_with_errors(repo: Repo) -> str:
    broken = repo.commit({"visibility.yaml": "rules: [\n"}, "Break it")
    repo.commit({"visibility.yaml": VISIBILITY}, "Mend it")
    return broken


AT = "2026-10-01T09:00:00+00:00"


def exposure_of(repo: Repo, base: str) -> Exposure:
    request = repo.request()
    with opened(repo.path) as repository:
        authored = read_authored(repository, request)
        if proposal(repository, authored, repository.resolve(base)):
            request = replace(request, proposed_to=repository.resolve(base))
            authored = read_authored(repository, request)
        with compared(repository, authored, base, request, Silence()) as comparison:
            return comparison.exposure


@pytest.mark.parametrize("name", SCENARIOS)
def test_report(name: str, make_repo: MakeRepo, request: pytest.FixtureRequest) -> None:
    repo = make_repo(PROGRAMME)
    repo.git("checkout", "-q", "-b", "work")
    exposure = exposure_of(repo, SCENARIOS[name](repo) or repo.git("merge-base", "HEAD", "main").strip())
    found = report(exposure, "text")
    golden = GOLDEN / f"{name}.txt"
    if request.config.getoption("--update-golden"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")
    assert all(UNKNOWN not in change.causes for change in exposure.changes)
    assert bool(exposure.of(Effect.GAINS)) is (name.startswith("widened") or "WIDENING" in found)


def test_every_golden_report_has_its_scenario() -> None:
    assert {file.stem for file in GOLDEN.glob("*.txt")} == set(SCENARIOS)
