"""Authored templates see the look and the page, and fail at their own line."""

import pickle
from collections.abc import Mapping

import pytest
import yaml

from prmbuild.errors import RenderError
from prmbuild.render.look import Look
from prmbuild.render.material import MATERIAL, THEME_SETTINGS, Toolchain
from prmbuild.render.page import Site
from prmbuild.render.templates import TemplateError

FOOTER = "partials/footer.html"


def toolchain(templates: Mapping[str, str]) -> Toolchain:
    look = Look(templates=templates, extra={"motto": "Onward"}, theme={"palette": {"primary": "teal"}})
    return Toolchain(Site(name="Robots", url="https://vendor.example/", look=look, addresses={}, preview=False))


def rendered(body: str, **more: str) -> str:
    templates = {FOOTER: f"<footer>\n\n«{body}»\n</footer>", **{f"{name}.html": text for name, text in more.items()}}
    text = toolchain(templates).shell(url="", title="Home", language="en", kind="home").decode()
    return text[text.index("«") + 1 : text.index("»")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{{ config.site_name }}", "Robots"),
        ("{{ config.extra.motto }}", "Onward"),
        ("{{ config.theme.palette.primary }}", "teal"),
        ("{{ config.plugins['material/search'] | attr('config') }}", "{'enabled': True}"),
        ("{{ 'assets/x.css' | url }}", "./assets/x.css"),
        ("{% for n in range(2) %}{{ n }}{% endfor %}", "01"),
        ("{{ page.title }}{{ page.nope }}{{ say('page.skip') | length > 0 }}", "HomeTrue"),
    ],
)
def test_what_templates_are_for(body: str, expected: str) -> None:
    assert rendered(body) == expected


@pytest.mark.parametrize(
    "name", ["docs_dir", "site_dir", "config_file_path", "theme.dirs", "theme.custom_dir", "user_configs"]
)
def test_no_setting_tells_of_the_machine(name: str) -> None:
    assert rendered(f"{{{{ config.{name} }}}}") == ""


def test_settings_printed_whole_tell_of_no_path() -> None:
    text = rendered("{{ config.theme }}{{ config.extra }}{{ config.mdx_configs }}")
    assert "teal" in text and "Onward" in text
    assert "/site-packages/" not in text and "/tmp" not in text and " at 0x" not in text


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{{ 1 / 0 }}", "division by zero"),
        ("{% include 'nope.html' %}", "there is no template 'nope.html'"),
        ("{{ page.nope.nope }}", "has no attribute 'nope'"),
        ("{{ lipsum() }}", "'lipsum' is undefined"),
        ("{{ [1, 2] | random }}", "No filter named 'random'"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ page.__init__.__globals__ }}", "unsafe"),
        ("{{ config.theme.update({'language': 'x'}) }}", "unsafe"),
        ("{{ config.extra.update({'motto': 'x'}) }}", "unsafe"),
        ("{{ range(10 ** 9) | length }}", "Range too big"),
        ("{{ say }}", "kind 'Words' cannot be printed"),
        ("{{ [page] }}", "cannot be printed"),
    ],
)
def test_a_template_that_fails_is_told_at_its_line(body: str, reason: str) -> None:
    with pytest.raises(TemplateError) as found:
        rendered(body)
    assert (found.value.path, found.value.line) == (f"site_overrides/theme/{FOOTER}", 3)
    assert reason in found.value.reason
    assert found.value.message.startswith(f"site_overrides/theme/{FOOTER}:3: ")


def test_the_template_that_fails_is_told_not_the_one_that_includes_it() -> None:
    with pytest.raises(TemplateError) as found:
        rendered("{% include 'part.html' %}", part="\n{{ 1 / 0 }}")
    assert (found.value.path, found.value.line) == ("site_overrides/theme/part.html", 2)


def test_a_template_that_extends_itself_is_told() -> None:
    with pytest.raises(RenderError, match="without end"):
        rendered("", main='{% extends "main.html" %}')


def test_the_error_comes_whole_from_a_worker() -> None:
    error = TemplateError("message", "reason", "path", 7)
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.message, copy.reason, copy.path, copy.line) == ("message", "reason", "path", 7)


def test_settings_of_the_theme_are_those_that_material_has() -> None:
    written = yaml.safe_load((MATERIAL / "mkdocs_theme.yml").read_text(encoding="utf-8"))
    ours = ("language", "features", "font", "static_templates")
    assert {key: value for key, value in written.items() if key not in ours} == {
        key: value for key, value in THEME_SETTINGS.items() if key not in ("name", "locale")
    }
