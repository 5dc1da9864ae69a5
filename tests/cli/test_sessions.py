"""Keys, revocations and sessions as a person handles them, with CloudFront's key-value store."""

import json
import re
import shutil
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from prmbuild.access.rule import Get, Go, answer
from prmbuild.access.tokens import LONGEST_LIFE
from prmbuild.cli.main import cli
from prmbuild.edge.cloudfront import KeyValueStore
from prmbuild.errors import PrmError, StoreError
from prmbuild.publish.deploy import roll_back
from prmbuild.sessions.state import PLACE, change, read_sessions
from tests.conftest import Repo
from tests.object_storage import S3
from tests.publish.sites import NEW, OLD, directory, put_live, site


def run(*arguments: str) -> Result:
    """Run a command in this process, which takes a tenth of the time of one of its own."""
    done = CliRunner().invoke(cli, arguments)
    assert done.exception is None or isinstance(done.exception, (SystemExit, PrmError)), done.exception
    return done


def test_a_day_of_sessions(programme: Repo, s3: S3, tmp_path: Path) -> None:
    arn = s3.key_value_store()
    there = ("--repo", str(programme.path), "--to", f"dir:{tmp_path / 'store'}")
    place = (*there, "--edge", arn)
    edge = KeyValueStore(arn)
    assert "nobody can sign in" in run("keys", "list", *there).stdout
    rotated = run("keys", "rotate", *place)
    kid = rotated.stdout.strip()
    assert rotated.exit_code == 0 and re.fullmatch(r"[0-9]{8}[0-9a-f]{8}", kid)
    deployed = run("deploy", *place)
    assert deployed.exit_code == 0 and arn in deployed.stderr
    behind = run("deploy", *there)
    assert isinstance(behind.exception, PrmError) and "would stay behind" in behind.exception.message

    typo = run("session", *there, "--partner", "nordwnd", "--role", "sales")
    assert typo.exit_code == 1 and "did you mean 'nordwind'?" in typo.stderr
    made = run("session", *there, "--partner", "nordwind", "--role", "sales", "--for", "1h")
    assert made.exit_code == 0
    name, _, token = made.stdout.strip().partition("=")
    sid = re.findall(r"--session (\S+) ends", made.stderr)
    assert name == "__Host-prm" and len(sid) == 1

    def asked() -> object:
        return answer("GET", "/", (token,), edge.entries().get, int(time.time()))

    assert isinstance(asked(), Get) and "warning" not in made.stderr
    wrong = run("revoke", *place, "--partner", "nordwnd")
    assert wrong.exit_code == 1 and "did you mean 'nordwind'?" in wrong.stderr and "nothing was revoked" in wrong.stderr
    assert run("revoke", *place, "--user", "mary@nordwind.example").exit_code == 1
    assert run("revoke", *place).exit_code == run("revoke", *place, "--list", "--everybody").exit_code == 2
    assert isinstance(asked(), Get)
    revoked = run("revoke", *place, "--session", sid[0])
    assert revoked.exit_code == 0, revoked.stderr
    assert isinstance(asked(), Go)
    listed = json.loads(run("revoke", *there, "--list", "--format", "json").stdout)
    assert [one["revoked"] for one in listed["revoked"]] == [f"session {sid[0]}"]

    only = run("keys", "retire", kid, *place, "--at-once")
    assert only.exit_code == 1 and "no other key could sign" in only.stderr
    keys = json.loads(run("keys", "list", "--format", "json", *there).stdout)["keys"]
    assert [(one["kid"], one["signs"], one["needed_until"]) for one in keys] == [(kid, True, None)]
    secret = edge.get(f"k/{kid}")[f"k/{kid}"]
    said = [rotated, deployed, behind, made, revoked, only]
    assert not any(secret in one.stdout + one.stderr for one in said)

    tag = edge.standing().tag
    assert edge.update(tag, {"x/all": "soon"}, [f"k/{kid}"])
    drifted = run("status", *place)
    assert f"{arn} x/all was not put there" in drifted.stdout and f"k/{kid} is missing" in drifted.stdout
    assert run("verify", *place).exit_code == 1
    assert run("gc", *place).exit_code == 0
    assert run("verify", *place).exit_code == 0

    (tmp_path / "store" / PLACE).unlink()
    refused = run("gc", *place)
    assert isinstance(refused.exception, PrmError) and "prmbuild keys recover" in (refused.exception.hint or "")
    for command in ("status", "verify"):
        told = run(command, *place)
        assert "prmbuild keys recover" in told.stdout + told.stderr and "prmbuild gc" not in told.stdout + told.stderr
    for read in (("keys", "list"), ("revoke", "--list")):
        told = run(*read, *place)
        assert told.exit_code == 0 and f"x/s/{sid[0]}" in told.stderr and "prmbuild keys recover" in told.stderr
        assert "warning" not in run(*read, *there).stderr
    shutil.rmtree(tmp_path / "store")  # all of it, and the edge says whose it is
    warned = run("revoke", *place, "--everybody")
    assert warned.exit_code == 0 and "warning: " in warned.stderr and edge.get("x/all")
    assert isinstance(asked(), Go)
    recovered = run("keys", "recover", *place)
    assert recovered.exit_code == 0 and "2 keys and 2 revocations" in recovered.stderr
    assert f"sign no more: {kid}" in recovered.stderr and secret not in recovered.stdout + recovered.stderr
    listed = run("keys", "list", *place)
    assert f"{kid}  signs no more; needed until" in listed.stdout and "  signs\n" in listed.stdout
    assert not listed.stderr, "the edge has what the store has"


def test_a_key_is_retired_once_more_where_the_edge_did_not_hear_of_it(
    programme: Repo, s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = s3.key_value_store()
    there = ("--repo", str(programme.path), "--to", f"dir:{tmp_path / 'store'}")
    place = (*there, "--edge", arn)
    first, second = (run("keys", "rotate", *place).stdout.strip() for _ in range(2))
    kept = (tmp_path / "store" / PLACE).read_bytes()
    edge = KeyValueStore(arn)
    typo = run("keys", "retire", f"{first[:-1]}x", "--at-once", *place)
    assert typo.exit_code == 1 and f"did you mean '{first}'?" in typo.stderr

    def silent(*_: object) -> None:
        raise StoreError("503", hint="run it again")

    with monkeypatch.context() as failing:
        failing.setattr(KeyValueStore, "update", silent)
        failed = run("keys", "retire", first, "--at-once", *place)
    assert isinstance(failed.exception, PrmError) and failed.exception.hint == "run it again"
    assert "has not heard of all" in run("keys", "list", *place).stderr and edge.get(f"k/{first}")
    assert run("keys", "retire", first, *place).exit_code == 1, "it would say that it is gone"
    again = run("keys", "retire", first, "--at-once", *place)
    assert again.exit_code == 0 and f"key {first} is gone" in again.stderr and not edge.get(f"k/{first}")
    last = run("keys", "retire", second, "--at-once", *place)
    assert last.exit_code == 1 and "no other key could sign" in last.stderr

    third = run("keys", "rotate", *place).stdout.strip()
    (tmp_path / "store" / PLACE).write_bytes(kept)  # which knows nothing of the third
    gone = run("keys", "retire", third, "--at-once", *place)
    assert gone.exit_code == 0 and "prmbuild keys recover" in gone.stderr and not edge.get(f"k/{third}")
    (tmp_path / "store" / PLACE).write_text("{")
    typo = run("keys", "retire", f"{first[:-1]}x", "--at-once", *place)
    assert isinstance(typo.exception, PrmError) and "cannot be read" in typo.exception.message
    hurt = run("keys", "retire", second, "--at-once", *place)
    assert isinstance(hurt.exception, PrmError) and "at the edge" in hurt.exception.message
    assert not edge.get(f"k/{second}")


def test_a_mistyped_edge_leaves_no_trace(programme: Repo, s3: S3, tmp_path: Path) -> None:
    arn = s3.key_value_store()
    there = ("--repo", str(programme.path), "--to", f"dir:{tmp_path / 'store'}")
    for option in ("--edge", "--forget-edge"):
        none = run("gc", *there, option, arn.replace("key-value", "key"))
        assert none.exit_code == 2 and f"{option}: " in none.stderr and "key-value-store/veldra-portals" in none.stderr
    absent = run("keys", "rotate", *there, "--edge", f"{arn}-none")
    assert isinstance(absent.exception, PrmError) and "-none was not found" in absent.exception.message
    assert run("keys", "rotate", *there, "--edge", arn).exit_code == 0
    entries = KeyValueStore(arn).entries()
    for name, said in (
        (("keys", "rotate"), "store, and not"),
        (("revoke", "--everybody"), "nothing was ever deployed"),
        (("gc",), "nothing was ever deployed"),
    ):
        wrong = run(*name, *there[:-1], f"dir:{tmp_path / 'staging'}", "--edge", arn)
        assert isinstance(wrong.exception, PrmError) and said in wrong.exception.message
    assert KeyValueStore(arn).entries() == entries and not (tmp_path / "staging").exists()


def test_an_edge_that_prm_names_is_forgotten_and_not_taken_again(programme: Repo, s3: S3, tmp_path: Path) -> None:
    arn, gone = s3.key_value_store(), "arn:aws:cloudfront::000000000000:key-value-store/gone"
    prm = (programme.path / "prm.yaml").read_text()
    programme.commit({"prm.yaml": f"{prm}publish:\n  to: dir:{tmp_path / 'store'}\n  edge: {arn}\n"})
    place = ("--repo", str(programme.path))
    assert run("keys", "rotate", *place).exit_code == 0
    assert run("gc", *place, "--forget-edge", arn).exit_code == 0
    edge = KeyValueStore(arn)
    assert "store" not in edge.entries() and len(edge.entries()) == 2
    store = directory(tmp_path / "store")
    assert read_sessions(store).edges == ()
    change(store, lambda now: replace(now, edges=(gone,)))
    told = run("gc", *place, "--forget-edge", gone)
    assert told.exit_code == 0 and f"{gone} is forgotten, but could not be told" in told.stderr
    assert read_sessions(store).edges == ()
    assert run("keys", "rotate", *place).exit_code == 0 and read_sessions(store).edges == (arn,)
    (tmp_path / "store" / "live").write_text("lost")
    released = run("gc", *place, "--forget-edge", arn)
    assert released.exit_code == 0 and f"{arn} follows dir:" in released.stderr, "whatever else is wrong"
    nowhere = run("gc", *place, "--to", f"dir:{tmp_path / 'misspelt'}", "--forget-edge", arn)
    assert isinstance(nowhere.exception, PrmError) and not (tmp_path / "misspelt").exists()


def test_revoking_a_partner_waits_for_no_record_of_a_deployment(programme: Repo, tmp_path: Path) -> None:
    """Nordwind is in the programme; gold was in every deployment, bronze in the last, which was rolled back."""
    store = directory(tmp_path / "store")
    now = int(time.time())
    put_live(store, site(tmp_path / "blobs", OLD), lambda: now - 2 * LONGEST_LIFE)
    put_live(store, site(tmp_path / "blobs", NEW, "decade"), lambda: now - 60)
    live = roll_back(store, "", owner="a test", by="a test", clock=lambda: now).deployment
    place = ("--repo", str(programme.path), "--to", f"dir:{tmp_path / 'store'}")
    for partner in ("nordwind", "gold", "bronze"):
        assert run("revoke", *place, "--partner", partner).exit_code == 0
    wrong = run("revoke", *place, "--partner", "bronse")
    assert wrong.exit_code == 1 and "did you mean 'bronze'?" in wrong.stderr

    turns = (tmp_path / "store" / "deployments" / "turns").iterdir()
    second = next(turn for turn in turns if b'"number":2' in turn.read_bytes())
    told = second.read_bytes()
    second.unlink()  # others may have been partners then
    lost = run("revoke", *place, "--partner", "brass")
    assert lost.exit_code == 0 and f"{second.name}' in the store is missing" in lost.stderr
    second.write_bytes(told)

    record = tmp_path / "store" / "deployments" / f"{live}.json"
    record.write_bytes(record.read_bytes().replace(b"gold", b"cold"))
    for partner in ("nordwind", "bronze"):  # bronze: from the other deployment
        known = run("revoke", *place, "--partner", partner)
        assert known.exit_code == 0 and "warning" not in known.stderr
    unknown = run("revoke", *place, "--partner", "gold", "--partner", "bronse")
    assert unknown.exit_code == 0 and f"{live}.json' in the store was changed" in unknown.stderr
    assert "'bronse' is no partner" in unknown.stderr and "did you mean 'bronze'?" in unknown.stderr
    listed = json.loads(run("revoke", *place, "--list", "--format", "json").stdout)["revoked"]
    assert {"partner gold", "partner bronse", "partner nordwind"} <= {one["revoked"] for one in listed}
    never = run("revoke", *place, "--partner", "gold", "--partner", "a/b")
    assert never.exit_code == 1 and "nothing was revoked" in never.stderr and "warning" not in never.stderr

    (tmp_path / "store" / "live").write_text("?")
    for partner in ("nordwind", "silver"):
        assert run("revoke", *place, "--partner", partner).exit_code == 0
