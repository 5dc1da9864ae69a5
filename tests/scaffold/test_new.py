"""What `new` writes passes the checks, whatever it is called; what it cannot write, it leaves alone."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from prmbuild.authored.reading import read_course, read_page, read_programme, read_quiz
from prmbuild.authored.yaml import read_yaml
from prmbuild.cli.main import cli
from prmbuild.diagnostics import has_errors
from prmbuild.scaffold.course import NewCourse, course_files
from prmbuild.scaffold.page import NewPage, page_text
from prmbuild.scaffold.partner import NewPartner, with_partner
from prmbuild.scaffold.place import objections, page_path
from tests.conftest import CONFIGURATION, NOW, PARTNERS, Repo

TODAY = date(2026, 11, 23)
ODD = [
    'Prices: "EMEA" & more',
    "It's # 1",
    "Größe – für Ümläute",
    "🚀 Launch",
    "価格表",
    "- dash",
    "yes",
    "2026-01-01",
    "{a}",
]


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prmbuild.cli.new.now", lambda: NOW)


def new(repo: Repo, *arguments: str, answers: str = "") -> Result:
    return CliRunner().invoke(cli, ["new", *arguments, "--repo", str(repo.path)], input=answers)


def errors(repo: Repo) -> list[str]:
    return [str(found) for found in repo.check(worktree=True) if has_errors([found])]


def test_pages_of_every_title_pass(programme: Repo) -> None:
    for number, title in enumerate(ODD):
        done = new(programme, "page", f"content/new/{number}", "--title", title, "--owner", "ana@vendor.example")
        assert done.exit_code == 0, done.output
        assert f"content/new/{number}.md\n" in done.output and "appears for all 2 partners" in done.output
    new(
        programme,
        "page",
        "content/gold/deal.md",
        "--audience",
        "{region: emea}",
        "--topic",
        "deals",
        "--status",
        "approved",
    )
    assert errors(programme) == []
    source, _ = read_page("x.md", (programme.path / "content/new/0.md").read_bytes(), None)
    assert source is not None and source.meta.title == ODD[0]


def test_courses_pass(programme: Repo) -> None:
    for number, title in enumerate(ODD[:4]):
        done = new(programme, "course", f"c{number}", "--title", title, "--lesson", title, "--lesson", ODD[-1 - number])
        assert done.exit_code == 0, done.output
    more = new(programme, "course", "more", "--no-quiz", "--prerequisite", "c1", "--required-for", "{role: sales}")
    assert more.exit_code == 0, more.output
    assert not (programme.path / "courses/more/quiz.yaml").exists()
    assert errors(programme) == []
    for path in (programme.path / "courses").glob("*/course.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace("status: draft", "status: approved"), encoding="utf-8")
    assert errors(programme) == []


def test_partners_pass_and_disturb_nothing(programme: Repo) -> None:
    before = (programme.path / "partners.yaml").read_text(encoding="utf-8")
    for number, name in enumerate(ODD[:5]):
        done = new(
            programme, "partner", name, "--id", f"p{number}", "--segment", "gold-emea", "--domain", f"p{number}.example"
        )
        assert done.exit_code == 0, done.output
    after = (programme.path / "partners.yaml").read_text(encoding="utf-8")
    assert [line for line in after.splitlines() if line in before.splitlines()] == before.splitlines()
    assert errors(programme) == []


titles = st.text(min_size=1, max_size=30).filter(lambda text: text.strip().isprintable() and text.strip())


@settings(max_examples=60, deadline=None)
@given(title=titles, lesson=titles, owner=st.sampled_from(["", "ana@vendor.example", 'Ana: "A"']))
def test_any_title_is_read_back(title: str, lesson: str, owner: str) -> None:
    programme, _ = read_programme({name: text.encode() for name, text in CONFIGURATION.items()})
    text = page_text(NewPage(path="content/a.md", title=title.strip(), type="guide", owner=owner), TODAY)
    source, findings = read_page("content/a.md", text.encode(), programme)
    assert source is not None and source.meta.title == title.strip() and not findings, findings
    course = NewCourse(id="a", title=title.strip(), lessons=(lesson.strip(), lesson.strip()), owner=owner)
    files = course_files(course, TODAY)
    for path, written in files.items():
        read = read_quiz(path, written.encode()) if path.endswith("quiz.yaml") else None
        read_other = read_course if path.endswith("course.yaml") else read_page
        _, found = read or read_other(path, written.encode(), programme)
        assert not found, found
    assert len(files) == 4


LAYOUTS = [
    PARTNERS,
    PARTNERS.replace("  - {id: arbor", "  # the last one\n  - {id: arbor").rstrip("\n"),
    PARTNERS + "# what comes now has nothing to do with partners\nmanagers: []\n",
    PARTNERS.replace("\n", "\r\n"),
    "\ufeff" + PARTNERS,
    PARTNERS[: PARTNERS.index("partners:")] + "partners: []  # none yet\nmanagers: []\n",
    PARTNERS[: PARTNERS.index("partners:")] + "partners: [{id: arbor, name: Arbor, segment: silver-emea}]\n",
    PARTNERS[: PARTNERS.index("partners:")]
    + "partners:\n- id: arbor\n  name: Arbor\n  segment: silver-emea  # for now\n"
    + "  domains:\n  - arbor.example\n\n\nmanagers: []\n",
    PARTNERS[: PARTNERS.index("partners:")]
    + "partners:\n    - id: arbor\n      segment: silver-emea\n      name: >-\n        Arbor\n        Ltd\n\n# end\n",
]


@pytest.mark.parametrize("text", LAYOUTS)
def test_a_partner_goes_into_any_layout(text: str) -> None:
    partner = NewPartner(
        id="zeta",
        name='Zeta, "Z" & {Co}: x',
        segment="gold-emea",
        attributes={},
        domains=("z.example",),
        languages=("de",),
    )
    before = text.encode()
    after = with_partner(before, partner)
    assert after is not None
    programme, findings = read_programme(
        {**{name: value.encode() for name, value in CONFIGURATION.items()}, "partners.yaml": after}
    )
    assert programme is not None, findings
    assert programme.partners[-1].name == partner.name and programme.partners[-1].languages == ("de",)
    kept = after.decode().replace("\r\n", "\n").splitlines()
    gone = [line for line in before.decode().replace("\r\n", "\n").splitlines() if line not in kept]
    assert all(line.startswith("partners: [") for line in gone)
    assert (b"\r\n" in after) == (b"\r\n" in before) and after.count(b"\r\n") in (0, after.count(b"\n"))
    assert read_yaml("partners.yaml", after).complete


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("page", "../secret.md"), "plain path"),
        (("page", "content/./a.md"), "plain path"),
        (("page", "site_overrides/a.md"), "not under content/"),
        (("page", "content/a.txt"), "ends in .md"),
        (("page", "content/start.md"), "there already"),
        (("page", "content/Start.md"), "same address"),
        (("page", "content/Gold/a.md"), "many computers take"),
        (("page", "content/start/index.md"), "same address"),
        (("page", "content/api/a.md"), "for itself"),
        (("page", "content/con.md"), "Windows"),
        (("page", "content/linked/a.md"), "symbolic link"),
        (("page", "content/a.md", "--audience", "{teir: gold}"), "did you mean"),
        (("page", "content/a.md", "--type", "Price List"), "did you mean 'price-list'"),
        (("course", "Basics"), "did you mean 'basics'"),
        (("course", "basics", "--prerequisite", "onbording"), "no course 'onbording'"),
        (("partner", "Zeta", "--segment", "gold-emae"), "did you mean 'gold-emea'"),
        (("partner", "Zeta"), "name a segment"),
        (("partner", "Nordwind", "--segment", "gold-emea"), "already"),
        (("partner", "Sales", "--segment", "gold-emea"), "id of a role"),
        (("partner", "価格表", "--segment", "gold-emea"), "--id"),
        (("partner", "Zeta", "--segment", "gold-emea", "--set", "teir=gold"), "did you mean 'tier'"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(
    programme: Repo, tmp_path: Path, arguments: tuple[str, ...], why: str
) -> None:
    (tmp_path / "away").mkdir()
    (programme.path / "content/linked").symlink_to(tmp_path / "away")
    programme.commit({})
    done = new(programme, *arguments, "--no-input")
    said = done.output + str(getattr(done.exception, "message", ""))
    assert done.exit_code != 0 and why in " ".join(said.split()), said
    assert programme.git("status", "--porcelain") == "" and not list((tmp_path / "away").iterdir())


def test_a_page_is_named_from_where_one_stands() -> None:
    assert page_path("emea", "content/pricing") == "content/pricing/emea.md"
    assert page_path("content/emea.md", "") == page_path("./content/emea.md", "site_overrides") == "content/emea.md"
    assert list(objections("content/a/b.md", ["content/a/c.md", "content/other.md"])) == []


def test_what_a_segment_does_not_say_is_asked_for(programme: Repo) -> None:
    programme.write(
        {
            "partners.yaml": PARTNERS.replace("region: [emea, amer]}", "region: [emea, amer], kind: [a, b]}")
            .replace("name: Nordwind,", "name: Nordwind, kind: a,")
            .replace("name: Arbor,", "name: Arbor, kind: b,")
        }
    )
    done = new(programme, "partner", "Zeta", "--segment", "gold-emea", "--no-input")
    assert done.exit_code == 2 and "add --set kind=VALUE, one of a, b" in done.output
    assert new(programme, "partner", "Zeta", "--segment", "gold-emea", "--set", "kind=b").exit_code == 0
    assert "kind: b}" in (programme.path / "partners.yaml").read_text(encoding="utf-8").splitlines()[-1]


def test_questions_are_asked_on_a_terminal(programme: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prmbuild.cli.new._on_terminal", lambda: True)
    done = new(programme, "page", "content/asked.md", answers="What we ask\nbad type\nhow-to\nana@vendor.example\n")
    assert done.exit_code == 0, done.output
    source, _ = read_page("content/asked.md", (programme.path / "content/asked.md").read_bytes(), None)
    assert source is not None
    assert (source.meta.title, source.meta.type, source.meta.owner) == ("What we ask", "how-to", "ana@vendor.example")
