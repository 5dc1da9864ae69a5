"""The command line as its users meet it."""

import json
import os
import pstats
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from prmbuild.cli.main import COMMANDS, cli
from tests.conftest import CONFIGURATION, MakeRepo, Repo, page

DOCS = Path(__file__).parents[2] / "docs" / "commands.md"


def run(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "prmbuild", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert "Traceback" not in done.stderr + done.stdout
    return done


def test_check_of_a_good_programme(programme: Repo) -> None:
    done = run("check", cwd=programme.path)
    assert done.returncode == 0, done.stdout


def test_check_reports_all_findings_and_fails(programme: Repo) -> None:
    programme.commit(
        {
            "visibility.yaml": "rules:\n"
            "  - paths: [content/**]\n    show_to: {segments: [gold-emae]}\n"
            "  - paths: [content/x/**]\n    show_to: {tier: glod}\n",
        }
    )
    done = run("check", "--repo", str(programme.path))
    assert done.returncode == 1
    assert "visibility.yaml:3:26: PRM203 unknown segment 'gold-emae' (did you mean 'gold-emea'?)" in done.stdout
    assert "visibility.yaml:5:21: PRM" in done.stdout
    assert "did you mean 'gold'?" in done.stdout


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_reports_for_machines_are_json(programme: Repo, form: str) -> None:
    done = run("check", "--repo", str(programme.path), "--format", form)
    json.loads(done.stdout)


def test_explain_a_yes(programme: Repo) -> None:
    done = run("explain", "content/gold/prices.md", "--partner", "nordwind", "--repo", str(programme.path))
    assert done.returncode == 0
    assert "nordwind (sales, technical): visible" in done.stdout
    assert re.search(r"admits +visibility\.yaml:4 .*everyone +since [0-9a-f]{10} 2026-09-01", done.stdout)
    assert "approved by: Ana Author" in done.stdout


def test_explain_a_no_says_what_would_have_to_change(programme: Repo) -> None:
    done = run(
        "explain", "content/gold/prices.md", "--partner", "arbor", "--role", "sales", "--repo", str(programme.path)
    )
    assert "arbor (sales): not visible" in done.stdout
    assert "refuses visibility.yaml:6" in done.stdout
    assert "visibility.yaml:6 admits gold-up (tier: gold); arbor/sales is tier: silver" in done.stdout


def test_explain_a_draft_says_so(programme: Repo) -> None:
    programme.commit({"content/new.md": page("New", status="draft")})
    done = run("explain", "content/new.md", "--partner", "arbor", "--repo", str(programme.path))
    assert "not published: never approved" in done.stdout
    assert "set 'status: approved' and merge it to main" in done.stdout


def test_explain_a_partner_lists_what_it_sees(programme: Repo) -> None:
    listed = json.loads(run("explain", "--partner", "arbor", "--repo", str(programme.path), "--format", "json").stdout)
    assert [set(each["pages"]) for each in listed] == [{"content/index.md", "content/robot.md", "content/start.md"}]
    assert set(listed[0]["assets"]) == {"content/robot.svg"}


def test_explain_suggests_names(programme: Repo) -> None:
    done = run("explain", "content/gold/price.md", "--repo", str(programme.path))
    assert done.returncode == 2 and "content/gold/prices.md" in done.stderr
    done = run("explain", "content/start.md", "--partner", "nordwnd", "--repo", str(programme.path))
    assert done.returncode == 2 and "did you mean 'nordwind'?" in done.stderr


def test_build_writes_portals_and_a_manifest(programme: Repo, tmp_path: Path) -> None:
    done = run("build", "--repo", str(programme.path), "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stdout + done.stderr
    manifest = json.loads((tmp_path / "out/build.json").read_text())
    portals = {portal["id"]: portal for portal in manifest["portals"]}
    assert set(portals) == {"gold-emea", "silver-emea"}
    assert portals["silver-emea"]["viewers"] == [
        {"partner": "arbor", "role": "sales"},
        {"partner": "arbor", "role": "technical"},
    ]
    assert (tmp_path / "out/portals/gold-emea/gold/prices/index.html").is_file()
    assert not (tmp_path / "out/portals/silver-emea/gold").exists()
    done = run("audit", "--repo", str(programme.path), "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_build_tells_machines_what_took_how_long(programme: Repo, tmp_path: Path) -> None:
    arguments = ("build", "--repo", str(programme.path), "--format", "json", "--cache", str(tmp_path / "cache"))
    outs = [str(tmp_path / name) for name in ("one", "two")]
    reports = [json.loads(run(*arguments, "--out", out, CI="true").stdout) for out in outs]
    for report in reports:
        assert report["version"] == 1 and report["findings"] == []
        assert report["counts"]["portals"] == 2
        assert report["seconds"] >= sum(stage["seconds"] for stage in report["stages"]) - 0.01
        assert "rendering pages" in [stage["name"] for stage in report["stages"]]
    cold, warm = (report["counts"] for report in reports)
    assert cold["rendered"]["pages"] and cold["rendered"]["articles"] and not any(cold["reused"].values())
    assert warm["reused"] == cold["rendered"] and not any(warm["rendered"].values())


def test_build_that_is_refused_is_told_to_machines_too(programme: Repo, tmp_path: Path) -> None:
    programme.commit({"content/open.md": page("Open", "/// show-to | gold-up\nsecret")})
    done = run("build", "--repo", str(programme.path), "--out", str(tmp_path / "out"), "--format", "json")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert [finding["code"] for finding in report["findings"]] == ["PRM602"]
    assert report["counts"]["portals"] == 0 and report["stages"]


def test_build_is_quiet_in_ci(programme: Repo, tmp_path: Path) -> None:
    done = run("build", "--repo", str(programme.path), "--out", str(tmp_path / "out"), CI="true")
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_build_writes_a_profile(programme: Repo, tmp_path: Path) -> None:
    file = tmp_path / "profile"
    arguments = ("build", "--repo", str(programme.path), "--out", str(tmp_path / "out"), "--profile")
    done = run(*arguments, str(file))
    assert done.returncode == 0
    assert f"python -m pstats {file}" in done.stderr
    assert "publishable" in str(pstats.Stats(str(file)).stats)
    assert run(*arguments, str(tmp_path / "none" / "profile")).returncode == 3


def test_cache_says_what_it_holds_and_drops_it(programme: Repo, tmp_path: Path) -> None:
    cache = str(tmp_path / "cache")
    assert run("build", "--repo", str(programme.path), "--out", str(tmp_path / "out"), "--cache", cache).returncode == 0
    told = run("cache", "stats", cache).stdout
    assert re.match(rf"{re.escape(cache)}: [1-9]\d* entries", told)
    assert run("cache", "prune", cache, "--days", "1").stdout.startswith(f"{cache}: dropped 0 entries")
    assert run("cache", "prune", cache, "--days", "0").stdout == told.replace(": ", ": dropped ", 1)
    assert run("cache", "stats", cache).stdout.startswith(f"{cache}: 0 entries")
    assert run("build", "--cache", "s3://", cwd=programme.path).returncode == 2


def test_build_refuses_and_writes_nothing(programme: Repo, tmp_path: Path) -> None:
    programme.commit({"content/open.md": page("Open", "/// show-to | gold-up\nsecret")})
    done = run("build", "--repo", str(programme.path), "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "content/open.md:6:1: PRM602" in done.stdout
    assert not (tmp_path / "out").exists()


def test_build_leaves_foreign_folders_alone(programme: Repo, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    done = run("build", "--repo", str(programme.path), "--out", str(tmp_path))
    assert done.returncode == 2
    assert (tmp_path / "mine.txt").read_text() == "keep me"


def test_a_past_state_and_another_date(programme: Repo, tmp_path: Path) -> None:
    first = programme.git("rev-parse", "HEAD").strip()
    programme.commit({"content/later.md": page("Later", publish_at="2027-01-01T00:00:00Z")})
    for number, (options, there) in enumerate(((["--at", first], False), ([], False), (["--now", "2027-01-02"], True))):
        out = tmp_path / str(number)
        assert run("build", "--repo", str(programme.path), "--out", str(out), *options).returncode == 0
        assert (out / "portals/silver-emea/later/index.html").exists() == there


def test_a_preview_says_so_on_every_page(programme: Repo, tmp_path: Path) -> None:
    programme.write({"content/start.md": page("Start here", "Not committed.")})
    out = tmp_path / "out"
    assert run("build", "--worktree", "--repo", str(programme.path), "--out", str(out)).returncode == 0
    pages = [path.read_text() for path in (out / "portals").rglob("*.html")]
    assert any("Not committed." in text for text in pages)
    assert all("Preview of uncommitted files" in text for text in pages)


def test_outside_a_repository(tmp_path: Path) -> None:
    done = run("check", "--repo", str(tmp_path), GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert done.returncode == 3
    assert "no git repository" in done.stderr


def test_a_shallow_clone_is_refused_with_the_mend(programme: Repo, tmp_path: Path) -> None:
    programme.commit({"content/more.md": page("More")})
    programme.git("clone", "-q", "--depth", "1", f"file://{programme.path}", str(tmp_path / "shallow"))
    done = run("check", "--repo", str(tmp_path / "shallow"))
    assert done.returncode == 3
    assert "git fetch --unshallow" in done.stderr


def test_an_empty_repository(tmp_path: Path, make_repo: MakeRepo) -> None:
    repo = Repo(tmp_path)
    repo.git("init", "-q", "-b", "main")
    done = run("check", "--repo", str(tmp_path))
    assert done.returncode == 3 and "commit the programme first" in done.stderr
    done = run("check", "--repo", str(make_repo({"README.md": "nothing else"}).path))
    assert done.returncode == 1 and "prm.yaml" in done.stdout


def test_a_damaged_cache_is_made_again_and_said(programme: Repo, tmp_path: Path) -> None:
    command = ("check", "--repo", str(programme.path), "--cache", str(tmp_path / "cache"))
    assert "damaged" not in run(*command).stderr
    objects = [path for path in (tmp_path / "cache" / "objects").rglob("*") if path.is_file()]
    for entry in objects:
        entry.chmod(0o644)
        entry.write_bytes(b"damaged")
    done = run(*command)
    again = [entry for entry in objects if entry.exists() and entry.read_bytes() != b"damaged"]
    assert done.returncode == 0 and again
    assert f"\n{len(again)} damaged entries" in done.stderr
    assert "damaged" not in run(*command).stderr


def test_wrong_usage() -> None:
    assert run("check", "--nonsense").returncode == 2
    assert run("explain").returncode == 2
    assert run("build", "--now", "yesterday").returncode == 2


def test_schemas_are_up_to_date() -> None:
    done = run("schemas", "--check", cwd=DOCS.parents[1])
    assert done.returncode == 0, done.stdout


def test_every_command_and_option_is_documented() -> None:
    sections = {
        heading.split()[0]: body
        for heading, body in re.findall(
            r"^## prmbuild (.+?)\n(.*?)(?=^## |\Z)", DOCS.read_text(), re.DOTALL | re.MULTILINE
        )
    }
    assert set(sections) == set(COMMANDS)
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        parts = [command, *(command.commands.values() if isinstance(command, click.Group) else ())]
        for parameter in (parameter for part in parts for parameter in part.params):
            if isinstance(parameter, click.Option):
                for option in parameter.opts:
                    assert f"`{option}" in sections[name], f"{name} {option} is not documented"


def test_configuration_alone_is_a_programme(make_repo: MakeRepo, tmp_path: Path) -> None:
    repo = make_repo(CONFIGURATION)
    done = run("build", "--repo", str(repo.path), "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stdout
