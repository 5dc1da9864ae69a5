"""What is remembered of the sources holds only as long as they are the same."""

from pathlib import Path

import pytest

from prmbuild import software


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "inner").mkdir()
    for name in ("one.py", "inner/two.py"):
        (tmp_path / name).write_text("ONE = 1\n")
    monkeypatch.setattr(software, "_PACKAGE", tmp_path)
    monkeypatch.setattr(software, "_KEPT", tmp_path / "__pycache__" / "fingerprint")
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    return tmp_path


def fingerprint() -> str:
    software.fingerprint.cache_clear()
    software.installed.cache_clear()
    try:
        return software.fingerprint()
    finally:
        software.fingerprint.cache_clear()
        software.installed.cache_clear()


def test_sources_are_read_again_where_one_changed(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = fingerprint()
    with monkeypatch.context() as unread:
        unread.setattr(Path, "read_bytes", lambda path: pytest.fail("read again"))
        assert fingerprint() == first
    (package / "inner" / "two.py").write_text("TWO = 22\n")
    second = fingerprint()
    assert second != first
    (package / "inner" / "two.py").write_text("ONE = 1\n")
    assert fingerprint() == first, "the same sources are the same software, whenever they were written"
    (package / "three.py").write_text("")
    assert fingerprint() not in (first, second)


@pytest.mark.parametrize("kept", ["", "one", "x y z", "\x00", "0 0"])
def test_a_broken_memory_is_not_believed(package: Path, kept: str) -> None:
    first = fingerprint()
    (package / "__pycache__" / "fingerprint").write_text(kept)
    assert fingerprint() == first


def test_without_a_place_to_keep_it_the_sources_are_read(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = fingerprint()
    (package / "__pycache__" / "fingerprint").unlink()
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    assert fingerprint() == first
    assert list((package / "__pycache__").iterdir()) == []
    (package / "__pycache__").rmdir()
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    assert fingerprint() == first
