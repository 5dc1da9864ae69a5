"""Progress: what a person sees of a run, and what a machine is told of it."""

import io
from collections.abc import Iterator

import pytest

from prmbuild.cli import progress as progress_module
from prmbuild.cli.progress import LineProgress, QuietProgress, TerminalProgress, Timed, progress
from prmbuild.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """A clock that stands still until its one element is changed."""
    now = [100.0]
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(progress_module.time, "perf_counter", lambda: now[0])
    yield now


def stderr(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO) -> io.StringIO:
    monkeypatch.setattr("sys.stderr", stream)
    return stream


def last_line(stream: io.StringIO) -> str:
    return stream.getvalue().split("\r\x1b[K")[-1]


def test_a_terminal_shows_count_rate_what_was_reused_and_the_time_left(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = stderr(monkeypatch, Terminal())
    heard = progress()
    assert isinstance(heard, TerminalProgress)
    heard.stage("rendering pages", 1000)
    assert last_line(shown) == "rendering pages 0/1000 …"
    heard.reused(400)
    clock[0] += 1
    heard.advance(50)
    assert last_line(shown) == "rendering pages 450/1000, 400 reused …"
    clock[0] += 9
    heard.advance(50)
    assert last_line(shown) == "rendering pages 500/1000, 400 reused, 10/s, 50 s left …"
    before = shown.getvalue()
    heard.advance(1)
    assert shown.getvalue() == before, "not at every step"
    heard.stage("checking")
    assert last_line(shown) == "checking …"
    heard.close()
    assert last_line(shown) == ""


def test_elsewhere_there_is_a_line_per_stage_and_in_ci_none(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = stderr(monkeypatch, io.StringIO())
    monkeypatch.delenv("CI", raising=False)
    heard = progress()
    assert isinstance(heard, LineProgress)
    run(heard)
    heard.close()
    assert shown.getvalue() == "one (3)\ntwo\n"
    monkeypatch.setenv("CI", "true")
    heard = progress()
    assert isinstance(heard, QuietProgress)
    run(heard)
    heard.close()
    assert shown.getvalue() == "one (3)\ntwo\n"


def run(heard: Progress) -> None:
    heard.stage("one", 3)
    heard.advance(2)
    heard.reused()
    heard.stage("two")


def test_stages_are_timed_and_passed_on(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    shown = stderr(monkeypatch, io.StringIO())
    timed = Timed(LineProgress())
    timed.stage("one", 3)
    timed.advance(2)
    timed.reused()
    clock[0] += 1.5
    timed.stage("two")
    clock[0] += 0.25
    timed.end()
    assert timed.document() == {
        "seconds": 1.75,
        "stages": [
            {"name": "one", "seconds": 1.5, "done": 2, "reused": 1},
            {"name": "two", "seconds": 0.25, "done": 0, "reused": 0},
        ],
    }
    assert shown.getvalue() == "one (3)\ntwo\n"
