"""What of a look is published."""

from collections.abc import Mapping

import pytest

from prmbuild.render.overrides import read_look
from tests.conftest import CONFIGURATION, MakeRepo, files_of, page


def look(files: Mapping[str, str]) -> tuple[set[str], list[str]]:
    """Return what is published, and the findings."""
    found, diagnostics = read_look({f"site_overrides/{path}": text.encode() for path, text in files.items()})
    published = {path.removeprefix("assets/look/") for path in found.files} if found else set()
    return published, [f"{each.path.removeprefix('site_overrides/')} {each.code}" for each in diagnostics]


def test_only_what_the_look_uses_is_published() -> None:
    published, found = look(
        {
            "mkdocs.yml": (
                "theme: {logo: img/logo.svg, favicon: img/icon.png}\n"
                "extra_css: [css/main.css]\nextra_javascript: [app.js]\n"
            ),
            "img/logo.svg": "<svg/>",
            "img/icon.png": "",
            "css/main.css": (
                "@import 'more.css';\n@import url(print.css) print;\n"
                'a { background: URL( "../img/a%20b.svg?v=1#x" ) }\n'
                "b { background: url(data:image/png;base64,AA==) }\n/* url(../secret.txt) */"
            ),
            "css/more.css": ("@import 'main.css';\n@font-face { src: url('../fonts/f.woff2'), url(../fonts/g.woff2) }"),
            "css/print.css": "",
            "img/a b.svg": "<svg/>",
            "fonts/f.woff2": "",
            "fonts/g.woff2": "",
            "app.js": "import './lib.js'; fetch('plan.json')",
            "lib.js": "",
            "plan.json": "{}",
            "secret.txt": "x",
            "theme/main.html": '{% extends "base.html" %}',
        }
    )
    assert published == {
        "img/logo.svg", "img/icon.png", "css/main.css", "css/more.css", "css/print.css", "img/a b.svg", "fonts/f.woff2",
        "fonts/g.woff2", "app.js",
    }  # fmt: skip
    assert found == ["lib.js PRM707", "plan.json PRM707", "secret.txt PRM707"]


@pytest.mark.parametrize("url", ["theme/main.html", "mkdocs.yml", "../content/x.svg", "/x.svg", "\\78.svg"])
def test_a_style_sheet_publishes_nothing_else(url: str) -> None:
    published, _ = look(
        {"mkdocs.yml": "extra_css: [a.css]", "a.css": f"a {{ b: url({url}) }}", "theme/main.html": "", "x.svg": ""}
    )
    assert published == {"a.css"}


@pytest.mark.parametrize("name", ["theme/main.html", "mkdocs.yml", "./theme/../mkdocs.yml"])
def test_settings_and_templates_cannot_be_named(name: str) -> None:
    assert look({"mkdocs.yml": f"extra_css: [{name}]", "theme/main.html": ""}) == (set(), ["mkdocs.yml PRM703"])


def test_a_file_beside_the_look_is_in_no_portal(make_repo: MakeRepo) -> None:
    repo = make_repo(
        {
            **CONFIGURATION,
            "content/index.md": page("Home"),
            "site_overrides/mkdocs.yml": "extra_css: [a.css]\n",
            "site_overrides/a.css": "body { color: red }",
            "site_overrides/plan.txt": "Canary of the plan",
        }
    )
    files = files_of(repo.render(), "nordwind")
    assert b"color: red" in files["assets/look/a.css"]
    assert not [path for path, data in files.items() if b"Canary of the plan" in data]


@pytest.mark.parametrize(
    ("text", "loads"),
    [
        ("a { b: url( '//[' ) }", True),
        ("@import 'https://x.example/a.css'", True),
        ("a { b: url(https://x.example/a) }", True),
        ("<link rel=stylesheet href=https://x.example/a.css>", True),
        ("<link href='//x.example/a.css' rel='stylesheet'>", True),
        ("<img class='a' src='https://x.example/a.png'>", True),
        ("<image xlink:href='https://x.example/a.png'>", True),
        ("<link rel='canonical' href='https://x.example/'>", False),
        ("<a href='https://x.example/'>Vendor</a>", False),
    ],
)
def test_what_would_be_loaded_from_elsewhere_is_an_error(text: str, loads: bool) -> None:
    name = "theme/partials/footer.html" if text.startswith("<") else "a.css"
    _, found = look({"mkdocs.yml": "extra_css: [a.css]", "a.css": "", name: text})
    assert found == ([f"{name} PRM706"] if loads else [])
