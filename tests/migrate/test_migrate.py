"""`prmbuild migrate` on real repositories."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from prmbuild.cli.migrate import migrate_command
from prmbuild.errors import SourceError
from tests.conftest import CONFIGURATION, MakeRepo, Repo, files_of, page

SITE = {
    "mkdocs.yml": "site_name: Pumps\nsite_url: https://docs.pumps.example/help/\nplugins: [search, macros]\n"
    "nav:\n  - Home: index.md\n  - Guides:\n    - guides/second.md\n    - First steps: guides/first.md\n"
    "    - gone.md\nhooks: [hook.py]\nextra: !ENV [X, y]\n",
    "hook.py": "raise SystemExit('hooks must not run')\n",
    "docs/index.md": "Welcome. [First](guides/first.md), [again](/help/guides/first/), "
    "[full](https://docs.pumps.example/help/guides/second/#part), [lost](/help/nowhere/), "
    "[old](https://docs.pumps.example/help/gone/)\n",
    "docs/guides/first.md": "---\ntags: [Set Up]\nhide: [toc]\n---\nText only. ![P](../img/pump.svg)\n",
    "docs/guides/second.md": "# Second\n\n## Part\n\n=== \"Tab\"\n\n    One\n\n{% include 'x' %}\n",
    "docs/img/pump.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>\n',
    "docs/img/unused.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>\n',
    "docs/style.css": "a {}\n",
    "src/secret.py": "print('outside')\n",
}

BEN = {"GIT_AUTHOR_NAME": "Ben Before", "GIT_AUTHOR_EMAIL": "ben@pumps.example", "GIT_AUTHOR_DATE": "2019-05-04T10:00Z"}


def programme(make_repo: MakeRepo) -> Repo:
    repo = make_repo({**CONFIGURATION, "content/index.md": page("Home")})
    repo.git("config", "user.name", "Ana Author")
    repo.git("config", "user.email", "ana@vendor.example")
    return repo


@pytest.fixture
def site(make_repo: MakeRepo) -> Repo:
    """A site with a history: a page that was approved once and moved, and others by another hand."""
    repo = make_repo({"docs/guides/second.md": "---\nstatus: approved\n---\n# Old\n", "README.md": "Tool\n"})
    repo.commit(SITE, "Write the guides", **BEN)
    return repo


def migrate(repo: Repo, folder: Path, *options: str) -> Result:
    arguments = [str(folder), "--repo", str(repo.path), "--jobs", "1", "--cache", str(repo.cache.folder), *options]
    return CliRunner().invoke(migrate_command, arguments, catch_exceptions=False)


def codes(done: Result) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in done.stdout.splitlines():
        found[line.split(" ")[1]] = found.get(line.split(" ")[1], 0) + 1
    return found


def read(repo: Repo, path: str) -> str:
    return (repo.path / path).read_text(encoding="utf-8")


def test_a_mkdocs_site_comes_with_everything_it_needs(make_repo: MakeRepo, site: Repo) -> None:
    repo = programme(make_repo)
    before = repo.git("rev-parse", "HEAD").strip()
    done = migrate(repo, site.path, "--into", "content/help")
    assert done.exit_code == 1, done.output
    tree = set(repo.git("ls-tree", "-r", "--name-only", "HEAD", "content/help").split())
    assert tree == {
        f"content/help/{name}" for name in ("index.md", "guides/first.md", "guides/second.md", "img/pump.svg")
    }
    assert repo.git("status", "--porcelain") == ""
    assert f"git reset --hard {before[:12]}" in done.stderr

    start = read(repo, "content/help/index.md")
    assert "[again](guides/first.md)" in start and "[full](guides/second.md#part)" in start
    first = read(repo, "content/help/guides/first.md")
    assert first.startswith(
        "---\ntitle: First steps\ntopics: [set-up]\nstatus: approved\norder: 2\n# hide: [toc]\n---\n"
    )
    assert codes(done) == {"PRM162": 1, "PRM163": 3, "PRM164": 2, "PRM166": 1, "PRM167": 1, "PRM401": 1}, done.stdout
    assert "content/help/guides/second.md:13:1: PRM162 the macro 'include' does nothing here" in done.stdout
    assert f"{site.path}/docs/img/unused.svg:1:1: PRM164" in done.stdout


def test_history_tells_who_wrote_what_and_approves_nothing(make_repo: MakeRepo, site: Repo) -> None:
    repo = programme(make_repo)
    commits = int(repo.git("rev-list", "--count", "--first-parent", "HEAD"))
    migrate(repo, site.path, "--into", "content/help", "--status", "draft")
    second = "content/help/guides/second.md"
    assert repo.git("log", "--format=%an", "--", second).split("\n")[-3:-1] == ["Ben Before", "Ana Author"]
    assert "(Ben Before 2019-05-04" in repo.git("blame", second)
    assert int(repo.git("rev-list", "--count", "--first-parent", "HEAD")) == commits + 2
    assert not repo.git("log", "--format=%H", "--", "src", "mkdocs.yml", "docs", "README.md").strip()
    assert "outside" not in repo.git("log", "-p", "HEAD")
    repo.git("fsck", "--strict")
    # The version that the old site had 'approved' is on a side line, and approves nothing here.
    everyone = read(repo, "visibility.yaml").replace("show_to: nobody", "show_to: everyone")
    repo.commit({"visibility.yaml": everyone})
    assert not [path for path in files_of(repo.build(), "nordwind") if path.startswith("help/")]


def test_nobody_sees_anything_before_the_rule_says_so(make_repo: MakeRepo, site: Repo) -> None:
    repo = programme(make_repo)
    before = files_of(repo.build(), "nordwind")
    migrate(repo, site.path, "--into", "content/help")
    assert files_of(repo.build(), "nordwind") == before
    rules = read(repo, "visibility.yaml")
    assert rules.count("show_to: nobody") == 2 and rules.endswith("  - paths: [content/help/**]\n    show_to: nobody\n")
    rule = rules.rindex("show_to: nobody")
    repo.commit({"visibility.yaml": rules[:rule] + "show_to: gold-up\n"})
    built = repo.build()
    assert "help/guides/second/index.html" in files_of(built, "nordwind")
    assert not [path for path in files_of(built, "arbor") if path.startswith("help/")]


def test_each_state_keeps_the_pages_hidden(make_repo: MakeRepo, site: Repo) -> None:
    """Also the commit between the programme and the merge has the rule, and the merge undone still has it."""
    repo = programme(make_repo)
    migrate(repo, site.path, "--into", "content/help")
    assert "content/help/**" in repo.git("show", "HEAD^:visibility.yaml")
    assert not repo.git("ls-tree", "HEAD^", "content/help")


def test_trying_changes_nothing(make_repo: MakeRepo, site: Repo) -> None:
    repo = programme(make_repo)
    before = state(repo)
    tried = migrate(repo, site.path, "--into", "content/help", "--dry-run")
    assert state(repo) == before and "would import 3 pages" in tried.stderr
    done = migrate(repo, site.path, "--into", "content/help")
    assert done.stdout == tried.stdout


def state(repo: Repo) -> tuple[str, str, str]:
    return (
        repo.git("for-each-ref"),
        repo.git("status", "--porcelain", "--ignored"),
        repo.git("cat-file", "--batch-check", "--batch-all-objects"),
    )


def test_a_branch_of_its_own(make_repo: MakeRepo, site: Repo) -> None:
    repo = programme(make_repo)
    before = repo.git("rev-parse", "main")
    migrate(repo, site.path, "--into", "content/help", "--branch", "import-help")
    assert repo.git("rev-parse", "main") == before
    assert repo.git("symbolic-ref", "--short", "HEAD").strip() == "import-help"
    assert (repo.path / "content" / "help" / "index.md").is_file()


@pytest.mark.parametrize(
    ("prepare", "options", "said"),
    [
        ({"content/help/mine.md": page("Mine")}, (), "is there already"),
        ({}, ("--into", "pages/help"), "no folder below content/"),
        ({}, ("--into", "content/../help"), "no folder below content/"),
        ({}, ("--into", "content/assets"), "needs the address '/assets/'"),
    ],
)
def test_what_would_overwrite_or_mislead_is_refused(
    make_repo: MakeRepo, site: Repo, prepare: Mapping[str, str], options: tuple[str, ...], said: str
) -> None:
    repo = programme(make_repo)
    repo.commit(dict(prepare))
    before = state(repo)
    done = migrate(repo, site.path, *(options or ("--into", "content/help")))
    assert done.exit_code == 2 and said in done.stderr
    assert state(repo) == before


def test_doing_it_again_is_refused(make_repo: MakeRepo, site: Repo) -> None:
    repo = programme(make_repo)
    migrate(repo, site.path, "--into", "content/help")
    after = state(repo)
    assert migrate(repo, site.path, "--into", "content/help").exit_code == 2
    assert state(repo) == after


def test_its_own_folders_and_unsaved_rules_are_refused(make_repo: MakeRepo, site: Repo) -> None:
    repo = programme(make_repo)
    assert "in this repository already" in migrate(repo, repo.path / "content").stderr
    repo.write({"visibility.yaml": read(repo, "visibility.yaml") + "# mine\n"})
    assert "not committed" in migrate(repo, site.path, "--into", "content/help").stderr


def test_a_folder_without_history_says_so(make_repo: MakeRepo, tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    write(
        folder,
        {
            "a b/Read me.MD": "# A\n\n- one\n  - two\n\n[b](../b.markdown#x--y)\n",
            "b.markdown": "## X & Y\n",
            "b/index.md": "# B\n",
            "c?.md": "# C\n",
            "D.md": "# D\n",
            "d.md": "# d\n",
            "latin.md": b"caf\xe9\n",
            ".hidden/x.md": "# X\n",
            "big.yml": "a: 1\n",
        },
    )
    (folder / "link.md").symlink_to("b.markdown")
    repo = programme(make_repo)
    done = migrate(repo, folder)
    names = repo.git("-c", "core.quotepath=off", "ls-tree", "-r", "-z", "--name-only", "HEAD", "content/notes").split(
        "\0"
    )
    assert sorted(filter(None, names)) == [
        "content/notes/D.md", "content/notes/a b/Read me.md", "content/notes/b-2.md", "content/notes/b/index.md",
        "content/notes/c-.md", "content/notes/d-2.md", "content/notes/latin.md",
    ]  # fmt: skip
    assert codes(done) == {"PRM101": 1, "PRM161": 1, "PRM164": 3, "PRM165": 3, "PRM169": 1}, done.stdout
    assert "[b](../b-2.md#x-y)" in read(repo, "content/notes/a b/Read me.md")
    assert "- one\n    - two" in read(repo, "content/notes/a b/Read me.md")
    checked = repo.check()
    assert {finding.code for finding in checked if finding.severity.value == "error"} == {"PRM101"}


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())


def test_a_folder_without_pages_or_with_half_a_history_is_refused(
    make_repo: MakeRepo, site: Repo, tmp_path: Path
) -> None:
    repo = programme(make_repo)
    before = state(repo)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="there are no pages in"):
        migrate(repo, tmp_path / "empty")
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{site.path}", str(tmp_path / "cut")], check=True)
    with pytest.raises(SourceError, match="shallow"):
        migrate(repo, tmp_path / "cut")
    assert state(repo) == before
    assert migrate(repo, tmp_path / "cut", "--no-history", "--into", "content/help").exit_code == 1


def test_a_docusaurus_site(make_repo: MakeRepo) -> None:
    site = make_repo(
        {
            "docusaurus.config.js": "module.exports = {url: 'https://pumps.example', baseUrl: '/help/',\n"
            " // url: 'https://wrong.example',\n"
            " presets: [['classic', {docs: {path: 'docs', routeBasePath: 'docs'}}]]};",
            "sidebars.js": "module.exports = {docs: ['intro', {type: 'category', items: ['use/install']}]};",
            "docs/intro.mdx": "---\nid: intro\nsidebar_label: Hi\n---\nimport X from './x';\n\n"
            "# Intro\n\n:::tip\nGo\n:::\n\n"
            "[i](./use/01-install.md) [j](/docs/use/install) [k](https://pumps.example/help/docs/named)"
            " ![l](/img/logo.png) <X />\n",
            "docs/use/01-install.md": "---\nslug: /named\n---\n# Install\n\n[back](../intro)\n",
            "docs/use/_part.mdx": "Part\n",
            "docs/use/_category_.json": '{"label": "Using it", "position": 2}',
            "static/img/logo.png": b"\x89PNG",
            "blog/2020-01-01-hello.md": "# Hello\n",
        }
    )
    repo = programme(make_repo)
    done = migrate(repo, site.path, "--into", "content/help")
    intro = read(repo, "content/help/intro.md")
    assert "[i](./use/01-install.md) [j](use/01-install.md) [k](use/01-install.md) ![l](static/img/logo.png)" in intro
    assert "!!! tip\n    Go" in intro and "import X" not in intro and "order: 1" in intro
    assert "[back](../intro.md)" in read(repo, "content/help/use/01-install.md")
    assert codes(done) == {"PRM162": 1, "PRM163": 3, "PRM164": 3, "PRM166": 1}, done.stdout
    assert done.exit_code == 0


def test_a_secret_of_long_ago_is_told_of(make_repo: MakeRepo) -> None:
    site = make_repo({"a.md": "# A\n\nghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8\n"})
    site.commit({"a.md": "# A\n\nNothing.\n"})
    repo = programme(make_repo)
    done = migrate(repo, site.path, "--into", "content/help", "--dry-run")
    assert "content/help/a.md:3:1: PRM168" in done.stdout and "a1B2" not in done.stdout
    assert "PRM168" not in migrate(repo, site.path, "--into", "content/help", "--no-history").stdout


def test_histories_that_part_and_join(make_repo: MakeRepo) -> None:
    """Merges, several roots, files that come and go, and commits about other things."""
    site = make_repo({"code.py": "1\n"})
    site.commit({"docs/a.md": "# A\n"}, "a")
    site.git("switch", "-q", "-c", "side")
    site.commit({"docs/b.md": "# B\n"}, "b", **BEN)
    site.git("switch", "-q", "main")
    site.commit({"docs/a.md": "# A2\n", "code.py": "2\n"}, "a2")
    site.git("merge", "-q", "--no-edit", "side")
    site.git("switch", "-q", "--orphan", "other")
    site.commit({"docs/sub/c.md": "# C\n"}, "c")
    site.git("switch", "-q", "main")
    site.git("merge", "-q", "--no-edit", "--allow-unrelated-histories", "other")
    site.commit({"docs/a.md": None, "docs/renamed.md": "# A2\n"}, "rename")
    repo = programme(make_repo)
    assert migrate(repo, site.path / "docs", "--into", "content/help").exit_code == 0
    side = repo.git("log", "--format=%s", "HEAD^2").split("\n")
    assert {"a", "b", "a2", "c", "rename"} <= set(side) and "first" not in side
    assert sorted(repo.git("ls-tree", "-r", "--name-only", "HEAD", "content/help").split()) == [
        "content/help/b.md", "content/help/renamed.md", "content/help/sub/c.md",
    ]  # fmt: skip
    assert "Ben Before" in repo.git("log", "--format=%an", "--", "content/help/b.md")
    repo.git("fsck", "--strict")


@pytest.mark.parametrize(
    "rules",
    [
        "rules: []\n",
        "rules:\n- paths: [content/**]\n  show_to: everyone\n",
        "rules:\n    - paths:\n        - content/**\n      show_to: everyone\n\n# About claims\nassertions: []\n",
        "rules:\n  - {paths: [content/**], show_to: everyone}",
        "# top\nrules: # why\n  # all\n  - paths: [content/**] # x\n    show_to: everyone # y\n    # end\n"
        "audiences: {}\n",
    ],
)
def test_the_rule_is_written_as_a_person_would(rules: str) -> None:
    from prmbuild.authored.reading import read_programme
    from prmbuild.migrate.rule import with_rule

    files = {name: text.encode() for name, text in CONFIGURATION.items()} | {"visibility.yaml": rules.encode()}
    text = with_rule(files, "content/help").decode()
    programme, _ = read_programme(files | {"visibility.yaml": text.encode()})
    assert programme is not None and programme.rules[-1].paths == ("content/help/**",)
    kept = [line for line in text.split("\n") if line in rules.split("\n")]
    assert [line for line in rules.split("\n") if line and "[]" not in line] == [
        line for line in kept if line and "[]" not in line
    ]


def test_findings_for_machines(make_repo: MakeRepo, site: Repo) -> None:
    done = migrate(programme(make_repo), site.path, "--into", "content/help", "--dry-run", "--format", "json")
    assert {finding["code"] for finding in json.loads(done.stdout)["findings"]} >= {"PRM162", "PRM401"}


HANDBOOK = Path(__file__).parents[3] / "shared" / "corpora" / "handbook.tar.gz"


@pytest.mark.skipif(not HANDBOOK.is_file(), reason="the handbook corpus is not here")
def test_the_handbook(make_repo: MakeRepo, tmp_path: Path) -> None:
    subprocess.run(["tar", "xzf", str(HANDBOOK), "-C", str(tmp_path)], check=True)
    repo = programme(make_repo)
    done = migrate(repo, tmp_path / "content", "--into", "content/handbook")
    assert "883 pages" in done.stderr
    said = {tuple(line.split(" ")[:2]) for line in done.stdout.splitlines()}
    errors = [finding for finding in repo.check() if finding.severity.value == "error"]
    assert errors and {(f"{found.path}:{found.line}:{found.column}:", found.code) for found in errors} <= said


def test_nothing_of_the_site_is_run(make_repo: MakeRepo, site: Repo) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "prmbuild", "migrate", str(site.path), "--repo", str(programme(make_repo).path),
         "--into", "content/help", "--dry-run", "--jobs", "1"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1 and "hooks must not run" not in done.stderr + done.stdout
