"""What dates will do is what building at those dates shows."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from prmbuild.calendar.forecast import Moment, forecast
from prmbuild.desired import Considered, consider, read_authored
from prmbuild.progress import Silence
from prmbuild.source.git import opened
from tests.conftest import CONFIGURATION, NOW, MakeRepo, Repo, page

Files = dict[str, str | bytes | None]

COURSE = "title: Basics\nstatus: approved\nlessons: [lessons/a.md]\n"
LESSON = "---\ntitle: A\n---\n\nRead.\n"


def at(day: int) -> str:
    return (NOW + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%SZ")


def considered(repo: Repo, now: datetime) -> Considered:
    request = replace(repo.request(), now=now)
    with opened(repo.path) as repository:
        return consider(read_authored(repository, request), request, Silence())


def moments(repo: Repo, until: datetime | None = None) -> list[Moment]:
    request = repo.request()
    with opened(repo.path) as repository:
        return list(forecast(consider(read_authored(repository, request), request, Silence()), until))


def visible(state: Considered) -> Mapping[object, object]:
    """Everything that viewers see, courses included."""
    pages = {
        path: {(viewers, one.input, one.dates) for viewers, one in seen} for path, seen in state.views.pages.items()
    }
    courses = {
        name: {(viewers, one.required, one.course.source) for viewers, one in seen}
        for name, seen in state.views.courses.items()
    }
    return {**pages, **courses}


def test_a_publication_and_an_expiry(make_repo: MakeRepo) -> None:
    repo = make_repo(
        {
            **CONFIGURATION,
            "content/gold/new.md": page("New", publish_at=at(3), expire_at=at(9)),
            "content/plain.md": page("Plain"),
        }
    )
    first, second = moments(repo)
    assert (first.at, second.at) == (NOW + timedelta(days=3), NOW + timedelta(days=9))
    ((turn, effect),) = first.turns
    assert turn.before is None and turn.after is not None
    assert effect.gains.bit_count() == 2 and not effect.loses, "both roles of the gold partner"
    assert second.turns[0][1].loses == effect.gains


def test_a_new_version_changes_the_page_for_its_readers(make_repo: MakeRepo) -> None:
    repo = make_repo({**CONFIGURATION, "content/a.md": page("A", "Old.")})
    repo.commit({"content/a.md": page("A", "New.", publish_at=at(2), audience="{tier: gold}")})
    (moment,) = moments(repo)
    ((_, effect),) = moment.turns
    assert effect.changes.bit_count() == 2 and effect.loses.bit_count() == 2 and not effect.gains


def test_a_date_behind_a_newer_version_does_nothing(make_repo: MakeRepo) -> None:
    repo = make_repo({**CONFIGURATION, "content/a.md": page("A", "Later.", publish_at=at(2))})
    repo.commit({"content/a.md": page("A", "Now.")})
    assert not any(moment.turns for moment in moments(repo))


def test_what_nobody_may_see_changes_nothing(make_repo: MakeRepo) -> None:
    repo = make_repo({**CONFIGURATION, "content/internal/a.md": page("A", publish_at=at(2))})
    (moment,) = moments(repo)
    assert moment.turns and not moment.changes and not moment.turns[0][1]


def test_a_lesson_that_expires_takes_its_course_and_what_requires_it_along(make_repo: MakeRepo) -> None:
    repo = make_repo(
        {
            **CONFIGURATION,
            "courses/basics/course.yaml": COURSE,
            "courses/basics/lessons/a.md": LESSON.replace("title: A", f"title: A\nexpire_at: {at(4)}"),
            "courses/more/course.yaml": COURSE + "prerequisites: [basics]\n",
            "courses/more/lessons/a.md": LESSON,
        }
    )
    (moment,) = moments(repo)
    ((_, effect),) = moment.turns
    assert moment.changes and effect.courses == ("basics", "more") and effect.loses.bit_count() == 4


def test_a_course_is_changed_by_a_new_version_of_it_alone(make_repo: MakeRepo) -> None:
    lesson = {"courses/basics/lessons/a.md": LESSON}
    repo = make_repo({**CONFIGURATION, **lesson, "courses/basics/course.yaml": COURSE})
    repo.commit({"courses/basics/course.yaml": COURSE.replace("Basics", "All of it") + f"publish_at: {at(2)}\n"})
    (moment,) = moments(repo)
    ((_, effect),) = moment.turns
    assert moment.changes and effect.changes.bit_count() == 4


def test_lessons_of_a_course_to_come_expire_in_their_turn(make_repo: MakeRepo) -> None:
    repo = make_repo(
        {
            **CONFIGURATION,
            "courses/basics/course.yaml": COURSE + f"publish_at: {at(2)}\n",
            "courses/basics/lessons/a.md": LESSON.replace("title: A", f"title: A\nexpire_at: {at(4)}"),
        }
    )
    assert [(moment.at - NOW).days for moment in moments(repo)] == [2, 4]


def test_nothing_is_looked_at_beyond_the_horizon(make_repo: MakeRepo) -> None:
    repo = make_repo({**CONFIGURATION, "content/a.md": page("A", publish_at=at(2), expire_at=at(5))})
    assert len(moments(repo, NOW + timedelta(days=2))) == 1
    assert len(moments(repo, NOW + timedelta(days=1))) == 0


dates = st.one_of(st.none(), st.integers(-3, 6))
versions = st.tuples(
    st.sampled_from(["approved", "approved", "approved", "draft", "retired"]), dates, dates, st.sampled_from("xyz")
)


def written(version: tuple[str, int | None, int | None, str], course: bool) -> str:
    status, begins, ends, word = version
    front = f"title: {word}\nstatus: {status}\n"
    front += f"publish_at: {at(begins)}\n" if begins is not None else ""
    front += f"expire_at: {at(ends)}\n" if ends is not None and (begins is None or ends > begins) else ""
    return f"{front}lessons: [a.md]\n" if course else f"---\n{front}---\n\nText {word}.\n"


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(st.tuples(st.integers(0, 3), versions), min_size=1, max_size=7))
def test_a_forecast_is_what_each_day_shows(
    make_repo: MakeRepo, history: list[tuple[int, tuple[str, int | None, int | None, str]]]
) -> None:
    places = ["content/a.md", "content/gold/b.md", "courses/c/course.yaml", "courses/c/a.md"]
    repo = make_repo({**CONFIGURATION, places[3]: LESSON})
    for place, version in history:
        repo.commit({places[place]: written(version, places[place].endswith(".yaml"))})
    found = moments(repo)
    state, states = visible(considered(repo, NOW)), {}
    for day in range(1, 8):
        states[NOW + timedelta(days=day)] = visible(considered(repo, NOW + timedelta(days=day)))
    changing = []
    for instant, later in states.items():
        if later != state:
            changing.append(instant)
        state = later
    assert [moment.at for moment in found if moment.changes] == changing
    assert all(moment.at.tzinfo is UTC for moment in found)


@pytest.mark.parametrize("days", [0, 3])
def test_the_instant_itself_is_the_first_with_the_change(make_repo: MakeRepo, days: int) -> None:
    repo = make_repo({**CONFIGURATION, "content/a.md": page("A", publish_at=at(3))})
    assert ("content/a.md" in considered(repo, NOW + timedelta(days=days)).views.pages) is (days == 3)
