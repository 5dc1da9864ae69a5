"""`prmbuild init`, as far as no tool needs to be installed."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from prmbuild.authored.reading import read_programme
from prmbuild.authored.scalars import write_scalar
from prmbuild.authored.text import slug
from prmbuild.authored.yaml import read_yaml
from prmbuild.cli.init import init_command
from prmbuild.diagnostics import Severity
from prmbuild.scaffold import new_programme
from prmbuild.scaffold.answers import Answers, sample_partners, tiers_of
from prmbuild.scaffold.new_programme import programme_files
from prmbuild.scaffold.requirement import is_local, pins, requirement
from tests.conftest import MakeRepo, files_of

IDENTITY = {"GIT_AUTHOR_NAME": "Noa", "GIT_AUTHOR_EMAIL": "noa@vendor.example", "GIT_COMMITTER_NAME": "Noa",
            "GIT_COMMITTER_EMAIL": "noa@vendor.example", "GIT_CONFIG_GLOBAL": os.devnull}  # fmt: skip
NOBODY = dict.fromkeys(IDENTITY) | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def init(*arguments: str, env: Mapping[str, str | None] = IDENTITY, answers: str = "") -> Result:
    return CliRunner().invoke(init_command, list(arguments), env=env, input=answers)


def answers_with(**changed: object) -> Answers:
    tiers = tiers_of(("silver", "gold"))
    usual = {
        "vendor": "Example Pumps", "portal_url": "https://partners.pumps.example/", "tiers": tiers,
        "partners": sample_partners(tiers), "roles": ("sales", "technical"), "evidence": "merge",
        "approvers": ("ruth@vendor.example",), "host": "github",
    }  # fmt: skip
    return Answers(**{**usual, **changed})


@pytest.mark.parametrize("host", ["github", "gitlab", "none"])
def test_what_it_writes_is_free_of_findings(make_repo: MakeRepo, host: str) -> None:
    repo = make_repo(programme_files(answers_with(host=host), "prmbuild==1", date(2026, 11, 1)))
    assert repo.check() == ()


def test_its_portals_hold_what_their_readers_may_see(make_repo: MakeRepo) -> None:
    built = make_repo(programme_files(answers_with(), "prmbuild==1", date(2026, 11, 1))).build()
    gold, silver = files_of(built, "nordwind-systems"), files_of(built, "arbor-automation")
    assert b"3,675" in gold["pricing/price-list/index.html"]
    assert b"3,675" not in silver["pricing/price-list/index.html"]
    assert "courses/welcome/quiz/index.html" in silver and "pricing/assets/price-list.csv" in silver
    assert not [path for path in gold if path.startswith("internal")]


@pytest.mark.parametrize(
    "vendor",
    [
        "Müller & Söhne: Pumps",
        'Say "hi" # now',
        "yes",
        "2026-01-01",
        "- {a: b}",
        "<b>x</b>",
        "O'Neill",
        "株式会社",
        "%TAG",
    ],
)
def test_a_vendor_may_have_any_name(vendor: str) -> None:
    files = programme_files(answers_with(vendor=vendor), "prmbuild==1", date(2026, 11, 1))
    programme, found = read_programme({name: files[name].encode() for name in new_programme.CONFIGURATION})
    assert programme is not None and programme.settings.vendor == vendor
    assert not [finding for finding in found if finding.severity is Severity.ERROR]
    for name, text in files.items():
        if name.endswith((".yaml", ".yml")) and not name.startswith("."):
            assert read_yaml(name, text.encode(), dates=("last_reviewed_on",)).diagnostics == (), name


@given(st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1))
def test_a_scalar_is_read_as_the_text_it_was(text: str) -> None:
    written = f"key: {write_scalar(text)}\n"
    document = read_yaml("a.yaml", written.encode())
    assert document.diagnostics == () and document.value == {"key": text}
    assert yaml.safe_load(written) == {"key": text}


@given(st.text())
def test_a_slug_is_an_id_or_nothing(text: str) -> None:
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", slug(text)) and len(slug(text)) <= 64


def test_every_file_is_committed_by_the_person(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "programme"
    done = init(str(folder), "--no-input", "--branch", "publish")
    assert (done.exit_code, done.stdout) == (0, f"{folder}\n"), done.stderr
    git = ("git", "-C", str(folder))
    assert (
        subprocess.check_output((*git, "log", "--format=%ae %D"), text=True) == "noa@vendor.example HEAD -> publish\n"
    )
    assert subprocess.check_output((*git, "status", "--porcelain"), text=True) == ""
    assert json.loads((folder / ".vscode" / "settings.json").read_text(encoding="utf-8"))
    assert [entry.name for entry in folder.parent.iterdir()] == ["programme"]


def test_without_an_identity_it_says_what_to_run(tmp_path: Path) -> None:
    done = init(str(tmp_path / "p"), "--no-input", env=NOBODY)
    assert done.exit_code == 0 and "git config user.name" in done.stderr
    assert subprocess.run(["git", "rev-parse", "HEAD"], cwd=tmp_path / "p", capture_output=True).returncode


def test_an_empty_clone_is_filled(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "-b", "master", str(tmp_path)], check=True)
    assert init(str(tmp_path), "--no-input").exit_code == 0
    assert subprocess.check_output(["git", "log", "--format=%D"], cwd=tmp_path, text=True) == "HEAD -> main\n"


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = init(str(tmp_path), "--no-input")
    assert done.exit_code == 2 and "not empty" in done.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine.txt"]
    assert init(str(tmp_path / "mine.txt"), "--no-input").exit_code == 2
    assert init(str(tmp_path / "new"), "--no-input").exit_code == 0
    assert init(str(tmp_path / "new"), "--no-input").exit_code == 2


@pytest.mark.parametrize("there", [True, False])
def test_what_is_interrupted_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    folder = tmp_path / "p"
    if there:
        folder.mkdir()
    moved: list[str] = []

    def interrupted(self: Path, target: Path) -> Path:
        moved.append(self.name)
        if len(moved) == (5 if there else 1):
            raise KeyboardInterrupt
        os.rename(self, target)  # noqa: PTH104
        return target

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", interrupted)
        init(str(folder), "--no-input")
    assert list(tmp_path.rglob("*")) == ([folder] if there else [])
    assert init(str(folder), "--no-input").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--portal-url", "partners"), "no address"),
        (("--approver", "ruth"), "no e-mail address"),
        (("--partner", "Acme=bronze"), "the tiers are silver, gold"),
        (("--partner", "株式会社"), "letters a to z"),
        (("--partner", "Sales"), "PRM218"),
        (("--partner", "Acme", "--partner", "acme"), "PRM208"),
        (("--tool-source", "no such place"), "nothing that pip can install"),
        (("--vendor", " "), "a few words"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    done = init(str(tmp_path / "p"), "--no-input", *arguments)
    assert done.exit_code == 2 and said in done.stderr
    assert not (tmp_path / "p").exists()


def test_questions_are_asked_until_they_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    from prmbuild.cli.questions import Questions, url

    given_answers = iter(["partners", "https://partners.pumps.example"])
    monkeypatch.setattr("click.prompt", lambda *_, **__: next(given_answers))
    assert Questions(silent=False).ask("Address", None, "", url) == "https://partners.pumps.example/"


def test_prmbuild_is_named_by_the_place_it_comes_from(tmp_path: Path) -> None:
    assert requirement("1.4.0") == "prmbuild==1.4.0"
    assert requirement(">=1.4,<2") == "prmbuild<2,>=1.4"
    assert requirement("git+https://git.vendor.example/prmbuild@v1") == (
        "prmbuild @ git+https://git.vendor.example/prmbuild@v1"
    )
    assert requirement(str(tmp_path)) == f"prmbuild @ file://{tmp_path}" and is_local(f"prmbuild @ file://{tmp_path}")
    assert requirement(None)
    assert all(re.fullmatch(r"[a-z0-9-]+==\S+", pin) for pin in pins())
    assert {"click", "mkdocs", "markdown"} <= {pin.partition("==")[0] for pin in pins()}
