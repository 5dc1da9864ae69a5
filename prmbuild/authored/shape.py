"""Check a document against a model, and say in plain words what does not fit."""

import re
from collections.abc import Iterable, Mapping
from types import UnionType
from typing import TypeVar, Union, get_args, get_origin

from msgspec import Struct
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from prmbuild import codes
from prmbuild.authored.document import Document, Path
from prmbuild.authored.text import listed, quoted, suggestion
from prmbuild.authored.values import INVALID, NO_VALUE
from prmbuild.authored.vocabulary import Vocabulary
from prmbuild.diagnostics import Code, Diagnostic

Model = TypeVar("Model", bound=BaseModel)


class Family(Struct, frozen=True, kw_only=True):
    """The codes for the shape of one kind of file, and what to call all of it."""

    unknown_key: Code
    missing_key: Code
    wrong_type: Code
    invalid_value: Code
    whole: str = "the file"


CONFIGURATION = Family(
    unknown_key=codes.UNKNOWN_KEY,
    missing_key=codes.MISSING_KEY,
    wrong_type=codes.WRONG_TYPE,
    invalid_value=codes.INVALID_VALUE,
)
FRONT_MATTER = Family(
    unknown_key=codes.UNKNOWN_FRONT_MATTER_KEY,
    missing_key=codes.MISSING_KEY,
    wrong_type=codes.WRONG_FRONT_MATTER_TYPE,
    invalid_value=codes.INVALID_FRONT_MATTER_VALUE,
    whole="the front matter",
)
COURSES = Family(
    unknown_key=codes.UNKNOWN_COURSE_KEY,
    missing_key=codes.MISSING_COURSE_KEY,
    wrong_type=codes.WRONG_COURSE_TYPE,
    invalid_value=codes.INVALID_COURSE_VALUE,
)

_WANTED: Mapping[str, str] = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def check(
    model: type[Model], document: Document, family: Family, vocabulary: Vocabulary | None = None
) -> tuple[Model | None, tuple[Diagnostic, ...]]:
    """Check a complete document against a model.

    Args:
        model: the shape.
        document: the document; nothing at all counts as an empty mapping.
        family: the codes to use.
        vocabulary: what references are checked against.

    Returns:
        The model, or None and everything that does not fit.
    """
    value = {} if document.value is None else document.value
    try:
        return model.model_validate(value, context=vocabulary), ()
    except ValidationError as error:
        details = error.errors(include_url=False)
    return None, tuple(_diagnostic(model, document, family, detail) for detail in details)


def together(document: Document, found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the document's own findings and the further ones, without those that only follow from its own."""
    places = {(finding.line, finding.column) for finding in document.diagnostics}
    further = (finding for finding in found if (finding.line, finding.column) not in places)
    return (*document.diagnostics, *further)


def _diagnostic(model: type[BaseModel], document: Document, family: Family, detail: ErrorDetails) -> Diagnostic:
    kind, given = detail["type"], detail["input"]
    if detail["loc"][-1:] == ("[key]",):
        return _about_key(document, family, tuple(detail["loc"][:-1]), detail)
    path: Path = tuple(detail["loc"])
    name = _name(path) or family.whole
    if kind == "extra_forbidden":
        known = _keys(_at(model, path[:-1]))
        hint = suggestion(path[-1], known) or listed(known)
        return document.at_key(path, family.unknown_key, f"unknown key {quoted(path[-1])}", hint)
    if kind == "missing":
        hint = f"add it: {_description(_at(model, path[:-1]), str(path[-1]))}"
        return document.at_value(path[:-1], family.missing_key, f"{quoted(path[-1])} is missing", hint)
    if kind == NO_VALUE or (kind in _WANTED and given is None):
        return document.at_key(path, family.wrong_type, f"{name} has no value", "write one, or remove the key")
    if kind in _WANTED:
        message = f"{name} must be {_WANTED[kind]}, not {quoted(given)}"
        return document.at_value(path, family.wrong_type, message, _conversion(_WANTED[kind], given))
    return document.at_value(path, *_about_value(family, name, detail))


def _about_key(document: Document, family: Family, path: Path, detail: ErrorDetails) -> Diagnostic:
    context = detail.get("ctx", {})
    code = codes.ALL.get(detail["type"], family.invalid_value)
    message = str(context.get("message", f"{quoted(path[-1])} cannot be a key here"))
    return document.at_key(path, code, message, str(context.get("hint", "")))


def _about_value(family: Family, name: str, detail: ErrorDetails) -> tuple[Code, str, str]:
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == INVALID or kind in codes.ALL:
        code = codes.ALL.get(kind, family.invalid_value)
        return code, str(context.get("message", "")), str(context.get("hint", ""))
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        hint = suggestion(given, allowed) or listed(allowed)
        return family.invalid_value, f"{name} cannot be {quoted(given)}", hint
    if kind == "too_short":
        least = context.get("min_length", 1)
        return family.invalid_value, f"{name} has too few entries", f"at least {least}"
    if kind in ("greater_than", "less_than_equal"):
        bound = next((context[key] for key in ("gt", "le") if key in context), "")
        side = "more than" if kind == "greater_than" else "at most"
        return family.invalid_value, f"{name} is out of range: {given}", f"{side} {bound}"
    return family.invalid_value, f"{name} cannot be {quoted(given)}", ""


def _name(path: Path) -> str:
    """Return what to call the value at a path; nothing for the whole document."""
    if not path:
        return ""
    if isinstance(path[-1], str):
        return quoted(path[-1])
    around = next((part for part in reversed(path) if isinstance(part, str)), None)
    return f"an entry of {quoted(around)}" if around else "an entry"


def _conversion(wanted: str, given: object) -> str:
    if wanted == "text" and isinstance(given, bool | int | float):
        return "put quotes around it"
    if wanted == "a list" and isinstance(given, str):
        return "write it in brackets, as in [one, two]"
    if wanted == "a number" and isinstance(given, str):
        return "write it without quotes"
    if wanted == "true or false" and isinstance(given, str):
        return "write true or false, without quotes"
    return ""


def _at(annotation: object, path: Path) -> object:
    """Return the annotation that a path leads to."""
    for part in path:
        annotation = _plain(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            field = annotation.model_fields.get(str(part))
            annotation = field.annotation if field else None
        else:
            annotation = get_args(annotation)[-1] if get_args(annotation) else None
    return _plain(annotation)


def _plain(annotation: object) -> object:
    """Return an annotation without `Annotated` and `None`."""
    while hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__  # type: ignore[attr-defined]  # what Annotated[...] wraps
    if get_origin(annotation) in (UnionType, Union):
        return next(part for part in get_args(annotation) if part is not type(None))
    return annotation


def _keys(annotation: object) -> tuple[str, ...]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return tuple(annotation.model_fields)
    return ()


def _description(annotation: object, key: str) -> str:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and key in annotation.model_fields:
        description = annotation.model_fields[key].description or ""
        return description[:1].lower() + description[1:].rstrip(".")
    return ""
