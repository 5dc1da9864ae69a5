"""An article is what mkdocs makes of the same page with the same theme and extensions.

Comments leave the Markdown before it is rendered, so mkdocs gets it without them too.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from html import escape, unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from material.extensions.emoji import twemoji
from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.plugins import BasePlugin

from benchmarks.handbook import make_programme
from prmbuild.cache import DirectoryCache
from prmbuild.desired import Desired, desired, read_authored
from prmbuild.progress import Silence
from prmbuild.render.comments import without_comments
from prmbuild.render.links import internal_path
from prmbuild.render.material import EXTENSIONS
from prmbuild.request import Request
from prmbuild.source.git import opened
from tests.conftest import NOW

ROOT = Path(__file__).parents[2]
HANDBOOK = ROOT.parent / "shared" / "corpora" / "handbook.tar.gz"
URL = re.compile(r"""(\b(?:href|src|data|poster)=)(?:"([^"]*)"|'([^']*)')""")


class _Contents(BasePlugin):  # type: ignore[no-untyped-call]
    """Keeps every page's content, and ends the build before the theme's templates, which have no say in it."""

    def __init__(self) -> None:
        self.contents: dict[str, str] = {}

    def on_page_content(self, html: str, page: object, **_: object) -> None:
        self.contents[page.file.src_uri] = html  # type: ignore[attr-defined]

    def on_env(self, env: object, **_: object) -> None:
        raise Abort("all pages are read")


def mkdocs_contents(pages: Mapping[str, str], assets: Mapping[str, bytes], folder: Path) -> Mapping[str, str]:
    """Build pages with mkdocs: path → HTML of the article."""
    docs = folder / "docs"
    for path, text in pages.items():
        (docs / path).parent.mkdir(parents=True, exist_ok=True)
        (docs / path).write_text(text, encoding="utf-8")
    for path, data in assets.items():
        (docs / path).parent.mkdir(parents=True, exist_ok=True)
        (docs / path).write_bytes(data)
    config = MkDocsConfig()
    config.load_dict(
        {
            "site_name": "Site",
            "site_url": "https://site.example/",
            "docs_dir": str(docs),
            "site_dir": str(folder / "site"),
            "theme": {"name": "material"},
            "plugins": [],
            "markdown_extensions": [
                {name: dict(options) | ({"emoji_index": twemoji} if name == "pymdownx.emoji" else {})}
                for name, options in EXTENSIONS.items()
            ],
        }
    )
    errors, _ = config.validate()
    assert not errors
    keep = _Contents()
    config.plugins._register_event("page_content", keep.on_page_content)
    config.plugins._register_event("env", keep.on_env)
    with pytest.raises(Abort):
        mkdocs_build(config)
    return keep.contents


def normalised(html: str, page_url: str, files: Mapping[str, str] | None = None, folder: str = "") -> str:
    """Name every internal target by its place in a portal, as the two sites lie in different folders.

    Args:
        html: of an article.
        page_url: where it is.
        files: file → its place, for mkdocs, which leaves paths of files in raw HTML as they are.
        folder: of the page's file.
    """

    def place(found: re.Match[str]) -> str:
        written = unescape(found.group(2) if found.group(2) is not None else found.group(3))
        leads = internal_path(written, quote(page_url))
        named = internal_path(written, quote(folder)) if files else None
        if files and leads and named and named[0] in files and leads[0] not in files.values():
            leads = files[named[0]], named[1]
        if leads is None or not written or written.startswith("/"):
            return f'{found.group(1)}"{escape(written)}"'
        path, fragment = leads
        path = path.removeprefix("content/").removesuffix("course.yaml").removesuffix("quiz.yaml")
        return f'{found.group(1)}"/{escape(path)}#{escape(fragment)}"'

    return URL.sub(place, html)


def comparable(state: Desired) -> Iterator[tuple[str, str, str]]:
    """Path, Markdown and article of every page; of one with audience blocks, as one portal's readers see it."""
    seen = {path: page for portal in state.portals for path, page in portal.pages.items()}
    for path, page in seen.items():
        title = page.input.title
        front = f"---\ntitle: {title!r}\n---\n" if title is not None else "---\nother: 1\n---\n"
        yield path, f"{front}\n{without_comments(page.input.text)}", state.engine.body(page.input.key).html


def compare(repository_folder: Path, scratch: Path, least: int) -> None:
    request = Request(revision="HEAD", now=NOW, jobs=2, cache=DirectoryCache(scratch / "cache"))
    with opened(repository_folder) as repository:
        authored = read_authored(repository, request)
        with desired(authored, request, Silence()) as state:
            pages = {path: (text, html) for path, text, html in comparable(state)}
            others = {path: "" for path in state.catalog.pages if path not in pages}
            names = (*state.catalog.assets, *(course.source.path for course in state.catalog.courses.values()))
            contents = mkdocs_contents(
                {path: text for path, (text, _) in pages.items()} | others, dict.fromkeys(names, b""), scratch
            )
            addresses = state.site.addresses
            files = {name: one.file.removesuffix("index.html") for name, one in addresses.items()}
            assert len(pages) >= least
            for path, (_, html) in pages.items():
                theirs = normalised(contents[path], _mkdocs_url(path), files, f"{posixpath.dirname(path)}/")
                assert normalised(html, addresses[path].file.removesuffix("index.html")) == theirs, path


def _mkdocs_url(path: str) -> str:
    folder, name = posixpath.split(path)
    stem = name.removesuffix(".md")
    return f"{folder}/" if stem in ("index", "README") else f"{folder}/{stem}/"


def test_every_page_of_the_sample(tmp_path: Path) -> None:
    compare(ROOT, tmp_path, least=50)


@pytest.mark.skipif(not HANDBOOK.is_file(), reason="the handbook corpus is not here")
def test_every_page_of_the_handbook(tmp_path: Path) -> None:
    make_programme(HANDBOOK, tmp_path / "handbook")
    compare(tmp_path / "handbook", tmp_path / "mkdocs", least=800)
