"""The theme's scripts and styles, changed so that a portal asks nobody but itself for anything."""

import re

from prmbuild.errors import RenderError

_MAP = re.compile(rb"(?m)^\s*(?://|/\*)[#@] ?sourceMappingURL=[^\n]*?(?:\*/)?\s*$")

_BUNDLE = re.compile(r"assets/javascripts/bundle\.[0-9a-f]+\.min\.js")

_CHANGES: tuple[tuple[bytes, bytes], ...] = (
    (b'"https://unpkg.com/mermaid@11/dist/mermaid.min.js"', b'new URL("assets/portal/mermaid.min.js",__md_scope).href'),
    (b'"https://unpkg.com/resize-observer-polyfill"', b'"data:text/javascript,"'),
    (b"`https://api.github.com/repos/", b"`/repos/"),
    (b"`https://api.github.com/users/", b"`/users/"),
    (b"`https://${e}/api/v4/projects/", b"`/projects/"),
)
"""What the theme's script contains exactly once → what takes its place. Every browser that the theme supports has what
the second would load; repositories are never shown."""


def offline(path: str, data: bytes) -> bytes:
    """Return a file of the theme without requests to other origins.

    Args:
        path: relative to the portal's root.
        data: as the theme has it.

    Raises:
        RenderError: the theme is not the one that this was written for.
    """
    if _BUNDLE.fullmatch(path):
        for old, new in _CHANGES:
            if data.count(old) != 1:
                raise RenderError(
                    f"{path}: expected '{old.decode()}' once",
                    hint="install the version of mkdocs-material that requirements.lock names",
                )
            data = data.replace(old, new)
    # the expression needs long to find nothing in lines as long as these
    named = path.endswith((".js", ".css")) and b"sourceMappingURL=" in data
    return _MAP.sub(b"", data) if named else data
