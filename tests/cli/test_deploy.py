"""Deploying as a person does."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from prmbuild.cli.main import cli
from prmbuild.errors import StoreError
from prmbuild.publish.opening import store_at
from tests.cli.test_commands import run
from tests.conftest import Repo, page


@pytest.fixture
def place(programme: Repo, tmp_path: Path) -> tuple[str, ...]:
    return "--repo", str(programme.path), "--to", f"dir:{tmp_path / 'store'}"


def test_a_day_of_deployments(programme: Repo, place: tuple[str, ...], tmp_path: Path) -> None:
    assert "nothing was ever deployed" in run("status", *place).stdout
    plan = run("deploy", "--plan", *place)
    assert plan.returncode == 0 and not (tmp_path / "store").exists()
    digest = re.search(r"^plan ([0-9a-f]{32}) for", plan.stdout, re.MULTILINE)
    assert digest is not None
    first = run("deploy", "--approve", digest[1], *place)
    assert first.returncode == 0, first.stderr
    assert run("deploy", *place).stdout.startswith("Nothing to do")

    programme.commit({"content/open/extra.md": page("Extra")})
    stale = run("deploy", "--approve", digest[1], *place)
    assert stale.returncode == 1 and f"not the approved {digest[1]}:\n  " in stale.stderr
    assert "everyone would gain content/open/extra.md" in stale.stderr
    before = programme.git("rev-parse", "HEAD~1").strip()[:12]
    assert f"prmbuild deploy {' '.join(place)} --at {before} --approve {digest[1]}" in stale.stderr
    back_to = run("deploy", "--at", "HEAD~1", "--now", "2026-11-01", "--approve", "0" * 32, *place)
    repeated = f"prmbuild deploy {' '.join(place)} --at {before} --now 2026-11-01T00:00:00Z --approve "
    assert back_to.returncode == 1 and repeated in back_to.stderr
    again = run("deploy", "--format", "markdown", *place)
    assert again.returncode == 0 and "+ `open/extra/index.html`" in again.stdout

    back = run("rollback", *place)
    assert back.returncode == 0 and "and pinned" in back.stderr
    twice = run("rollback", *place)
    assert twice.returncode == 1 and "say which one: prmbuild rollback DEPLOYMENT" in twice.stderr
    assert run("deploy", *place).returncode == 1
    assert run("rollback", "--unpin", *place).returncode == 0
    assert run("deploy", *place).returncode == 0

    listed = json.loads(run("status", "--format", "json", *place).stdout)
    assert [one["kind"] for one in listed["turns"]] == ["deploy", "unpin", "rollback", "deploy", "deploy"]
    assert listed["desired"]["same"] and listed["live"]["deployed_by"] == "a person's machine"
    verified = run("verify", *place)
    assert verified.returncode == 0 and "every turn is proven back to the first" in verified.stderr
    today = listed["turns"][0]["at"]
    could = run("seen", "--partner", "nordwind", "--on", today, "/open/extra/", *place)
    assert could.stdout.startswith("yes: nordwind (sales, technical), /open/extra/")
    assert "content/open/extra.md: commit" in could.stdout
    wrong = run("seen", "--partner", "nordwin", "--on", today, *place)
    assert wrong.returncode == 2 and "did you mean 'nordwind'?" in wrong.stderr
    assert run("seen", "--partner", "nordwind", "--on", "2999-01-01", *place).returncode == 2
    assert "0 objects dropped" in run("gc", *place).stderr
    next((tmp_path / "store/portals").rglob("extra/index.html")).write_text("tampered")
    tampered = run("verify", *place)
    assert tampered.returncode == 1 and "has other bytes" in tampered.stdout
    mended = run("mend", *place)
    assert mended.returncode == 0 and "extra/index.html: has other bytes; put right" in mended.stdout
    assert run("verify", *place).returncode == 0


def test_where_to_is_said_or_asked_for(programme: Repo) -> None:
    asked = run("deploy", "--repo", str(programme.path))
    assert asked.returncode == 3 and "publish.to in prm.yaml" in asked.stderr
    odd = run("status", "--repo", str(programme.path), "--to", "ftp://x")
    assert odd.returncode == 2 and "no place to publish to" in odd.stderr


def test_what_build_writes_is_not_published_into(programme: Repo, tmp_path: Path) -> None:
    run("build", "--repo", str(programme.path), "--out", str(tmp_path / "out"))
    refused = run("deploy", "--repo", str(programme.path), "--to", f"dir:{tmp_path / 'out'}")
    assert refused.returncode == 3 and "build writes to" in refused.stderr


def test_nothing_is_deployed_with_errors(programme: Repo, place: tuple[str, ...], tmp_path: Path) -> None:
    programme.commit({"visibility.yaml": "rules:\n  - paths: [content/**]\n    show_to: {tier: glod}\n"})
    refused = run("deploy", *place)
    assert refused.returncode == 1 and "visibility.yaml:3" in refused.stdout
    assert not (tmp_path / "store/live").exists()


def test_a_preview_is_not_deployed(place: tuple[str, ...], tmp_path: Path) -> None:
    refused = run("deploy", "--worktree", *place)
    assert refused.returncode == 3 and "never published" in refused.stderr
    assert not (tmp_path / "store/live").exists()


def test_what_was_never_merged_is_deployed_for_a_person_alone_who_asks_and_recorded_as_that(
    programme: Repo, place: tuple[str, ...], tmp_path: Path
) -> None:
    programme.git("checkout", "-q", "-b", "y")
    programme.commit({"content/start.md": page("Start here", "Nobody looked at this.")})
    refused = run("deploy", *place)
    assert refused.returncode == 1 and "this is not what is on 'main'" in refused.stderr
    assert not (tmp_path / "store").exists()
    asked = run("deploy", "--unmerged", *place)
    assert asked.returncode == 0, asked.stderr
    assert "files: 4 by merge, 1 not known to have been merged" in run("status", "--stored", *place).stdout


SEEN = ("seen", "--partner", "nordwind", "--on")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("deploy", "--approve", ""), "it is empty"),
        (("deploy", "--approve", " "), "it is empty"),
        (("deploy", "--approve", "a" * 400), "cannot be read"),
        (("deploy", "--approve", "abc"), "a plan's digest is 32 of"),
        (("ci", "publish", "--approve", ""), "it is empty"),
        (("rollback", ""), "it is empty"),
        ((*SEEN, "9999-12-31"), "later than any day"),
        ((*SEEN, "2026-11-26+01:00"), "name one of UTC, or an instant such as 2026-11-26T00:00+01:00"),
        (("check", "--now", "2026-11-26-01:00"), "write that, too: 2026-11-26T00:00-01:00"),
        (("check", "--now", "2026-11-26Z"), "write that, too: 2026-11-26T00:00Z"),
        (("check", "--now", "2026-11-26+01:00:00"), "is not a time"),
        (("check", "--now", "2026-11-26x08:00"), "is not a time"),
        ((*SEEN, "0001-01-01T00:00+14:00"), "is not a time"),
        ((*SEEN, "9999-12-31T23:59-14:00"), "is not a time"),
        (("check", "--now", "9999-12-31T23:59-14:00"), "is not a time"),
        ((*SEEN, "2026-11-25", "http://[x"), "no page's URL"),
        ((*SEEN, "2026-11-25", "/a\udc80"), "no page's URL"),
        (("gc", "--days", "3000000"), "not in the range"),
        (("gc", "--days", "999999999", "--tell-days", "999999999"), "not in the range"),
        (("status", "--to", "s3:///x"), "names no bucket"),
        (("status", "--to", "s3://<BUCKET>"), "no bucket can be called '<BUCKET>'"),
        (("status", "--to", "s3://bucket/a//b"), "no object of a bucket can be below"),
        (("check", "--cache", "s3://b k"), "no bucket can be called 'b k'"),
        (("status", "--to", "dir:~/published"), "would be a folder called '~'"),
        (("deploy", "--now", "2100-01-01"), "is still to come"),
        (("ci", "publish", "--now", "2100-01-01"), "is still to come"),
        (("gateway", "--to", "dir:x", "--configure", "nginx", "--name", "evil;host"), "is no host's name"),
        (("gateway", "--to", "dir:x", "--configure", "caddy", "--host", "a{b}"), "is no address"),
        (("status", "--to", "dir:"), "no place to publish to"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, [*arguments, "--repo", str(tmp_path)])
    assert done.exit_code == 2, done.output
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_nothing_is_published_into_what_is_something_elses(programme: Repo) -> None:
    (programme.path / "published").mkdir()
    (programme.path / "site").symlink_to("content")
    assert store_at("dir:published", programme.path).url.endswith("published")
    for place, said in {
        "/dev/null": "is no folder",
        "prm.yaml": "is no folder",
        ".": "holds a repository",
        "..": "holds a repository",
        "content": "the programme's own",
        "site": "the programme's own",
        "courses/new": "the programme's own",
        ".git/x": "the programme's own",
        "x" * 300: "File name too long",
    }.items():
        with pytest.raises(StoreError, match=said):
            store_at(f"dir:{place}", programme.path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--github", "not a repo"), "'not a repo' is no OWNER/NAME"),
        (("--domain", "https://a.example"), "is no HOST"),
        (("--stack", "a b"), "is no stack's name"),
        (("--region", "a b"), "is no region of AWS"),
    ],
)
def test_aws_is_not_asked_for_what_cannot_be_meant(options: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(cli, ["infra", "deploy", *options])
    assert done.exit_code == 2 and said in done.stderr, done.output


@pytest.mark.parametrize("text", ['{"version": 1, "digest": "0123456789abcdef0123456789abcdef"}', "no plan", ""])
def test_a_file_that_is_no_plan_any_more_is_a_usage_error(text: str, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(text)
    done = CliRunner().invoke(cli, ["deploy", "--approve", str(tmp_path / "plan.json"), "--repo", str(tmp_path)])
    assert done.exit_code == 2 and "plan.json" in done.stderr, done.output


@pytest.mark.parametrize(
    "command", [("gc",), ("rollback",), ("rollback", "--unpin"), ("revoke", "--everybody"), ("keys", "retire")]
)
def test_a_misspelt_place_is_told_and_not_made(command: tuple[str, ...], tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, [*command, "--repo", str(tmp_path), "--to", f"dir:{tmp_path}/typo"])
    assert isinstance(done.exception, StoreError) and "nothing was ever deployed" in done.exception.message
    assert not (tmp_path / "typo").exists()
