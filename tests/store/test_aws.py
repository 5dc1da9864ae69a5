"""Names of buckets, and what the environment says, are looked at before obstore panics at them."""

import pytest

from prmbuild.errors import NoPlaceError, StoreError
from prmbuild.store.aws import bucket_and_prefix, require_usable, without_tls
from prmbuild.store.s3 import S3Store, Said

GOOD = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfi==",
    "AWS_SESSION_TOKEN": "",
    "AWS_REGION": "eu-central-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9000/",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://[fd00:ec2::23]/v1/credentials?a=b",
}


@pytest.mark.parametrize(
    ("url", "bucket", "prefix"),
    [
        ("s3://abc", "abc", ""),
        ("s3://my.bucket-1/", "my.bucket-1", ""),
        ("s3://abc/some/prefix/", "abc", "some/prefix"),
        ("s3://point-hrzrlukc5m36ft7okagglf3gmwlqs1b-s3alias/x", "point-hrzrlukc5m36ft7okagglf3gmwlqs1b-s3alias", "x"),
    ],
)  # fmt: skip
def test_a_place_is_a_bucket_and_a_prefix(url: str, bucket: str, prefix: str) -> None:
    assert bucket_and_prefix(url) == (bucket, prefix)


@pytest.mark.parametrize(
    "name",
    ["", "b k", "<BUCKET>", "Bucket", "b_k", "ab", "a" * 64, "-abc", "abc-", "a..b", "192.168.5.4", "xn--abc",
     "b\u00fccher", "abc\n", "abc?", "user:word@abc"],
)  # fmt: skip
def test_what_can_be_no_bucket_is_a_mistake_in_writing(name: str) -> None:
    with pytest.raises(NoPlaceError):
        S3Store(f"s3://{name}")


@pytest.mark.parametrize("prefix", ["a//b", "../x", "a/./b", "/a", "a\\b", "a\nb", "a" * 1025])
def test_a_prefix_can_be_the_start_of_a_key(prefix: str) -> None:
    with pytest.raises(NoPlaceError):
        bucket_and_prefix(f"s3://abc/{prefix}")


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
    assert without_tls(GOOD)
    assert not without_tls(GOOD | {"AWS_ENDPOINT_URL_S3": "https://s3.example"})


def test_a_panic_of_obstore_is_a_failure_whose_text_is_not_told() -> None:
    class PanicError(BaseException):
        pass

    with (
        pytest.raises(StoreError, match=r"s3://abc: obstore, which asks S3, broke off \(PanicError\)") as found,
        Said("s3://abc"),
    ):
        raise PanicError("of a secret")
    assert "secret" not in found.value.message + found.value.hint
    for meant in (KeyboardInterrupt, SystemExit, GeneratorExit):
        with pytest.raises(meant), Said("s3://abc"):
            raise meant
