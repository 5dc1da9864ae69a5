import re
from collections.abc import Mapping

import pytest

from prmbuild.errors import RenderError
from prmbuild.render.offline import offline
from tests.conftest import MakeRepo, files_of
from tests.site.conftest import CONTENT

ALLOWED = re.compile(rb"https?://(?:www\.)?(?:w3\.org|mozilla\.org)/")
FETCHES = re.compile(rb"""(?:url\(|@import|fetch\(|import\(|importScripts\(|(?:src|href)=)\s*["'`(]*https?://""")


def test_no_asset_asks_another_origin(portal: Mapping[str, bytes]) -> None:
    for path, data in portal.items():
        if path.endswith((".js", ".css")):
            assert not FETCHES.search(data), path
            assert b"unpkg.com" not in data and b"jsdelivr" not in data, path
            assert b"sourceMappingURL" not in data, path


def test_no_page_asks_another_origin(portal: Mapping[str, bytes]) -> None:
    for path, data in portal.items():
        if path.endswith(".html"):
            loaded = re.findall(rb"<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=\"([^\"]*)\"", data)
            assert loaded and not [url for url in loaded if b"//" in url], path


def test_another_version_of_the_theme_is_refused() -> None:
    with pytest.raises(RenderError, match="unpkg"):
        offline("assets/javascripts/bundle.00c0ffee.min.js", b"something else")


def test_what_the_theme_vendors_comes_with_its_licence(portal: Mapping[str, bytes]) -> None:
    fonts = [path for path in portal if path.endswith(".woff2")]
    assert fonts and sum(len(portal[path]) for path in fonts) < 300_000
    for licence in (
        "mermaid-LICENSE.txt",
        "icons-LICENSE.txt",
        "fonts/inter-LICENSE.txt",
        "fonts/jetbrains-mono-LICENSE.txt",
    ):
        assert f"assets/portal/{licence}" in portal


def test_a_page_is_the_same_in_every_portal(portal: Mapping[str, bytes], silver: Mapping[str, bytes]) -> None:
    assert portal["guides/apple/index.html"] == silver["guides/apple/index.html"]


@pytest.mark.parametrize(
    ("language", "interface", "contents", "skip", "direction"),
    [
        ("pt-BR", "pt", "Índice", "Ir para o conteúdo", "ltr"),
        ("nl", "en", "Table of contents", "Skip to content", "ltr"),
        ("ar", "ar", "جدول المحتويات", "Skip to content", "rtl"),
    ],
)
def test_a_page_and_what_is_around_it_are_each_in_one_language(
    make_repo: MakeRepo, language: str, interface: str, contents: str, skip: str, direction: str
) -> None:
    text = f"---\nstatus: approved\ntitle: Some\nlanguage: {language}\n---\n\n## First\n\n## Second\n"
    built = make_repo({**CONTENT, "content/some.md": text}).render()
    shown = files_of(built, "nordwind")["some/index.html"].decode()
    assert f'<html lang="{interface}"' in shown and f'<body dir="{direction}"' in shown
    assert contents in shown and skip in shown
    assert f'id="__content" tabindex="-1" lang="{language}"' in shown
