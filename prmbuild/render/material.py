"""Pages rendered with mkdocs and its Material theme.

The only module that imports them. Material's end of life is announced: what takes its place must offer `Toolchain`.
"""

import logging
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import material
from jinja2 import Environment, FileSystemLoader, pass_context
from jinja2.runtime import Context
from material.extensions.emoji import to_svg, twemoji
from material.plugins.search.plugin import Parser
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url, normalize_url

from prmbuild.errors import RenderError
from prmbuild.render import defaults, templates
from prmbuild.render.article import Article, Consulted, Heading, PageInput, Reference, Section
from prmbuild.render.comments import without_comments
from prmbuild.render.links import ids_in, internal_path, urls_in
from prmbuild.render.offline import offline
from prmbuild.render.page import PageFacts, Site
from prmbuild.render.words import Labels, words

THEME = Path(__file__).parent / "theme"
MATERIAL = Path(material.__file__).parent / "templates"


EXTENSIONS: Mapping[str, Mapping[str, object]] = {
    **defaults.EXTENSIONS,
    "pymdownx.emoji": {"emoji_index": twemoji, "emoji_generator": to_svg},
}
"""The Markdown extensions that every portal has, with their options. None of them reads files or the network."""

LIBRARIES = ("Jinja2", "Markdown", "mkdocs", "mkdocs-material", "Pygments", "pymdown-extensions")
"""Distributions whose version shapes a page's bytes."""

_SEARCH = frozenset({"lunr", "workers"})
"""Folders of Material's own search, which nothing here loads."""

WITH_NAVIGATION = frozenset({"course", "quiz"})
"""Kinds of documents that show the sidebar; the others are as wide as the window."""

NOT_FOUND = "404.html"
"""The document that stands in for what does not exist, at any depth."""

BODY = "<!-- prmbuild:body -->"
"""Stands in a shell where the body of a document goes."""


class Toolchain:
    """mkdocs and Material, set up for one site.

    Raises:
        RenderError: the look cannot be used.
    """

    def __init__(self, site: Site) -> None:
        logging.getLogger("mkdocs").setLevel(logging.CRITICAL)
        self.site = site
        self._places: dict[str, str | None] = {}
        self._configs: dict[str, MkDocsConfig] = {}
        self._environments: dict[str, Environment] = {}
        self._settings: dict[str, Mapping[str, object]] = {}
        self._shells: dict[tuple[str, str, str, str], bytes] = {}

    @cached_property
    def _files(self) -> "_ConsultedFiles":
        config = self._config("en")
        files = []
        for path, address in self.site.addresses.items():
            file = File(path, None, config.site_dir, True, dest_uri=address.file)
            file._content = ""
            files.append(file)
        return _ConsultedFiles(files)

    @cached_property
    def fingerprint(self) -> str:
        """The digest of all that bytes depend on beside a page itself: this code, its libraries, theme and look."""
        sources = [path for path in sorted(THEME.parent.rglob("*")) if path.suffix in (".py", ".html", ".json")]
        parts = (
            *(f"{name}={metadata.version(name)}" for name in LIBRARIES),
            *(sha256(path.read_bytes()).hexdigest() for path in sources),
            repr((sys.version_info[:3], self.site.name, self.site.url, self.site.preview)),
            repr((self.site.look.theme, self.site.look.markdown_extensions, self.site.look.extra)),
            repr((self.site.look.extra_css, self.site.look.extra_javascript, self.site.look.templates)),
        )
        return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def article(self, page: PageInput) -> tuple[Article, Consulted]:
        """Render a page's Markdown.

        Returns:
            The article, and what its links were looked up in; it holds as long as those answers do.

        Raises:
            RenderError: an extension failed on it.
        """
        self._files.consulted.clear()
        self._places.clear()
        config = self._config(page.language)
        file = File(page.path, None, config.site_dir, True, dest_uri=self.site.addresses[page.path].file)
        rendered = Page(None, file, config)
        rendered.markdown = without_comments(page.text)
        rendered.meta = {"title": page.title} if page.title is not None else {}
        try:
            rendered.render(config, self._files)
        except Exception as error:
            raise RenderError(f"{page.path}: the page cannot be rendered: {error}") from error
        content = rendered.content or ""
        article = Article(
            key=page.key,
            path=page.path,
            html=content,
            title=str(rendered.title),
            description=page.description,
            language=page.language,
            toc=_headings(rendered.toc),
            references=self._references(content, file.url),
            anchors=frozenset(ids_in(content)),
            sections=_sections(content, str(rendered.title)),
            mermaid='<pre data-search-exclude class="mermaid">' in content,
        )
        return article, Consulted(files=dict(self._files.consulted), places=dict(self._places))

    def target(self, url: str, page_url: str) -> tuple[str | None, str] | None:
        """Return what a URL on a page leads to.

        Returns:
            The repository path (None where it is nothing published) and the fragment; None for a URL that leaves the
            programme.
        """
        resolved = internal_path(url, page_url, self.site.url)
        if resolved is None:
            return None
        path, fragment = resolved
        self._places[path] = self._by_path.get(path)
        return self._places[path], fragment

    @cached_property
    def _by_path(self) -> Mapping[str, str]:
        return {address.file.removesuffix("index.html"): path for path, address in self.site.addresses.items()}

    def _references(self, content: str, page_url: str) -> tuple[Reference, ...]:
        found: dict[str, Reference] = {}
        for url in urls_in(content):
            if url in found:
                continue
            leads = self.target(url, "" if page_url == "./" else page_url)
            if leads is not None:
                found[url] = Reference(written=url, target=leads[0], fragment=leads[1])
        return tuple(found.values())

    def page(self, article: Article, html: str, facts: PageFacts) -> bytes:
        """Put an article into the theme.

        Args:
            article: what the page says of itself.
            html: the article as this variant's readers may see it.
            facts: what stands around it.
        """
        address = self.site.addresses[article.path]
        config = self._config(article.language)
        page = _TemplatePage(
            title=article.title,
            content=html,
            toc=article.toc,
            url=address.url,
            canonical_url=self.site.url + address.url,
            meta={"description": article.description} if article.description else {},
            language=article.language,
        )
        return self._template("article.html", config, page, facts=facts, mermaid=article.mermaid)

    def shell(self, *, url: str, title: str, language: str, kind: str) -> bytes:
        """Return a page of the theme with `BODY` in place of its body.

        Args:
            url: relative to the portal's root.
            title: plain text.
            language: a BCP 47 tag.
            kind: names the document, for styling. Of those in `WITH_NAVIGATION`, pages show the sidebar.
        """
        key = (url, title, language, kind)
        if key not in self._shells:
            page = _TemplatePage(
                title=title,
                content=BODY,
                toc=(),
                url=url,
                canonical_url=self.site.url + url,
                meta={"hide": ["toc"] if kind in WITH_NAVIGATION else ["navigation", "toc"]},
                language=language,
            )
            self._shells[key] = self._template("document.html", self._config(language), page, kind=kind)
        return self._shells[key]

    def static_files(self) -> Mapping[str, bytes]:
        """Return the files that every portal needs beside its pages: path relative to its root → bytes."""
        files = {
            f"assets/{path.relative_to(MATERIAL / 'assets').as_posix()}": path.read_bytes()
            for path in sorted((MATERIAL / "assets").rglob("*"))
            if path.is_file() and path.suffix != ".map" and path.parent.name not in _SEARCH
        }
        own = THEME / "assets"
        files |= {
            f"assets/portal/{path.relative_to(own).as_posix()}": path.read_bytes()
            for path in sorted(own.rglob("*"))
            if path.is_file()
        }
        return {path: offline(path, data) for path, data in files.items()} | dict(self.site.look.files)

    def _template(self, name: str, config: MkDocsConfig, page: "_TemplatePage", **more: object) -> bytes:
        environment = self._environment(config.theme["language"])
        base_url = self._root(page.url)
        values = {
            "nav": True,
            "pages": (),
            "base_url": base_url,
            "extra_css": [normalize_url(path, base=base_url) for path in config.extra_css],
            "extra_javascript": [normalize_url(str(path), base=base_url) for path in config.extra_javascript],
            "mkdocs_version": metadata.version("mkdocs"),
            "config": self._shown(config.theme["language"]),
            "page": page,
            "preview": self.site.preview,
            "say": words(page.language),
            "label": self.labels,
            **more,
        }
        text = templates.render(environment, name, values)
        return text.encode("utf-8", "surrogatepass")

    def _shown(self, language: str) -> Mapping[str, object]:
        if language not in self._settings:
            config = self._config(language)
            self._settings[language] = templates.settings(config, config.theme)
        return self._settings[language]

    def _root(self, page_url: str) -> str:
        """Return the portal's root as a page's links begin; absolute on what stands in for pages at any depth."""
        return urlsplit(self.site.url).path or "/" if page_url == NOT_FOUND else get_relative_url(".", page_url)

    @cached_property
    def labels(self) -> Labels:
        """The names that the look gives to slugs."""
        given = self.site.look.extra.get("labels")
        return Labels({str(key): str(name) for key, name in given.items()} if isinstance(given, Mapping) else {})

    def _config(self, language: str) -> MkDocsConfig:
        known = self._theme_language(language)
        if known not in self._configs:
            self._configs[known] = self._load(known)
        return self._configs[known]

    def _theme_language(self, language: str) -> str:
        for candidate in (language, language.split("-")[0]):
            if (MATERIAL / "partials" / "languages" / f"{candidate}.html").is_file():
                return candidate
        return "en"

    def _load(self, language: str) -> MkDocsConfig:
        look = self.site.look
        extensions = {**EXTENSIONS}
        for name, options in look.markdown_extensions.items():
            extensions[name] = {**extensions.get(name, {}), **options}
        config = MkDocsConfig()
        with tempfile.TemporaryDirectory() as empty:
            config.load_dict(
                {
                    "site_name": self.site.name,
                    "site_url": self.site.url,
                    "docs_dir": empty,
                    "site_dir": f"{empty}-site",
                    "use_directory_urls": True,
                    "plugins": ["material/search"],
                    "theme": {
                        "features": list(defaults.FEATURES),
                        "palette": [dict(option) for option in defaults.PALETTE],
                        **look.theme,
                        "name": "material",
                        "custom_dir": str(THEME),
                        "font": False,
                        "language": language,
                    },
                    "markdown_extensions": [{name: dict(options)} for name, options in extensions.items()],
                    "extra_css": list(look.extra_css),
                    "extra_javascript": list(look.extra_javascript),
                    "extra": {"homepage": ".", "generator": False, **look.extra},
                }
            )
            errors, _ = config.validate()
        if errors:
            key, problem = errors[0]
            raise RenderError(f"site_overrides/mkdocs.yml: {key}: {problem}")
        return config

    def _environment(self, language: str) -> Environment:
        if language not in self._environments:
            plain = self._config(language).theme.get_env()
            theme = _Unindented(self._config(language).theme.dirs)
            filters = {"url": _url, "script_tag": plain.filters["script_tag"]}
            self._environments[language] = templates.environment(self.site.look.templates, theme, filters)
        return self._environments[language]


class _ConsultedFiles(Files):
    """mkdocs' files, which notes what they are asked for: path → file's place, None where there is no such file."""

    def __init__(self, files: list[File]) -> None:
        super().__init__(files)
        self.consulted: dict[str, str | None] = {}

    def get_file_from_path(self, path: str) -> File | None:
        found = super().get_file_from_path(path)
        self.consulted[path] = found.dest_uri if found is not None else None
        return found


@dataclass(slots=True, kw_only=True)
class _TemplatePage:
    """What the theme's templates read of a page. mkdocs' own page knows its place in a navigation; this has none."""

    title: str
    content: str
    toc: Sequence[Any]
    url: str
    canonical_url: str
    meta: Mapping[str, object]
    language: str
    edit_url: None = None
    previous_page: None = None
    next_page: None = None
    is_homepage: bool = False


class _Unindented(FileSystemLoader):
    """Leaves the indentation of the theme's templates out, which would be a quarter of every page."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, file, current = super().get_source(environment, template)
        return _INDENTATION.sub("", source), file, current


_INDENTATION = re.compile(r"(?m)^[ \t]+")


@pass_context
def _url(context: Context, value: object) -> str:
    """Write a path relative to the portal's root, or an absolute URL, as it must stand on the page."""
    path = normalize_url(str(value), base=context["base_url"])
    return "./" if path in (".", "./.") else path.removesuffix(".") if path.endswith("/.") else path


def _headings(entries: Iterable[Any]) -> tuple[Heading, ...]:
    return tuple(
        Heading(id=entry.id, title=entry.title, level=entry.level, children=_headings(entry.children))
        for entry in entries
    )


def _sections(content: str, title: str) -> tuple[Section, ...]:
    parser = Parser()
    parser.feed(content)
    parser.close()
    return tuple(
        Section(
            anchor=section.id or "",
            title="".join(section.title or [title]).strip(),
            text="".join(section.text).strip(),
        )
        for section in parser.data
        if not section.is_excluded()
    )
