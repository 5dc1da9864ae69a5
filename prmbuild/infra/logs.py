"""Logs of requests, that tell of nobody.

CloudFront's older way of logging cannot leave out addresses and queries, and needs a bucket with access control lists.
Source: Amazon CloudFront Developer Guide, "Configure standard logging (v2)".
"""

from collections.abc import Mapping

from prmbuild.infra.intrinsics import Value, attribute, ref, sub

FIELDS = (
    "date",
    "time",
    "x-edge-location",
    "sc-bytes",
    "cs-method",
    "cs(Host)",
    "cs-uri-stem",
    "sc-status",
    "x-edge-result-type",
    "x-edge-request-id",
    "cs-protocol",
    "cs-bytes",
    "time-taken",
    "ssl-protocol",
    "x-edge-response-result-type",
    "cs-protocol-version",
    "time-to-first-byte",
    "x-edge-detailed-result-type",
    "sc-content-type",
    "sc-content-len",
)
"""What is written down of a request. Cookies hold sessions, queries may hold invitations, addresses are personal."""


def delivery() -> Mapping[str, Value]:
    """Return the resources that bring logs into the bucket for them."""
    return {
        "LogSource": {
            "Type": "AWS::Logs::DeliverySource",
            "Condition": "HasLogs",
            "Properties": {
                "Name": sub("${AWS::StackName}-requests"),
                "LogType": "ACCESS_LOGS",
                "ResourceArn": sub("arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Distribution}"),
            },
        },
        "LogDestination": {
            "Type": "AWS::Logs::DeliveryDestination",
            "Condition": "HasLogs",
            "Properties": {
                "Name": sub("${AWS::StackName}-bucket"),
                "DestinationResourceArn": attribute("LogBucket", "Arn"),
                "OutputFormat": "w3c",
            },
        },
        "LogDelivery": {
            "Type": "AWS::Logs::Delivery",
            "Condition": "HasLogs",
            "DependsOn": "LogBucketPolicy",
            "Properties": {
                "DeliverySourceName": ref("LogSource"),
                "DeliveryDestinationArn": attribute("LogDestination", "Arn"),
                "RecordFields": FIELDS,
            },
        },
    }
