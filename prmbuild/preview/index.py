"""The page that names changed portals, for people who look at them before they are published."""

from collections.abc import Sequence

from prmbuild.authored.programme import Partner
from prmbuild.preview.changed import ChangedPortal, Side, page_of
from prmbuild.templates import html_templates

SHOWN = 200
"""So many pages of a portal are named in each list; the others are counted."""


def index(head: Side, changed: Sequence[ChangedPortal], since: str, *, known: bool) -> str:
    """Return the page.

    Args:
        head: what would be published.
        changed: the portals that are written.
        since: names the base, for people.
        known: whether the base could be built; else every portal counts as changed.
    """
    programme = head.state.catalog.programme
    partners = {partner.id: partner for partner in programme.partners}
    revision = head.state.catalog.snapshot.revision
    return (
        html_templates("prmbuild.preview")
        .get_template("changed.html")
        .render(
            vendor=programme.settings.vendor,
            revision=f"{revision.short} of {revision.at:%Y-%m-%d}",
            uncommitted=head.built.preview,
            since=since,
            known=known,
            every=len(head.built.portals),
            portals=[(portal, _people(portal, partners)) for portal in changed],
            place=page_of,
            most=SHOWN,
        )
    )


def _people(portal: ChangedPortal, partners: dict[str, Partner]) -> list[tuple[str, str]]:
    """Return the partners of a portal, each with the roles that see it."""
    roles: dict[str, list[str]] = {}
    for viewer in portal.viewers:
        roles.setdefault(viewer.partner, []).append(viewer.role)
    return [(partners[partner].name, ", ".join(some)) for partner, some in roles.items()]
