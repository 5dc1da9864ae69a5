"""Links in rendered HTML: finding those that stay inside the programme, and undoing those that may not be followed.

Tags are read as browsers read them; what is not undone keeps its bytes.
"""

import html
import posixpath
import re
from collections.abc import Callable, Iterable, Set
from functools import lru_cache
from urllib.parse import SplitResult, unquote, urlsplit

from prmbuild.render.attributes import CSS, URL_ATTRIBUTES, css_urls, urls_in
from prmbuild.render.tokens import Attribute, Tag, tags_at, tokens

_NEVER = frozenset(
    {
        "srcdoc",
        "ping",
        "attributionsrc",
        "archive",
        "classid",
        "codebase",
        "manifest",
        "profile",
        "xml:base",
        "dynsrc",
        "lowsrc",
    }
)
"""Attributes that go whatever they hold: they run code, load by themselves, or change where other URLs lead."""

_HARMLESS = frozenset({"class", "id", "title", "alt", "name", "for", "type", "lang", "colspan", "rowspan", "align"})
"""Attributes that nearly all are, and that lead nowhere."""

_FORBIDDEN = frozenset(
    {
        "script",
        "base",
        "meta",
        "animate",
        "set",
        "animatemotion",
        "animatetransform",
        "frame",
        "frameset",
        "plaintext",
        "html",
        "head",
        "body",
    }
)
"""Elements whose tags go; `script` goes with its content."""

_EMBEDDING = frozenset(
    {
        "img",
        "source",
        "video",
        "audio",
        "iframe",
        "object",
        "embed",
        "track",
        "link",
        "area",
        "input",
        "image",
        "use",
    }
)
_JUDGED = _FORBIDDEN | {"a", "style"}
"""Elements whose tags do not stay for having no attributes."""

_VOID = frozenset({"img", "source", "embed", "track", "link", "area", "input"})

_LEADING = re.compile(
    rf"</?(?:a|{'|'.join(sorted(_EMBEDDING))})(?=[\s/>])[^<>]*>"
    rf"|<[^<>]*\s(?:{'|'.join(sorted(URL_ATTRIBUTES | CSS))})\s*=[^<>]*>",
    re.IGNORECASE,
)
"""Tags that may lead somewhere, and those between which something may be left out."""

LINK_SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms"})
"""Schemes a link may have that leads out of the portal. Nothing is ever embedded from elsewhere but ``data:``."""

_SCHEME = re.compile(r"\s*([a-z]+):", re.IGNORECASE)
_MEDIA = re.compile(r"\s*data:(?:image|audio|video|font)/", re.IGNORECASE)

NOWHERE = "//"
"""A path that nothing in a portal has, for URLs that browsers may read in several ways."""

_ORDINARY = re.compile(r"(?!//)[\w.~/#?=&%+,-]*+", re.ASCII)
"""A relative URL in which nothing can be read in several ways."""

_PORTS = frozenset({None, 80, 443})


def internal_path(url: str, page_url: str, portal_url: str = "") -> tuple[str, str] | None:
    """Resolve a URL that stands on a page.

    Args:
        url: as written, HTML entities decoded.
        page_url: the page's URL relative to the portal's root.
        portal_url: the portal's root; a URL that names it in full, in whatever form, is inside.

    Returns:
        The path it leads to, relative to the portal's root and decoded, and its fragment; None where it leads
        elsewhere (another origin or scheme) or nowhere but to the page itself by an empty URL.
    """
    try:
        parts = _split(url)
        if parts.scheme in ("http", "https") and not parts.netloc:
            return NOWHERE, ""
        base = ""
        if parts.scheme or parts.netloc:
            if parts.scheme not in ("", "http", "https") or not portal_url:
                return None
            portal = urlsplit(portal_url)
            if _origin(parts) != _origin(portal):
                return None
            base = posixpath.normpath(unquote(portal.path) or "/").rstrip("/")
    except ValueError:
        return NOWHERE, ""
    fragment = unquote(parts.fragment)
    if not parts.path and not parts.netloc:
        return unquote(page_url), fragment
    path = unquote(parts.path) or "/"
    joined = path if path.startswith("/") else posixpath.join("/", unquote(page_url), path)
    whole = f"/{posixpath.normpath(joined).lstrip('/')}"
    if base and whole != base and not whole.startswith(f"{base}/"):
        return None
    normal = whole[len(base) :].lstrip("/")
    if normal in (".", ""):
        return "", fragment
    return f"{normal}/" if joined.endswith(("/", "/.", "/..")) else normal, fragment


def _split(url: str) -> SplitResult:
    """Take a URL apart as browsers do, to whom a backslash is a slash and a line break nothing."""
    if _ORDINARY.fullmatch(url):
        return urlsplit(url)
    cleaned = re.sub(r"[\t\n\r]", "", url).strip("".join(map(chr, range(33)))).strip()
    if re.match(r"(?!https?:)[a-z][a-z0-9+.-]*:", cleaned, re.IGNORECASE):
        return urlsplit(cleaned)
    path, *rest = re.split(r"([?#])", cleaned, maxsplit=1)
    path = re.sub(r"^(https?:)?/{2,}", r"\1//", path.replace("\\", "/"), flags=re.IGNORECASE)
    return urlsplit("".join((path, *rest)))


def _origin(parts: SplitResult) -> tuple[str, int | None]:
    return _host(parts.hostname or ""), None if parts.port in _PORTS else parts.port


@lru_cache(maxsize=1024)
def _host(written: str) -> str:
    host = unquote(written)
    try:
        host = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        host = host.lower()
    return host.rstrip(".")


def urls_and_ids(read: Iterable[str | Tag]) -> tuple[list[str], set[str]]:
    """Return every URL in the attributes of tags, entities decoded, in order, and every id that a fragment can name.

    Args:
        read: an HTML text taken apart by `tokens`.
    """
    urls: list[str] = []
    ids: set[str] = set()
    for tag in read:
        if isinstance(tag, str) or tag.closing or tag.name in _FORBIDDEN:
            continue
        for attribute in tag.attributes:
            if attribute.name in ("id", "name"):
                if attribute.sound:
                    ids.add(attribute.value)
            elif attribute.name not in _HARMLESS:
                urls += urls_in(tag.name, attribute) or ()
    return urls, ids


def without_links(text: str, allowed: Callable[[str, bool], bool], read: Iterable[str | Tag] | None = None) -> str:
    """Undo what may not be followed, and drop comments and whatever could run or load something unseen.

    A link becomes its text, an embedding its alternative text, any other URL attribute goes. What is left keeps its
    bytes, and every ``<`` in it opens a tag that was judged.

    Args:
        text: HTML.
        allowed: tells whether a URL, as written with entities decoded, may stay; its second argument tells whether
            the browser would load it by itself.
        read: the text taken apart by `tokens`, where that has been done already.
    """
    out: list[str] = []
    open_links: list[bool] = []
    skipping: list[str] = []
    for token in tokens(text) if read is None else read:
        if isinstance(token, str):
            out += () if skipping else (token,)
        elif skipping:
            if token.name == skipping[-1]:
                skipping.pop() if token.closing else skipping.append(token.name)
        elif token.name in _FORBIDDEN or (token.name == "style" and not _is_harmless(token)):
            continue
        elif not token.attributes and token.name not in _JUDGED:
            start, end = token.span
            out.append(text[start:end])
        elif token.closing:
            if token.name != "a" or not open_links or open_links.pop():
                out.append(text[slice(*token.span)] if not token.attributes else f"</{token.name}>")
        else:
            refused = [
                attribute
                for attribute in token.attributes
                if not (attribute.sound if attribute.name in _HARMLESS else _may_stay(token.name, attribute, allowed))
            ]
            if not refused and token.name not in _JUDGED:
                start, end = token.span
                out.append(text[start:end])
                continue
            leads = any(attribute.name in URL_ATTRIBUTES for attribute in refused)
            if token.name == "a":
                open_links.append(not leads)
                out += () if leads else (_without(text, token, refused),)
            elif leads and token.name in _EMBEDDING:
                out.append(_alternative(token))
                if token.name not in _VOID and text[token.span[1] - 2] != "/":
                    skipping.append(token.name)
            else:
                out.append(_without(text, token, refused))
                out += (token.content, "</style>") if token.name == "style" else ()
    return "".join(out)


def dropped(read: Iterable[str | Tag]) -> tuple[tuple[str, str], ...]:
    """Return what `without_links` drops whatever may be followed, as `Ties.dropped` has it.

    Args:
        read: an HTML text taken apart by `tokens`.
    """
    found: dict[tuple[str, str], None] = {}
    for tag in read:
        if isinstance(tag, str) or tag.closing:
            continue
        if tag.name in _FORBIDDEN or (tag.name == "style" and not _is_harmless(tag)):
            found[f"<{tag.name}", ""] = None
            continue
        for one in tag.attributes:
            if _runs(one):
                found[one.name, ""] = None
            elif not one.sound or _is_unclear(one):
                found[one.name, one.value] = None
    return tuple(found)


def _runs(attribute: Attribute) -> bool:
    return attribute.name in _NEVER or attribute.name.startswith("on")


def _is_unclear(attribute: Attribute) -> bool:
    return attribute.name in CSS and css_urls(attribute.value) is None


def without_some_links(judged: str, refused: Set[str]) -> str:
    """Undo some of the links in what `without_links` returned, as it would if these alone were not allowed.

    In such a text every ``<`` opens a tag that ends with the next ``>``, so those that lead somewhere can be found
    without taking the others apart, and nothing between them would be changed.

    Args:
        judged: HTML.
        refused: the URLs, as written with entities decoded.
    """
    read = tags_at(judged, _LEADING) if "<style" not in judged.lower() else None
    return without_links(judged, lambda url, _: url not in refused, read)


def followable(followed: frozenset[str], portal_url: str) -> Callable[[str, bool], bool]:
    """Return a judge of URLs for `without_links`: internal ones must be listed, others must be harmless.

    Args:
        followed: the internal URLs that may stay.
        portal_url: the portal's root; URLs that name it in full are internal.
    """

    def allowed(url: str, embedded: bool) -> bool:
        if url in followed:
            return True
        if internal_path(url, "", portal_url) is not None:
            return False
        if embedded:
            return _MEDIA.match(url) is not None
        scheme = _SCHEME.match(url)
        return scheme is not None and scheme[1].lower() in LINK_SCHEMES

    return allowed


def _may_stay(name: str, attribute: Attribute, allowed: Callable[[str, bool], bool]) -> bool:
    """Tell whether an attribute may stay that is not among those of `_HARMLESS`."""
    urls = urls_in(name, attribute)
    follows = name == "a" and attribute.name == "href"
    verdicts = [allowed(url, not follows) for url in urls or ()]
    return attribute.sound and urls is not None and not _runs(attribute) and all(verdicts)


def _is_harmless(style: Tag) -> bool:
    """Tell whether a style sheet loads nothing, read as CSS or, within a picture, as markup."""
    return "<" not in style.content and all(
        css_urls(text) == () for text in (style.content, html.unescape(style.content))
    )


def _alternative(tag: Tag) -> str:
    found = (attribute.value for attribute in tag.attributes if attribute.name == "alt" and attribute.sound)
    return html.escape(next(found, ""), quote=False)


def _without(text: str, tag: Tag, refused: list[Attribute]) -> str:
    """Write a start tag without some of its attributes."""
    parts: list[str] = []
    start, end = tag.span
    for attribute in refused:
        parts.append(text[start : attribute.span[0]])
        start = attribute.span[1]
        if text[start : start + 1] not in ("", ">", "/") and not text[start].isspace():
            parts.append(" ")
    return "".join((*parts, text[start:end]))
