"""The exposure report as JSON: complete, and versioned. Its fields are documented in ``docs/exposure.md``."""

import json
from collections.abc import Iterator, Mapping

from prmbuild.exposure.model import Cause, Change, Due, Effect, Exposure, State, Subject, reached
from prmbuild.exposure.naming import everyone, named
from prmbuild.source.history import Commit, Version
from prmbuild.visibility.sets import members

SCHEMA = 1
"""The version of the document: it grows when a field changes its meaning or goes; fields may be added any time."""


def as_json(exposure: Exposure) -> str:
    """Write the report as JSON."""
    viewers = exposure.viewers
    sets = {some: number for number, some in enumerate(dict.fromkeys(_sets(exposure)))}
    segments = {number: segment.id for segment in viewers.segments for number in members(segment.viewers)}
    document = {
        "schema": SCHEMA,
        "base": _state(exposure.base),
        "head": _state(exposure.head),
        "now": exposure.now.isoformat(),
        "until": exposure.until.isoformat(),
        "viewers": [
            {
                "partner": pair.partner,
                "role": pair.role,
                "segment": segments.get(number),
                "in_base": bool(viewers.base >> number & 1),
                "in_head": bool(viewers.head >> number & 1),
            }
            for number, pair in enumerate(viewers.pairs)
        ],
        "counts": {
            effect.value: {
                "changes": len(changes),
                "partners": len(viewers.partners_in(reached(changes))),
            }
            for effect in Effect
            for changes in (exposure.of(effect),)
        },
        "sets": [list(members(some)) for some in sets],
        "changes": [_change(exposure, change, sets) for change in exposure.changes],
        "due": [_due(exposure, due, sets) for due in exposure.due],
        "notes": list(exposure.notes),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


_Sets = Mapping[int, int]
"""Set of viewers → its number in the document: a few sets are named by many changes."""


def _sets(exposure: Exposure) -> Iterator[int]:
    yield from (change.viewers for change in exposure.changes)
    yield from (due.viewers for due in exposure.due)


def _state(state: State) -> dict[str, object]:
    return {**_commit(state.commit), "preview": state.preview, "missing": state.missing}


def _commit(commit: Commit) -> dict[str, object]:
    return {"commit": commit.id, "at": commit.at.isoformat(), "subject": commit.subject}


def _change(exposure: Exposure, change: Change, sets: _Sets) -> dict[str, object]:
    return {
        "effect": change.effect.value,
        **_subject(change.subject),
        "moved_from": change.moved_from,
        **_viewers(exposure, change.viewers, change.effect, sets),
        "causes": [_cause(cause) for cause in change.causes],
        "before": _version(change.before),
        "after": _version(change.after),
    }


def _due(exposure: Exposure, due: Due, sets: _Sets) -> dict[str, object]:
    return {
        "instant": due.instant.isoformat(),
        "effect": due.effect.value,
        **_subject(due.subject),
        **_viewers(exposure, due.viewers, due.effect, sets),
        "causes": [_cause(cause) for cause in due.causes],
    }


def _subject(subject: Subject) -> dict[str, object]:
    return {"kind": subject.kind.value, "path": subject.path, "line": subject.line, "title": subject.title}


def _viewers(exposure: Exposure, some: int, effect: Effect, sets: _Sets) -> dict[str, object]:
    viewers = exposure.viewers
    return {
        "who": named(viewers, some, everyone(viewers, effect)),
        "partners": len(viewers.partners_in(some)),
        "set": sets[some],
    }


def _cause(cause: Cause) -> dict[str, object]:
    origin = cause.origin
    return {
        "kind": cause.kind.value,
        "text": cause.text,
        "path": origin.path if origin is not None else None,
        "line": origin.line if origin is not None else None,
        "in_base": cause.in_base,
    }


def _version(version: Version | None) -> dict[str, object] | None:
    return None if version is None else {**_commit(version.commit), "path": version.path, "blob": version.blob}
