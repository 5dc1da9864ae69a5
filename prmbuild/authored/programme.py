"""The values of ``partners.yaml``, ``visibility.yaml`` and ``prm.yaml``."""

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct, field

from prmbuild.visibility.audience import Audience, Viewer
from prmbuild.visibility.rules import Origin, Rule


class Segment(Struct, frozen=True, kw_only=True):
    """A named group of partners.

    Attributes:
        attributes: dimension → value, inherited by the segment's partners.
    """

    id: str
    title: str
    attributes: Mapping[str, str]


class Shows(Enum):
    """How much of a connection the other side's network sees."""

    HIDDEN = "hidden"
    COUNTED = "counted"
    LISTED = "listed"


class Connection(Struct, frozen=True, kw_only=True):
    """One side's half of an edge between two partners; it counts when the other half exists."""

    to: str
    shows: Shows


class Partner(Struct, frozen=True, kw_only=True):
    """A company.

    Attributes:
        segment: the id of its segment.
        attributes: dimension → value, the segment's overlaid with the partner's own.
        domains: e-mail domains of its people.
        languages: BCP 47 tags, preferred first.
    """

    id: str
    name: str
    segment: str
    attributes: Mapping[str, str]
    domains: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    connections: tuple[Connection, ...] = ()
    origin: Origin


class RelationManager(Struct, frozen=True, kw_only=True):
    """Somebody at the vendor who looks after partners, view only."""

    id: str
    name: str
    email: str
    partners: tuple[str, ...]


class Assertion(Struct, frozen=True, kw_only=True):
    """A test of intent over the rules.

    Attributes:
        never: True for ``never:``, False for ``always:``.
        paths: gitignore-style globs over files; see `prmbuild.visibility.rules.Rule`.
    """

    never: bool
    paths: tuple[str, ...]
    seen_by: Audience
    origin: Origin


class Evidence(Enum):
    """What proves that a version was approved."""

    MERGE = "merge"
    TRAILER = "trailer"
    SIGNATURE = "signature"


class Approvers(Struct, frozen=True, kw_only=True):
    """People (e-mail addresses) entitled to approve the paths (gitignore-style globs)."""

    paths: tuple[str, ...]
    people: tuple[str, ...]


class Settings(Struct, frozen=True, kw_only=True):
    """``prm.yaml``.

    Attributes:
        portal_url: absolute, with a trailing slash.
        branch: the publishing branch.
        approvers: who may approve versions.
        widening: who may approve that more partners see files; the approvers of a path where it names nobody.
        handles: e-mail address in small letters → name on the code host, with its ``@``.
        publish_to: ``dir:PATH`` or ``s3://BUCKET[/PREFIX]``.
        publish_edge: ARN of the KeyValueStore that follows what is published there.
    """

    vendor: str
    portal_url: str
    branch: str
    evidence: Evidence
    approvers: tuple[Approvers, ...]
    widening: tuple[Approvers, ...] = ()
    handles: Mapping[str, str] = field(default_factory=dict)
    publish_to: str | None
    publish_edge: str | None = None


class Programme(Struct, frozen=True, kw_only=True):
    """Everything the three configuration files say.

    Attributes:
        dimensions: dimension → its values, in authored order.
        roles: in authored order.
        audiences: name → the audience declared under it.
        rules: in authored order, which means nothing.
    """

    settings: Settings
    dimensions: Mapping[str, tuple[str, ...]]
    roles: tuple[str, ...]
    segments: tuple[Segment, ...]
    partners: tuple[Partner, ...]
    managers: tuple[RelationManager, ...]
    audiences: Mapping[str, Audience]
    rules: tuple[Rule, ...]
    assertions: tuple[Assertion, ...]

    def viewers(self) -> tuple[Viewer, ...]:
        """Return every partner × role, in authored order."""
        return tuple(
            Viewer(partner=partner.id, segment=partner.segment, role=role, attributes=partner.attributes)
            for partner in self.partners
            for role in self.roles
        )
