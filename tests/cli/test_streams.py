"""What an author wrote moves nothing on a terminal."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from prmbuild.cli.streams import prepare

DIRECTED = "\u200f\u05e9\u05dc\u05d5\u05dd \u0645\u06cc\u200c\u062e\u0648 \U0001f469\u200d\U0001f527 a\u00adb"
"""Hebrew, Persian and an emoji with the marks they need."""

Printed = Callable[[object], bytes]


@pytest.fixture
def printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Printed:
    """Print something, and return what comes out."""

    def echo(what: object) -> bytes:
        place = tmp_path / "out"
        with place.open("wb") as file, monkeypatch.context() as patch:
            for name in ("stdout", "stderr"):
                stream = io.BufferedWriter(io.FileIO(file.fileno(), "wb", closefd=False))
                patch.setattr(sys, name, io.TextIOWrapper(stream, encoding="utf-8"))
            prepare()
            click.echo(what, nl=False, color=True)
            sys.stdout.flush()
        return place.read_bytes()

    return echo


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", r"a\u202eb"),
        ("a\u2066b\u2069\u200b", r"a\u2066b\u2069\u200b"),
        ("\x1b[2Ja\x1b]0;t\x07\x1b[8m", r"\u001b[2Ja\u001b]0;t\u0007\u001b[8m"),
        ("good\rbad\x9b1m", r"good\u000dbad\u009b1m"),
        ("\U000e0041", r"\udb40\udc41"),
        (click.style("styled", fg="red", bold=True), click.style("styled", fg="red", bold=True)),
        ("\r\x1b[Kprogress\r\n\tx", "\r\x1b[Kprogress\r\n\tx"),
        (DIRECTED, DIRECTED),
    ],
)
def test_what_a_terminal_would_obey_is_written_out(printed: Printed, text: str, shown: str) -> None:
    assert printed(text).decode() == shown


def test_a_document_stays_one(printed: Printed) -> None:
    title = "a\u202e\U000e0041\x9b\x1b[2J"
    assert json.loads(printed(json.dumps({"title": title}, ensure_ascii=False))) == {"title": title}
    assert printed(title.encode()).decode() == title
