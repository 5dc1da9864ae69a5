"""The exposure report in each of its forms."""

from collections.abc import Callable, Mapping

from prmbuild.cache import Cache
from prmbuild.exposure.compare import Comparison
from prmbuild.exposure.document import as_json
from prmbuild.exposure.html import as_html
from prmbuild.exposure.markdown import as_markdown
from prmbuild.exposure.model import Exposure
from prmbuild.exposure.text import as_text

_FORMS: Mapping[str, Callable[[Exposure], str]] = {"text": as_text, "markdown": as_markdown, "json": as_json}


def report(comparison: Comparison, form: str, cache: Cache) -> str:
    """Write the report.

    Args:
        comparison: what changes, and both states; must be open.
        form: ``text``, ``markdown``, ``json`` or ``html``.
        cache: keeps what is rendered for it.
    """
    return as_html(comparison, cache) if form == "html" else _FORMS[form](comparison.exposure)
