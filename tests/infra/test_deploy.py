"""The stack, created for real in ministack, changed and deleted."""

import json
from collections.abc import Iterator

import boto3
import pytest
from botocore.client import BaseClient
from click.testing import CliRunner, Result

from prmbuild.cli.infra import infra_command
from prmbuild.errors import StackError
from prmbuild.infra.distribution import ERROR_PAGE
from tests.object_storage import S3

pytestmark = pytest.mark.xdist_group("s3")

PROVIDER = "arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(infra_command, arguments)


def aws(service: str) -> BaseClient:
    return boto3.client(service, region_name="us-east-1")


@pytest.fixture
def stack(s3: S3) -> Iterator[str]:
    name = f"prm-{next(s3.numbers)}"
    yield name
    aws("cloudformation").delete_stack(StackName=name)


def test_a_stack_is_planned_made_read_changed_and_deleted(stack: str) -> None:
    options = ("--stack", stack, "--logs", "off", "--github", "acme/portal", "--oidc-provider", PROVIDER)
    planned = run("deploy", *options, "--plan")
    assert planned.exit_code == 0 and "+ Bucket (AWS::S3::Bucket)" in planned.stderr, planned.output
    assert isinstance(run("outputs", "--stack", stack).exception, StackError), "a plan makes nothing"

    made = run("deploy", *options, "--format", "json")
    assert made.exit_code == 0, made.output
    assert "Distribution: CREATE_COMPLETE" in made.stderr
    outputs = json.loads(made.stdout)
    bucket = outputs["BucketName"]
    assert outputs["PublishTo"] == f"s3://{bucket}"
    page = aws("s3").get_object(Bucket=bucket, Key=ERROR_PAGE)
    assert page["ContentType"] == "text/html; charset=utf-8" and b"nothing here" in page["Body"].read()

    told = run("outputs", "--stack", stack)
    assert f"  to: s3://{bucket}\n  edge: {outputs['PublishEdge']}\n" in told.stdout
    assert f"portal_url: https://{outputs['DistributionDomain']}/" in told.stdout

    assert f"# AWS_ROLE_ARN={outputs['RoleArn']}\n" in told.stdout and "# AWS_REGION=us-east-1\n" in told.stdout

    again = run("deploy", "--stack", stack, "--format", "json")
    assert "nothing to do" in again.stderr, "what was said before holds"
    assert json.loads(again.stdout) == outputs

    changed = run("deploy", "--stack", stack, "--price-class", "PriceClass_100", "--format", "json")
    assert "~ Distribution" in changed.stderr and "~ Bucket " not in changed.stderr, changed.stderr
    assert json.loads(changed.stdout) == outputs
    distribution = aws("cloudfront").get_distribution_config(Id=outputs["DistributionId"])["DistributionConfig"]
    assert distribution["PriceClass"] == "PriceClass_100"

    aws("cloudformation").delete_stack(StackName=stack)
    assert isinstance(run("outputs", "--stack", stack).exception, StackError)


def test_a_failure_is_told_with_its_reason(stack: str) -> None:
    code = "function handler(event) { return event.request; }"
    config = {"Comment": "somebody else's", "Runtime": "cloudfront-js-2.0"}
    taken = f"{stack}-access-rule"
    aws("cloudfront").create_function(Name=taken, FunctionConfig=config, FunctionCode=code.encode())
    failed = run("deploy", "--stack", stack, "--logs", "off").exception
    assert isinstance(failed, StackError)
    assert "AccessRule (AWS::CloudFront::Function): " in failed.message and "already exists" in failed.message
    assert failed.hint == f"delete the stack '{stack}', then deploy again"
    again = run("deploy", "--stack", stack, "--logs", "off").exception
    assert isinstance(again, StackError) and "never came to be" in again.message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--domain", "partners.vendor.example"), "needs a certificate"),
        (("--hosted-zone", "Z0123"), "is for a name"),
        (("--region", "eu-central-1"), "logs are delivered from us-east-1 alone"),
        (("--region", "eu-central-1", "--domain", "p.example", "--hosted-zone", "Z1"), "certificates from us-east-1"),
    ],
)
def test_values_that_do_not_go_together(stack: str, options: tuple[str, ...], message: str) -> None:
    failed = run("deploy", "--stack", stack, *options).exception
    assert isinstance(failed, StackError) and message in failed.message and failed.hint
