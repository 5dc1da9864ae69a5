"""``partners.yaml``: dimensions, roles, segments, partners, connections and relation managers."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from prmbuild import codes
from prmbuild.authored.document import Document, Path
from prmbuild.authored.models import PartnerModel, PartnersFile, SegmentModel
from prmbuild.authored.programme import Connection, Partner, RelationManager, Segment, Shows
from prmbuild.authored.shape import CONFIGURATION, check
from prmbuild.authored.text import listed, quoted, suggestion
from prmbuild.authored.vocabulary import RESERVED_AUDIENCES, RESERVED_KEYS, Vocabulary
from prmbuild.diagnostics import Diagnostic, has_errors
from prmbuild.visibility.rules import Origin

_OWN_KEYS = frozenset((*SegmentModel.model_fields, *PartnerModel.model_fields))
_RESERVED = frozenset((*RESERVED_KEYS, *RESERVED_AUDIENCES, *_OWN_KEYS))


class Partners(Struct, frozen=True, kw_only=True):
    """What ``partners.yaml`` says; the fields are those of `prmbuild.authored.programme.Programme`."""

    dimensions: Mapping[str, tuple[str, ...]]
    roles: tuple[str, ...]
    segments: tuple[Segment, ...]
    partners: tuple[Partner, ...]
    managers: tuple[RelationManager, ...]


def read_partners(document: Document, vocabulary: Vocabulary) -> tuple[Partners | None, tuple[Diagnostic, ...]]:
    """Read ``partners.yaml``.

    Args:
        document: the file, complete.
        vocabulary: what this same file declares.

    Returns:
        What it says, or None where there are errors; and the findings about its shape and names.
    """
    model, shape = check(PartnersFile, document, CONFIGURATION, vocabulary)
    findings = (
        *shape,
        *_reserved_names(document),
        *_repeated(document),
        *_ambiguous_partners(document, vocabulary),
        *_attributes(document, vocabulary),
        *_missing_attributes(document, vocabulary),
        *_connections(document),
        *_managers(document),
    )
    if model is None or has_errors(findings):
        return None, findings
    return _converted(model, document), findings


def _entries(document: Document, section: str) -> Iterator[tuple[Path, dict[str, object]]]:
    """Yield path and mapping of every entry of a section, whatever else is wrong with it."""
    entries = document.value.get(section) if isinstance(document.value, dict) else None
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            yield (section, index), entry


def _section(document: Document, section: str) -> object:
    return document.value.get(section) if isinstance(document.value, dict) else None


def _reserved_names(document: Document) -> Iterator[Diagnostic]:
    dimensions = _section(document, "dimensions")
    for name in dimensions if isinstance(dimensions, dict) else ():
        if name in _RESERVED:
            message = f"no dimension can be named {quoted(name)}; the word has another meaning"
            yield document.at_key(("dimensions", name), codes.RESERVED_NAME, message, "choose another name")
    roles = _section(document, "roles")
    for index, role in enumerate(roles if isinstance(roles, list) else ()):
        if role in RESERVED_AUDIENCES:
            message = f"no role can be named {quoted(role)}; the word has another meaning"
            yield document.at_value(("roles", index), codes.RESERVED_NAME, message, "choose another name")


def _repeated(document: Document) -> Iterator[Diagnostic]:
    """Find ids and values that stand twice where each may stand once."""
    for section, kind in (("segments", "segment"), ("partners", "partner"), ("managers", "relation manager")):
        ids = (((*path, "id"), entry.get("id")) for path, entry in _entries(document, section))
        for path, value, first in _again(ids):
            line = document.marks.value(first).line
            message = f"the {kind} {quoted(value)} is declared twice (first on line {line})"
            yield document.at_value(path, codes.DUPLICATE_ID, message, "rename or remove one of them")
    lists: list[tuple[Path, object]] = [(("roles",), _section(document, "roles"))]
    dimensions = _section(document, "dimensions")
    if isinstance(dimensions, dict):
        lists += [(("dimensions", name), values) for name, values in dimensions.items()]
    for section, key in (("partners", "domains"), ("partners", "languages"), ("managers", "partners")):
        lists += [((*path, key), entry.get(key)) for path, entry in _entries(document, section)]
    for path, values in lists:
        items = enumerate(values) if isinstance(values, list) else ()
        for place, value, _ in _again(((*path, index), item) for index, item in items):
            message = f"{quoted(value)} is given twice"
            yield document.at_value(place, codes.DUPLICATE_VALUE, message, "remove one of them")


def _again(items: Iterable[tuple[Path, object]]) -> Iterator[tuple[Path, str, Path]]:
    """Yield path, text and first path of every text that came before."""
    first: dict[str, Path] = {}
    for path, value in items:
        if not isinstance(value, str):
            continue
        if value in first:
            yield path, value, first[value]
        else:
            first[value] = path


def _ambiguous_partners(document: Document, vocabulary: Vocabulary) -> Iterator[Diagnostic]:
    for path, entry in _entries(document, "partners"):
        if entry.get("id") in (vocabulary.roles or ()):
            message = f"the partner {quoted(entry['id'])} has the id of a role"
            yield document.at_value((*path, "id"), codes.AMBIGUOUS_PARTNER, message, "rename one of them")


def _attributes(document: Document, vocabulary: Vocabulary) -> Iterator[Diagnostic]:
    """Check the keys of segments and partners that are dimensions."""
    dimensions = vocabulary.dimensions
    for section, model in (("segments", SegmentModel), ("partners", PartnerModel)):
        for path, entry in _entries(document, section):
            for key in entry:
                if key in model.model_fields:
                    continue
                place = (*path, key)
                if dimensions is not None and key not in dimensions:
                    known = (*dimensions, *model.model_fields)
                    hint = suggestion(key, known) or listed(known)
                    message = f"unknown key or dimension {quoted(key)}"
                    yield document.at_key(place, codes.UNKNOWN_DIMENSION, message, hint)
                else:
                    yield from _attribute(document, vocabulary, place, key, entry[key])


def _attribute(
    document: Document, vocabulary: Vocabulary, place: Path, key: str, value: object
) -> Iterator[Diagnostic]:
    if not isinstance(value, str):
        message = f"{quoted(key)} must be one of its values, not {quoted(value)}"
        yield document.at_value(place, codes.WRONG_TYPE, message, listed(vocabulary.known(key) or ()))
    elif unknown := vocabulary.complaint(key, value):
        yield document.at_value(place, *unknown)


def _missing_attributes(document: Document, vocabulary: Vocabulary) -> Iterator[Diagnostic]:
    segments = {
        entry.get("id"): entry for _, entry in _entries(document, "segments") if isinstance(entry.get("id"), str)
    }
    for path, entry in _entries(document, "partners"):
        name = entry.get("segment")
        segment = segments.get(name) if isinstance(name, str) else None
        if segment is None:
            continue
        for dimension in vocabulary.dimensions or ():
            if dimension not in entry and dimension not in segment and dimension not in _RESERVED:
                message = f"the partner {quoted(entry.get('id'))} has no {dimension}"
                hint = f"add {dimension} here or to its segment {quoted(name)}"
                yield document.at_value(path, codes.MISSING_ATTRIBUTE, message, hint)


def _connections(document: Document) -> Iterator[Diagnostic]:
    edges: dict[tuple[str, str], Path] = {}
    known = {entry.get("id") for _, entry in _entries(document, "partners") if isinstance(entry.get("id"), str)}
    for path, entry in _entries(document, "partners"):
        connections, partner = entry.get("connections"), entry.get("id")
        for index, connection in enumerate(connections if isinstance(connections, list) else ()):
            to = connection.get("to") if isinstance(connection, dict) else None
            place: Path = (*path, "connections", index, "to")
            if not isinstance(to, str) or not isinstance(partner, str):
                continue
            if to == partner:
                message = f"the partner {quoted(partner)} is connected to itself"
                yield document.at_value(place, codes.SELF_CONNECTION, message, "name another partner")
            elif (partner, to) in edges:
                message = f"{quoted(partner)} is connected to {quoted(to)} twice"
                yield document.at_value(place, codes.DUPLICATE_VALUE, message, "remove one of them")
            else:
                edges[partner, to] = place
    for (partner, to), place in edges.items():
        if (to, partner) not in edges and to in known:
            message = f"{quoted(partner)} names {quoted(to)}, which does not name it back"
            hint = "the connection counts when both sides name each other"
            yield document.at_value(place, codes.ONE_SIDED_CONNECTION, message, hint)


def _managers(document: Document) -> Iterator[Diagnostic]:
    emails = (
        ((*path, "email"), email.casefold() if isinstance(email := entry.get("email"), str) else None)
        for path, entry in _entries(document, "managers")
    )
    for path, email, first in _again(emails):
        message = f"the address {quoted(email)} is also that of {quoted(_entry_id(document, first))}"
        yield document.at_value(path, codes.DUPLICATE_EMAIL, message, "give each relation manager their own")
    owners: dict[str, tuple[int, object]] = {}
    for path, entry in _entries(document, "partners"):
        domains = entry.get("domains")
        for index, domain in enumerate(domains if isinstance(domains, list) else ()):
            if not isinstance(domain, str):
                continue
            number, owner = owners.setdefault(domain.casefold(), (int(path[1]), entry.get("id")))
            if number != path[1]:
                message = f"the domain {quoted(domain)} is also that of {quoted(owner)}"
                yield document.at_value((*path, "domains", index), codes.SHARED_DOMAIN, message)


def _entry_id(document: Document, path: Path) -> object:
    entries = _section(document, str(path[0]))
    entry = entries[int(path[1])] if isinstance(entries, list) else None
    return entry.get("id") if isinstance(entry, dict) else None


def _converted(model: PartnersFile, document: Document) -> Partners:
    segments = {
        segment.id: Segment(id=segment.id, title=segment.title, attributes=_extra(segment.__pydantic_extra__))
        for segment in model.segments
    }
    return Partners(
        dimensions={name: tuple(values) for name, values in model.dimensions.items()},
        roles=tuple(model.roles),
        segments=tuple(segments.values()),
        partners=tuple(
            _partner(partner, segments[partner.segment], document, index)
            for index, partner in enumerate(model.partners)
        ),
        managers=tuple(
            RelationManager(id=manager.id, name=manager.name, email=manager.email, partners=tuple(manager.partners))
            for manager in model.managers
        ),
    )


def _partner(model: PartnerModel, segment: Segment, document: Document, index: int) -> Partner:
    line, column = document.marks.value(("partners", index))
    return Partner(
        id=model.id,
        name=model.name,
        segment=model.segment,
        attributes={**segment.attributes, **_extra(model.__pydantic_extra__)},
        domains=tuple(model.domains),
        languages=tuple(model.languages),
        connections=tuple(Connection(to=edge.to, shows=Shows(edge.shows)) for edge in model.connections),
        origin=Origin(path=document.path, line=line, column=column),
    )


def _extra(extra: Mapping[str, object]) -> dict[str, str]:
    return {key: str(value) for key, value in extra.items()}
