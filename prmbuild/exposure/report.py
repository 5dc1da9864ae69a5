"""The exposure report in each of its forms."""

from collections.abc import Callable, Mapping

from prmbuild.exposure.document import as_json
from prmbuild.exposure.markdown import as_markdown
from prmbuild.exposure.model import Exposure
from prmbuild.exposure.text import as_text

_FORMS: Mapping[str, Callable[[Exposure], str]] = {"text": as_text, "markdown": as_markdown, "json": as_json}


def report(exposure: Exposure, form: str) -> str:
    """Write the report.

    Args:
        exposure: what changes.
        form: ``text``, ``markdown`` or ``json``.
    """
    return _FORMS[form](exposure)
