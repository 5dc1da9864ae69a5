"""`format` and the hooks that offer it."""

import re
from pathlib import Path

import yaml
from click.testing import CliRunner

from prmbuild.cli.main import COMMANDS, cli
from tests.conftest import Repo, page

HOOKS = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
MESSY = "---\ntitle:   A\nstatus: approved   \ntopics:\n- b\n---\n\nText"
TIDY = "---\ntitle: A\nstatus: approved\ntopics:\n  - b\n---\n\nText\n"


def run(repo: Repo, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["format", *arguments, "--repo", str(repo.path)])
    return done.exit_code, done.output


def test_format_writes_what_it_then_finds_in_order(programme: Repo, tmp_path: Path) -> None:
    programme.write({"content/a.md": MESSY, "content/note.txt": "x  ", "docs/a.md": MESSY})
    (programme.path / "content/linked.md").symlink_to(tmp_path / "away.md")
    assert run(programme, "--check") == (1, "content/a.md: not in its layout (run prmbuild format)\n")
    assert (programme.path / "content/a.md").read_text(encoding="utf-8") == MESSY
    assert run(programme) == (0, "content/a.md\n")
    assert (programme.path / "content/a.md").read_text(encoding="utf-8") == TIDY
    assert run(programme, "--check") == (0, "")
    assert (programme.path / "docs/a.md").read_text(encoding="utf-8") == MESSY


def test_format_looks_at_the_files_it_is_given(programme: Repo) -> None:
    programme.write({"content/a.md": MESSY, "content/b.md": MESSY, "docs/a.md": MESSY, "prm.yaml": "vendor: [\n"})
    assert run(programme, "content/b.md", "docs/a.md") == (0, "content/b.md\n")
    code, said = run(programme, "prm.yaml", "content/a.md")
    assert code == 1 and "prm.yaml:" in said and "PRM103" in said and "content/a.md\n" in said
    assert (programme.path / "prm.yaml").read_text(encoding="utf-8") == "vendor: [\n"


def test_hooks_name_commands_and_the_files_they_are_for() -> None:
    hooks = {hook["id"]: hook for hook in yaml.safe_load(HOOKS.read_text(encoding="utf-8"))}
    assert hooks.keys() == {"prmbuild-check", "prmbuild-format"}
    for hook in hooks.values():
        program, command, *options = hook["entry"].split()
        assert program == "prmbuild" and command in COMMANDS
        shown = CliRunner().invoke(cli, [command, "--help"]).output
        assert all(option in shown for option in options)
    authored = ("partners.yaml", "content/a/b.md", "courses/c/course.yaml", "courses/c/lessons/a.md")
    for path in authored:
        assert all(re.search(hook["files"], path) for hook in hooks.values()), path
    for path in ("docs/a.md", "content.md", "x/prm.yaml", "README.md"):
        assert not any(re.search(hook["files"], path) for hook in hooks.values()), path


def test_a_page_of_the_tests_is_in_order(programme: Repo) -> None:
    programme.write({"content/a.md": page("A")})
    assert run(programme, "--check") == (0, "")
