"""What stands across texts side by side is no leak where each of them is the portal's own, and is one elsewhere."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from msgspec.structs import replace

from prmbuild.audit.report import Kind
from tests.audit.conftest import FILES, HIDDEN_ROW, MARGINS, PORTAL, Overlaid, Subject
from tests.audit.test_changes import Programme, tampered, text_of
from tests.conftest import page

TEAMS = "content/teams.md"
HEADINGS = (
    "## Help for the people team\n\nAsk.\n\n## Resources for the sales team\n\nSomebody answers on the same day.\n"
)
SECRETS = (
    "## People team resources:",  # across two headings
    "Start here, the robot, warranty",  # three titles
    "| The robot | Size and weight | Start here |",
    "Size and weight: tiers",
    "The northern prices of all partners",  # what a heading says but for its picture
    "Open the menu with the key",  # another name of the key
    "Our partner margins plan",  # a description and a line with a footnote
)
OTHERWISE = "content/otherwise.md"
WRITTEN_OTHERWISE = (
    "## The northern prices\n\nNew.\n\n## Of all partners ![new](robot.svg)\n\nMore.\n\n"
    "## Open the menu\n\nSo.\n\n## With the key ++return++\n\nMargins plan for you[^1].\n\n[^1]: Soon.\n"
)
FILES_WITH_NEIGHBOURS = {
    TEAMS: page("Teams", HEADINGS),
    OTHERWISE: page("Otherwise", WRITTEN_OTHERWISE, description="How we look at our partner"),
    MARGINS: text_of(MARGINS) + "".join(f"\n\n{secret}" for secret in SECRETS),
    "content/gold/prices.md": page("Gold price list of the season", f"{HIDDEN_ROW}\n\n## Tiers\n\nThree."),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Programme, Subject]]:
    """A programme whose portal shows neighbours that read across like a secret."""
    with ExitStack() as stack:
        programme = Programme(tmp_path_factory.mktemp("neighbours"), stack)
        yield programme, programme.commit(FILES | FILES_WITH_NEIGHBOURS)


def test_headings_that_read_across_like_a_secret(built: tuple[Programme, Subject]) -> None:
    programme, subject = built
    contents = subject.text("teams/index.html")
    assert contents.index("people team", contents.index("Table of contents")) < contents.index(
        "Resources for the sales"
    )
    assert not programme.audit(subject).report.leaks


def test_headings_that_show_otherwise_than_they_are_written(built: tuple[Programme, Subject]) -> None:
    programme, subject = built
    contents = subject.text("otherwise/index.html").partition("<article")[0]
    assert "Of all partners" in contents and "With the key Enter" in contents
    assert not programme.audit(subject).report.leaks


@pytest.mark.parametrize(
    "markup",
    [
        "<ul><li>Start here</li><li>The robot</li>\n<li>Warranty</li></ul>",
        "<nav><a href='../'>Start here</a>\n<h2>The robot</h2><p>Warranty</p></nav>",
        '<script type="application/json">["Start here",["The robot"],"Warranty"]</script>',
    ],
)
def test_what_a_portal_says_may_stand_side_by_side(built: tuple[Programme, Subject], markup: str) -> None:
    _, subject = built
    assert not tampered(subject, "start/index.html", markup).audit().leaks


@pytest.mark.parametrize(
    "markup",
    [
        "People team resources",
        "<ul><li>People team resources</li></ul>",
        "<ul><li>People team</li><li>resources</li></ul>",
        "<ul><li>For the people team</li><li>Resources for the sales team</li></ul>",
        "<ul><li>Start here</li><li>The robot, warranty</li></ul>",
        # a neighbour that may stand hides none that may not
        "<ul><li>Start here</li><li>The robot</li><li>Warranty</li></ul><p>Start here, the robot: warranty</p>",
        "<table><tr><td>The robot</td><td>Size and weight</td>\n<td>Start here</td></tr></table>",
        "<p><strong>Start here</strong> <em>the robot</em> <code>warranty</code></p>",
        # the heading of another portal
        "<ul><li>Size and weight</li><li>Tiers</li></ul>",
    ],
)
def test_what_it_does_not_say_as_a_whole_may_not(built: tuple[Programme, Subject], markup: str) -> None:
    _, subject = built
    leaks = tampered(subject, "start/index.html", markup).audit().leaks
    assert {(leak.portal, leak.kind, leak.owner) for leak in leaks} == {(PORTAL, Kind.TEXT, MARGINS)}
    assert {leak.source.partition(":")[0] for leak in leaks} == {"content/start.md"}


def test_neighbours_are_judged_again_when_what_is_said_changes(tmp_path: Path) -> None:
    with ExitStack() as stack:
        programme = Programme(tmp_path, stack)
        before = programme.commit(FILES | FILES_WITH_NEIGHBOURS)
        assert not programme.audit(before).report.leaks
        edited = programme.commit({"content/warranty.md": page("Warranty", "It covers two years from delivery.")})
        audited = programme.audit(edited)
        assert not audited.everything and not audited.report.leaks
        after = programme.commit({TEAMS: page("Teams", HEADINGS.replace("Resources for the sales team", "Sales"))})
        held = before.built.files["teams/index.html"]
        blobs = Overlaid(after.built.blobs, {digest: before.built.blobs[digest] for _, digest in held})
        files = dict(after.built.files) | {"teams/index.html": held}
        stale = programme.audit(replace(after, built=replace(after.built, files=files, blobs=blobs)))
        assert stale.everything
        assert (Kind.TEXT, MARGINS, f"{TEAMS}:6") in {
            (leak.kind, leak.owner, leak.source) for leak in stale.report.leaks
        }
