"""The development sign-in: no password, a start page to choose a viewer, a bar that says so on every page."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote

from jinja2 import Template
from msgspec import Struct

from prmbuild.access.paths import requested
from prmbuild.serve.edition import Edition, ServedPortal, ViewerId
from prmbuild.serve.live import Live
from prmbuild.templates import html_templates

COOKIE = "prmbuild_dev"
START = "/_dev/"
EVENTS = "_dev/events"
HOME = "/"
SIGNED_IN, PREVIEW = "bar.html", "preview.html"
"""The bar at the end of every page: of somebody who signed in, of a preview."""

FILES: Mapping[str, str] = {
    "_dev/start.css": "start.css",
    "_dev/start.js": "start.js",
    "_dev/dev.css": "dev.css",
    "_dev/dev.js": "dev.js",
}
"""Path of a request → file of the development sign-in."""

_PAGES = Path(__file__).parent / "pages"


class Choice(Struct, frozen=True, kw_only=True):
    """A role of a partner on the start page, and what it opens."""

    viewer: ViewerId
    value: str
    portal: ServedPortal


def viewer_of(cookie: str | None) -> ViewerId | None:
    """Return the viewer that a cookie's value names, whether or not there is one; None where it names none."""
    if cookie is None:
        return None
    partner, separator, role = cookie.partition(":")
    return ViewerId(unquote(partner), unquote(role)) if separator else None


def cookie_value(viewer: ViewerId) -> str:
    """Return the cookie's value that names a viewer."""
    return f"{quote(viewer.partner, safe='')}:{quote(viewer.role, safe='')}"


class SignIn(Struct, frozen=True, kw_only=True):
    """What the start page's form says."""

    viewer: ViewerId | None
    to: str


def read_sign_in(body: bytes) -> SignIn:
    """Read the form: ``viewer`` (a cookie's value), or ``partner`` and ``role``; and ``to``, where to go on."""
    fields = {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    if "partner" in fields and "role" in fields:
        return SignIn(viewer=ViewerId(fields["partner"], fields["role"]), to=destination(fields.get("to")))
    return SignIn(viewer=viewer_of(fields.get("viewer")), to=destination(fields.get("to")))


def destination(path: str | None) -> str:
    """Return the path of a portal to go to after signing in: the one given, or the home page where that is odd."""
    if path is None:
        return HOME
    asked = requested(path.encode("utf-8", "surrogatepass"))
    return HOME if asked is None or asked.startswith("_dev/") else path


def start_page(live: Live, viewer: ViewerId | None, to: str) -> str:
    """Return the start page.

    Args:
        live: what is served, or what stands in its way.
        viewer: who is signed in.
        to: where to go on after signing in.
    """
    edition = live.edition
    return _template("start.html").render(
        edition=edition,
        viewer=viewer if edition is not None and viewer in edition.viewers else None,
        groups=_groups(edition) if edition is not None else (),
        findings=live.findings,
        failed=live.failed,
        to=to if to != HOME else "",
        mark=live.start_mark(),
    )


def _groups(edition: Edition) -> tuple[tuple[object, tuple[object, ...]], ...]:
    members: dict[str, list[object]] = {}
    for partner in edition.partners:
        choices = tuple(
            Choice(viewer=viewer, value=cookie_value(viewer), portal=portal)
            for role in edition.roles
            if (portal := edition.portal(viewer := ViewerId(partner.id, role))) is not None
        )
        members.setdefault(partner.segment, []).append((partner, choices))
    return tuple((segment, tuple(members[segment.id])) for segment in edition.segments if segment.id in members)


def with_bar(html: bytes, edition: Edition, viewer: ViewerId, mark: str, kind: str = SIGNED_IN) -> bytes:
    """Return a page with the bar of the development server at its end; what is no whole page is returned as it is."""
    end = html.rfind(b"</body>")
    if end < 0:
        return html
    bar = _template(kind).render(
        edition=edition, partner=edition.partner(viewer), role=viewer.role, portal=edition.portal(viewer), mark=mark
    )
    return html[:end] + bar.encode() + html[end:]


def read_file(path: str) -> bytes:
    """Return one of `FILES`, by the path of its request."""
    return (_PAGES / FILES[path]).read_bytes()


def _template(name: str) -> Template:
    return html_templates("prmbuild.serve", "pages").get_template(name)
