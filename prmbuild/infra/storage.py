"""The bucket that portals are published to, and the one that logs come to."""

from collections.abc import Mapping

from prmbuild.infra.intrinsics import Value, attribute, ref, sub

SERVED = ("portals", "partners", "managers", "static")
"""Folders of the bucket that CloudFront may read, and nothing else: neither records nor locks nor the gateway's own."""

PREVIOUS_DAYS = 30
"""How long an object that was replaced or deleted can be brought back."""

LOG_DAYS = 90
"""How long logs are kept."""

RETAINED: Mapping[str, Value] = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
"""For what must outlive the stack, but for one that never came to be."""


def bucket() -> Mapping[str, Value]:
    """Return the resources of the bucket that portals are published to."""
    served: Value = {
        "Sid": "OnlyThisDistributionAndOnlyWhatIsServed",
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": [sub(f"${{Bucket.Arn}}/{folder}/*") for folder in SERVED],
        "Condition": {"StringEquals": {"AWS:SourceArn": _distribution_arn()}},
    }
    return {
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            **RETAINED,
            "Properties": {
                **_PRIVATE,
                "VersioningConfiguration": {"Status": "Enabled"},
                "LifecycleConfiguration": {
                    "Rules": [
                        {
                            "Id": "previous",
                            "Status": "Enabled",
                            "NoncurrentVersionExpiration": {"NoncurrentDays": PREVIOUS_DAYS},
                            "ExpiredObjectDeleteMarker": True,
                        },
                        _UNFINISHED,
                    ]
                },
            },
        },
        "BucketPolicy": _policy("Bucket", served),
    }


def logs() -> Mapping[str, Value]:
    """Return the resources of the bucket that logs come to, where there are logs."""
    delivered: Value = {
        "Sid": "LogDelivery",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": sub("${LogBucket.Arn}/*"),
        "Condition": {
            "StringEquals": {"aws:SourceAccount": ref("AWS::AccountId"), "s3:x-amz-acl": "bucket-owner-full-control"},
            "ArnLike": {
                "aws:SourceArn": sub("arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:delivery-source:*")
            },
        },
    }
    return {
        "LogBucket": {
            "Type": "AWS::S3::Bucket",
            "Condition": "HasLogs",
            **RETAINED,
            "Properties": {
                **_PRIVATE,
                "LifecycleConfiguration": {
                    "Rules": [{"Id": "old", "Status": "Enabled", "ExpirationInDays": LOG_DAYS}, _UNFINISHED]
                },
            },
        },
        "LogBucketPolicy": {"Condition": "HasLogs", **_policy("LogBucket", delivered)},
    }


def _policy(name: str, allowed: Value) -> Mapping[str, Value]:
    """Return the policy of a bucket: what is allowed, and that it goes over TLS."""
    both: Value = [attribute(name, "Arn"), sub(f"${{{name}.Arn}}/*")]
    return {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": ref(name),
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "OnlyOverTls",
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": both,
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    },
                    {
                        "Sid": "OnlyOverModernTls",
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": both,
                        "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
                    },
                    allowed,
                ],
            },
        },
    }


def _distribution_arn() -> Value:
    return sub("arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Distribution}")


_UNFINISHED: Value = {
    "Id": "unfinished",
    "Status": "Enabled",
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
}

_PRIVATE: Mapping[str, Value] = {
    "PublicAccessBlockConfiguration": {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    },
    "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    "BucketEncryption": {
        "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    },
}
