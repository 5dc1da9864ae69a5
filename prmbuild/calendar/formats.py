"""The calendar as text for people, grouped by urgency or by owner, and as JSON."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from prmbuild.calendar.calendar import Entry, Kind, Urgency
from prmbuild.calendar.forecast import Effect
from prmbuild.visibility.sets import Readership

NAMED = 4
"""How many partners are named before they are counted only."""

_HEADINGS: Mapping[Urgency, str] = {
    Urgency.OVERDUE: "Overdue",
    Urgency.DUE: "Due within 7 days",
    Urgency.COMING: "Coming",
}
_NO_OWNER = "no owner"


def partners(readership: Readership, viewers: int) -> tuple[str, ...]:
    """Return the partners that have any of some viewers, in authored order."""
    return tuple(dict.fromkeys(viewer.partner for viewer in readership.of(viewers)))


def effects(effect: Effect, readership: Readership) -> Iterator[str]:
    """Yield in words who will see something else."""
    for verb, viewers in (
        ("appears for", effect.gains),
        ("vanishes for", effect.loses),
        ("changes for", effect.changes),
    ):
        if viewers:
            yield f"{verb} {whom(viewers, readership)}"
    if effect.courses:
        plural = "courses" if len(effect.courses) > 1 else "course"
        yield f"and with it, {plural} {', '.join(effect.courses)} for some"


def whom(viewers: int, readership: Readership) -> str:
    """Return in words which partners have any of some viewers."""
    concerned = partners(readership, viewers)
    roles = dict.fromkeys(viewer.role for viewer in readership.of(viewers))
    of_those = sum(1 for viewer in readership.viewers if viewer.partner in set(concerned))
    only = "" if viewers.bit_count() == of_those else f" ({', '.join(roles)})"
    count = len(concerned)
    if count == len({viewer.partner for viewer in readership.viewers}) and count > 1:
        return f"all {count} partners{only}"
    counted = "1 partner" if count == 1 else f"{count} partners"
    return f"{counted}: {', '.join(concerned)}{only}" if count <= NAMED else f"{counted}{only}"


def happening(entry: Entry) -> str:
    """Return in words what happens."""
    if entry.kind is Kind.EXPIRE and entry.urgency is Urgency.OVERDUE:
        return "expired"
    return entry.kind.value if entry.approved else f"{entry.kind.value}, not approved"


def as_text(entries: Sequence[Entry], readership: Readership, today: date) -> str:
    """Return the calendar by urgency."""
    parts = []
    for urgency in Urgency:
        chosen = [entry for entry in entries if entry.urgency is urgency]
        if chosen:
            lines = [line for entry in chosen for line in _lines(entry, readership, today, owner=True)]
            parts.append("\n".join((_HEADINGS[urgency], *lines)))
    return "\n\n".join(parts) + "\n" if parts else ""


def as_letters(entries: Sequence[Entry], readership: Readership, today: date) -> str:
    """Return the calendar by owner: a paragraph for each that can be sent as it is."""
    by_owner: dict[str, list[Entry]] = {}
    spelt: dict[str, str] = {}
    for entry in entries:
        owner = entry.owner or ""
        by_owner.setdefault(spelt.setdefault(owner.casefold(), owner), []).append(entry)
    parts = []
    for owner in sorted(by_owner, key=lambda owner: (not owner, owner.casefold())):
        lines = []
        for urgency in Urgency:
            chosen = [entry for entry in by_owner[owner] if entry.urgency is urgency]
            if chosen:
                lines.append(f"  {_HEADINGS[urgency]}")
                lines += [f"  {line}" for entry in chosen for line in _lines(entry, readership, today, owner=False)]
        parts.append("\n".join((owner or _NO_OWNER, *lines)))
    return "\n\n".join(parts) + "\n" if parts else ""


def _lines(entry: Entry, readership: Readership, today: date, *, owner: bool) -> Iterator[str]:
    when = f"{entry.at:%Y-%m-%d %H:%M}Z" if entry.at else f"{entry.day.isoformat()}       "
    whose = f", {entry.owner or _NO_OWNER}" if owner else ""
    yield f"  {when}  {happening(entry):<8}  {entry.title}  ({entry.path}{whose}{_ago(entry, today)})"
    for line in effects(entry.effect, readership):
        yield f"  {'':17}  {'':8}  {line}"


def _ago(entry: Entry, today: date) -> str:
    days = (today - entry.day).days
    if entry.urgency is not Urgency.OVERDUE or days < 1:
        return ""
    return ", 1 day ago" if days == 1 else f", {days} days ago"


def as_json(entries: Iterable[Entry], readership: Readership, now: datetime, until: datetime) -> str:
    """Return the calendar for machines."""
    document = {
        "now": instant(now),
        "until": instant(until),
        "entries": [
            {
                "kind": entry.kind.value,
                "urgency": entry.urgency.value,
                "at": instant(entry.at) if entry.at else None,
                "day": entry.day.isoformat(),
                "path": entry.path,
                "what": entry.what,
                "title": entry.title,
                "owner": entry.owner,
                "approved": entry.approved,
                "gains": list(partners(readership, entry.effect.gains)),
                "loses": list(partners(readership, entry.effect.loses)),
                "changes": list(partners(readership, entry.effect.changes)),
                "courses": list(entry.effect.courses),
            }
            for entry in entries
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def instant(at: datetime) -> str:
    """Return an instant, UTC, as it is written in front matter."""
    return at.strftime("%Y-%m-%dT%H:%M:%S") + (f".{at.microsecond:06d}" if at.microsecond else "") + "Z"


def counted(entries: Sequence[Entry]) -> str:
    """Return how much there is, in words."""
    numbers = [(urgency, sum(1 for entry in entries if entry.urgency is urgency)) for urgency in Urgency]
    said = [f"{number} {urgency.value}" for urgency, number in numbers if number]
    return ", ".join(said) if said else "nothing is due"
