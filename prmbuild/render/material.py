"""Pages rendered with mkdocs and its Material theme.

The only module that imports them. Material's end of life is announced: what takes its place must offer `Toolchain`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import material
from jinja2 import Environment, FileSystemLoader, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from prmbuild.errors import RenderError
from prmbuild.render import defaults, templates
from prmbuild.render.article import Article, Heading, PageInput, Rendered
from prmbuild.render.articles import Articles
from prmbuild.render.compiled import CompiledTemplates, compiled
from prmbuild.render.frames import Frame, Marks, NotPrinted, Slot, TemplatePage, escaped, stand_in_for
from prmbuild.render.icons import Icons
from prmbuild.render.markup import Markdown, Parser
from prmbuild.render.offline import offline
from prmbuild.render.page import PageFacts, Site
from prmbuild.render.relative import based, relative_url
from prmbuild.render.words import Labels, words
from prmbuild.software import digest_of, remembered, version

THEME = Path(__file__).parent / "theme"
MATERIAL = Path(material.__file__).parent / "templates"

THEME_SETTINGS: Mapping[str, object] = {
    "name": "material",
    "locale": "en",
    "direction": None,
    "icon": None,
    "favicon": "assets/images/favicon.png",
}
"""Settings of the theme where a look does not give others, beside those that are never the theme's own.

Source: ``mkdocs_theme.yml`` of Material; written here as reading YAML takes longer than rendering a page.
"""


class _EmojiIndex(dict[str, object]):
    """What stands behind names between colons. It loads as long as a page renders, so a text must have one first."""

    def __missing__(self, part: str) -> object:
        from pymdownx import twemoji_db

        icons = Icons(twemoji_db.emoji, MATERIAL / ".icons")
        self.update(name="twemoji", emoji=icons, aliases=twemoji_db.aliases)
        return self[part]


_EMOJI = _EmojiIndex()


def _emoji(options: object, parser: Parser) -> Mapping[str, object]:
    return _EMOJI


def _svg(*arguments: object) -> Element:
    from material.extensions.emoji import to_svg

    element: Element = to_svg(*arguments)
    return element


EXTENSIONS: Mapping[str, Mapping[str, object]] = {
    **defaults.EXTENSIONS,
    "pymdownx.emoji": {"emoji_index": _emoji, "emoji_generator": _svg},
}
"""The Markdown extensions that every portal has, with their options. Beside the icons, none of them reads files."""

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

_PARTS = {"article": "partials/article.html", "contents": "partials/toc.html"}
_OWN = {"article": "partials/article.html", "contents": "contents.html"}
"""What in the frame of an article is the page's own: its place in the theme, and the template that renders it."""


class Toolchain:
    """mkdocs and Material, set up for one site.

    Raises:
        RenderError: the look cannot be used.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self._settings: dict[str, Mapping[str, object]] = {}
        self._shells: dict[tuple[str, str, str, str], bytes] = {}
        self._frames: dict[tuple[str, str, bool, bool, bool], Frame | None] = {}

    @cached_property
    def fingerprint(self) -> str:
        """The digest of all that bytes depend on beside a page itself: this code, its libraries, theme and look.

        That a page says of itself that it is a preview is left out: its article is the same.
        """
        parts = (
            remembered("toolchain", lambda: digest_of(LIBRARIES, _sources())),
            repr((self.site.name, self.site.url)),
            repr((self.site.look.theme, self.site.look.markdown_extensions, self.site.look.extra)),
            repr((self.site.look.extra_css, self.site.look.extra_javascript, self.site.look.templates)),
        )
        return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def asset_marks(self) -> str:
        """What tells without reading them that the theme's own static files are as they were."""
        files = ((path, path.stat()) for path in sorted((THEME / "assets").rglob("*")) if path.is_file())
        return "\n".join(f"{path.relative_to(THEME)} {found.st_size} {found.st_mtime_ns}" for path, found in files)

    def article(self, page: PageInput) -> Rendered:
        """Render a page's Markdown.

        Raises:
            RenderError: an extension failed on it.
        """
        return self._articles.render(page)

    def page(self, article: Article, toc: tuple[Heading, ...], html: str, facts: PageFacts) -> bytes:
        """Put an article into the theme.

        Args:
            article: what the page says of itself.
            toc: its headings.
            html: the article as this variant's readers may see it.
            facts: what stands around it.
        """
        address = self.site.addresses[article.path]
        page = TemplatePage(
            title=article.title,
            content=html,
            toc=toc,
            url=address.url,
            canonical_url=self.site.url + address.url,
            root=self._root(address.url),
            meta={"description": article.description} if article.description else {},
            language=article.language,
        )
        more = {"facts": facts, "mermaid": article.mermaid}
        # authored templates may ask whatever they like of a page
        frame = None if self.site.look.templates else self._frame(page, more)
        if frame is None:
            text = self._template("article.html", page, more)
        else:
            own = {name: self._template(template, page, more) for name, template in _OWN.items()}
            text = frame.around({"title": article.title, "url": address.url, "description": article.description, **own})
        return text.encode("utf-8", "surrogatepass")

    def _frame(self, page: TemplatePage, more: Mapping[str, object]) -> Frame | None:
        """Return what the theme puts around a page; None where it asks what the page says, beside printing it."""
        key = page.language, page.root, bool(page.meta), bool(page.toc), bool(more["mermaid"])
        if key not in self._frames:
            marks = Marks()
            filters: Mapping[str, Callable[..., object]] = {**_FILTERS, "e": escaped, "escape": escaped}
            printed = {template: f"{{{{ {name} }}}}" for name, template in _PARTS.items()}
            environment = templates.environment(printed, _LOADER, filters, self._compiled, marks.printed)
            slots = {name: Slot(name) for name in ("facts", *_OWN)}
            try:
                text = self._template("article.html", stand_in_for(page), {**more, **slots}, environment)
                self._frames[key] = marks.frame(text)
            except RenderError as error:
                if not isinstance(error.__cause__, NotPrinted):
                    raise
                self._frames[key] = None
        return self._frames[key]

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
            page = TemplatePage(
                title=title,
                content=BODY,
                toc=(),
                url=url,
                canonical_url=self.site.url + url,
                root=self._root(url),
                meta={"hide": ["toc"] if kind in WITH_NAVIGATION else ["navigation", "toc"]},
                language=language,
                exists=url != NOT_FOUND,
            )
            text = self._template("document.html", page, {"kind": kind})
            self._shells[key] = text.encode("utf-8", "surrogatepass")
        return self._shells[key]

    def static_files(self) -> Mapping[str, bytes]:
        """Return the files that every portal needs beside its pages: path relative to its root → bytes."""
        files = {
            f"assets/{path.relative_to(MATERIAL / 'assets').as_posix()}": path.read_bytes()
            for path in sorted((MATERIAL / "assets").rglob("*"))
            if path.is_file() and path.suffix != ".map" and _SEARCH.isdisjoint(path.parts)
        }
        own = THEME / "assets"
        files |= {
            f"assets/portal/{path.relative_to(own).as_posix()}": path.read_bytes()
            for path in sorted(own.rglob("*"))
            if path.is_file()
        }
        return {path: offline(path, data) for path, data in files.items()} | dict(self.site.look.files)

    def _template(
        self,
        name: str,
        page: TemplatePage,
        more: Mapping[str, object],
        environment: Environment | None = None,
    ) -> str:
        say = words(page.language)
        language = self._theme_language(say.language, page.language)
        base_url = page.root
        values = {
            "nav": True,
            "pages": (),
            "base_url": base_url,
            "extra_css": [based(path, base_url) for path in self.site.look.extra_css],
            "extra_javascript": [based(path, base_url) for path in self.site.look.extra_javascript],
            "mkdocs_version": version("mkdocs"),
            "config": self._shown(language),
            "page": page,
            "preview": self.site.preview,
            "say": say,
            "label": self.labels,
            **more,
        }
        return templates.render(environment or self._environment, name, values)

    def _shown(self, language: str) -> Mapping[str, object]:
        if language not in self._settings:
            look = self.site.look
            theme = {
                **THEME_SETTINGS,
                "features": list(defaults.FEATURES),
                "palette": [dict(option) for option in defaults.PALETTE],
                **look.theme,
                "font": False,
                "language": language,
            }
            self._settings[language] = templates.settings(
                {
                    "site_name": self.site.name,
                    "site_url": self.site.url,
                    "extra_css": list(look.extra_css),
                    "extra_javascript": list(look.extra_javascript),
                    "extra": {"homepage": ".", "generator": False, **look.extra},
                    "toc": self._extensions["toc"],
                },
                theme,
            )
        return self._settings[language]

    def _root(self, page_url: str) -> str:
        """Return the portal's root as a page's links begin; absolute on what stands in for pages at any depth."""
        return (
            urlsplit(self.site.url).path or "/"
            if page_url == NOT_FOUND
            else relative_url("./", page_url or "./").removesuffix("/")
        )

    @cached_property
    def labels(self) -> Labels:
        """The names that the look gives to slugs."""
        given = self.site.look.extra.get("labels")
        return Labels({str(key): str(name) for key, name in given.items()} if isinstance(given, Mapping) else {})

    @cached_property
    def _articles(self) -> Articles:
        try:
            markup = Markdown(self._extensions, _heading_text)
        except Exception as error:
            raise RenderError(f"site_overrides/mkdocs.yml: markdown_extensions: {error}") from error
        return Articles(self.site, markup)

    @cached_property
    def _extensions(self) -> Mapping[str, Mapping[str, object]]:
        extensions = {**EXTENSIONS}
        for name, options in self.site.look.markdown_extensions.items():
            extensions[name] = {**extensions.get(name, {}), **options}
        return extensions

    @staticmethod
    @cache
    def _theme_language(spoken: str, read: str) -> str:
        """Return the language of the theme's words: the interface's, or a page's that is written from the right."""
        folder = MATERIAL / "partials" / "languages"
        for candidate in (read, read.split("-")[0]):
            file = folder / f"{candidate}.html"
            if file.is_file() and '"direction": "rtl"' in file.read_text(encoding="utf-8"):
                return candidate
        return spoken

    @cached_property
    def _environment(self) -> Environment:
        return templates.environment(self.site.look.templates, _LOADER, _FILTERS, self._compiled)

    @cached_property
    def _compiled(self) -> CompiledTemplates:
        return compiled(Path(templates.__file__))


class _Unindented(FileSystemLoader):
    """Leaves the indentation of the theme's templates out, which would be a quarter of every page."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, file, current = super().get_source(environment, template)
        return _INDENTATION.sub("", source), file, current


_INDENTATION = re.compile(r"(?m)^[ \t]+")
_LOADER = _Unindented((THEME, MATERIAL))


@pass_context
def _url(context: Context, value: object) -> str:
    """Write a path relative to the portal's root, or an absolute URL, as it must stand on the page."""
    path = based(str(value), context["base_url"])
    return "./" if path in (".", "./.") else path.removesuffix(".") if path.endswith("/.") else path


@pass_context
def _script_tag(context: Context, value: object) -> Markup:
    """Write the element that loads a script; one whose name ends in ``.mjs`` is a module."""
    kind = Markup(' type="module"') if str(value).endswith(".mjs") else ""
    return Markup('<script src="{}"{}></script>').format(_url(context, value), kind)


_FILTERS = {"url": _url, "script_tag": _script_tag}


def _heading_text(heading: Element, parser: Parser) -> str:
    from mkdocs.utils.rendering import get_heading_text

    return get_heading_text(heading, parser)


def _sources() -> Sequence[Path]:
    return [path for path in sorted(THEME.parent.rglob("*")) if path.suffix in (".py", ".html", ".json")]
