"""What the headings of a page are called in links: as GitHub and Docusaurus do, and as pages here do."""

import html
import re
import unicodedata
from collections.abc import Mapping

from prmbuild.migrate.markup import headings

_OWN_ID = re.compile(r"\s*\{\s*:?\s*#(?P<id>[^\s}]+)[^}]*\}\s*\Z")
_LINK = re.compile(r"!?\[((?:[^\[\]]|\[[^\]]*\])*)\](?:\([^)]*\)|\[[^\]]*\])")
_MARKS = re.compile(r"[*`~]|(?<!\w)_|_(?!\w)|<[^>]+>")


def anchors(text: str) -> Mapping[str, str]:
    """Return what other tools call each heading of a page → what it is called here.

    Args:
        text: Markdown.
    """
    theirs: dict[str, int] = {}
    ours: set[str] = set()
    found: dict[str, str] = {}
    for _, written in headings(text):
        own = _OWN_ID.search(written)
        plain = _plain(_OWN_ID.sub("", written))
        name = _theirs(plain)
        count = theirs.get(name, 0)
        theirs[name] = count + 1
        here = own["id"] if own else _unique(_ours(plain), ours)
        ours.add(here)
        found.setdefault(own["id"] if own else f"{name}-{count}" if count else name, here)
    return found


def _ours(text: str) -> str:
    """Return what a heading is called here, if it is the first of that name.

    Source: https://python-markdown.github.io/extensions/toc/ (``slugify``)
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())


def letters(name: str) -> str:
    """Return the letters and digits of a heading's name, which tools agree about; the rest they treat as they like."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _theirs(text: str) -> str:
    """Return what GitHub calls a heading: letters and digits of any language, a hyphen for every blank."""
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def _unique(name: str, taken: set[str]) -> str:
    """Return a name that is not taken, with a number as Python-Markdown counts."""
    candidate, number = name, 0
    while candidate in taken or not candidate:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


def _plain(text: str) -> str:
    """Return the words of a heading, without marks."""
    previous = None
    while previous != text:
        previous, text = text, _LINK.sub(r"\1", text)
    return html.unescape(_MARKS.sub("", text))
