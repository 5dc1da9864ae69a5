"""Whether pages can be made with the templates of the look."""

from collections.abc import Iterator
from itertools import islice

from prmbuild import codes
from prmbuild.desired import Desired
from prmbuild.diagnostics import Diagnostic
from prmbuild.render.page import PageFacts
from prmbuild.render.templates import TemplateError

KINDS = ("home", "course")
"""Kinds of documents that the theme lays out differently."""


def check_templates(state: Desired) -> Iterator[Diagnostic]:
    """Make a document of every sort, and a page, and find the template that fails."""
    if not state.site.look.templates:
        return
    toolchain = state.engine.toolchain
    try:
        for kind in KINDS:
            toolchain.shell(url="", title=state.site.name, language="en", kind=kind)
        for article in islice(state.articles.values(), 1):
            body = state.engine.body(article.key)
            toolchain.page(article, body.toc, body.html, PageFacts(updated=state.catalog.now.date().isoformat()))
    except TemplateError as error:
        yield codes.INVALID_TEMPLATE.at(error.path, error.reason, line=error.line, hint="correct the template")
