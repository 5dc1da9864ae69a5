"""What differs from one stack to another; the command line's options are made of the same."""

import re
from collections.abc import Mapping

from msgspec import Struct

from prmbuild.infra.intrinsics import Value


class Parameter(Struct, frozen=True, kw_only=True):
    """A parameter of the template; all are texts.

    Attributes:
        name: in the template.
        option: of the command line.
        metavar: what the option takes, for people.
        about: a sentence.
        default: its value where none is given.
        choices: what alone it may be; empty for any.
        pattern: of its values, anchored; empty for any.
    """

    name: str
    option: str
    metavar: str
    about: str
    default: str = ""
    choices: tuple[str, ...] = ()
    pattern: str = ""

    def takes(self, value: str) -> bool:
        """Tell whether this may be its value; nothing takes back what was given before."""
        return not value or (re.fullmatch(self.pattern, value) is not None if self.pattern else True)

    def described(self) -> Value:
        """Return the parameter as it stands in a template."""
        found: dict[str, Value] = {"Type": "String", "Description": self.about, "Default": self.default}
        if self.choices:
            found["AllowedValues"] = self.choices
        if self.pattern:
            found["AllowedPattern"] = f"^(?:{self.pattern})?$"
        return found


_HOST = r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}"
_NAME = r"[A-Za-z0-9._-]+"

DOMAIN = Parameter(
    name="DomainName",
    option="--domain",
    metavar="HOST",
    about="The portals' own name, such as partners.vendor.example. Without one, CloudFront gives a name.",
    pattern=_HOST,
)
CERTIFICATE = Parameter(
    name="CertificateArn",
    option="--certificate",
    metavar="ARN",
    about="A certificate for that name in ACM, in us-east-1. Without one, it is made; that needs the hosted zone.",
    pattern=r"arn:aws[a-z-]*:acm:us-east-1:[0-9]{12}:certificate/.+",
)
ZONE = Parameter(
    name="HostedZoneId",
    option="--hosted-zone",
    metavar="ID",
    about="The zone in Route 53 that the name belongs to: records for it are made there.",
    pattern=r"Z[A-Z0-9]+",
)
PRICES = Parameter(
    name="PriceClass",
    option="--price-class",
    metavar="CLASS",
    about="Where in the world CloudFront answers: everywhere, or only where it costs less.",
    default="PriceClass_All",
    choices=("PriceClass_All", "PriceClass_200", "PriceClass_100"),
)
LOGS = Parameter(
    name="Logs",
    option="--logs",
    metavar="on|off",
    about="Whether requests are logged, without cookies, queries and addresses. Only in us-east-1.",
    default="on",
    choices=("on", "off"),
)
GATEWAY = Parameter(
    name="GatewayDomain",
    option="--gateway",
    metavar="HOST",
    about="The host of the gateway, which signs people in. Without one, nobody can sign in by themselves.",
    pattern=_HOST,
)
REPOSITORY = Parameter(
    name="GitHubRepository",
    option="--github",
    metavar="OWNER/NAME",
    about="The programme's repository at GitHub, whose pipeline may deploy. Without one, there is no role for it.",
    pattern=f"{_NAME}/{_NAME}",
)
REPOSITORY_IDS = Parameter(
    name="GitHubIds",
    option="--github-ids",
    metavar="OWNER_ID/NAME_ID",
    about="The numbers of owner and repository, which are in tokens of repositories made since 15 July 2026.",
    pattern="[0-9]+/[0-9]+",
)
ENVIRONMENT = Parameter(
    name="GitHubEnvironment",
    option="--github-environment",
    metavar="NAME",
    about="The environment of that repository whose jobs may deploy.",
    default="portals",
    pattern="[A-Za-z0-9._-]+",
)
PROVIDER = Parameter(
    name="OidcProviderArn",
    option="--oidc-provider",
    metavar="ARN",
    about="GitHub's identity provider in this account, where there is one already. Without one, it is made.",
    pattern=r"arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token\.actions\.githubusercontent\.com",
)

PARAMETERS = (
    DOMAIN,
    CERTIFICATE,
    ZONE,
    PRICES,
    LOGS,
    GATEWAY,
    REPOSITORY,
    REPOSITORY_IDS,
    ENVIRONMENT,
    PROVIDER,
)


def described() -> Mapping[str, Value]:
    """Return the parameters as they stand in a template."""
    return {one.name: one.described() for one in PARAMETERS}
