"""URLs relative to a page."""

import posixpath
from urllib.parse import urlsplit


def relative_url(url: str, page_url: str) -> str:
    """Return the URL that leads from a page to another place in the portal.

    Args:
        url: relative to the portal's root; ``./`` for the root.
        page_url: the page's own, likewise.
    """
    folder, _, name = page_url.rpartition("/")
    start = folder if "." in name else page_url
    relative = posixpath.relpath(f"/{url.lstrip('/')}", f"/{start.lstrip('/')}")
    return f"{relative}/" if url.endswith("/") else relative


def based(url: str, base: str) -> str:
    """Return a URL that is relative to the portal's root as it must stand on a page; others stay.

    Args:
        url: as written; a path, or a URL in full.
        base: the portal's root as seen from the page.
    """
    path = url.replace("\\", "/") or "."
    parts = urlsplit(path)
    return path if parts.scheme or parts.netloc or path.startswith(("/", "#")) else posixpath.join(base, path)
