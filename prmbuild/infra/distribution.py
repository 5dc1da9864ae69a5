"""CloudFront: what it answers, from where, and with which headers."""

from collections.abc import Mapping
from pathlib import Path

import prmbuild.access
from prmbuild.access.rule import SIGN_IN
from prmbuild.edge.limits import LARGEST_FUNCTION
from prmbuild.errors import StackError
from prmbuild.infra.intrinsics import NOTHING, Value, attribute, ref, sub, when
from prmbuild.infra.parameters import CERTIFICATE, DOMAIN, GATEWAY, PRICES, ZONE
from prmbuild.security_headers import (
    FRAMES,
    HTTPS_ONLY,
    INERT,
    INERT_SUFFIXES,
    PERMISSIONS,
    PORTAL,
    PROTECTION,
    REFERRER,
)
from prmbuild.store.s3 import METADATA

API = "/api/"
"""Where the gateway answers, besides where people sign in."""

ERROR_PAGE = "static/404.html"
"""The object that answers in place of what is not there."""

_YEAR = 365 * 24 * 3600
_ERROR_SECONDS = 0
"""How long CloudFront keeps that something is not there. It does so for all behaviors, whatever an answer says of
itself, and for the gateway by the path alone: were it longer, one viewer's query without an answer would be
everybody's. So each request for what is missing goes to the bucket, which costs $0.40 for a million of them; nobody who
is not signed in can make one.
Source: Amazon CloudFront Developer Guide, "How CloudFront caches HTTP 4xx and 5xx status codes from your origin"."""

_NO_CACHE = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
"""Managed cache policy CachingDisabled. Source: Amazon CloudFront Developer Guide, "Use managed cache policies"."""

_ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
"""Managed origin request policy AllViewerExceptHostHeader. Source: as above, "Use managed origin request policies"."""

_ALIAS_ZONE = "Z2FDTNDATAQYW2"
"""The zone of all distributions. Source: AWS::Route53::RecordSet AliasTarget, HostedZoneId."""

_OF_THE_BUCKET = (
    *(f"x-amz-meta-{name}" for name in METADATA),
    "x-amz-server-side-encryption",
    "x-amz-version-id",
)
"""Headers that are nobody's business."""

_READING = ("GET", "HEAD")
_ALL_METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE")


def functions() -> Mapping[str, Value]:
    """Return the functions, and the store that the one of the access rule looks things up in.

    Raises:
        StackError: the access rule is larger than CloudFront takes.
    """
    rule = Path(prmbuild.access.__file__).with_name("edge.js").read_text("utf-8")
    sign_in = Path(__file__).with_name("sign_in.js").read_text("utf-8")
    return {
        "Entries": {
            "Type": "AWS::CloudFront::KeyValueStore",
            "Properties": {
                "Name": sub("${AWS::StackName}-entries"),
                "Comment": "Which portal and release a viewer gets, keys of sessions, revocations",
            },
        },
        "AccessRule": _function("access-rule", rule, "Shows viewers their own portal", [attribute("Entries", "Arn")]),
        "NoSignIn": _function("no-sign-in", sign_in, "Answers where people sign in, as long as nothing else does"),
    }


def _function(name: str, code: str, about: str, stores: list[Value] | None = None) -> Value:
    if len(code.encode()) > LARGEST_FUNCTION:
        raise StackError(f"the function {name} is larger than the {LARGEST_FUNCTION} bytes that CloudFront takes")
    associated: Value = {"KeyValueStoreAssociations": [{"KeyValueStoreARN": arn} for arn in stores]} if stores else {}
    assert isinstance(associated, Mapping)
    return {
        "Type": "AWS::CloudFront::Function",
        "Properties": {
            "Name": sub(f"${{AWS::StackName}}-{name}"),
            "AutoPublish": True,
            "FunctionConfig": {"Comment": about, "Runtime": "cloudfront-js-2.0", **associated},
            "FunctionCode": code,
        },
    }


def policies() -> Mapping[str, Value]:
    """Return what is cached, how the bucket is asked, and the headers of answers."""
    nothing_of_the_viewer: Value = {
        "EnableAcceptEncodingGzip": False,
        "EnableAcceptEncodingBrotli": False,
        "CookiesConfig": {"CookieBehavior": "none"},
        "HeadersConfig": {"HeaderBehavior": "none"},
        "QueryStringsConfig": {"QueryStringBehavior": "none"},
    }
    return {
        "OriginAccess": {
            "Type": "AWS::CloudFront::OriginAccessControl",
            "Properties": {
                "OriginAccessControlConfig": {
                    "Name": sub("${AWS::StackName}-bucket"),
                    "OriginAccessControlOriginType": "s3",
                    "SigningBehavior": "always",
                    "SigningProtocol": "sigv4",
                }
            },
        },
        "Releases": {
            "Type": "AWS::CloudFront::CachePolicy",
            "Properties": {
                "CachePolicyConfig": {
                    "Name": sub("${AWS::StackName}-releases"),
                    "Comment": "The key is the path in the bucket alone; what lies there never changes",
                    # Above 0, so that what browsers are told (private, no-cache) is not meant for CloudFront too.
                    "MinTTL": _YEAR,
                    "DefaultTTL": _YEAR,
                    "MaxTTL": _YEAR,
                    "ParametersInCacheKeyAndForwardedToOrigin": nothing_of_the_viewer,
                }
            },
        },
        "PageHeaders": _headers("pages", PORTAL),
        "InertHeaders": _headers("inert", INERT),
    }


def _headers(name: str, policy: str) -> Value:
    own = ("Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options")
    custom = {header: value for header, value in PROTECTION.items() if header not in own}
    return {
        "Type": "AWS::CloudFront::ResponseHeadersPolicy",
        "Properties": {
            "ResponseHeadersPolicyConfig": {
                "Name": sub(f"${{AWS::StackName}}-{name}"),
                "SecurityHeadersConfig": {
                    # the gateway may have a stricter one
                    "ContentSecurityPolicy": {"ContentSecurityPolicy": policy, "Override": False},
                    "ContentTypeOptions": {"Override": True},
                    "FrameOptions": {"FrameOption": FRAMES, "Override": True},
                    "ReferrerPolicy": {"ReferrerPolicy": REFERRER, "Override": True},
                    "StrictTransportSecurity": {"AccessControlMaxAgeSec": HTTPS_ONLY, "Override": True},
                },
                "CustomHeadersConfig": {
                    "Items": [
                        {"Header": header, "Value": value, "Override": True}
                        for header, value in (custom | {"Permissions-Policy": PERMISSIONS}).items()
                    ]
                },
                "RemoveHeadersConfig": {"Items": [{"Header": header} for header in _OF_THE_BUCKET]},
            }
        },
    }


def distribution() -> Mapping[str, Value]:
    """Return the distribution."""
    config: Mapping[str, Value] = {
        "Comment": sub("Partner portals of ${AWS::StackName}"),
        "Enabled": True,
        "HttpVersion": "http2and3",
        "IPV6Enabled": True,
        "PriceClass": ref(PRICES.name),
        "Aliases": when("HasDomain", [ref(DOMAIN.name)]),
        "ViewerCertificate": when(
            "HasDomain",
            {
                "AcmCertificateArn": when("HasCertificate", ref(CERTIFICATE.name), ref("Certificate")),
                "SslSupportMethod": "sni-only",
                "MinimumProtocolVersion": "TLSv1.2_2021",
            },
            {"CloudFrontDefaultCertificate": True},
        ),
        "Origins": [
            {
                "Id": "bucket",
                "DomainName": attribute("Bucket", "RegionalDomainName"),
                "OriginAccessControlId": attribute("OriginAccess", "Id"),
                "S3OriginConfig": {"OriginAccessIdentity": ""},
            },
            when(
                "HasGateway",
                {
                    "Id": "gateway",
                    "DomainName": ref(GATEWAY.name),
                    "CustomOriginConfig": {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]},
                },
            ),
        ],
        "DefaultCacheBehavior": _from_bucket("AccessRule"),
        "CacheBehaviors": [
            when("HasGateway", _from_gateway(SIGN_IN), {"PathPattern": f"{SIGN_IN}*", **_from_bucket("NoSignIn")}),
            when("HasGateway", _from_gateway(API)),
            *({"PathPattern": f"*{suffix}", **_from_bucket("AccessRule", "InertHeaders")} for suffix in INERT_SUFFIXES),
        ],
        "CustomErrorResponses": [
            {
                "ErrorCode": code,
                "ResponseCode": 404,
                "ResponsePagePath": f"/{ERROR_PAGE}",
                "ErrorCachingMinTTL": _ERROR_SECONDS,
            }
            for code in (403, 404)
        ],
    }
    return {"Distribution": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}}}


def _from_bucket(function: str, headers: str = "PageHeaders") -> Mapping[str, Value]:
    return {
        "TargetOriginId": "bucket",
        "ViewerProtocolPolicy": "redirect-to-https",
        # all of them come to the function, so that each gets its answer, and not one that CloudFront words; only GET
        # and HEAD leave it, and the bucket lets nothing but GET and HEAD be done
        "AllowedMethods": _ALL_METHODS,
        "CachedMethods": _READING,
        "Compress": False,
        "CachePolicyId": ref("Releases"),
        "ResponseHeadersPolicyId": ref(headers),
        "FunctionAssociations": [
            {"EventType": "viewer-request", "FunctionARN": attribute(function, "FunctionMetadata.FunctionARN")}
        ],
    }


def _from_gateway(folder: str) -> Mapping[str, Value]:
    return {
        "PathPattern": f"{folder}*",
        "TargetOriginId": "gateway",
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": _ALL_METHODS,
        "CachedMethods": _READING,
        "Compress": True,
        "CachePolicyId": _NO_CACHE,
        "OriginRequestPolicyId": _ALL_BUT_HOST,
        "ResponseHeadersPolicyId": ref("PageHeaders"),
    }


def names() -> Mapping[str, Value]:
    """Return the certificate and the records of the portals' own name, where it has them from here."""
    record: Mapping[str, Value] = {
        "HostedZoneId": ref(ZONE.name),
        "Name": ref(DOMAIN.name),
        "AliasTarget": {"DNSName": attribute("Distribution", "DomainName"), "HostedZoneId": _ALIAS_ZONE},
    }
    return {
        "Certificate": {
            "Type": "AWS::CertificateManager::Certificate",
            "Condition": "MakesCertificate",
            "Properties": {
                "DomainName": ref(DOMAIN.name),
                "ValidationMethod": "DNS",
                "DomainValidationOptions": when(
                    "HasZone", [{"DomainName": ref(DOMAIN.name), "HostedZoneId": ref(ZONE.name)}], NOTHING
                ),
            },
        },
        **{
            f"Record{kind}": {
                "Type": "AWS::Route53::RecordSet",
                "Condition": "MakesRecords",
                "Properties": {**record, "Type": kind},
            }
            for kind in ("A", "AAAA")
        },
    }
