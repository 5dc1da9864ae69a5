"""Whose credentials are used, alike at S3 and at CloudFront; and what is said where AWS does not answer as it does."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.s3_stub import Request, Stub
from prmbuild.aws import session
from prmbuild.edge.cloudfront import KeyValueStore
from prmbuild.errors import PrmError, StackError, StoreError
from prmbuild.infra.cloudformation import Stack
from prmbuild.store.s3 import S3Store
from tests.stub_s3 import stub

__all__ = ["stub"]

ARN = "arn:aws:cloudfront::000000000000:key-value-store/none"
PROFILES = """
[p2]
aws_access_key_id = KEYOFP2
aws_secret_access_key = secret
[half]
aws_access_key_id = KEYOFHALF
[told]
credential_process = sh {folder}/tells
[late]
credential_process = cat {folder}/late
[fails]
credential_process = sh -c 'exit 1'
[near]
aws_access_key_id = KEYOFNEAR
aws_secret_access_key = secret
region = eu-central-1
[lost]
services = nowhere
"""


@pytest.fixture
def files(stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files with profiles, and no keys in variables."""
    late = {"Version": 1, "AccessKeyId": "K", "SecretAccessKey": "s", "Expiration": "2020-01-01T00:00:00Z"}
    (tmp_path / "late").write_text(json.dumps(late))
    (tmp_path / "profiles").write_text(PROFILES.format(folder=tmp_path))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "profiles"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path


def signed(stub: Stub) -> str:
    """Ask S3, and return what the request was signed as."""
    asked: list[Request] = []
    stub.fault = asked.append
    S3Store("s3://bucket").get("none")
    return asked[0].headers["authorization"]


def test_a_profile_signs_at_s3_as_at_cloudfront(files: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "p2")
    assert "Credential=KEYOFP2/" in signed(stub)
    assert session.credentials().id == "KEYOFP2"


def test_the_region_of_a_profile_is_asked(files: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "near")
    assert "/eu-central-1/s3/" in signed(stub)
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    assert "/eu-north-1/s3/" in signed(stub)


@pytest.mark.parametrize("said", ["endpoint_url = {}", "services = mine\n[services mine]\ns3 =\n  endpoint_url = {}"])
def test_the_address_of_a_profile_is_asked(said: str, files: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = f"[profile here]\naws_access_key_id = KEYOFHERE\naws_secret_access_key = s\n{said}\n"
    (files / "none").write_text(profile.format(os.environ["AWS_ENDPOINT_URL"]))
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv("AWS_PROFILE", "here")
    assert "Credential=KEYOFHERE/" in signed(stub)


def test_keys_in_variables_go_before_a_profile(files: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "p2")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "KEYOFVARIABLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert "Credential=KEYOFVARIABLE/" in signed(stub)


def test_what_expires_is_renewed(files: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "told")
    tells = (
        'echo x >>{0}/asked; echo \'{{"Version": 1, "AccessKeyId": "KEY\'$(wc -l <{0}/asked)\'", '
        '"SecretAccessKey": "s", "SessionToken": "t", "Expiration": "\'$(date -u -d "$(cat {0}/until)" +%FT%TZ)\'"}}\''
    )
    (files / "tells").write_text(tells.format(files))
    (files / "until").write_text("1 minute")
    monkeypatch.setattr("prmbuild.store.s3_settings._ASKED_AGAIN", timedelta(0))
    asked: list[Request] = []
    stub.fault = asked.append
    store = S3Store("s3://bucket")
    for until in ("1 minute", "1 hour", "1 hour"):
        (files / "until").write_text(until)
        store.get("none")
    first, second, third = (request.headers["authorization"].split("/")[0] for request in asked)
    assert first != second == third
    assert asked[0].headers["x-amz-security-token"] == "t"


@pytest.mark.parametrize(
    ("profile", "message", "hint"),
    [
        ("none", "could not be found", "check AWS_PROFILE"),
        ("lost", "which no file has", "check the credentials"),
        ("half", "Partial credentials", "check the credentials"),
        ("fails", "credential", "check the credentials"),
        ("late", "expired", "the credentials expired; take new ones"),
        ("", "Unable to locate credentials", "set AWS_PROFILE"),
    ],
)
def test_what_is_wrong_with_credentials_is_said_alike(
    files: Path, monkeypatch: pytest.MonkeyPatch, profile: str, message: str, hint: str
) -> None:
    monkeypatch.setenv("AWS_PROFILE", profile)
    for ask in (lambda: S3Store("s3://bucket").get("live"), KeyValueStore(ARN, attempts=1).standing):
        with pytest.raises(StoreError, match=message) as found:
            ask()
        assert hint in found.value.hint
        assert "\n" not in found.value.message


def test_profiles_need_what_reads_them(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "available", lambda: False)
    with pytest.raises(StoreError, match="need the extra 'aws'"):
        S3Store("s3://bucket")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "KEYOFVARIABLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert S3Store("s3://bucket").get("none") is None


@pytest.mark.parametrize("proof", ["proof\n", "pr\u00f6of", None])
def test_a_proof_that_cannot_be_sent_is_said(proof: str | None, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if proof is not None:
        (files / "proof").write_text(proof)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(files / "proof"))
    monkeypatch.setattr(session, "available", lambda: False)
    with pytest.raises(StoreError, match="AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
        S3Store("s3://bucket")


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """A server that answers every request alike, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1 << 16)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def page(body: bytes, length: int | None = None, status: str = "200 OK") -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        page(b'{"ETag": "x", "To', 400),
        page(b"<html>log in</html>"),
        page(b""),
        page(b"[]"),
        page(b"<html>no</html>", status="403 Forbidden"),
    ],
    ids=["closed", "truncated", "html", "empty", "list", "403"],
)
def test_an_answer_that_is_none_of_aws_s_is_said(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with answering(answer) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        edge, stack = KeyValueStore(ARN, attempts=1), Stack("portals", "us-east-1")
        for ask in (edge.standing, lambda: edge.get("live"), edge.entries, lambda: edge.update("x", {"a": "b"})):
            said(ask, StoreError)
        said(stack.outputs, StackError)


def test_a_proxy_that_is_none_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://aws.example")
    monkeypatch.setenv("HTTP_PROXY", "http://bad host:1")
    said(KeyValueStore(ARN, attempts=1).standing, StoreError)


def said(ask: object, raised: type[PrmError]) -> None:
    assert callable(ask)
    with pytest.raises(raised) as found:
        ask()
    refused = "AWS refuses (403)" in found.value.message or "An error occurred (Unknown)" in found.value.message
    assert "check the credentials" in found.value.hint if refused else found.value.hint == session.NO_ANSWER
    assert "\n" not in found.value.message
