"""Content Security Policies: pages stay on their own origin, and run the scripts they were built with.

The theme has inline scripts. They are allowed by their digests, so nothing else that gets into a page can run. Pages
replace each other without a reload, so a page allows the scripts of its whole portal.
Source: https://www.w3.org/TR/CSP3/
"""

import re
from base64 import b64encode
from hashlib import sha256

from prmbuild.serve.edition import Edition, ServedPortal

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
        "script-src 'self'{scripts}",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
_SCRIPT = re.compile(rb"<script\b([^>]*)>(.*?)</script\s*>", re.IGNORECASE | re.DOTALL)
_EXTERNAL = re.compile(rb"\bsrc\s*=", re.IGNORECASE)
_INERT_SUFFIXES = (".svg", ".xml")


class Policies:
    """Works policies out, each once."""

    def __init__(self) -> None:
        self._sources: dict[str, frozenset[str]] = {}
        self._portals: dict[str, str] = {}

    def of(self, edition: Edition, portal: ServedPortal, path: str) -> str:
        """Return the policy for a file of a portal."""
        if path.endswith(_INERT_SUFFIXES):
            return INERT
        if not path.endswith(".html"):
            return _PORTAL.format(scripts="")
        if portal.release not in self._portals:
            pages = {digest for file, digest in portal.files.items() if file.endswith(".html")}
            sources = frozenset[str]().union(*(self._of_page(digest, edition) for digest in pages))
            self._portals[portal.release] = _PORTAL.format(scripts="".join(f" {source}" for source in sorted(sources)))
        return self._portals[portal.release]

    def _of_page(self, digest: str, edition: Edition) -> frozenset[str]:
        if digest not in self._sources:
            self._sources[digest] = script_sources(edition.blobs[digest])
        return self._sources[digest]


def script_sources(html: bytes) -> frozenset[str]:
    """Return the sources, such as ``'sha256-…'``, that allow the inline scripts of a page."""
    return frozenset(
        f"'sha256-{b64encode(sha256(script).digest()).decode()}'"
        for attributes, script in _SCRIPT.findall(html)
        if script and not _EXTERNAL.search(attributes)
    )
