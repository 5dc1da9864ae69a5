"""What is remembered of the software holds only as long as it is the same."""

from pathlib import Path

import pytest

from prmbuild import software

MEMORY = "__pycache__/software.json"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "inner").mkdir()
    for name in ("one.py", "inner/two.py"):
        (tmp_path / name).write_text("ONE = 1\n")
    monkeypatch.setattr(software, "_PACKAGE", tmp_path)
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    return tmp_path


def fingerprint() -> str:
    _forget()
    try:
        return software.fingerprint()
    finally:
        _forget()


def _forget() -> None:
    for known in (software.fingerprint, software.installed, software._memory):
        known.cache_clear()


def test_sources_are_read_again_where_one_changed(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = fingerprint()
    with monkeypatch.context() as unread:
        unread.setattr(software, "digest_of", lambda *_: pytest.fail("read again"))
        assert fingerprint() == first
    (package / "inner" / "two.py").write_text("TWO = 22\n")
    second = fingerprint()
    assert second != first
    (package / "inner" / "two.py").write_text("ONE = 1\n")
    assert fingerprint() == first, "the same sources are the same software, whenever they were written"
    (package / "three.py").write_text("")
    assert fingerprint() not in (first, second)


def test_versions_are_read_again_where_another_one_is_installed(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(package / "libraries")
    for version in ("1.0", "2.0"):
        place = package / "libraries" / f"some_library-{version}.dist-info"
        place.mkdir(parents=True)
        (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: some-library\nVersion: {version}\n")
        _forget()
        assert software.version("some-library") == version
        (place / "METADATA").unlink()
        assert software.version("some-library") == version
        place.rmdir()
    _forget()


@pytest.mark.parametrize(
    "broken", ["", "one", "x y z", "\x00", "0", "[]", '{"seen": 1}', '{"seen": "SEEN", "known": ["fingerprint"]}']
)
def test_a_broken_memory_is_not_believed(package: Path, broken: str) -> None:
    first = fingerprint()
    seen = software.json.loads((package / MEMORY).read_bytes())["seen"]
    (package / MEMORY).write_text(broken.replace("SEEN", seen))
    assert fingerprint() == first


def test_without_a_place_to_keep_it_the_sources_are_read(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = fingerprint()
    (package / MEMORY).unlink()
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    assert fingerprint() == first
    assert list((package / "__pycache__").iterdir()) == []
    (package / "__pycache__").rmdir()
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    assert fingerprint() == first
