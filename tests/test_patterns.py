"""Patterns that were compiled before are the patterns that would be compiled."""

import re
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from prmbuild import patterns, software

compiler = import_module("re._compiler")

PATTERNS: tuple[tuple[str | bytes, int], ...] = (
    ("(?P<year>[0-9]{4})-(?P<month>\\d\\d)", 0),
    ("(?P<year>[0-9]{4})-(?P<month>\\d\\d)", re.ASCII),
    ("(a)(?P<b>b)?|[^\\W_\u3040-\u30ff]+(?=x)", re.IGNORECASE | re.VERBOSE),
    (b"[\x80-\xff]+", 0),
    ("", 0),
)
TEXT = "2024-01 ab AB x \u0662\u0660\u0662\u0664-\u0660\u0661 \u3042 \u00e9x"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "__pycache__").mkdir()
    monkeypatch.setattr(software, "_PACKAGE", tmp_path)
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    return tmp_path / "__pycache__" / "patterns"


def run(monkeypatch: pytest.MonkeyPatch, made_by: bytes = b"this Python") -> tuple[list[object], int]:
    """Compile and match in what stands for a process: what was found, and how many patterns were compiled."""
    at_end: list[object] = []
    with monkeypatch.context() as process:
        anew: list[object] = []
        compile_anew = compiler.compile
        process.setattr(compiler, "compile", lambda *given: (anew.append(given), compile_anew(*given))[1])
        process.setattr(compiler._sre, "compile", compiler._sre.compile)
        process.setattr(patterns.atexit, "register", lambda *given: at_end.append(given))
        patterns._remember(compiler, made_by)
        found: list[object] = []
        for pattern, flags in PATTERNS:
            made = compiler.compile(pattern, flags)
            text = TEXT if isinstance(pattern, str) else TEXT.encode()
            found.append([(match.group(), match.groups(), match.groupdict()) for match in made.finditer(text)])
            found.append((made, made.flags, made.groups, dict(made.groupindex), made.pattern))
    for function, *given in at_end:  # type: ignore[misc]
        function(*given)
    return found, len(anew)


def test_the_second_time_nothing_is_compiled_and_the_same_is_found(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, compiled = run(monkeypatch)
    assert compiled == len(PATTERNS) and place.exists()
    assert run(monkeypatch) == (first, 0)


def test_what_another_python_compiled_or_was_changed_is_not_believed(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, compiled = run(monkeypatch)
    assert run(monkeypatch, b"another Python") == (first, compiled)
    sound = place.read_bytes()
    for broken in (b"", sound[:-1], sound[:40] + bytes([sound[40] ^ 1]) + sound[41:], b"\0" * 80):
        place.write_bytes(broken)
        assert run(monkeypatch, b"another Python") == (first, compiled)


def test_patterns_of_long_ago_go_when_there_are_too_many(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "_MOST", len(PATTERNS))
    run(monkeypatch)
    monkeypatch.setattr("tests.test_patterns.PATTERNS", (("another", 0),))
    run(monkeypatch)
    assert run(monkeypatch)[1] == 0


def test_threads_that_compile_at_a_time_keep_each_their_own(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = f"[{'a' * 3000}]x", f"[{'b' * 3000}]y"
    monkeypatch.setattr(compiler, "compile", compiler.compile)
    monkeypatch.setattr(compiler._sre, "compile", compiler._sre.compile)
    at_end: list[tuple[Any, ...]] = []
    monkeypatch.setattr(patterns.atexit, "register", lambda *given: at_end.append(given))
    link = compiler._sre.compile
    both = Barrier(2)

    def link_together(*program: object) -> object:
        made = link(*program)
        both.wait(timeout=20)
        return made

    monkeypatch.setattr(compiler._sre, "compile", link_together)
    patterns._remember(compiler, b"this Python")
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(compiler.compile, (one, other)))
    _, _, _, new = at_end[0]
    assert {pattern: link(pattern, *program).match("ax") is not None for (pattern, _), program in new.items()} == {
        one: True,
        other: False,
    }


def test_patterns_in_parts_and_those_to_be_shown_are_compiled_as_ever(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(compiler, "compile", compiler.compile)
    monkeypatch.setattr(compiler._sre, "compile", compiler._sre.compile)
    monkeypatch.setattr(patterns.atexit, "register", lambda *given: None)
    patterns._remember(compiler, b"this Python")
    scanner = re.Scanner([("a", lambda _, token: token), ("b", None)])  # type: ignore[attr-defined]
    assert scanner.scan("aba") == (["a", "a"], "")
    assert compiler.compile("a", re.DEBUG).match("a") and "LITERAL 97" in capsys.readouterr().out
