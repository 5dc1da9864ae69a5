"""The headers that tell browsers what pages may do, wherever portals are served from.

No page has an inline script that runs, so none that gets into a page can. Styles may be inline: themes colour code and
drawings with them.

Source: https://www.w3.org/TR/CSP3/; https://www.w3.org/TR/permissions-policy/; RFC 6797.
"""

from collections.abc import Mapping

INERT_SUFFIXES = (".svg", ".xml")
"""Of drawings and feeds: somebody may open them on their own, and they could hold scripts."""

INERT = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'"
"""For these: nothing in them runs."""

PORTAL = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
"""For all other files of a portal."""

REFERRER = "same-origin"

FRAMES = "SAMEORIGIN"

PROTECTION: Mapping[str, str] = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": REFERRER,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": FRAMES,
}
"""Headers of every answer."""

PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "serial", "usb")
)
"""What no page of a portal needs."""

HTTPS_ONLY = 2 * 365 * 24 * 3600
"""Seconds for which browsers come by HTTPS alone."""


def policy_for(path: str) -> str:
    """Return the content security policy for a file of a portal, by its path."""
    return INERT if is_inert(path) else PORTAL


def is_inert(path: str) -> bool:
    """Tell whether nothing in the file at a path may run; capitals or not, browsers open it as the same."""
    return path.lower().endswith(INERT_SUFFIXES)
