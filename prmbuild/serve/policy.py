"""Content Security Policies: pages stay on their own origin, and run only scripts that are files of it.

No page has an inline script that runs, so none that gets into a page can.
Source: https://www.w3.org/TR/CSP3/
"""

OWN = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        "img-src data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""For what the development server says itself."""

INERT = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'"
"""For drawings and feeds that somebody opens on their own: nothing in them runs."""

_PORTAL = "; ".join(
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
_INERT_SUFFIXES = (".svg", ".xml")


def policy_for(path: str) -> str:
    """Return the policy for a file of a portal, by its path."""
    return INERT if path.endswith(_INERT_SUFFIXES) else _PORTAL
