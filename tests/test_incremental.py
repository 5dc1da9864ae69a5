"""After any edits, a folder that was built into before, with a cache that was used before, is as if built anew."""

import posixpath
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from prmbuild.build import Built, build
from prmbuild.cache import DirectoryCache
from prmbuild.cache.cache import Cache
from prmbuild.desired import Authored, desired, read_authored
from prmbuild.output import manifest, write
from prmbuild.progress import Silence
from prmbuild.render import material
from prmbuild.request import Request
from prmbuild.source.git import GitRepository, opened
from tests.conftest import FIRST_COMMIT, NOW, PRM, page

SHARDS = 8
SEQUENCES = 25
"""In each shard; a shard runs in one process."""

PARTNERS = """\
dimensions: {tier: [silver, gold], region: [emea, amer]}
roles: [sales, technical]
segments:
  - {id: gold-emea, title: Gold EMEA, tier: gold, region: emea}
  - {id: silver-emea, title: Silver EMEA, tier: silver, region: emea}
partners:
"""
NORDWIND = "  - {id: nordwind, name: Nordwind, segment: %s}\n"
ARBOR = "  - {id: arbor, name: Arbor, segment: %s}\n"

RULES = """\
audiences:
  gold-up: {tier: gold}
rules:
  - paths: [content/**, courses/**]
    show_to: everyone
"""
RULE = "  - paths: [%s]\n    show_to: %s\n"

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="2"/>\n'

Files = Mapping[str, str]
"""Path → text, of everything in a programme."""

BASE: Files = {
    "partners.yaml": PARTNERS + NORDWIND % "gold-emea" + ARBOR % "silver-emea",
    "visibility.yaml": RULES + RULE % ("content/gold/**", "gold-up"),
    "prm.yaml": PRM,
    "content/index.md": page("Home", "Welcome. See [a](a.md). ![drawing](x.svg)"),
    "content/a.md": page("A", "[c](gold/c.md) ![drawing](x.svg)\n\n## x\n\n/// show-to | gold-up\nsecret\n///\n"),
    "content/x.svg": SVG % "4",
    "content/gold/c.md": page("C", "[a](../a.md#x)"),
}

PAGES = ("a", "b", "gold/c", "gold/d", "deep/er/e")
ASSETS = ("x.svg", "gold/y.svg")
PICTURES = (SVG % "4", SVG % "4" + " ", SVG % "5", "<svg/>")

names, assets = st.sampled_from(PAGES), st.sampled_from(ASSETS)
places = st.sampled_from([f"content/{name}.md" for name in PAGES] + [f"content/{name}" for name in ASSETS])


class Rename(NamedTuple):
    before: str
    after: str


class Revert(NamedTuple):
    """Go back to what stood so many commits ago."""

    commits: int


class Remove(NamedTuple):
    path: str


class Put(NamedTuple):
    path: str
    text: str


Step = Rename | Revert | Remove | Put


@st.composite
def edited_pages(draw: st.DrawFn) -> Step:
    name = draw(names)
    up = "../" * name.count("/")
    lines = (
        f"[one]({up}{draw(names)}.md) [two]({up}{draw(names)}.md#{draw(st.sampled_from('xy'))})",
        f"## {draw(st.sampled_from('xy'))}",
        draw(st.sampled_from(("words", "other words", f"![drawing]({up}{draw(assets)})"))),
        f"/// show-to | gold-up\n{draw(st.sampled_from(('for gold', f'[link]({up}b.md)')))}\n///",
    )
    meta = {"status": draw(st.sampled_from(("approved", "approved", "draft", "retired")))}
    if draw(st.booleans()):
        meta["topics"] = "[pricing]"
    return Put(f"content/{name}.md", page(draw(st.sampled_from("TU")), "\n\n".join(lines), **meta))


@st.composite
def edited_rules(draw: st.DrawFn) -> Step:
    paths = st.sampled_from(("content/gold/**", "content/a.md", "content/deep/**", "content/x.svg"))
    audiences = st.sampled_from(("gold-up", "nobody", "{partners: [nordwind]}", "{role: sales}"))
    rules = draw(st.lists(st.tuples(paths, audiences), max_size=2))
    return Put("visibility.yaml", RULES + "".join(RULE % rule for rule in rules))


@st.composite
def edited_partners(draw: st.DrawFn) -> Step:
    segments = st.sampled_from(("gold-emea", "silver-emea"))
    partners = [NORDWIND % draw(segments)]
    if draw(st.booleans()):
        partners.append(ARBOR % draw(segments))
    return Put("partners.yaml", PARTNERS + "".join(partners))


looks = st.sampled_from(("extra:\n  labels: {gold: For gold}\n", "theme:\n  language: de\n"))

steps = st.one_of(
    edited_pages(),
    edited_pages(),
    st.builds(Put, st.sampled_from([f"content/{name}" for name in ASSETS]), st.sampled_from(PICTURES)),
    st.builds(Remove, places),
    st.builds(Rename, places, places),
    st.builds(Revert, st.integers(1, 2)),
    edited_rules(),
    edited_partners(),
    st.builds(Put, st.just("site_overrides/mkdocs.yml"), looks),
)


def after(states: list[Files], step: Step) -> Files:
    """Return a programme after a step that follows these states."""
    files = dict(states[-1])
    match step:
        case Put(path, text):
            files[path] = text
        case Remove(path):
            files.pop(path, None)
        case Rename(before, new) if before in files and posixpath.splitext(before)[1] == posixpath.splitext(new)[1]:
            files[new] = files.pop(before)
        case Revert(commits):
            return states[max(0, len(states) - 1 - commits)]
    return files


def history(commits: Iterable[Iterable[Step]]) -> list[Files]:
    states = [BASE]
    for commit in commits:
        files = states[-1]
        for step in commit:
            files = after([*states[:-1], files] if isinstance(step, Revert) else [files], step)
        states.append(files)
    return states


class Memory(Cache):
    """A cache that nothing was ever put into before, and that leaves nothing behind."""

    def __init__(self) -> None:
        self._digests: dict[str, str] = {}
        self._objects: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        return self._objects[self._digests[key]] if key in self._digests else None

    def get_many(self, keys: Iterable[str]) -> Mapping[str, bytes]:
        return {key: data for key in keys if (data := self.get(key)) is not None}

    def digest(self, key: str) -> str | None:
        return self._digests.get(key)

    def digests(self, keys: Iterable[str]) -> Mapping[str, str]:
        return {key: self._digests[key] for key in keys if key in self._digests}

    def put(self, key: str, data: bytes) -> str:
        return self._digests.setdefault(key, self.put_object(data))

    def put_many(self, entries: Mapping[str, bytes]) -> Mapping[str, str]:
        return {key: self.put(key, data) for key, data in entries.items()}

    def put_object(self, data: bytes) -> str:
        digest = sha256(data).hexdigest()
        self._objects[digest] = data
        return digest

    def put_objects(self, many: Sequence[bytes]) -> Sequence[str]:
        return [self.put_object(data) for data in many]

    def missing(self, digests: Iterable[str]) -> frozenset[str]:
        return frozenset(digests) - self._objects.keys()

    def object(self, digest: str) -> bytes:
        return self._objects[digest]

    def fetch(self, keys: Iterable[str]) -> None:
        pass


class Shard:
    """A repository that every sequence has a branch of its own in, and what was built from their common first commit.

    Files of the theme, which no edit changes, are left out; templates are read and compiled once.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count()
        subprocess.run(["git", "init", "-q", "--bare", folder / "programme"], check=True)
        (first,) = self.write([BASE])
        with opened(folder / "programme") as repository:
            self.bring(read(repository, first), folder / "first")

    def write(self, states: Iterable[Files]) -> list[str]:
        """Commit states one after the other to a branch of its own; returns the name of every commit."""
        name = f"s{next(self._numbers)}"
        parts: list[bytes] = []
        for number, files in enumerate(states):
            at = int((FIRST_COMMIT + timedelta(days=number)).timestamp())
            parts.append(
                f"commit refs/heads/{name}\nmark :{number + 1}\nauthor Ana <ana@vendor.example> {at} +0000\n"
                f"committer Ana <ana@vendor.example> {at} +0000\ndata 0\ndeleteall\n".encode()
            )
            for path, text in files.items():
                data = text.encode()
                parts.append(b"M 644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data))
            parts.append(b"get-mark :%d\n" % (number + 1))
        done = subprocess.run(
            ["git", "fast-import", "--quiet"],
            cwd=self.folder / "programme",
            input=b"".join(parts),
            check=True,
            capture_output=True,
        )
        return done.stdout.decode().split()

    def bring(self, authored: Authored, place: Path) -> None:
        """Build a commit with the cache and into the folder of earlier commits."""
        cache = DirectoryCache(place / "cache")
        try:
            write(render(authored, cache), place / "out", Silence())
        finally:
            cache.close()

    def sequence(self, states: list[Files]) -> None:
        """Build states one after the other, and compare each with what comes of it alone."""
        place = self.folder / f"sequence-{next(self._numbers)}"
        subprocess.run(["cp", "-a", self.folder / "first", place], check=True)
        with opened(self.folder / "programme") as repository:
            for revision in self.write(states)[1:]:
                authored = read(repository, revision)
                self.bring(authored, place)
                assert on_disk(place / "out") == expected(render(authored, Memory()))
        subprocess.run(["rm", "-rf", place], check=True)


def read(repository: GitRepository, revision: str) -> Authored:
    return read_authored(repository, Request(revision=revision, now=NOW, cache=Memory()))


def render(authored: Authored, cache: Cache) -> Built:
    assert authored.programme is not None and authored.look is not None, authored.diagnostics
    request = Request(revision=authored.snapshot.revision.id, now=NOW, cache=cache)
    with desired(authored, request, Silence()) as state:
        return build(state, Silence())


def on_disk(out: Path) -> Mapping[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def expected(built: Built) -> Mapping[str, bytes]:
    files = {
        f"portals/{tree.portal.id}/{path}": built.blobs[digest]
        for tree in built.trees
        for path, digest in tree.files.items()
    }
    return {**manifest(built), **files}


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shard]:
    environments: dict[str, object] = {}
    make = material.templates.environment

    def once(own: Mapping[str, str], *others: object) -> object:
        key = repr((own, *others[3:]))  # what is printed is a frame's own
        return environments.setdefault(key, make(own, *others))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(material.Toolchain, "static_files", lambda self: {"assets/a.css": b"a", "assets/b.js": b"b"})
        patch.setattr(material.templates, "environment", once)
        yield Shard(tmp_path_factory.mktemp("shard"))


@pytest.mark.parametrize("number", range(SHARDS))
def test_after_any_edits_it_is_as_if_built_anew(shard: Shard, number: int) -> None:
    @seed(number)
    @settings(max_examples=SEQUENCES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.lists(steps, min_size=1, max_size=3), min_size=2, max_size=2))
    def sequences(commits: list[list[Step]]) -> None:
        shard.sequence(history(commits))

    sequences()


def test_the_steps_change_what_is_built(shard: Shard) -> None:
    """The control: without building again, what stands there is not what should."""
    first, *later = shard.write(
        [
            BASE,
            after([BASE], Rename("content/a.md", "content/b.md")),
            after([BASE], Remove("content/x.svg")),
            after([BASE], Put("partners.yaml", PARTNERS + NORDWIND % "silver-emea")),
        ]
    )
    before = on_disk(shard.folder / "first/out")
    with opened(shard.folder / "programme") as repository:
        assert before.keys() == expected(render(read(repository, first), Memory())).keys()
        for revision in later:
            assert before != expected(render(read(repository, revision), Memory()))
