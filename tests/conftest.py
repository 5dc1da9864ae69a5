"""Programmes in real git repositories, built and checked for real."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from prmbuild.build import Built, build
from prmbuild.cache import DirectoryCache
from prmbuild.desired import desired, read_authored
from prmbuild.diagnostics import Diagnostic, ordered
from prmbuild.progress import Silence
from prmbuild.publishable import checked, publishable
from prmbuild.request import Request
from prmbuild.source.git import opened
from prmbuild.widening.check import check_widening
from tests.object_storage import ministack, s3

__all__ = ["ministack", "s3"]

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""The clock of the tests."""

FIRST_COMMIT = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)

PARTNERS = """\
dimensions: {tier: [silver, gold], region: [emea, amer]}
roles: [sales, technical]
segments:
  - {id: gold-emea, title: Gold EMEA, tier: gold, region: emea}
  - {id: silver-emea, title: Silver EMEA, tier: silver, region: emea}
partners:
  - {id: nordwind, name: Nordwind, segment: gold-emea}
  - {id: arbor, name: Arbor, segment: silver-emea}
"""

VISIBILITY = """\
audiences:
  gold-up: {tier: gold}
rules:
  - paths: [content/**, courses/**]
    show_to: everyone
  - paths: [content/gold/**]
    show_to: gold-up
  - paths: [content/internal/**]
    show_to: nobody
"""

PRM = """\
vendor: Example Robots
portal_url: https://partners.vendor.example/
"""

MEMORY = Path("/dev/shm")
"""Where Linux has files in memory."""

ROOM = 8 << 30
"""Bytes that have to be free there: several times what all tests leave."""

CONFIGURATION = {"partners.yaml": PARTNERS, "visibility.yaml": VISIBILITY, "prm.yaml": PRM}
"""A small programme's configuration: two partners, one gold, one silver, two roles."""


def page(title: str, body: str = "Some text.", **meta: str) -> str:
    """Return an approved page."""
    fields = {"title": title, "status": "approved"} | meta
    front = "".join(f"{key}: {value}\n" for key, value in fields.items())
    return f"---\n{front}---\n\n{body}\n"


@dataclass
class Repo:
    """A programme's repository.

    Every commit is a day later than the one before, starting with `FIRST_COMMIT`.
    """

    path: Path
    now: datetime = NOW
    _commits: int = field(default=0)

    def git(self, *arguments: str, **environment: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env={
                **os.environ,
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_CONFIG_SYSTEM": os.devnull,
                "GIT_AUTHOR_NAME": "Ana Author",
                "GIT_AUTHOR_EMAIL": "ana@vendor.example",
                "GIT_COMMITTER_NAME": "Ana Author",
                "GIT_COMMITTER_EMAIL": "ana@vendor.example",
                **environment,
            },
            capture_output=True,
            check=True,
        )
        return done.stdout.decode("utf-8", "surrogateescape")

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """Write files without committing them; None deletes one."""
        for name, content in files.items():
            place = self.path / name
            if content is None:
                place.unlink()
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"))

    def commit(self, files: Mapping[str, str | bytes | None], message: str = "change", **environment: str) -> str:
        """Write files and commit everything; returns the commit."""
        self.write(files)
        at = (FIRST_COMMIT + timedelta(days=self._commits)).isoformat()
        self._commits += 1
        self.git("add", "-A")
        self.git(
            "commit", "-q", "--allow-empty", "-m", message,
            **{"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at, **environment},
        )  # fmt: skip
        return self.git("rev-parse", "HEAD").strip()

    def request(self, *, worktree: bool = False, jobs: int = 1, revision: str = "HEAD") -> Request:
        return Request(revision=revision, now=self.now, worktree=worktree, jobs=jobs, cache=self.cache)

    @property
    def cache(self) -> DirectoryCache:
        """A cache of the repository's own."""
        return DirectoryCache(self.path.with_name(f"{self.path.name}.cache"))

    def has(self, branch: str) -> bool:
        """Whether there is a branch of this name."""
        return bool(self.git("branch", "--list", branch))

    def check(self, base: str | None = None, **options: object) -> tuple[Diagnostic, ...]:
        """Return every finding; with a base, those about what is proposed to it too."""
        request = self.request(**options)
        with opened(self.path) as repository, checked(repository, request, Silence()) as (_, state, found):
            if base is None or state is None:
                return found
            return ordered((*found, *check_widening(repository, base, request, Silence())))

    def build(self, **options: object) -> Built:
        """Build and audit; fails where anything stops the build."""
        with opened(self.path) as repository, publishable(repository, self.request(**options), Silence()) as outcome:
            assert outcome.built is not None, [str(diagnostic) for diagnostic in outcome.diagnostics]
            return outcome.built

    def render(self, **options: object) -> Built:
        """Build without checks and audit; quicker."""
        return self.render_request(self.request(**options))

    def render_request(self, request: Request) -> Built:
        with opened(self.path) as repository:
            authored = read_authored(repository, request)
            with desired(authored, request, Silence()) as state:
                return build(state, Silence())


MakeRepo = Callable[[Mapping[str, str | bytes | None]], Repo]


@pytest.fixture
def make_repo(tmp_path: Path) -> MakeRepo:
    """Make a repository with a first commit: ``make_repo({path: text})``."""
    made = 0

    def make(files: Mapping[str, str | bytes | None]) -> Repo:
        nonlocal made
        path = tmp_path / f"programme-{made}"
        made += 1
        path.mkdir()
        repo = Repo(path)
        repo.git("init", "-q", "-b", "main")
        repo.commit(files, "first")
        return repo

    return make


@pytest.fixture
def programme(make_repo: MakeRepo) -> Repo:
    """A small programme: a page for everyone, one for gold partners, one for nobody."""
    return make_repo(
        {
            **CONFIGURATION,
            "content/index.md": page("Home", "Welcome."),
            "content/start.md": page("Start here", "See [prices](gold/prices.md) and [the robot](robot.md)."),
            "content/robot.md": page("The robot", "## Size\n\nIt is small.\n\n![Drawing](robot.svg)"),
            "content/robot.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="5"><circle r="4"/></svg>\n',
            "content/gold/prices.md": page("Gold price list", "The robot costs 4711 crowns for gold partners."),
            "content/internal/margins.md": page("Margin model", "We earn seventeen percent on every robot sold."),
        }
    )


def files_of(built: Built, partner: str) -> Mapping[str, bytes]:
    """Return path → bytes of the portal that a partner's sales people see."""
    tree = next(
        tree
        for tree in built.trees
        for viewer in tree.portal.viewers
        if (viewer.partner, viewer.role) == (partner, "sales")
    )
    return {path: built.blobs[digest] for path, digest in tree.files.items()}


CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: a good part of the time a browser or a server is waited for."""
    return (os.cpu_count() or 1) + 1


def pytest_configure() -> None:
    """Have temporary files stand in memory where there is much of it: half of what tests wait for is a slow disk."""
    if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite what is expected with what is found now")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip browser tests, saying so, where there is no Chromium."""
    if CHROMIUM is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what commands remember away from the developer's own cache, and the developer's from the tests.

    What those that are killed leave behind goes with the other files of the tests.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("tmp")))
        patch.setattr(tempfile, "tempdir", None)  # it is found anew
        yield


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """A headless Chromium that reaches nothing but this machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        browser.close()
