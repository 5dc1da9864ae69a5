"""Assets of two states: plain files that viewers get through the pages they see."""

import posixpath
from collections.abc import Iterator, Mapping

from prmbuild.exposure.causes import Why
from prmbuild.exposure.model import Cause, Change, Effect, Subject, SubjectKind
from prmbuild.exposure.moves import move
from prmbuild.exposure.pages import replaced
from prmbuild.exposure.state import JointState
from prmbuild.portals.views import joined
from prmbuild.source.history import Version
from prmbuild.visibility.sets import For


def asset_changes(base: JointState, head: JointState, moved: Mapping[str, str], why: Why) -> Iterator[Change]:
    """Yield what changes about assets; the arguments are those of `prmbuild.exposure.pages.page_changes`."""
    before, after = base.side.shown.assets, head.side.shown.assets
    sources = {source: path for path, source in moved.items()}
    for path in sorted({*before, *after}):
        new = path if path in after else sources.get(path, path)
        if new != path and new in after:
            continue
        old = moved.get(new, new)
        was, now = base.assets(old), head.assets(new)
        if (old, was) != (new, now):
            yield from _asset(old, new, was, now, why, there=head.exists(new))


def _asset(before: str, after: str, was: For[Version], now: For[Version], why: Why, *, there: bool) -> Iterator[Change]:
    subject = Subject(
        kind=SubjectKind.ASSET, path=after if there else before, title=posixpath.basename(after if there else before)
    )

    def change(effect: Effect, viewers: int, causes: tuple[Cause, ...]) -> Change:
        return Change(
            subject=subject,
            effect=effect,
            viewers=viewers,
            before=was[0][1] if was else None,
            after=now[0][1] if now else None,
            causes=causes,
            moved_from=before if there and before != after else None,
        )

    had, have = joined(was), joined(now)
    for gone, some in ((False, have & ~had), (True, had & ~have)):
        if some:
            for viewers, causes in why.asset(before, after, some, gone=gone):
                yield change(Effect.LOSES if gone else Effect.GAINS, viewers, causes)
    if had & have and before != after:
        yield change(Effect.MOVED, had & have, (move(before, after),))
    changed: dict[Cause, int] = {}
    for some, old in was:
        for others, new in now:
            if some & others and old.blob != new.blob:
                cause = replaced(old, new)
                changed[cause] = changed.get(cause, 0) | some & others
    for cause, viewers in changed.items():
        yield change(Effect.CHANGED, viewers, (cause,))
