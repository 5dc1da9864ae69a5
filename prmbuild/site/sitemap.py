"""``sitemap.xml``, which the theme's instant navigation asks whether an address is a page, and ``robots.txt``."""

from collections.abc import Iterable
from xml.sax.saxutils import escape

from prmbuild.site.contents import Contents

ROBOTS = b"User-agent: *\nDisallow: /\n"


def sitemap(contents: Contents, documents: Iterable[str]) -> bytes:
    """Return the sitemap.

    Args:
        contents: the portal's.
        documents: URLs, relative to the portal's root, of what is made for the portal beside its pages.
    """
    root = contents.toolchain.site.url
    days = {seen.page.address.url: seen.dates.updated.isoformat() for seen, _ in contents.pages.values()}
    entries = "".join(
        f"<url><loc>{escape(root + url)}</loc>{f'<lastmod>{days[url]}</lastmod>' if url in days else ''}</url>\n"
        for url in sorted({*days, *documents})
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return f"{head}{entries}</urlset>\n".encode()
