"""What the environment says about AWS is looked at before obstore panics at it, or takes it for something else."""

from hashlib import sha256
from pathlib import Path

import pytest

from benchmarks.s3_stub import Request, Stub
from prmbuild.aws.environment import Keys, endpoint, keys, region, require_usable, variables_say_all
from prmbuild.errors import NoPlaceError, StoreError
from prmbuild.store.s3 import S3Store
from prmbuild.store.store import Content, Headers
from tests.stub_s3 import stub

__all__ = ["stub"]

GOOD = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfi==",
    "AWS_SESSION_TOKEN": "",
    "AWS_REGION": "eu-central-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9000/",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://[fd00:ec2::23]/v1/credentials?a=b",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_SESSION_TOKEN", "tok\n"),
        ("AWS_TOKEN", "tok\n"),
        ("AWS_ACCESS_KEY_ID", "AKIA\n"),
        ("AWS_SECRET_ACCESS_KEY", " k\u00e4y"),
        ("AWS_REGION", "us-east-1\n"),
        ("AWS_DEFAULT_REGION", "x y"),
        *(
            ("AWS_ENDPOINT_URL", value)
            for value in (
                "", "nonsense", "http://", "http:///x", "http://127.0.0.1:1x/", "http://127.0.0.1:99999", "ftp://a b",
                "ftp://a", "http://[::1", "http://[x]/", "http://a\n", "https://user:word@a", "https://a b/", "https://a#b",
            )
        ),
        ("AWS_ENDPOINT_URL_S3", "nonsense"),
        ("AWS_METADATA_ENDPOINT", "metadata.example"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/task/abc\n"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@evil.example/"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/run/token\n"),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/x\n"),
        ("AWS_SSE_KMS_KEY_ID", "k\n"),
        ("AWS_SERVER_SIDE_ENCRYPTION", "sse-c"),
        ("AWS_SSE_BUCKET_KEY_ENABLED", "maybe"),
        ("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", ""),
        ("AWS_DISABLE_BULK_DELETE", "x"),
    ],
)  # fmt: skip
def test_a_variable_that_cannot_be_meant_is_named_and_its_value_never_told(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one, good in (GOOD | {name: value}).items():
        monkeypatch.setenv(one, good)
    with pytest.raises(StoreError) as found:
        S3Store("s3://abc")
    assert not isinstance(found.value, NoPlaceError)
    assert name in found.value.message
    assert not value.strip() or value.strip() not in found.value.message + found.value.hint


def test_what_is_usual_is_usable() -> None:
    require_usable(GOOD)
    require_usable({})
    assert endpoint(GOOD) == GOOD["AWS_ENDPOINT_URL"]
    assert endpoint(GOOD | {"AWS_ENDPOINT_URL_S3": "https://s3.example"}) == "https://s3.example"


@pytest.mark.parametrize(
    "name",
    ["CONDITIONAL_PUT", "COPY_IF_NOT_EXISTS", "CHECKSUM_ALGORITHM", "UNSIGNED_PAYLOAD", "SKIP_SIGNATURE", "S3_EXPRESS",
     "REQUEST_PAYER", "IMDSV1_FALLBACK", "DISABLE_TAGGING", "TOKEN", "BUCKET", "ALLOW_HTTP", "CONNECT_TIMEOUT",
     "PROXY_URL", "USER_AGENT", "HTTP2_MAX_FRAME_SIZE", "ALLOW_INVALID_CERTIFICATES", "SSE_CUSTOMER_KEY_BASE64"],
)  # fmt: skip
def test_what_is_relied_on_is_no_matter_of_the_environment(
    name: str, stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"AWS_{name}", "disabled")
    (tmp_path / "file").write_bytes(b"x")
    headers = Headers(content_type="text/plain")
    content = Content(file=tmp_path / "file", digest=sha256(b"x").hexdigest(), headers=headers)
    asked: list[Request] = []
    stub.fault = asked.append
    store = S3Store("s3://pub")
    assert store.put_absent("live", content)
    assert store.put_absent("live", content) is None
    found = store.get("live")
    assert found is not None
    assert found[0] == b"x"
    put = asked[0].headers
    assert put["if-none-match"] == "*"
    assert {"x-amz-checksum-sha256", "authorization"} <= put.keys()
    assert put["x-amz-content-sha256"] == content.digest
    assert not {"x-amz-security-token", "x-amz-request-payer"} & put.keys()


FILE = "AWS_SHARED_CREDENTIALS_FILE"
NO_FILES = {FILE: "/nowhere", "AWS_CONFIG_FILE": "/nowhere"}
HELD = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
ROLE = {"AWS_WEB_IDENTITY_TOKEN_FILE": "/run/token", "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/x"}


@pytest.mark.parametrize(
    ("said", "all_of_it"),
    [
        (HELD, True),
        (ROLE, True),
        ({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2"}, True),
        ({}, False),
        (HELD | {"AWS_PROFILE": "p2"}, False),
        (ROLE | {"AWS_PROFILE": "p2"}, False),
        (ROLE | {FILE: __file__}, False),
        (HELD | {FILE: __file__}, False),
        (HELD | {FILE: __file__, "AWS_REGION": "eu-central-1"}, True),
        ({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": ""}, False),
        (ROLE | {"AWS_ACCESS_KEY_ID": ""}, False),
    ],
)
def test_files_are_left_where_they_could_say_nothing_else(said: dict[str, str], *, all_of_it: bool) -> None:
    assert variables_say_all(NO_FILES | said) is all_of_it


def test_empty_variables_are_none() -> None:
    assert keys(HELD | {"AWS_SESSION_TOKEN": "", "AWS_TOKEN": "t"}) == Keys(id="a", secret="b", token=None)
    assert keys(HELD | {"AWS_SESSION_TOKEN": "t"}) == Keys(id="a", secret="b", token="t")
    assert keys(HELD | {"AWS_SECRET_ACCESS_KEY": ""}) is None
    assert region({"AWS_REGION": "", "AWS_DEFAULT_REGION": "eu-central-1"}, "us-west-1") == "eu-central-1"
    assert region({"AWS_REGION": ""}, "us-west-1") == "us-west-1"
