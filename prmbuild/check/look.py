"""Whether pages can be made with the templates of the look."""

from collections.abc import Iterator
from itertools import islice

from prmbuild import codes
from prmbuild.desired import Desired
from prmbuild.diagnostics import Diagnostic
from prmbuild.render.material import BODY
from prmbuild.render.overrides import TEMPLATES
from prmbuild.render.page import PageFacts
from prmbuild.render.templates import TemplateError

KINDS = ("home", "course")
"""Kinds of documents that the theme lays out differently."""

_FRAMES = ("main.html", "base.html", "article.html", "document.html")
"""Templates that have the place of what a page says, the likeliest first."""


def check_templates(state: Desired) -> Iterator[Diagnostic]:
    """Make a document of every sort, and a page, and find the template that fails, or loses what they say."""
    templates = state.site.look.templates
    if not templates:
        return
    toolchain = state.engine.toolchain
    try:
        made = [toolchain.shell(url="", title=state.site.name, language="en", kind=kind) for kind in KINDS]
        for article in islice(state.articles.values(), 1):
            facts = PageFacts(updated=state.catalog.now.date().isoformat())
            made.append(toolchain.page(article, state.engine.body(article.key).toc, BODY, facts))
    except TemplateError as error:
        yield codes.INVALID_TEMPLATE.at(error.path, error.reason, line=error.line, hint="correct the template")
        return
    if not all(BODY.encode() in one for one in made):
        likely = next((name for name in _FRAMES if name in templates), next(iter(templates)))
        message = "what a page or a list says is not in what the templates make of it"
        hint = "keep '{% block content %}' with '{{ super() }}', or '{{ page.content }}'"
        yield codes.INVALID_TEMPLATE.at(f"{TEMPLATES}{likely}", message, hint=hint)
