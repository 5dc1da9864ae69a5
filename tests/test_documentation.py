"""What people may write is documented."""

import json
from collections.abc import Iterator
from pathlib import Path

from prmbuild.authored.schemas import schemas

AUTHORING = (Path(__file__).parents[1] / "docs" / "authoring.md").read_text(encoding="utf-8")


def fields(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            yield from properties
        for value in schema.values():
            yield from fields(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from fields(value)


def test_every_field_of_every_schema_is_documented() -> None:
    missing = {
        f"{name}: {field}"
        for name, text in schemas().items()
        for field in fields(json.loads(text))
        if f"`{field}`" not in AUTHORING
    }
    assert not missing
