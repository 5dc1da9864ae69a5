"""Imports point downward only, those under TYPE_CHECKING included; some libraries have one door."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "prmbuild"

LAYERS = (
    ("errors", "diagnostics", "progress", "software", "workers"),
    ("codes", "patterns", "aws"),
    ("visibility", "merkle"),
    ("manifest", "access", "dimensions", "media_types", "security_headers", "store", "templates"),
    ("cache", "edge"),
    ("sessions",),
    ("authored", "laid"),
    ("source", "owners"),
    ("catalog",),
    ("search",),
    ("render",),
    ("portals",),
    ("site",),
    ("request",),
    ("desired",),
    ("build", "explain", "selection"),
    ("exposure", "calendar"),
    ("output",),
    ("check", "audit", "widening"),
    ("publishable", "last_build"),
    ("records",),
    ("publish",),
    ("scaffold", "migrate", "preview", "infra", "gateway"),
    ("serve", "ci"),
    ("cli",),
    ("__main__",),
)
"""From the bottom up. What stands beside each other may not import each other."""

DOORS = {
    "mkdocs": ("render/material.py",),
    "material": ("render/material.py",),
    "markdown": ("render/",),
    "pymdownx": ("render/",),
    "subprocess": ("source/git.py", "source/objects.py", "source/writing.py", "source/transfer.py"),
    "click": ("cli/",),
    "pydantic": ("authored/",),
    "starlette": ("serve/", "gateway/"),
    "uvicorn": ("serve/", "gateway/"),
    "obstore": ("store/s3.py", "store/s3_settings.py", "cache/bucket.py"),
    "isal": ("store/encoding.py",),
    "imagesize": ("dimensions.py",),
    "boto3": ("aws/session.py",),
    "botocore": ("aws/session.py", "infra/cloudformation.py", "edge/cloudfront.py"),
    "awscrt": ("edge/cloudfront.py",),
    "sqlite3": ("cache/index.py",),
    "icalendar": ("calendar/ics.py",),
    "distributed": ("render/executors.py",),
    "dataclasses": (),  # values are structs of msgspec, which functions of dataclasses take for none
}
"""Top-level module of a library → where alone it may be imported."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in the file that stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer_of(module: str) -> int | None:
    """The layer of a dotted name below prmbuild; None for the package itself."""
    parts = module.split(".")
    if parts[0] != "prmbuild" or len(parts) == 1 or parts[1] in ("__version__", "__init__"):
        return None
    for number, layer in enumerate(LAYERS):
        if parts[1] in layer:
            return number
    return (
        None
        if (PACKAGE / parts[1]).suffix == ""
        and not (PACKAGE / f"{parts[1]}.py").exists()
        and not (PACKAGE / parts[1]).is_dir()
        else pytest.fail(f"{module} has no layer")
    )


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_point_downward(path: Path) -> None:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    if name == "prmbuild":
        assert not list(imports(path))
        return
    mine = layer_of(name)
    own = name.split(".")[1]
    for imported in imports(path):
        other = layer_of(imported)
        if other is None or imported.split(".")[1] == own:
            continue
        assert other < mine, f"{name} imports {imported}, which is not below it"


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_libraries_have_one_door(path: Path) -> None:
    place = path.relative_to(PACKAGE).as_posix()
    for imported in imports(path):
        doors = DOORS.get(imported.split(".")[0])
        assert doors is None or place.startswith(doors), f"{place} imports {imported}; only {doors} may"


def test_no_module_is_too_long_to_hold_in_the_head() -> None:
    long = {
        path.name: lines for path in modules() if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long


def test_every_layer_exists() -> None:
    named = {name for layer in LAYERS for name in layer}
    there = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()} - {
        "__init__"
    }
    assert named == there
