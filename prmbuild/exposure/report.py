"""The exposure report in each of its forms."""

from prmbuild.cache import Cache
from prmbuild.exposure.compare import Comparison
from prmbuild.exposure.document import as_json
from prmbuild.exposure.excerpts import ExcerptOf, excerpts, nothing
from prmbuild.exposure.html import as_html
from prmbuild.exposure.markdown import as_markdown
from prmbuild.exposure.model import Exposure
from prmbuild.exposure.text import as_text


def whole_report(comparison: Comparison, form: str, cache: Cache) -> str:
    """Write the report, with what changes in the texts.

    Args:
        comparison: what changes, and both states; must be open.
        form: ``text``, ``markdown``, ``json`` or ``html``.
        cache: keeps what is rendered for it.

    Raises:
        RenderError: a page cannot be rendered.
        SourceError: a file cannot be read.
    """
    if form == "html":
        return as_html(comparison, cache)
    return report(comparison.exposure, form, excerpts(comparison) if form != "json" else nothing)


def report(exposure: Exposure, form: str, excerpt: ExcerptOf = nothing) -> str:
    """Write the report without looking into texts.

    Args:
        exposure: what changes.
        form: ``text``, ``markdown`` or ``json``.
        excerpt: shows what a change changes in a text.
    """
    match form:
        case "markdown":
            return as_markdown(exposure, excerpt)
        case "json":
            return as_json(exposure)
        case _:
            return as_text(exposure, excerpt)
