"""An AWS to test against: ministack, on a free port of this machine alone."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

SERVICES = (
    "acm",
    "cloudformation",
    "cloudfront",
    "cloudfront-keyvaluestore",
    "dynamodb",
    "iam",
    "lambda",
    "logs",
    "route53",
    "s3",
    "sts",
)
"""What all tests together ask of it. Each is loaded when it is first asked."""

SERVER = Path(__file__).with_name("ministack_server.py")

START = 60
"""Seconds that the server may take to answer."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(endpoint: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_SESSION_TOKEN": "",
    }


@dataclass(frozen=True, slots=True)
class S3:
    """A server, and names of buckets and stores that nobody used yet."""

    endpoint: str
    numbers: Iterator[int]

    def bucket(self) -> str:
        """Make a bucket, and return its name."""
        name = f"bucket-{next(self.numbers)}"
        request = urllib.request.Request(f"{self.endpoint}/{name}", method="PUT")
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200
        return name

    def key_value_store(self) -> str:
        """Make a key-value store of CloudFront, and return its ARN."""
        import boto3  # most tests do without, and it takes its time

        cloudfront = boto3.client(
            "cloudfront",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        made = cloudfront.create_key_value_store(Name=f"edge-{next(self.numbers)}")
        return str(made["KeyValueStore"]["ARN"])


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    log = tmp_path_factory.mktemp("ministack") / "log"
    variables = os.environ | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "SERVICES": ",".join(SERVICES),
        "S3_DATA_DIR": str(log.parent),
        "HOME": str(log.parent),
        "DOCKER_HOST": f"unix://{log.parent}/none.sock",
    }
    with log.open("wb") as output:
        server = subprocess.Popen([sys.executable, "-P", str(SERVER)], env=variables, stdout=output, stderr=output)
    try:
        _wait(server, f"{endpoint}/_ministack/health", log)
        yield S3(endpoint, count())
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture
def s3(ministack: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    """The server, with the environment pointing at it."""
    for name, value in environment(ministack.endpoint).items():
        monkeypatch.setenv(name, value)
    return ministack


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text(errors="replace")
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(log.read_text(errors="replace"))
