"""Viewers, and expressions over their attributes."""

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct


class Viewer(Struct, frozen=True, kw_only=True):
    """A partner × role.

    Attributes:
        partner: the partner's id.
        segment: the id of the partner's segment.
        role: what the person does at the partner.
        attributes: dimension → value, for the dimensions the partner has a value of.
    """

    partner: str
    segment: str
    role: str
    attributes: Mapping[str, str]

    def value(self, key: str) -> str | None:
        """Return the viewer's value of ``partners``, ``segment``, ``role`` or a dimension; None where there is none."""
        if key == "partner":
            return self.partner
        if key == "segment":
            return self.segment
        if key == "role":
            return self.role
        return self.attributes.get(key)

    def __str__(self) -> str:
        return f"{self.partner}/{self.role}"


class Admission(Enum):
    """The answer of an audience about a viewer.

    `UNKNOWN` stands for a viewer without a value of the dimension asked about. It admits nobody, and its
    negation admits nobody either, so a missing attribute never opens anything.
    """

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Everyone(Struct, frozen=True, tag=True):
    """Admits every viewer."""


class Nobody(Struct, frozen=True, tag=True):
    """Admits no viewer, whatever else is said."""


class OneOf(Struct, frozen=True, tag=True):
    """Admits viewers whose value of ``key`` is one of ``values``.

    ``key`` is ``partner``, ``segment``, ``role`` or a dimension; ``values`` keep the authored order.
    """

    key: str
    values: tuple[str, ...]


class AllOf(Struct, frozen=True, tag=True):
    """Admits viewers whom every part admits."""

    parts: "tuple[Audience, ...]"


class AnyOf(Struct, frozen=True, tag=True):
    """Admits viewers whom at least one part admits."""

    parts: "tuple[Audience, ...]"


class Not(Struct, frozen=True, tag=True):
    """Admits viewers whom the part does not admit."""

    part: "Audience"


class Named(Struct, frozen=True, tag=True):
    """An audience declared under ``audiences:``; the name is kept for explanations."""

    name: str
    audience: "Audience"


Audience = Everyone | Nobody | OneOf | AllOf | AnyOf | Not | Named


def admission(audience: Audience, viewer: Viewer) -> Admission:
    """Answer whether the audience admits the viewer (Kleene's three-valued logic)."""
    match audience:
        case Everyone():
            return Admission.YES
        case Nobody():
            return Admission.NO
        case OneOf(key, values):
            value = viewer.value(key)
            if value is None:
                return Admission.UNKNOWN
            return Admission.YES if value in values else Admission.NO
        case AllOf(parts):
            answers = {admission(part, viewer) for part in parts}
            if Admission.NO in answers:
                return Admission.NO
            return Admission.UNKNOWN if Admission.UNKNOWN in answers else Admission.YES
        case AnyOf(parts):
            answers = {admission(part, viewer) for part in parts}
            if Admission.YES in answers:
                return Admission.YES
            return Admission.UNKNOWN if Admission.UNKNOWN in answers else Admission.NO
        case Not(part):
            answer = admission(part, viewer)
            return {Admission.YES: Admission.NO, Admission.NO: Admission.YES}.get(answer, answer)
        case Named(_, inner):
            return admission(inner, viewer)


def admits(audience: Audience, viewer: Viewer) -> bool:
    """Tell whether the audience surely admits the viewer; any doubt is no."""
    return admission(audience, viewer) is Admission.YES


def describe(audience: Audience) -> str:
    """Return the audience in words, as it would be written in one line of YAML."""
    match audience:
        case Everyone():
            return "everyone"
        case Nobody():
            return "nobody"
        case OneOf(key, values):
            return f"{key}: {values[0]}" if len(values) == 1 else f"{key}: {' or '.join(values)}"
        case AllOf(parts):
            return " and ".join(_bracketed(part) for part in parts)
        case AnyOf(parts):
            return " or ".join(_bracketed(part) for part in parts)
        case Not(part):
            return f"not {_bracketed(part)}"
        case Named(name, inner):
            return f"{name} ({describe(inner)})"


def _bracketed(audience: Audience) -> str:
    text = describe(audience)
    return f"({text})" if isinstance(audience, AllOf | AnyOf) else text
