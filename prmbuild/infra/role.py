"""The role that the pipeline of a repository at GitHub deploys with, without any key."""

from collections.abc import Mapping

from prmbuild.infra.intrinsics import Value, attribute, part, ref, sub, when
from prmbuild.infra.parameters import ENVIRONMENT, PROVIDER, REPOSITORY, REPOSITORY_IDS
from prmbuild.infra.storage import RETAINED, SERVED

ISSUER = "token.actions.githubusercontent.com"
"""Source: https://docs.github.com/en/actions/reference/security/oidc"""

AUDIENCE = "sts.amazonaws.com"
"""Whom tokens are for that a pipeline shows to AWS. Source: as above."""

WRITTEN = (*SERVED, "deployments", "runtime", "cache")
"""Folders of the bucket that deployments write; ``cache`` is for ``PRMBUILD_CACHE``."""

POINTERS = ("live", "lock")
"""Objects beside them."""

OBJECTS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
"""What is done with objects. A head is a get, and a copy is a get and a put.

Source: Amazon S3 API Reference, "Required permissions for Amazon S3 API operations".
"""

LIST = "s3:ListBucket"

ENTRIES = tuple(
    f"cloudfront-keyvaluestore:{action}" for action in ("DescribeKeyValueStore", "GetKey", "ListKeys", "UpdateKeys")
)
"""What is done with what the edge looks up.

Source: Service Authorization Reference, "Actions, resources, and condition keys for Amazon CloudFront KeyValueStore".
"""


def role() -> Mapping[str, Value]:
    """Return the resources of the role."""
    owner, name = part(ref(REPOSITORY.name), "/", 0), part(ref(REPOSITORY.name), "/", 1)
    owner_id, name_id = part(ref(REPOSITORY_IDS.name), "/", 0), part(ref(REPOSITORY_IDS.name), "/", 1)
    environment = f"environment:${{{ENVIRONMENT.name}}}"
    by_name = sub(f"repo:${{{REPOSITORY.name}}}:{environment}")
    by_number = sub(
        f"repo:${{Owner}}@${{OwnerId}}/${{Name}}@${{NameId}}:{environment}",
        Owner=owner,
        OwnerId=owner_id,
        Name=name,
        NameId=name_id,
    )
    return {
        "OidcProvider": {
            "Type": "AWS::IAM::OIDCProvider",
            "Condition": "MakesProvider",
            **RETAINED,
            "Properties": {"Url": f"https://{ISSUER}", "ClientIdList": [AUDIENCE]},
        },
        "DeployRole": {
            "Type": "AWS::IAM::Role",
            "Condition": "HasRepository",
            "Properties": {
                "Description": "Deploys portals, and nothing else",
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": "sts:AssumeRoleWithWebIdentity",
                            "Principal": {"Federated": when("MakesProvider", ref("OidcProvider"), ref(PROVIDER.name))},
                            "Condition": {
                                # equal and never like: in a pattern, a star could stand for another repository
                                "StringEquals": {
                                    f"{ISSUER}:aud": AUDIENCE,
                                    f"{ISSUER}:sub": when("HasRepositoryIds", [by_name, by_number], [by_name]),
                                }
                            },
                        }
                    ],
                },
                "Policies": [{"PolicyName": "deploy", "PolicyDocument": _permissions()}],
            },
        },
    }


def _permissions() -> Value:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Objects",
                "Effect": "Allow",
                "Action": OBJECTS,
                "Resource": [
                    *(sub(f"${{Bucket.Arn}}/{folder}/*") for folder in WRITTEN),
                    *(sub(f"${{Bucket.Arn}}/{name}") for name in POINTERS),
                ],
            },
            {"Sid": "Listing", "Effect": "Allow", "Action": LIST, "Resource": attribute("Bucket", "Arn")},
            {"Sid": "Edge", "Effect": "Allow", "Action": ENTRIES, "Resource": attribute("Entries", "Arn")},
        ],
    }
