"""What the calendar lists, and how it is written down."""

import json
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest

from prmbuild.calendar.calendar import Entry, calendar
from prmbuild.calendar.formats import as_letters, as_text
from prmbuild.calendar.ics import as_icalendar
from prmbuild.desired import Considered, consider, read_authored
from prmbuild.progress import Silence
from prmbuild.source.git import opened
from tests.cli.test_commands import run
from tests.conftest import CONFIGURATION, FIRST_COMMIT, NOW, MakeRepo, Repo, page

TODAY = NOW.date()


def at(day: int) -> str:
    return (NOW + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%SZ")


def on(day: int) -> str:
    return (TODAY + timedelta(days=day)).isoformat()


def listed(repo: Repo, days: int = 90) -> tuple[Considered, tuple[Entry, ...]]:
    request = repo.request()
    with opened(repo.path) as repository:
        state = consider(read_authored(repository, request), request, Silence())
        return state, calendar(state, NOW + timedelta(days=days))


def told(repo: Repo, days: int = 90) -> list[tuple[str, str, str, bool]]:
    return [(entry.urgency.value, entry.kind.value, entry.path, entry.approved) for entry in listed(repo, days)[1]]


@pytest.fixture
def dated(make_repo: MakeRepo) -> Repo:
    return make_repo(
        {
            **CONFIGURATION,
            "content/late.md": page("Late", owner="ana@vendor.example", last_reviewed_on="2026-01-01", review_in="90d"),
            "content/due.md": page(
                'Due, "soon"', owner="Ana@vendor.example", last_reviewed_on=on(-88), review_in="90d"
            ),
            "content/far.md": page("Far", last_reviewed_on=on(-1), review_in="400d"),
            "content/gold/new.md": page("'Neu: Größe; 新しい'", owner="bo@vendor.example", publish_at=at(20)),
            "content/ends.md": page("Ends", expire_at=at(2)),
            "content/gone.md": page("Gone", expire_at=at(-5)),
            "content/old.md": page("Old", status="retired", last_reviewed_on="2026-01-01", review_in="90d"),
            "content/draft.md": page("Draft", status="draft", publish_at=at(3)),
            "content/missed.md": page("Missed", status="in_review", publish_at=at(-3)),
        }
    )


def test_every_date_is_listed_once_with_its_urgency(dated: Repo) -> None:
    assert told(dated) == [
        ("overdue", "review", "content/late.md", True),
        ("overdue", "expire", "content/gone.md", True),
        ("overdue", "publish", "content/missed.md", False),
        ("due", "expire", "content/ends.md", True),
        ("due", "review", "content/due.md", True),
        ("due", "publish", "content/draft.md", False),
        ("coming", "publish", "content/gold/new.md", True),
    ]
    assert ("coming", "review", "content/far.md", True) in told(dated, 400)


def test_a_date_kept_while_a_page_is_reworked_announces_nothing(make_repo: MakeRepo) -> None:
    repo = make_repo({**CONFIGURATION, "content/a.md": page("A", publish_at=at(-20))})
    repo.commit({"content/a.md": page("A", "Reworked.", status="draft", publish_at=at(-20))})
    assert told(repo) == []


def test_lessons_and_courses_are_listed(make_repo: MakeRepo) -> None:
    review = "last_reviewed_on: 2026-09-01\nreview_in: 90d\n"
    course = f"title: Basics\nstatus: draft\nowner: ana@vendor.example\nlessons: [a.md]\n{review}"
    repo = make_repo(
        {
            **CONFIGURATION,
            "courses/basics/course.yaml": course,
            "courses/basics/a.md": f"---\ntitle: A\n{review}---\n",
            "courses/basics/unused.md": f"---\ntitle: B\n{review}---\n",
        }
    )
    assert [(entry.what, entry.title, entry.owner) for entry in listed(repo)[1]] == [
        ("lesson", "A", "ana@vendor.example"),
        ("course", "Basics", "ana@vendor.example"),
    ]


def test_text_says_what_happens_and_to_whom(dated: Repo) -> None:
    state, entries = listed(dated)
    text = as_text(entries, state.views.readership, TODAY)
    assert [line for line in text.splitlines() if not line.startswith(" ")] == [
        "Overdue", "", "Due within 7 days", "", "Coming",
    ]  # fmt: skip
    assert "review    Late  (content/late.md, ana@vendor.example, 236 days ago)" in text
    assert "publish, not approved  Draft  (content/draft.md, no owner)" in text
    assert "vanishes for all 2 partners" in text
    assert "appears for 1 partner: nordwind" in text


def test_letters_name_each_owner_once(dated: Repo) -> None:
    state, entries = listed(dated)
    letters = as_letters(entries, state.views.readership, TODAY)
    assert [part.splitlines()[0] for part in letters.split("\n\n")] == [
        "ana@vendor.example", "bo@vendor.example", "no owner",
    ]  # fmt: skip


def test_icalendar_is_read_back_whole(dated: Repo) -> None:
    state, entries = listed(dated)
    data = as_icalendar(entries, state.views.readership, state.catalog)
    read = icalendar.Calendar.from_ical(data)
    events = {str(event["summary"]): event for event in read.walk("VEVENT")}
    assert len(events) == len(entries) == len({str(event["uid"]) for event in events.values()})
    assert not read.errors and not any(event.errors for event in events.values())
    assert events['Review: Due, "soon"'].decoded("dtstart") == date(2026, 11, 25)
    published = events["Published: Neu: Größe; 新しい"]
    assert published.decoded("dtstart") == datetime(2026, 12, 13, 12, tzinfo=UTC)
    assert published.decoded("dtstamp") == FIRST_COMMIT
    assert "bo@vendor.example" in published["description"]
    assert str(events["Published: Missed (not approved)"]["status"]) == "TENTATIVE"
    assert b"ATTENDEE" not in data and b"ORGANIZER" not in data
    assert all(len(line) <= 75 and not line.endswith(b" \r") for line in data.split(b"\r\n"))
    assert b"\n" not in data.replace(b"\r\n", b"")


def test_an_event_keeps_its_identity_while_its_date_moves(make_repo: MakeRepo) -> None:
    repo = make_repo({**CONFIGURATION, "content/a.md": page("A", last_reviewed_on=on(-80), review_in="90d")})

    def uid() -> object:
        state, entries = listed(repo)
        assert as_icalendar(entries, state.views.readership, state.catalog) == as_icalendar(
            entries, state.views.readership, state.catalog
        )
        (event,) = icalendar.Calendar.from_ical(as_icalendar(entries, state.views.readership, state.catalog)).events
        return event["uid"], event.decoded("dtstart")

    before = uid()
    repo.commit({"content/a.md": page("A", last_reviewed_on=on(-1), review_in="90d")})
    after = uid()
    assert before[0] == after[0] and before[1] != after[1]  # type: ignore[index]


def test_the_command_in_every_form(dated: Repo) -> None:
    base = ("calendar", "--repo", str(dated.path), "--now", NOW.isoformat())
    text = run(*base)
    assert text.returncode == 0 and "Overdue" in text.stdout and "3 overdue, 3 due, 1 coming" in text.stderr
    document = json.loads(run(*base, "--format", "json").stdout)
    assert [entry["urgency"] for entry in document["entries"]].count("overdue") == 3
    gold = next(entry for entry in document["entries"] if entry["path"] == "content/gold/new.md")
    assert gold["gains"] == ["nordwind"] and gold["at"] == "2026-12-13T12:00:00Z"
    assert run(*base, "--format", "ics").stdout.startswith("BEGIN:VCALENDAR")
    mine = run(*base, "--owner", "ANA@vendor.example")
    assert "Late" in mine.stdout and "Due" in mine.stdout and "Gone" not in mine.stdout
    wrong = run(*base, "--owner", "anna@vendor.example")
    assert wrong.returncode == 2 and "did you mean" in wrong.stderr


def test_next_answers_scripts(dated: Repo) -> None:
    base = ("calendar", "--repo", str(dated.path), "--now", NOW.isoformat(), "--next")
    found = run(*base)
    assert (found.returncode, found.stdout) == (0, "2026-11-25T12:00:00Z\n")
    assert json.loads(run(*base, "--format", "json").stdout) == {"next": "2026-11-25T12:00:00Z"}
    near = run(*base, "--within", "12h")
    assert (near.returncode, near.stdout) == (1, "") and "no date changes" in near.stderr
    assert json.loads(run(*base, "--within", "12h", "--format", "json").stdout) == {"next": None}
    assert run(*base, "--within", "soon").returncode == 2


def test_explain_names_the_owner_and_the_dates(dated: Repo) -> None:
    told_of = run("explain", "content/late.md", "--repo", str(dated.path), "--now", NOW.isoformat()).stdout
    assert "owner: ana@vendor.example" in told_of and "review overdue since 2026-04-01" in told_of
