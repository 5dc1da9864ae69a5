"""The template as a whole."""

from collections.abc import Mapping

import yaml

from prmbuild.infra.distribution import distribution, functions, names, policies
from prmbuild.infra.intrinsics import Value, all_of, attribute, equal, given, none_of, ref, sub, when
from prmbuild.infra.logs import delivery
from prmbuild.infra.parameters import (
    CERTIFICATE,
    DOMAIN,
    GATEWAY,
    LOGS,
    PROVIDER,
    REPOSITORY,
    REPOSITORY_IDS,
    ZONE,
    described,
)
from prmbuild.infra.role import role
from prmbuild.infra.storage import bucket, logs

GLOBAL = "us-east-1"
"""The region where CloudFront takes certificates and log deliveries from.

Source: Amazon CloudFront Developer Guide, "Requirements for using SSL/TLS certificates with CloudFront" and
"Configure standard logging (v2)".
"""

LARGEST = 51_200
"""Bytes of a template that is sent with a request. Source: AWS CloudFormation User Guide, "Quotas"."""


def template() -> Mapping[str, Value]:
    """Return the template."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Partner portals made by prmbuild",
        "Parameters": described(),
        "Conditions": _conditions(),
        "Resources": {
            **bucket(),
            **functions(),
            **policies(),
            **distribution(),
            **names(),
            **logs(),
            **delivery(),
            **role(),
        },
        "Outputs": _outputs(),
    }


def as_text() -> str:
    """Return the template as YAML; texts of several lines stand as they are."""
    head = "# Made by `prmbuild infra template`; change it there.\n"
    return head + yaml.dump(template(), Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True)


def _conditions() -> Mapping[str, Value]:
    return {
        "HasDomain": given(DOMAIN.name),
        "HasZone": given(ZONE.name),
        "HasCertificate": given(CERTIFICATE.name),
        "HasNoCertificate": none_of("HasCertificate"),
        "MakesCertificate": all_of("HasDomain", "HasNoCertificate"),
        "MakesRecords": all_of("HasDomain", "HasZone"),
        "WantsLogs": equal(ref(LOGS.name), "on"),
        "IsGlobal": equal(ref("AWS::Region"), GLOBAL),
        "HasLogs": all_of("WantsLogs", "IsGlobal"),
        "HasGateway": given(GATEWAY.name),
        "HasRepository": given(REPOSITORY.name),
        "HasRepositoryIds": given(REPOSITORY_IDS.name),
        "HasProvider": given(PROVIDER.name),
        "HasNoProvider": none_of("HasProvider"),
        "MakesProvider": all_of("HasRepository", "HasNoProvider"),
    }


def _outputs() -> Mapping[str, Value]:
    host = when("HasDomain", ref(DOMAIN.name), attribute("Distribution", "DomainName"))
    found: dict[str, Value] = {
        "PortalUrl": _output("portal_url in prm.yaml", sub("https://${Host}/", Host=host)),
        "PublishTo": _output("publish.to in prm.yaml", sub("s3://${Bucket}")),
        "PublishEdge": _output("publish.edge in prm.yaml", attribute("Entries", "Arn")),
        "BucketName": _output("The bucket that portals are published to", ref("Bucket")),
        "DistributionId": _output("The distribution", ref("Distribution")),
        "DistributionDomain": _output("Where the portals' own name points to", attribute("Distribution", "DomainName")),
        "LogBucketName": _output("The bucket that logs come to", ref("LogBucket"), "HasLogs"),
        "Region": _output("The variable AWS_REGION of the pipeline", ref("AWS::Region")),
        "RoleArn": _output(
            "The variable AWS_ROLE_ARN of the pipeline", attribute("DeployRole", "Arn"), "HasRepository"
        ),
    }
    return found


def _output(about: str, value: Value, condition: str = "") -> Value:
    return {"Description": about, "Value": value, **({"Condition": condition} if condition else {})}


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, repeats what stands twice, and takes tuples for lists."""

    def ignore_aliases(self, data: object) -> bool:
        """Repeat everything: what stands in two places is easier to read in both."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(tuple, lambda dumper, values: dumper.represent_list(values))
