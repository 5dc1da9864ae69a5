"""The audit of a folder finds every difference from what was built."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from prmbuild.audit.report import Kind, Leak
from prmbuild.audit.trees import Forest, written_forest
from prmbuild.errors import AuditError
from prmbuild.manifest import MANIFEST, PARTS, part_file, part_of, read_part, write_part
from tests.audit.conftest import HIDDEN_LINE, MARGINS, PORTAL, Subject

START = "start/index.html"


@pytest.fixture
def out(subject: Subject, tmp_path: Path) -> Path:
    return subject.written(tmp_path / "out")


def replaced(place: Path, data: bytes) -> None:
    """Write a file anew: other portals may have the same file by a hard link."""
    place.unlink()
    place.write_bytes(data)


def kinds(leaks: tuple[Leak, ...]) -> set[tuple[Kind, str, str]]:
    return {(leak.kind, leak.portal, leak.file) for leak in leaks}


def test_what_was_written_is_clean(subject: Subject, out: Path) -> None:
    report = subject.audit_written(out)
    assert not report.leaks, [str(leak.diagnostic()) for leak in report.leaks]
    memory = subject.audit()
    assert (report.files, report.bytes, report.controls) == (memory.files, memory.bytes, memory.controls)


def test_a_changed_file(subject: Subject, out: Path) -> None:
    place = out / "portals" / PORTAL / START
    replaced(place, place.read_bytes().replace(b"</article>", f"<p>{HIDDEN_LINE}</p></article>".encode()))
    leaks = subject.audit_written(out).leaks
    assert kinds(leaks) == {(Kind.TAMPERED, PORTAL, START), (Kind.TEXT, PORTAL, START)}
    assert MARGINS in {leak.owner for leak in leaks}


def test_a_file_that_changes_meanwhile(subject: Subject, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*arguments: object) -> Forest:
        forest = written_forest(*arguments)
        replaced(out / "portals" / PORTAL / START, b"other")
        return forest

    monkeypatch.setattr("prmbuild.audit.audit.written_forest", read)
    with pytest.raises(AuditError, match="changed during the audit"):
        subject.audit_written(out)


def test_a_missing_file(subject: Subject, out: Path) -> None:
    (out / "portals" / PORTAL / START).unlink()
    assert (Kind.TAMPERED, PORTAL, START) in kinds(subject.audit_written(out).leaks)


def test_an_extra_file(subject: Subject, out: Path) -> None:
    (out / "portals" / PORTAL / "extra.txt").write_text("nothing")
    assert (Kind.TAMPERED, PORTAL, "extra.txt") in kinds(subject.audit_written(out).leaks)


def test_an_extra_portal(subject: Subject, out: Path) -> None:
    (out / "portals" / "extra").mkdir()
    assert (Kind.TAMPERED, "", "portals/extra") in kinds(subject.audit_written(out).leaks)


@pytest.mark.parametrize("folder", [False, True])
def test_a_symbolic_link(subject: Subject, out: Path, tmp_path: Path, folder: bool) -> None:
    place = out / "portals" / PORTAL / ("start" if folder else START)
    elsewhere = tmp_path / "elsewhere"
    place.rename(elsewhere)
    place.symlink_to(elsewhere)
    leaks = subject.audit_written(out).leaks
    assert (Kind.TAMPERED, PORTAL, "start" if folder else START) in kinds(leaks)


@pytest.mark.parametrize(
    "change",
    [
        lambda portal: portal["viewers"].append({"partner": "nordwind", "role": "sales"}),
        lambda portal: portal["viewers"].clear(),
        lambda portal: portal.update(release="0" * 64),
        lambda portal: portal.update(id="somebody-else"),
    ],
)
def test_a_manifest_that_says_something_else(subject: Subject, out: Path, change: object) -> None:
    document = json.loads((out / MANIFEST).read_text())
    change(next(portal for portal in document["portals"] if portal["id"] == PORTAL))  # type: ignore[operator]
    (out / MANIFEST).write_text(json.dumps(document))
    assert Kind.TAMPERED in {leak.kind for leak in subject.audit_written(out).leaks}


def test_a_manifest_with_a_part_that_says_something_else(subject: Subject, out: Path) -> None:
    document = json.loads((out / MANIFEST).read_text())
    part = read_part((out / part_file(document["files"][part_of(START)])).read_bytes())
    data = write_part({path: held for path, held in part.items() if path != START})
    document["files"][part_of(START)] = sha256(data).hexdigest()
    (out / part_file(sha256(data).hexdigest())).write_bytes(data)
    (out / MANIFEST).write_text(json.dumps(document))
    found = {leak.found for leak in subject.audit_written(out).leaks if leak.kind is Kind.TAMPERED}
    assert {f"not in {MANIFEST}", f"{MANIFEST} does not name the release that its files make"} <= found


def test_a_part_that_is_not_what_the_manifest_names(subject: Subject, out: Path) -> None:
    for part in (out / PARTS).iterdir():
        part.write_bytes(part.read_bytes() + b" ")
    with pytest.raises(AuditError):
        subject.audit_written(out)


@pytest.mark.parametrize("text", ["", "[]", '{"portals": [{}]}', None])
def test_a_folder_that_prmbuild_did_not_write(subject: Subject, out: Path, text: str | None) -> None:
    (out / MANIFEST).unlink()
    if text is not None:
        (out / MANIFEST).write_text(text)
    with pytest.raises(AuditError):
        subject.audit_written(out)
