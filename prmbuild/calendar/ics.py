"""The calendar as an iCalendar file, to subscribe to or to import. The only module that imports icalendar.

Source: RFC 5545; RFC 7986 for the calendar's name.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from icalendar import Calendar, Event

from prmbuild.calendar.calendar import Entry, Kind
from prmbuild.calendar.formats import effects
from prmbuild.catalog.catalog import Catalog
from prmbuild.visibility.sets import Readership

_VERBS = {Kind.PUBLISH: "Published", Kind.EXPIRE: "Expires", Kind.REVIEW: "Review"}


def as_icalendar(entries: Sequence[Entry], readership: Readership, catalog: Catalog) -> bytes:
    """Return the calendar, the same bytes for the same commit and entries.

    An event keeps its UID while its date moves, so that a program which knows it moves it too. Owners stand in the
    text alone: as attendees they would be sent invitations.
    """
    made = Calendar()
    made.add("version", "2.0")
    made.add("prodid", "-//prmbuild//calendar//EN")
    name = f"{catalog.programme.settings.vendor}: partner portals"
    made.add("name", name)
    made.add("x-wr-calname", name)
    host = urlsplit(catalog.programme.settings.portal_url).hostname or "prmbuild"
    stamp = catalog.snapshot.revision.at
    times: Counter[tuple[str, Kind]] = Counter()
    for entry in sorted(entries, key=lambda entry: (entry.path, entry.kind.value, entry.day, str(entry.at))):
        times[entry.path, entry.kind] += 1
        uid = f"{_identity(entry, times[entry.path, entry.kind])}@{host}"
        made.add_component(_event(entry, uid, stamp, readership, catalog))
    return bytes(made.to_ical())


def _identity(entry: Entry, number: int) -> str:
    return f"{entry.kind.value}-{number}-{sha256(entry.path.encode()).hexdigest()[:24]}"


def _event(entry: Entry, uid: str, stamp: datetime, readership: Readership, catalog: Catalog) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", stamp)
    event.add("summary", f"{_VERBS[entry.kind]}: {entry.title}" + ("" if entry.approved else " (not approved)"))
    if entry.at is None:
        event.add("dtstart", entry.day)
        event.add("dtend", entry.day + timedelta(days=1))
    else:
        event.add("dtstart", entry.at)
    owner = f"owner: {entry.owner}" if entry.owner else "no owner"
    event.add("description", "\n".join((f"{entry.what}: {entry.path}", owner, *effects(entry.effect, readership))))
    event.add("categories", [entry.kind.value])
    event.add("status", "CONFIRMED" if entry.approved else "TENTATIVE")
    event.add("transp", "TRANSPARENT")
    if entry.path in catalog.addresses:
        event.add("url", catalog.programme.settings.portal_url + catalog.addresses[entry.path].url)
    return event
