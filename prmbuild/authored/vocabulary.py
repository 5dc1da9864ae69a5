"""The closed vocabulary that audiences and references are checked against."""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from msgspec import Struct, field

from prmbuild import codes
from prmbuild.authored.programme import Programme
from prmbuild.authored.text import listed, quoted, suggestion
from prmbuild.diagnostics import Code
from prmbuild.visibility.audience import Audience

RESERVED_KEYS = ("role", "roles", "segment", "segments", "partner", "partners", "all", "any", "not")
"""Keys of audience expressions; no dimension may be named so."""

RESERVED_AUDIENCES = ("everyone", "nobody")
"""Audiences that are always there."""

_UNKNOWN: Mapping[str, Code] = {
    "segment": codes.UNKNOWN_SEGMENT,
    "role": codes.UNKNOWN_ROLE,
    "partner": codes.UNKNOWN_PARTNER,
}


class Vocabulary(Struct, frozen=True, kw_only=True):
    """Every name that may be used; None where it could not be read, so that nothing is called unknown for that.

    Attributes:
        dimensions: dimension → its values.
        audiences: declared audience → what it means; None where its declaration is wrong.
    """

    dimensions: Mapping[str, Collection[str]] | None = None
    roles: Collection[str] | None = None
    segments: Collection[str] | None = None
    partners: Collection[str] | None = None
    audiences: Mapping[str, Audience | None] = field(default_factory=dict)

    @classmethod
    def of(cls, programme: Programme) -> "Vocabulary":
        """Return the vocabulary of a programme; made once for all the pages of a programme."""
        return _of(_Same(programme))

    def known(self, key: str) -> Collection[str] | None:
        """Return the values of ``partner``, ``segment``, ``role`` or a dimension; None where they are not known."""
        match key:
            case "partner":
                return self.partners
            case "segment":
                return self.segments
            case "role":
                return self.roles
            case _:
                return None if self.dimensions is None else self.dimensions.get(key)

    def complaint(self, key: str, value: str) -> tuple[Code, str, str] | None:
        """Return code, message and hint about a value that is not known, or None where it is."""
        known = self.known(key)
        if known is None or value in known:
            return None
        hint = suggestion(value, known) or listed(known)
        if key in _UNKNOWN:
            return _UNKNOWN[key], f"unknown {key} {quoted(value)}", hint
        return codes.UNKNOWN_DIMENSION_VALUE, f"unknown {key} {quoted(value)}", hint

    def homes(self, value: str) -> tuple[str, ...]:
        """Return the keys that have the value, to explain what an author may have meant."""
        keys: Iterable[str] = ("segment", "role", "partner", *(self.dimensions or ()))
        return tuple(key for key in keys if value in (self.known(key) or ()))


class _Same:
    """A programme as a key that equals itself alone."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.programme is self.programme

    def __hash__(self) -> int:
        return id(self.programme)


@lru_cache(maxsize=4)
def _of(same: _Same) -> Vocabulary:
    programme = same.programme
    return Vocabulary(
        dimensions=programme.dimensions,
        roles=programme.roles,
        segments=dict.fromkeys(segment.id for segment in programme.segments),
        partners=dict.fromkeys(partner.id for partner in programme.partners),
        audiences=programme.audiences,
    )


def written_vocabulary(value: object, *, complete: bool) -> Vocabulary:
    """Return the vocabulary that ``partners.yaml`` declares, as far as it can be made out.

    Args:
        value: the document, of whatever shape.
        complete: whether it could be read to its end.
    """
    if not complete or not isinstance(value, dict):
        return Vocabulary()
    return Vocabulary(
        dimensions=_dimensions(value.get("dimensions", {})),
        roles=_texts(value.get("roles")),
        segments=_ids(value.get("segments")),
        partners=_ids(value.get("partners")),
    )


def _dimensions(value: object) -> Mapping[str, tuple[str, ...]] | None:
    if not isinstance(value, dict):
        return None
    return {str(name): _texts(values) or () for name, values in value.items()}


def _texts(value: object) -> tuple[str, ...] | None:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else None


def _ids(value: object) -> Collection[str] | None:
    if not isinstance(value, list):
        return None
    entries = (item.get("id") for item in value if isinstance(item, dict))
    return dict.fromkeys(entry for entry in entries if isinstance(entry, str))
