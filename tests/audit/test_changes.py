"""Changes that are judged by themselves are judged harmless only where a full audit finds nothing."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pytest

from prmbuild.audit.audit import audit
from prmbuild.audit.changes import Changes, Control, Spoken, harmless, merged
from prmbuild.audit.contents import Contents
from prmbuild.audit.gather import origins
from prmbuild.audit.inventory import Inventory, listings, static_digests
from prmbuild.audit.permitted import sayings
from prmbuild.audit.remembered import Memory, Remembered, general_digest
from prmbuild.audit.report import AuditReport
from prmbuild.audit.roads import Roads
from prmbuild.audit.shown import page_name, shown
from prmbuild.build import Built, build
from prmbuild.catalog.address import address_of
from prmbuild.desired import Desired, desired, read_authored
from prmbuild.progress import Silence
from prmbuild.source.git import opened
from tests.audit.conftest import FILES, HIDDEN_LINE, MARGINS, PORTAL
from tests.conftest import Repo, page


@dataclass(frozen=True)
class Side:
    """A state and its build."""

    state: Desired
    built: Built

    def files(self) -> Mapping[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = defaultdict(int)
        for number, tree in enumerate(self.built.trees):
            for place in tree.files.items():
                found[place] |= 1 << number
        return found

    def audit(self, memory: Memory | None = None) -> AuditReport:
        return audit(self.built, self.state, Silence(), remember=memory)

    def tampered(self, path: str, text: str) -> "Side":
        """Put a text into a file of the portal that the leaks are for."""
        blobs = dict(self.built.blobs)
        trees = []
        for tree in self.built.trees:
            files = dict(tree.files)
            if tree.portal.id == PORTAL:
                data = blobs[files[path]].replace(b"</article>", f"<p>{text}</p></article>".encode())
                files[path] = sha256(data).hexdigest()
                blobs[files[path]] = data
            trees.append(replace(tree, files=files))
        return Side(self.state, replace(self.built, trees=tuple(trees), blobs=blobs))


class Programme:
    """A repository whose states are built one after the other."""

    def __init__(self, place: Path, stack: ExitStack) -> None:
        self.repo = Repo(place)
        self.repo.path.mkdir(parents=True)
        self.repo.git("init", "-q", "-b", "main")
        self.stack = stack

    def commit(self, files: Mapping[str, str | bytes | None]) -> Side:
        self.repo.commit(files)
        repository = self.stack.enter_context(opened(self.repo.path))
        request = self.repo.request()
        authored = read_authored(repository, request)
        state = self.stack.enter_context(desired(authored, request, Silence()))
        return Side(state, build(state, Silence()))


def changes(before: Side, after: Side) -> Changes:
    """Everything that is different."""
    old, new = shown(before.state.portals), shown(after.state.portals)
    was = {name: mask for mask, name in old.names()}
    now = {name: mask for mask, name in new.names()}
    said = dict(zip(now, sayings(after.state, new, Contents(after.state.catalog.snapshot)), strict=True))
    gone, came = frozenset(origins(before.state)), frozenset(origins(after.state))
    files, old_files = after.files(), before.files()
    changed = {
        place: (old_files.get(place, 0), files.get(place, 0))
        for place in files.keys() | old_files.keys()
        if old_files.get(place) != files.get(place)
    }
    return Changes(
        general=general_digest(after.state),
        portals=len(after.state.portals),
        origins={origin: origin in came for origin in gone ^ came},
        sayings={
            name: Spoken(before=was.get(name, 0), after=now.get(name, 0), saying=said.get(name))
            for name in was.keys() | now.keys()
            if was.get(name) != now.get(name)
        },
        files=changed,
        controls=controls(after, {path for path, _ in changed}),
    )


def controls(side: Side, paths: set[str]) -> Mapping[str, Sequence[Control]]:
    found: dict[str, list[Control]] = defaultdict(list)
    for mask, path, seen in shown(side.state.portals).pages:
        found[address_of(path).file].append(Control(portals=mask, pages=(page_name(path, seen),), text=True))
    for path, listed in listings(side.state.portals).items():
        for listing in listed:
            pages = tuple(page_name(seen.page.path, seen) for seen in listing.pages)
            found[path].append(Control(portals=listing.portals, pages=pages, text=listing.text))
    return {path: tuple(found[path]) for path in paths if path in found}


def judged(old: Remembered, changed: Changes, after: Side) -> bool:
    snapshot = after.state.catalog.snapshot
    here = shown(after.state.portals)
    holders: dict[str, int] = defaultdict(int)
    for (path, _), mask in after.files().items():
        holders[path] |= mask
    inventory = Inventory(after.state.portals, here, static_digests(after.state), Contents(snapshot))
    quizzes = {
        address_of(course.quiz.path).file: course.quiz for _, _, course in here.courses if course.quiz is not None
    }
    return harmless(
        old,
        changed,
        source=snapshot.read,
        blob=after.built.blobs.__getitem__,
        inventory=inventory,
        roads=Roads(holders, after.state.site.url),
        quizzes=quizzes,
    )


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as entered:
        yield entered


@pytest.fixture
def programme(tmp_path: Path, stack: ExitStack) -> Programme:
    return Programme(tmp_path / "programme", stack)


def remembered(side: Side, folder: Path) -> Remembered:
    report = side.audit(Memory(folder=folder, token="first", general=general_digest(side.state)))
    assert not report.leaks
    return Remembered(folder)


def test_an_edit_that_all_may_see_is_harmless(programme: Programme, tmp_path: Path) -> None:
    before = programme.commit(FILES)
    old = remembered(before, tmp_path / "memory")
    assert (old.token, old.report) == ("first", before.audit())
    path = "content/robot.md"
    after = programme.commit({path: FILES[path].replace("weighs", "weighs a little less than")})  # type: ignore[union-attr]
    assert judged(old, changes(before, after), after)
    assert not judged(old, changes(before, leak := after.tampered("robot/index.html", HIDDEN_LINE)), leak)


def test_a_page_for_everybody_is_harmless_and_two_changes_make_one(programme: Programme, tmp_path: Path) -> None:
    before = programme.commit(FILES)
    old = remembered(before, tmp_path / "memory")
    between = programme.commit({"content/more.md": page("More to read for everybody", "A line that is quite new.")})
    after = programme.commit({"content/more.md": page("More to read for everybody", "Another line, newer still.")})
    both = merged(changes(before, between), changes(between, after))
    assert both == changes(before, after)
    assert judged(old, both, after)


def test_a_hidden_edit_is_harmless(programme: Programme, tmp_path: Path) -> None:
    before = programme.commit(FILES)
    old = remembered(before, tmp_path / "memory")
    line = "A sentence about margins that nobody has ever written down before, least of all for partners to read."
    after = programme.commit({MARGINS: f"{FILES[MARGINS]}\n{line}\n"})
    assert judged(old, changes(before, after), after)
    assert not judged(old, changes(before, leak := after.tampered("start/index.html", line)), leak)


def test_what_becomes_hidden_is_looked_for_in_what_was_there(programme: Programme, tmp_path: Path) -> None:
    before = programme.commit(FILES)
    old = remembered(before, tmp_path / "memory")
    said = "Everything a partner of ours needs to know."
    after = programme.commit({"content/internal/copy.md": page("A copy of what the home page says", said)})
    assert not after.audit().leaks
    path = "content/robot.md"
    quoted = programme.commit({path: FILES[path], "content/index.md": page("Welcome home", "Other words, at last.")})
    stale = replace(quoted.built, trees=before.built.trees, blobs={**before.built.blobs, **quoted.built.blobs})
    leak = Side(quoted.state, stale)
    assert leak.audit().leaks
    assert not judged(old, changes(before, leak), leak)


LINES = (
    "It comes with a charger and a spare battery for every shift.",
    HIDDEN_LINE,
    "Gold partners get four points more on every registered project.",
    "Prices hold until the end of the season.",
    "/// show-to | gold-up\nOnly the best get to read this line here.\n///",
    "See the [prices](gold/prices.md) and the [robot](robot.md).",
    "Dana Ruiz",
)
PATHS = (
    "content/start.md",
    "content/robot.md",
    "content/gold/prices.md",
    "content/internal/other.md",
    "content/new.md",
)


@pytest.mark.parametrize("seed", range(12))
def test_random_edits(programme: Programme, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    before = programme.commit(FILES)
    old = remembered(before, tmp_path / "memory")
    current = before
    since: Changes | None = None
    for _ in range(3):
        path = chance.choice(PATHS)
        # words that nobody used before, as most edits bring
        fresh = " ".join("".join(chance.choices("bdfgklmnprstaeiou", k=7)) for _ in range(12))
        body = "\n\n".join((*chance.sample(LINES, chance.randint(0, 1)), f"{fresh}."))
        after = programme.commit(
            {path: str(FILES.get(path, page("A page that is new to everybody here"))) + f"\n{body}\n"}
        )
        if chance.random() < 0.4:
            after = after.tampered("start/index.html", chance.choice((fresh, *LINES)))
        step = changes(current, after)
        since = step if since is None else merged(since, step)
        if judged(old, since, after):
            leaks = after.audit().leaks
            assert not leaks, [str(leak.diagnostic()) for leak in leaks]
        current = after
