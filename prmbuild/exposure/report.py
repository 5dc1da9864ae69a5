"""The exposure report in each of its forms."""

from prmbuild.exposure.model import Exposure
from prmbuild.exposure.text import as_text


def report(exposure: Exposure, form: str) -> str:
    """Write the report.

    Args:
        exposure: what changes.
        form: ``text``, ``markdown`` or ``json``.
    """
    return as_text(exposure)
