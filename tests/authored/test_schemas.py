"""JSON Schemas: generated, up to date, and true of the programme in this repository."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from prmbuild.authored.courses import read_course, read_quiz
from prmbuild.authored.markdown import split_markdown
from prmbuild.authored.reading import PROGRAMME_FILES, read_page, read_programme
from prmbuild.authored.schemas import schemas
from prmbuild.authored.yaml import parse_yaml, read_yaml

ROOT = Path(__file__).parents[2]
DATES = {"publish_at", "expire_at", "last_reviewed_on"}


def schema(name: str) -> Mapping[str, object]:
    found: Mapping[str, object] = json.loads(schemas()[f"{name}.schema.json"])
    return found


def complaints(name: str, value: object) -> list[str]:
    validator = Draft202012Validator(schema(name), format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def descriptions(node: object, path: str) -> Iterator[tuple[str, bool]]:
    if isinstance(node, dict):
        for name, field in node.get("properties", {}).items() if "properties" in node else ():
            yield f"{path}.{name}", bool(field.get("description"))
        for key, value in node.items():
            yield from descriptions(value, f"{path}.{key}")
    elif isinstance(node, list):
        for item in node:
            yield from descriptions(item, path)


def test_names() -> None:
    names = ("partners", "visibility", "prm", "page", "course", "quiz")
    assert tuple(schemas()) == tuple(f"{name}.schema.json" for name in names)


@pytest.mark.parametrize("name", ["partners", "visibility", "prm", "page", "course", "quiz"])
def test_schema(name: str) -> None:
    found = schema(name)
    Draft202012Validator.check_schema(found)
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert found["$id"] == f"urn:prmbuild:schema:{name}"
    assert [path for path, described in descriptions(found, name) if not described] == []
    assert '"null"' not in json.dumps(found)
    assert "Model" not in json.dumps(found)


def test_written_schemas_are_up_to_date() -> None:
    for name, text in schemas().items():
        assert (ROOT / "schemas" / name).read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("partners", {"roles": ["sales"], "segments": [], "partners": [], "owner": "x"}),
        ("partners", {"roles": [], "segments": [], "partners": []}),
        ("visibility", {"rules": [{"paths": ["x"], "show_to": {}}]}),
        ("visibility", {"rules": [{"paths": ["!x"], "show_to": "everyone"}]}),
        ("visibility", {"rules": [], "audiences": {"Big": "everyone"}}),
        ("visibility", {"rules": [], "assertions": [{}]}),
        ("prm", {"vendor": "x"}),
        ("page", {"review_in": "3 months"}),
        ("page", {"expire_at": None}),
        ("course", {"title": "x", "lessons": ["a.md"], "pass_mark": 80}),
        ("quiz", {"questions": []}),
    ],
)
def test_schema_refuses(name: str, value: object) -> None:
    assert complaints(name, value)


def test_the_programme_here_is_valid() -> None:
    files = {name: (ROOT / name).read_bytes() for name in PROGRAMME_FILES}
    programme, findings = read_programme(files)
    assert findings == ()
    assert programme is not None
    for name, data in files.items():
        assert complaints(name.removesuffix(".yaml"), read_yaml(name, data).value) == []
    for file in sorted(ROOT.glob("courses/*/*.yaml")):
        path, data = file.relative_to(ROOT).as_posix(), file.read_bytes()
        course = file.name == "course.yaml"
        found = read_course(path, data, programme)[1] if course else read_quiz(path, data)[1]
        assert [str(finding) for finding in found] == []
        assert complaints(file.stem, read_yaml(path, data, dates=DATES).value) == []
    for file in sorted([*ROOT.glob("content/**/*.md"), *ROOT.glob("courses/**/*.md")]):
        path, data = file.relative_to(ROOT).as_posix(), file.read_bytes()
        assert [str(finding) for finding in read_page(path, data, programme)[1]] == []
        parts, _ = split_markdown(path, data)
        if parts and parts.front:
            assert complaints("page", parse_yaml(path, parts.front, dates=DATES).value) == []
