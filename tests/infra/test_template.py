"""The template: what it says about who may do what."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cfnlint.api
import pytest
import yaml
from click.testing import CliRunner

import prmbuild.access
from prmbuild.ci.identity import AUDIENCE
from prmbuild.cli.infra import infra_command
from prmbuild.infra import role
from prmbuild.infra.logs import FIELDS
from prmbuild.infra.parameters import PARAMETERS
from prmbuild.infra.template import LARGEST, as_text
from prmbuild.security_headers import INERT, PORTAL

ROOT = Path(__file__).parents[2]

TEXT = as_text()
TEMPLATE: dict[str, Any] = yaml.safe_load(TEXT)
RESOURCES: Mapping[str, Any] = TEMPLATE["Resources"]
DISTRIBUTION = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]


def statements(value: object) -> Iterator[dict[str, Any]]:
    """Every statement of every policy."""
    if isinstance(value, dict):
        if "Effect" in value:
            yield value
        for inner in value.values():
            yield from statements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from statements(inner)


def test_cfn_lint_finds_nothing() -> None:
    found = cfnlint.api.lint(TEXT, regions=["us-east-1"])
    assert [str(one) for one in found] == []
    assert cfnlint.api.lint("Resources: {B: {Type: AWS::S3::Bucket, Properties: {Bucket: b}}}", regions=["us-east-1"])


def test_it_fits_and_is_printed() -> None:
    assert len(TEXT.encode()) <= LARGEST
    assert CliRunner().invoke(infra_command, ["template"]).stdout == TEXT
    edge = Path(prmbuild.access.__file__).with_name("edge.js").read_text("utf-8")
    assert RESOURCES["AccessRule"]["Properties"]["FunctionCode"] == edge, "what is tested is what runs"


def test_cloudfront_reads_what_is_served_and_nothing_else() -> None:
    allowed = [one for one in statements(RESOURCES["BucketPolicy"]) if one["Effect"] == "Allow"]
    assert [one["Action"] for one in allowed] == ["s3:GetObject"]
    assert allowed[0]["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allowed[0]["Condition"]["StringEquals"]["AWS:SourceArn"]["Fn::Sub"].endswith("distribution/${Distribution}")
    folders = [one["Fn::Sub"].removeprefix("${Bucket.Arn}/") for one in allowed[0]["Resource"]]
    assert folders == ["portals/*", "partners/*", "managers/*", "static/*"]


@pytest.mark.parametrize("name", ["Bucket", "LogBucket"])
def test_buckets_are_private_and_stay(name: str) -> None:
    bucket = RESOURCES[name]
    assert all(bucket["Properties"]["PublicAccessBlockConfiguration"].values())
    assert len(bucket["Properties"]["PublicAccessBlockConfiguration"]) == 4
    assert bucket["Properties"]["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    denied = [one["Condition"] for one in statements(RESOURCES[f"{name}Policy"]) if one["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in denied


def test_the_role_is_for_one_environment_of_one_repository() -> None:
    trust = next(statements(RESOURCES["DeployRole"]["Properties"]["AssumeRolePolicyDocument"]))
    assert set(trust["Condition"]) == {"StringEquals"}
    wanted = trust["Condition"]["StringEquals"]
    assert wanted[f"{role.ISSUER}:aud"] == AUDIENCE
    condition, both, one = wanted[f"{role.ISSUER}:sub"]["Fn::If"]
    assert condition == "HasRepositoryIds"
    assert one == [{"Fn::Sub": "repo:${GitHubRepository}:environment:${GitHubEnvironment}"}] == both[:1]
    assert both[1]["Fn::Sub"][0] == "repo:${Owner}@${OwnerId}/${Name}@${NameId}:environment:${GitHubEnvironment}"


def test_nothing_is_allowed_with_a_star() -> None:
    for one in statements(RESOURCES):
        if one["Effect"] == "Allow":
            assert "*" not in json.dumps([one["Action"], one.get("Principal", "")])
            assert one.get("Resource") != "*"


def test_the_environment_is_that_of_the_workflow() -> None:
    workflow = yaml.safe_load((ROOT / "prmbuild/scaffold/workflows/github/publish.yml").read_text("utf-8"))
    environment = next(one for one in PARAMETERS if one.name == "GitHubEnvironment").default
    assert [
        job["environment"]["name"] if isinstance(job["environment"], dict) else job["environment"]
        for job in workflow["jobs"].values()
        if "environment" in job
    ] == [environment]


def test_what_lies_in_the_cache_is_found_by_its_path_alone() -> None:
    policy = RESOURCES["Releases"]["Properties"]["CachePolicyConfig"]
    key = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    behaviors = {
        key[f"{kind}Config"][behavior]
        for kind, behavior in (
            ("Cookies", "CookieBehavior"),
            ("Headers", "HeaderBehavior"),
            ("QueryStrings", "QueryStringBehavior"),
        )
    }
    assert behaviors == {"none"}
    assert policy["MinTTL"] > 0


def test_every_answer_of_the_bucket_goes_through_a_function() -> None:
    behaviors = [DISTRIBUTION["DefaultCacheBehavior"], *DISTRIBUTION["CacheBehaviors"]]
    flat = [inner for one in behaviors for inner in (one["Fn::If"][1:] if "Fn::If" in one else [one])]
    of_bucket = [one for one in flat if one.get("TargetOriginId") == "bucket"]
    assert len(of_bucket) == 4
    for one in of_bucket:
        assert [function["EventType"] for function in one["FunctionAssociations"]] == ["viewer-request"]
        assert one["ViewerProtocolPolicy"] == "redirect-to-https"
    for one in flat:
        if one.get("TargetOriginId") == "gateway":
            assert "FunctionAssociations" not in one
            assert one["PathPattern"] in ("/sign-in/*", "/api/*")


def test_what_is_missing_for_one_is_not_missing_for_others() -> None:
    assert [one["ErrorCachingMinTTL"] for one in DISTRIBUTION["CustomErrorResponses"]] == [0, 0]
    of_gateway = [one["Fn::If"][1] for one in DISTRIBUTION["CacheBehaviors"] if "Fn::If" in one]
    caching_disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert [one["CachePolicyId"] for one in of_gateway] == [caching_disabled] * 2


def test_headers() -> None:
    def policy(name: str) -> dict[str, Any]:
        return RESOURCES[name]["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]

    said = policy("PageHeaders")["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    assert said == PORTAL and "script-src 'self';" in said
    assert policy("InertHeaders")["ContentSecurityPolicy"]["ContentSecurityPolicy"] == INERT


def test_logs_hold_nothing_personal() -> None:
    assert not {"cs(Cookie)", "cs-uri-query", "c-ip", "x-forwarded-for", "cs(Referer)"} & set(FIELDS)


def test_every_parameter_has_its_option_and_is_documented() -> None:
    commands = (ROOT / "docs/commands.md").read_text("utf-8")
    help_text = CliRunner().invoke(infra_command, ["deploy", "--help"]).stdout
    for one in PARAMETERS:
        assert f"`{one.option} {one.metavar}`" in commands.replace("\\|", "|"), one.option
        assert one.option in help_text
