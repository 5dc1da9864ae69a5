"""What a person says of a new programme, made fit for its files."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from prmbuild.authored.text import slug

Host = Literal["github", "gitlab", "none"]
Evidence = Literal["merge", "trailer"]


class Tier(Struct, frozen=True, kw_only=True):
    """A level of partners, which is a segment of its own."""

    id: str
    title: str


class NewPartner(Struct, frozen=True, kw_only=True):
    """A partner to begin with.

    Attributes:
        tier: id of its tier.
        domain: of its e-mail addresses; empty where it is not known.
    """

    id: str
    name: str
    tier: str
    domain: str = ""


class Answers(Struct, frozen=True, kw_only=True):
    """What a new programme is made of.

    Attributes:
        tiers: lowest first.
        roles: ids; those of the first one sell.
        approvers: e-mail addresses.
    """

    vendor: str
    portal_url: str
    tiers: tuple[Tier, ...]
    partners: tuple[NewPartner, ...]
    roles: tuple[str, ...]
    evidence: Evidence
    approvers: tuple[str, ...]
    host: Host
    branch: str = "main"


def tiers_of(names: Sequence[str]) -> tuple[Tier, ...]:
    """Return tiers of the names people give them."""
    return tuple(Tier(id=slug(name), title=name[:1].upper() + name[1:]) for name in names)


def partner_of(written: str, tiers: Sequence[Tier]) -> NewPartner | None:
    """Read ``NAME`` or ``NAME=TIER``, or return None where there is no such tier; the first one where none is named."""
    name, _, tier = (part.strip() for part in written.partition("="))
    known = {known.id for known in tiers}
    wanted = slug(tier) if tier else tiers[0].id
    return NewPartner(id=slug(name), name=name, tier=wanted) if wanted in known else None


SAMPLE_PARTNERS = (("Nordwind Systems", "nordwind.example"), ("Arbor Automation", "arbor.example"))
"""Who takes part where nobody is named: companies that do not exist, under domains that nobody can own."""


def sample_partners(tiers: Sequence[Tier]) -> tuple[NewPartner, ...]:
    """Return partners that do not exist: one of the highest tier, one of the lowest."""
    return tuple(
        NewPartner(id=slug(name), name=name, tier=tier.id, domain=domain)
        for (name, domain), tier in zip(SAMPLE_PARTNERS, (tiers[-1], tiers[0]), strict=True)
    )
