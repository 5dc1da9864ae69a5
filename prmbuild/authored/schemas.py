"""JSON Schemas of the authored files, generated from the models.

Source: https://json-schema.org/draft/2020-12
"""

import json
from collections.abc import Mapping

from pydantic import BaseModel

from prmbuild.authored.models import CourseFile, FrontMatter, PartnersFile, PrmFile, QuizFile, VisibilityFile
from prmbuild.authored.values import SLUG
from prmbuild.authored.vocabulary import RESERVED_AUDIENCES

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_FILES: Mapping[str, tuple[str, type[BaseModel]]] = {
    "partners": ("partners.yaml", PartnersFile),
    "visibility": ("visibility.yaml", VisibilityFile),
    "prm": ("prm.yaml", PrmFile),
    "page": ("Front matter of a page", FrontMatter),
    "course": ("course.yaml", CourseFile),
    "quiz": ("quiz.yaml", QuizFile),
}

_WORD: Mapping[str, object] = {"type": "string", "pattern": SLUG, "maxLength": 64}
_VALUES: Mapping[str, object] = {
    "description": "One value, or a list of which any will do.",
    "oneOf": [_WORD, {"type": "array", "items": _WORD, "minItems": 1, "uniqueItems": True}],
}
_AUDIENCE: Mapping[str, object] = {"$ref": "#/$defs/Audience"}
_AUDIENCES: Mapping[str, object] = {"type": "array", "items": _AUDIENCE, "minItems": 1}
_EXPRESSION: Mapping[str, object] = {
    "title": "Audience",
    "description": f"{', '.join(RESERVED_AUDIENCES)}, a declared name, a list of audiences (any of them), or a mapping "
    "whose keys must all hold: dimensions, role, segment, partner, all, any, not.",
    "anyOf": [
        _WORD,
        _AUDIENCES,
        {
            "type": "object",
            "minProperties": 1,
            "properties": {
                "all": {**_AUDIENCES, "description": "Every one of these audiences."},
                "any": {**_AUDIENCES, "description": "At least one of these audiences."},
                "not": {**_AUDIENCE, "description": "Not this audience."},
            },
            "additionalProperties": {"$ref": "#/$defs/Values"},
            "propertyNames": {"pattern": SLUG},
        },
    ],
}


def schemas() -> Mapping[str, str]:
    """Return file name → JSON Schema as text, the same on every run."""
    return {
        f"{name}.schema.json": json.dumps(_schema(name, title, model), indent=2, ensure_ascii=False) + "\n"
        for name, (title, model) in _FILES.items()
    }


def _schema(name: str, title: str, model: type[BaseModel]) -> Mapping[str, object]:
    generated = model.model_json_schema()
    definitions = {key.removesuffix("Model"): _plain(value) for key, value in generated.pop("$defs", {}).items()}
    body = {key: _plain(value) for key, value in generated.items() if key != "title"}
    if "#/$defs/Audience" in json.dumps([body, definitions]):
        definitions |= {"Audience": _EXPRESSION, "Values": _VALUES}
    ends = {"$defs": dict(sorted(definitions.items()))} if definitions else {}
    return {"$schema": DIALECT, "$id": f"urn:prmbuild:schema:{name}", "title": title, **body, **ends}


def _plain(node: object) -> object:
    """Return a part of a generated schema as an author would write it.

    Audiences become references; ``null`` goes, since a key that is there has a value; so do titles that repeat a key
    and the suffix of the models' names.
    """
    match node:
        case {"x-prmbuild": "audience", **rest}:
            return {**_AUDIENCE, **{key: value for key, value in rest.items() if key == "description"}}
        case {"anyOf": [inner, {"type": "null"}], **rest}:
            return _plain({**inner, **rest})
        case {"patternProperties": {**patterns}, "type": "object", **rest}:
            ((pattern, inner),) = patterns.items()
            names = {"pattern": pattern, "maxLength": 64}
            return {**_mapped(rest), "type": "object", "propertyNames": names, "additionalProperties": _plain(inner)}
        case dict():
            return _mapped(node)
        case list():
            return [_plain(item) for item in node]
        case _:
            return node


def _mapped(node: Mapping[object, object]) -> Mapping[str, object]:
    kept: dict[str, object] = {}
    for key, value in node.items():
        if key == "default" and value is None:
            continue
        if key in ("title", "$ref") and isinstance(value, str):
            if key == "$ref" or "properties" in node:
                kept[key] = value.removesuffix("Model")
            continue
        kept[str(key)] = _plain(value)
    return kept
