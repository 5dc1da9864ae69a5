"""A report never misses an exposure, and claims none: it is held against both built sites, over random programmes."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, seed, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from prmbuild.build import Built, build
from prmbuild.cache import DirectoryCache
from prmbuild.catalog.address import address_of
from prmbuild.desired import Authored, desired, read_authored
from prmbuild.exposure.causes import UNKNOWN
from prmbuild.exposure.compare import compared
from prmbuild.exposure.model import Effect, Exposure, SubjectKind
from prmbuild.progress import Silence
from prmbuild.render import material
from prmbuild.request import Request
from prmbuild.source.git import GitRepository, opened
from tests.conftest import NOW, PRM, page
from tests.test_incremental import Files, Put, Remove, Rename, Revert, Shard, Step, after

PROGRAMMES = 36
SEED = 1

Viewer = tuple[str, str]
Tree = Mapping[str, bytes]
"""Repository path of a page, asset or course file → its bytes in a viewer's portal."""


PARTNERS = """\
dimensions: {{tier: [silver, gold], region: [emea, amer]}}
roles: [{roles}]
segments:
  - {{id: gold-emea, title: Gold EMEA, tier: {tier}, region: emea}}
  - {{id: silver-emea, title: Silver EMEA, tier: silver, region: emea}}
partners:
{partners}"""

VISIBILITY = """\
audiences:
  gold-up: {gold}
  sellers: {{role: sales}}
rules:
  - paths: [{everywhere}]
    show_to: everyone
{rules}"""

COURSE = """\
title: {title}
status: {status}
lessons: [{lessons}]
required_for: {required}
"""

BASE: Files = {
    "partners.yaml": PARTNERS.format(
        roles="sales, technical",
        tier="gold",
        partners="".join(
            f"  - {{id: {name}, name: {name}, segment: {segment}}}\n"
            for name, segment in (("nordwind", "gold-emea"), ("arbor", "silver-emea"), ("helix", "silver-emea"))
        ),
    ),
    "visibility.yaml": VISIBILITY.format(
        gold="{tier: gold}",
        everywhere="content/**, courses/**",
        rules="  - paths: [content/gold/**]\n    show_to: gold-up\n",
    ),
    "prm.yaml": PRM,
    "content/index.md": page("Home", "Welcome. See [a](a.md)."),
    "content/a.md": page("A", "[c](gold/c.md) ![drawing](x.svg)\n\n## x\n\n/// show-to | gold-up\nsecret\n///\n"),
    "content/x.svg": "<svg/>\n",
    "content/gold/y.svg": "<svg></svg>\n",
    "content/gold/c.md": page("C", "[a](../a.md#x) ![own](y.svg)"),
    "courses/k/course.yaml": COURSE.format(title="K", status="approved", lessons="1.md", required="{role: sales}"),
    "courses/k/1.md": "---\ntitle: One\n---\n\nFirst. [a](../../content/a.md)\n",
}
PAGES = ("a", "b", "gold/c", "gold/d", "deep/e")
PLACES = st.sampled_from(
    [*(f"content/{name}.md" for name in PAGES), "content/x.svg", "content/gold/y.svg", "courses/k/1.md"]
)
OLD, NEW = st.sampled_from(("a", "gold/c")), st.sampled_from(("b", "gold/d", "deep/e"))
AUDIENCES = st.sampled_from(("gold-up", "sellers", "everyone", "nobody", "{partners: [arbor]}", "{tier: silver}"))
FRAGMENTS = st.sampled_from(
    (
        "![drawing]({up}x.svg)",
        "![drawing]({up}gold/y.svg)",
        "[a]({up}a.md)",
        "[there]({up}gold/c.md#x)",
        "[course]({up}../courses/k/course.yaml)",
        "## x",
        "plain",
    )
)


@st.composite
def pages(draw: st.DrawFn) -> Step:
    name = draw(st.sampled_from(PAGES))
    up = "../" * name.count("/")
    lines = [draw(FRAGMENTS) for _ in range(draw(st.integers(0, 2)))]
    if draw(st.booleans()):
        lines.append(f"/// show-to | {draw(AUDIENCES)}\n{draw(FRAGMENTS)}\n\nin the block\n///")
    elif draw(st.booleans()):
        lines.append("in the block")
    meta = {"status": draw(st.sampled_from(("approved",) * 4 + ("draft", "retired")))}
    if draw(st.integers(0, 3)) == 0:
        meta["audience"] = draw(AUDIENCES)
    if draw(st.integers(0, 4)) == 0:
        meta[draw(st.sampled_from(("publish_at", "expire_at")))] = draw(
            st.sampled_from(("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"))
        )
    if draw(st.integers(0, 4)) == 0:
        meta["file"] = f"{up}x.svg"
    body = "\n\n".join(
        line.format(up=up) if line.startswith(("!", "[")) else line.replace("{up}", up) for line in lines
    )
    return Put(f"content/{name}.md", page(draw(st.sampled_from("TU")), body, **meta))


@st.composite
def visibility(draw: st.DrawFn) -> Step:
    rules = draw(
        st.lists(
            st.tuples(
                st.sampled_from(("content/gold/**", "content/a.md", "content/deep/**", "content/x.svg", "courses/**")),
                AUDIENCES,
            ),
            max_size=3,
        )
    )
    return Put(
        "visibility.yaml",
        VISIBILITY.format(
            gold=draw(st.sampled_from(("{tier: gold}", "{tier: gold}", "{tier: [gold, silver]}", "{role: sales}"))),
            everywhere=draw(st.sampled_from(("content/**, courses/**",) * 3 + ("content/**",))),
            rules="".join(f"  - paths: [{paths}]\n    show_to: {audience}\n" for paths, audience in rules),
        ),
    )


@st.composite
def partners(draw: st.DrawFn) -> Step:
    segments = st.sampled_from(("gold-emea", "silver-emea"))
    names = draw(st.lists(st.sampled_from(("nordwind", "arbor", "helix", "quay")), min_size=1, max_size=4, unique=True))
    names = list(dict.fromkeys(("arbor", *names)))
    return Put(
        "partners.yaml",
        PARTNERS.format(
            roles=draw(st.sampled_from(("sales, technical", "sales, technical", "sales", "sales, technical, legal"))),
            tier=draw(st.sampled_from(("gold", "gold", "silver"))),
            partners="".join(
                f"  - {{id: {name}, name: {name}, segment: {draw(segments)}"
                f"{draw(st.sampled_from(('', '', ', tier: gold')))}}}\n"
                for name in names
            ),
        ),
    )


@st.composite
def courses(draw: st.DrawFn) -> Step:
    return Put(
        "courses/k/course.yaml",
        COURSE.format(
            title=draw(st.sampled_from("KL")),
            status=draw(st.sampled_from(("approved", "approved", "retired", "draft"))),
            lessons=draw(st.sampled_from(("1.md", "1.md, 2.md"))),
            required=draw(AUDIENCES),
        ),
    )


STEPS = st.one_of(
    pages(),
    pages(),
    st.builds(
        Put, st.sampled_from(("content/x.svg", "content/gold/y.svg")), st.sampled_from(("<svg/>", "<svg> </svg>"))
    ),
    st.builds(
        Put, st.sampled_from(("courses/k/1.md", "courses/k/2.md")), st.sampled_from(("# L\n", "# M\n\n![d](d.svg)\n"))
    ),
    st.builds(Remove, PLACES),
    st.builds(Rename, PLACES, PLACES),
    st.builds(Rename, OLD.map("content/{}.md".format), NEW.map("content/{}.md".format)),
    st.builds(Rename, st.just("content/x.svg"), st.just("content/gold/z.svg")),
    st.builds(Revert, st.integers(1, 2)),
    visibility(),
    partners(),
    courses(),
)


DRAWINGS: list[list[Step]] = [
    [Put("content/x.svg", "<svg> </svg>"), Put("content/a.md", page("A", "Anew: ![drawing](x.svg)"))],
    [Rename("content/x.svg", "content/gold/z.svg"), Put("content/a.md", page("A", "Anew: ![drawing](gold/z.svg)"))],
]
"""What chance seldom brings about: an asset comes with the approval of a page."""


def states(commits: list[list[Step]]) -> list[Files]:
    found = [BASE]
    for commit in commits:
        files = found[-1]
        for step in commit:
            files = after([*found[:-1], files] if isinstance(step, Revert) else [files], step)
        found.append(files)
    return found


class Bench(NamedTuple):
    shard: Shard
    cache: DirectoryCache

    def request(self, revision: str) -> Request:
        return Request(revision=revision, now=NOW, cache=self.cache)

    def read(self, repository: GitRepository, revision: str) -> Authored:
        authored = read_authored(repository, self.request(revision))
        assert authored.programme is not None, authored.diagnostics
        return authored

    def built(self, repository: GitRepository, revision: str) -> Mapping[Viewer, Tree]:
        """What every viewer has in their built portal."""
        authored = self.read(repository, revision)
        with desired(authored, self.request(revision), Silence()) as state:
            built = build(state, Silence())
        return trees(built, authored)

    def exposure(self, repository: GitRepository, base: str, head: str) -> Exposure:
        with compared(repository, self.read(repository, head), base, self.request(head), Silence()) as comparison:
            return comparison.exposure


def trees(built: Built, authored: Authored) -> Mapping[Viewer, Tree]:
    places = {
        address_of(path).file: path
        for path in authored.snapshot.files
        if path.startswith(("content/", "courses/")) and path != "content/index.md"
    }
    return {
        (viewer.partner, viewer.role): {
            places[file]: without_day(built.blobs[digest]) for file, digest in tree.files.items() if file in places
        }
        for tree in built.trees
        for viewer in tree.portal.viewers
    }


def without_day(data: bytes) -> bytes:
    """A page names the day on which its text last changed; notes tell of that, and no change does."""
    return re.sub(rb"\d{4}-\d\d-\d\d|\d{1,2} [A-Z][a-z]+ \d{4}", b"", data)


def check(exposure: Exposure, before: Mapping[Viewer, Tree], now: Mapping[Viewer, Tree]) -> None:
    """Hold a report against what every viewer had and has."""
    gains: dict[Viewer, set[str]] = defaultdict(set)
    loses: dict[Viewer, set[str]] = defaultdict(set)
    changed: dict[Viewer, set[str]] = defaultdict(set)
    for change in exposure.changes:
        assert change.viewers and change.causes and UNKNOWN not in change.causes, change
        for pair in exposure.viewers.of(change.viewers):
            viewer, path = (pair.partner, pair.role), change.subject.path
            came = change.moved_from or path
            if change.effect is Effect.CHANGED or change.subject.kind is SubjectKind.BLOCK:
                changed[viewer] |= {path, came}
            if change.subject.kind is SubjectKind.BLOCK:
                continue
            if change.effect in (Effect.GAINS, Effect.MOVED):
                gains[viewer].add(path)
            if change.effect in (Effect.LOSES, Effect.MOVED):
                loses[viewer].add(came)
    for viewer in {*before, *now}:
        had, has = before.get(viewer, {}), now.get(viewer, {})
        assert gains[viewer] - {"content/index.md"} == has.keys() - had.keys(), (viewer, "gains")
        assert loses[viewer] - {"content/index.md"} == had.keys() - has.keys(), (viewer, "loses")
        differ = {path for path in had.keys() & has.keys() if had[path] != has[path] and not path.endswith(".yaml")}
        shown = {change.subject.path for change in exposure.changes if change.subject.kind is not SubjectKind.PAGE}
        missed = differ - changed[viewer]
        # the size of a download is told with the download, the title of a course with the course
        assert not missed or shown, (viewer, missed)
        assert all(b"x.svg" in has[path] or path.startswith("courses/") for path in missed), (viewer, missed)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    environments: dict[str, object] = {}
    make = material.templates.environment

    def once(own: Mapping[str, str], *others: object) -> object:
        key = repr((own, *others[3:]))  # what is printed is a frame's own
        return environments.setdefault(key, make(own, *others))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(material.Toolchain, "static_files", lambda self: {"assets/a.css": b"a"})
        patch.setattr(material.templates, "environment", once)
        folder: Path = tmp_path_factory.mktemp("exposure")
        cache = DirectoryCache(folder / "cache")
        yield Bench(Shard(folder), cache)
        cache.close()


def test_it_says_what_both_built_sites_say(bench: Bench) -> None:
    kinds: set[tuple[SubjectKind, Effect]] = set()

    @seed(SEED)
    @settings(max_examples=PROGRAMMES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.lists(STEPS, min_size=1, max_size=4), min_size=2, max_size=2))
    @example(DRAWINGS)
    def programmes(commits: list[list[Step]]) -> None:
        revisions = bench.shard.write(states(commits))
        with opened(bench.shard.folder / "programme") as repository:
            sites = [bench.built(repository, revision) for revision in revisions]
            for old, new in ((0, 1), (1, 2), (0, 2), (2, 0)):
                exposure = bench.exposure(repository, revisions[old], revisions[new])
                check(exposure, sites[old], sites[new])
                kinds.update((change.subject.kind, change.effect) for change in exposure.changes)

    programmes()
    expected = {(kind, effect) for kind in SubjectKind for effect in Effect} - {
        (SubjectKind.BLOCK, Effect.CHANGED),
        (SubjectKind.BLOCK, Effect.MOVED),
        (SubjectKind.COURSE, Effect.MOVED),
    }
    assert kinds == expected


def test_a_report_that_leaves_something_out_is_caught(bench: Bench) -> None:
    """The control: without any one of its changes, the report no longer says what the sites do."""
    opened_up = after([BASE], Put("visibility.yaml", BASE["visibility.yaml"].replace("{tier: gold}", "{tier: silver}")))
    revisions = bench.shard.write([BASE, opened_up])
    with opened(bench.shard.folder / "programme") as repository:
        before, now = (bench.built(repository, revision) for revision in revisions)
        exposure = bench.exposure(repository, *revisions)
    check(exposure, before, now)
    assert len(exposure.changes) > 4
    for number, change in enumerate(exposure.changes):
        if change.subject.kind is not SubjectKind.BLOCK and change.effect is not Effect.CHANGED:
            left = (*exposure.changes[:number], *exposure.changes[number + 1 :])
            with pytest.raises(AssertionError):
                check(replace(exposure, changes=left), before, now)
