"""An audit of what changed reports just what an audit of everything does, and finds what leaks wherever it stands."""

import gzip
import random
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace

from prmbuild.audit import changes
from prmbuild.audit.audit import audit
from prmbuild.audit.facts import Blob
from prmbuild.audit.inventory import SEARCH
from prmbuild.audit.ledger import Text
from prmbuild.audit.members import Came
from prmbuild.audit.premises import Premises
from prmbuild.audit.report import AuditReport, Kind
from prmbuild.audit.successors import Successors
from prmbuild.build import build
from prmbuild.desired import desired, read_authored
from prmbuild.progress import Silence
from prmbuild.source.git import opened
from prmbuild.source.snapshot import Snapshot
from tests.audit.conftest import (
    EXPLANATION,
    FILES,
    GOLD_LINE,
    HIDDEN_LINE,
    LIST,
    MARGINS,
    PARTNERS,
    PORTAL,
    Overlaid,
    Subject,
    workbook,
)
from tests.conftest import VISIBILITY, Repo, page

Files = Mapping[str, str | bytes | None]

EVERYTHING = "collecting what must not leak"
"""The stage that only an audit of everything has."""

NEW_LINE = "A sentence about couriers that nobody has ever written down before, least of all for partners to read."


class Stages(Silence):
    """Remembers which stages there were."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def stage(self, name: str, total: int = 0) -> None:
        self.names.append(name)


class Audited(Struct, frozen=True):
    """An audit with a memory, and whether it had to search everything."""

    report: AuditReport
    everything: bool


class Programme:
    """A repository whose states are built one after the other, and audited with one memory.

    Args:
        place: where it is.
        stack: closes what is opened.
        like: where another is that it begins as; empty for a new one.
    """

    def __init__(self, place: Path, stack: ExitStack, like: Path | None = None) -> None:
        if like is not None:
            shutil.copytree(like, place, dirs_exist_ok=True)
        self.repo = Repo(place / "programme")
        if like is None:
            self.repo.path.mkdir(parents=True)
            self.repo.git("init", "-q", "-b", "main")
        self.memory = place / "memory" / "audits"
        self._stack = stack

    def commit(self, files: Files) -> Subject:
        self.repo.commit(dict(files))
        repository = self._stack.enter_context(opened(self.repo.path))
        request = self.repo.request()
        authored = read_authored(repository, request)
        assert authored.programme is not None, [str(found) for found in authored.diagnostics]
        state = self._stack.enter_context(desired(authored, request, Silence()))
        return Subject(build(state, Silence()), state, self.repo)

    def audit(self, subject: Subject) -> Audited:
        """Audit with the memory, and check the report against an audit of everything."""
        stages = Stages()
        report = audit(subject.built, subject.state, stages, memory=self.memory)
        assert report == audit(subject.built, subject.state, Silence())
        return Audited(report, EVERYTHING in stages.names)


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A programme that was audited once."""
    place = tmp_path_factory.mktemp("audited")
    with ExitStack() as stack:
        programme = Programme(place, stack)
        audited = programme.audit(programme.commit(FILES))
        assert audited.everything and not audited.report.leaks
    return place


@pytest.fixture
def started(first: Path, tmp_path: Path) -> Iterator[Programme]:
    with ExitStack() as stack:
        yield Programme(tmp_path, stack, first)


def text_of(path: str) -> str:
    text = FILES[path]
    assert isinstance(text, str)
    return text


def tampered(subject: Subject, path: str, text: str) -> Subject:
    """Put a text into a file of the portal that the leaks are for."""
    changed = subject.text(path).replace("</article>", f"<p>{text}</p></article>")
    assert text in changed
    return replace(subject, built=subject.changed({path: changed}, PORTAL))


EDITS: Mapping[str, Files] = {
    "nothing": {},
    "a line for everybody": {"content/robot.md": text_of("content/robot.md").replace("weighs", "weighs less than")},
    "a page for everybody": {"content/more.md": page("More to read for everybody", NEW_LINE)},
    "a line for nobody": {MARGINS: f"{text_of(MARGINS)}\n{NEW_LINE}\n"},
    "a line for some": {"content/gold/prices.md": page("Gold price list of the season", NEW_LINE)},
    "a draft": {"content/warranty.md": page("Warranty", NEW_LINE, status="draft")},
    "an asset": {"content/lists/list-prices.xlsx": workbook(("Porter P100", "list price", 28100))},
    "a page is gone": {"content/types.md": None},
    "a page is retired": {"content/types.md": page("Types", "Done.", status="retired")},
    "a page moves": {"content/types.md": None, "content/kinds.md": text_of("content/types.md")},
    "a rule for more": {"visibility.yaml": VISIBILITY.replace("[content/gold/**]", "[content/gold/none/**]")},
    "a partner moves": {"partners.yaml": PARTNERS.replace("segment: silver-emea}", "segment: gold-emea}")},
    "another partner": {
        "partners.yaml": PARTNERS.replace("managers:", "  - {id: helix, name: Helix, segment: gold-emea}\nmanagers:")
    },
    "an answer": {
        "courses/basics/quiz.yaml": text_of("courses/basics/quiz.yaml").replace(EXPLANATION, "It is how it was made.")
    },
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_what_an_edit_changes_is_enough(started: Programme, edit: Files) -> None:
    subject = started.commit(edit)
    assert not started.audit(subject).everything
    assert not started.audit(subject).everything


def test_texts_that_did_not_change_are_not_read(started: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = started.commit(EDITS["a line for everybody"])
    read: list[str] = []
    reads = Snapshot.read

    def noted(snapshot: Snapshot, blob: str) -> bytes:
        read.append(blob)
        return reads(snapshot, blob)

    monkeypatch.setattr(Snapshot, "read", noted)
    audit(subject.built, subject.state, Silence(), memory=started.memory)
    files = subject.state.catalog.snapshot.files
    assert {path for path, file in files.items() if path.endswith(".md") and file.blob in read} == {"content/robot.md"}


def test_files_that_are_what_they_were_are_not_judged_again(
    started: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = started.commit(EDITS["a line for everybody"])
    judged: list[str] = []
    judge = changes.file_text

    def noted(premises: Premises, digest: str, *found: object) -> Text:
        judged.append(digest)
        return judge(premises, digest, *found)  # type: ignore[arg-type]

    monkeypatch.setattr(changes, "file_text", noted)
    audit(subject.built, subject.state, Silence(), memory=started.memory)
    digests = {digest for held in subject.built.files.values() for _, digest in held}
    assert {digest for _, digest in subject.built.files["robot/index.html"]} <= set(judged)
    assert len(judged) < len(digests) / 2


def test_a_leak_in_a_new_file_is_found(started: Programme) -> None:
    subject = started.commit(EDITS["a line for everybody"])
    leaking = started.audit(tampered(subject, "robot/index.html", HIDDEN_LINE))
    assert leaking.everything
    assert {leak.owner for leak in leaking.report.leaks} == {MARGINS}
    assert not started.audit(subject).everything


def test_a_new_secret_in_a_new_file_is_found(started: Programme) -> None:
    subject = started.commit(EDITS["a line for nobody"])
    leaking = started.audit(tampered(subject, "robot/index.html", NEW_LINE))
    assert leaking.everything
    assert {leak.owner for leak in leaking.report.leaks} == {MARGINS}


def test_what_becomes_secret_is_found_in_what_was_there(started: Programme) -> None:
    before = started.commit({})
    hidden = {"visibility.yaml": VISIBILITY.replace("[content/gold/**]", "[content/gold/**, content/robot.md]")}
    after = started.commit(hidden)
    stale = {path: after.built.files.get(path, held) for path, held in before.built.files.items()}
    number = [portal.id for portal in after.built.portals].index(PORTAL)
    stale["robot/index.html"] = tuple(
        (mask | 1 << number, digest) for mask, digest in after.built.files["robot/index.html"]
    )
    leaking = started.audit(replace(after, built=replace(after.built, files=stale)))
    assert leaking.everything
    assert "content/robot.md" in {leak.owner for leak in leaking.report.leaks if leak.kind is Kind.TEXT}
    assert not started.audit(after).report.leaks


def test_a_new_secret_in_what_was_there_is_found(started: Programme) -> None:
    before = started.commit({"content/robot.md": f"{text_of('content/robot.md')}\n{NEW_LINE}\n"})
    assert not started.audit(before).everything
    after = started.commit(
        {"content/robot.md": FILES["content/robot.md"], MARGINS: f"{text_of(MARGINS)}\n{NEW_LINE}\n"}
    )
    blobs = Overlaid(
        after.built.blobs, {before.built.files[path][0][1]: before.data(path) for path in ("robot/index.html",)}
    )
    stale = dict(after.built.files) | {"robot/index.html": before.built.files["robot/index.html"]}
    leaking = started.audit(replace(after, built=replace(after.built, files=stale, blobs=blobs)))
    assert leaking.everything
    assert any(leak.owner == MARGINS for leak in leaking.report.leaks)


def test_a_file_that_one_more_portal_has_is_found(started: Programme) -> None:
    subject = started.commit(EDITS["a line for everybody"])
    path = "gold/prices/index.html"
    leaking = started.audit(replace(subject, built=subject.changed({path: subject.data(path, "gold-emea")}, PORTAL)))
    assert leaking.everything
    assert {Kind.UNACCOUNTED, Kind.TEXT} <= {leak.kind for leak in leaking.report.leaks}


def test_a_file_that_others_refer_to_and_is_gone_is_found(started: Programme) -> None:
    subject = started.commit(EDITS["a line for nobody"])
    leaking = started.audit(replace(subject, built=subject.changed({"robot/index.html": None}, PORTAL)))
    assert Kind.REFERENCE in {leak.kind for leak in leaking.report.leaks}


def test_a_page_that_is_not_found_any_more_fails_the_control(started: Programme) -> None:
    subject = started.commit(EDITS["a line for nobody"])
    emptied = {path: b"\n" for path in dict(subject.built.trees[-1].files) if SEARCH.fullmatch(path)}
    assert emptied
    blind = started.audit(replace(subject, built=subject.changed(emptied, PORTAL)))
    assert Kind.BLIND in {leak.kind for leak in blind.report.leaks}


def test_a_line_in_one_member_of_search_data_is_found(started: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others stood there before, and are not searched; nor are those that no edit touched, in which one is gone."""
    took: list[bool] = []
    came = Successors.came

    def noted(successors: Successors, blob: Blob) -> Came | None:
        found = came(successors, blob)
        took.append(found is not None)
        return found

    monkeypatch.setattr(Successors, "came", noted)
    subject = started.commit(EDITS["a line for everybody"])
    portal = next(tree for tree in subject.built.trees if tree.portal.id == PORTAL)
    files = {path: subject.built.blobs[digest] for path, digest in portal.files.items() if SEARCH.fullmatch(path)}
    assert files
    for path, data in files.items():
        told = data + gzip.compress(HIDDEN_LINE.encode(), mtime=0)
        leaking = started.audit(replace(subject, built=subject.changed({path: told}, PORTAL)))
        assert path in {leak.file for leak in leaking.report.leaks if leak.kind is Kind.TEXT}
    took.clear()
    assert not started.audit(subject).everything
    assert any(took)


def test_an_earlier_file_that_is_gone_tells_nothing(started: Programme) -> None:
    before, after = started.commit({}), started.commit(EDITS["a line for everybody"])
    there, now = (
        {digest for path, held in built.files.items() if SEARCH.fullmatch(path) for _, digest in held}
        for built in (before.built, after.built)
    )
    for digest in there - now:
        place = before.built.blobs.place(digest)
        assert place is not None
        place.unlink()
    assert there - now
    assert not started.audit(after).everything


def test_only_clean_audits_are_remembered(started: Programme) -> None:
    known = started.memory.read_bytes()
    subject = started.commit(EDITS["a line for everybody"])
    assert started.audit(tampered(subject, "robot/index.html", HIDDEN_LINE)).report.leaks
    assert started.memory.read_bytes() == known


def test_a_damaged_memory_is_not_believed(started: Programme) -> None:
    subject = started.commit({})
    data = bytearray(started.memory.read_bytes())
    data[len(data) // 2] ^= 1
    started.memory.write_bytes(data)
    assert started.audit(subject).everything
    started.memory.write_bytes(data[: len(data) // 2])
    assert started.audit(subject).everything
    assert not started.audit(subject).everything


def test_other_software_searches_everything(started: Programme, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = started.commit({})
    monkeypatch.setattr("prmbuild.audit.ledger.installed", lambda: ["other"])
    assert started.audit(subject).everything


def test_another_look_searches_everything(started: Programme) -> None:
    assert started.audit(started.commit({"site_overrides/mkdocs.yml": "theme:\n  language: de\n"})).everything


def test_a_memory_that_cannot_be_written_harms_nothing(started: Programme) -> None:
    started.memory = started.repo.path / "prm.yaml" / "audits"
    assert not started.audit(started.commit({})).report.leaks


LINES = (
    "It comes with a charger and a spare battery for every shift.",
    HIDDEN_LINE,
    GOLD_LINE,
    NEW_LINE,
    "Prices hold until the end of the season.",
    "/// show-to | gold-up\nOnly the best get to read this line here.\n///",
    "See the [prices](gold/prices.md) and the [robot](robot.md).",
    "![Drawing](robot.svg)",
    "Dana Ruiz",
)
PATHS = ("start", "robot", "gold/prices", "internal/other", "launch/bluebird", "new", "warranty")
RULES = (
    VISIBILITY,
    VISIBILITY.replace("[content/gold/**]", "[content/gold/**, content/robot.md]"),
    VISIBILITY.replace("[content/gold/**]", "[content/gold/none/**]"),
)
READERS = (
    PARTNERS,
    *(files["partners.yaml"] for name, files in EDITS.items() if name in ("a partner moves", "another partner")),
)
"""What the random edits choose from."""


def random_edit(chance: random.Random, past: list[dict[str, str | bytes | None]]) -> Files:
    """Choose the next state of a programme."""
    files = dict(past[-1])
    path = f"content/{chance.choice(PATHS)}.md"
    match chance.randrange(10):
        case 0:
            files["visibility.yaml"] = chance.choice(RULES)
        case 1:
            files["partners.yaml"] = chance.choice(READERS)
        case 2:
            files["content/lists/list-prices.xlsx"] = chance.choice((LIST, workbook(("Porter", HIDDEN_LINE))))
        case 3:
            files["courses/basics/quiz.yaml"] = text_of("courses/basics/quiz.yaml").replace(
                "first", chance.choice("ab")
            )
        case 4 if len(past) > 1:
            files = dict(chance.choice(past))
        case 5 if path in files:
            files[f"content/{chance.choice(PATHS)}.md"] = files.pop(path)
        case 6:
            files.pop(path, None)
        case _:
            body = "\n\n".join(chance.sample(LINES, chance.randint(1, 4)))
            status = chance.choice(("approved", "approved", "approved", "draft", "retired"))
            files[path] = page(f"Title number {chance.randint(1, 3)} of a page", body, status=status)
    return files


def random_mistake(chance: random.Random, subject: Subject) -> Subject:
    """Do something to a build that should not be."""
    trees = {tree.portal.id: tree for tree in subject.built.trees}
    if PORTAL not in trees:
        return subject
    path = chance.choice([path for path in trees[PORTAL].files if path.endswith((".html", ".json", ".bin"))])
    match chance.randrange(3):
        case 0 if "</article>" in (text := subject.data(path).decode("utf-8", "replace")):
            changed: bytes | str | None = text.replace("</article>", f"{chance.choice(LINES)}</article>")
        case 1 if path in (other := next(iter(trees.values()))).files:
            changed = subject.data(path, other.portal.id)
        case _:
            changed = None
    return replace(subject, built=subject.changed({path: changed}, PORTAL))


@pytest.mark.parametrize("seed", range(8))
def test_random_edits_and_mistakes(started: Programme, seed: int) -> None:
    chance = random.Random(seed)
    past: list[dict[str, str | bytes | None]] = [dict(FILES)]
    for _ in range(5):
        files = random_edit(chance, past)
        gone = dict.fromkeys(past[-1].keys() - files.keys())
        past.append(dict(files))
        subject = started.commit({**files, **gone})
        if chance.random() < 0.4:
            started.audit(random_mistake(chance, subject))
        started.audit(subject)
