"""Names of buckets are looked at before obstore panics at them, and its panics are failures."""

import pytest

from prmbuild.errors import NoPlaceError, StoreError
from prmbuild.store.bucket_names import bucket_and_prefix
from prmbuild.store.s3 import S3Store, Said


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
