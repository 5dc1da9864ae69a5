"""The HTML of documents: Jinja templates that escape whatever they are given."""

from functools import lru_cache, partial
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from prmbuild import templates
from prmbuild.render.compiled import compiled
from prmbuild.render.material import BODY, Toolchain
from prmbuild.render.words import Labels, Words
from prmbuild.site.contents import Common
from prmbuild.site.entries import Entry
from prmbuild.templates import html_templates


def document(common: Common, *, url: str, title: str, template: str, root: str = "", **values: object) -> bytes:
    """Return a document of a portal.

    Args:
        common: what all portals have in common.
        url: relative to the portal's root.
        title: plain text.
        template: its name, without ``.html``; names the kind of the document, too.
        root: URL of the portal's root as the document writes it, with a trailing slash; relative where not said.
        values: what the template needs beside what every template is given.
    """
    root = root or above(url)
    html = body(
        template,
        say=common.words,
        label=common.labels,
        name=common.toolchain.site.name,
        root=root,
        title=title,
        row=partial(_row, root=root, say=common.words, label=common.labels),
        **values,
    )
    return framed(common.toolchain, html, url=url, title=title, template=template, language=common.words.language)


def framed(toolchain: Toolchain, html: str, *, url: str, title: str, template: str, language: str) -> bytes:
    """Put the body of a document into the theme."""
    shell = toolchain.shell(url=url, title=title, language=language, kind=template.replace("_", "-"))
    return shell.replace(BODY.encode(), html.encode("utf-8", "surrogatepass"), 1)


def body(template: str, **values: object) -> str:
    """Render a template, named without ``.html``."""
    return _templates().get_template(f"{template}.html").render(**values)


def above(url: str) -> str:
    """Return the portal's root as a document at this URL writes it."""
    return "../" * url.count("/")


def trusted(html: str) -> Markup:
    """Mark the HTML of an article as such; it was rendered from approved Markdown."""
    return Markup(html)


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return html_templates("prmbuild.site", kept=compiled(Path(templates.__file__)))


@lru_cache(maxsize=32768)
def _row(kind: str, entry: Entry, *, root: str, say: Words, label: Labels) -> Markup:
    """Return an entry of a long list. The same for every portal that shows it, so it is rendered once."""
    return Markup(body(f"rows/{kind}", entry=entry, root=root, say=say, label=label))
