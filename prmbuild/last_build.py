"""What was built last into a folder, so that a build with nothing to do is over at once.

A note on this machine says from what a folder was built and how long that holds. It is believed only while the folder's
``build.json`` is the very file that the build wrote, and its portals' folders are as they were left.
"""

import json
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from prmbuild.authored.lifecycle import midnight_after
from prmbuild.laid import PORTALS, keep, mark, note_of, state_of
from prmbuild.manifest import MANIFEST
from prmbuild.software import installed


class LastBuild(Struct, frozen=True, kw_only=True):
    """A build that is over.

    Attributes:
        inputs: digest of all that was built from, the clock apart.
        since: the instant it was built at, ISO 8601 UTC.
        until: the instant from which another build may come out otherwise.
        manifest: what tells the written ``build.json`` from any other: size, time of change, number on its disk.
        state: of the folders in it; see `prmbuild.laid.state_of`.
        damage: `Cache.damage` before the folder was written.
        counts: of portals, files and distinct pages.
        summary: what was found, in words.
        findings: path, line, column, code, message and hint of whatever the build told of.
    """

    inputs: str
    since: str
    until: str
    manifest: Sequence[int]
    state: Mapping[str, str]
    damage: str
    counts: Mapping[str, int]
    summary: str
    findings: Sequence[Sequence[str | int]]

    def holds(self, inputs: str, now: datetime, out: Path, damage: str) -> bool:
        """Tell whether the same build now would change nothing.

        Args:
            inputs: see `digest_of`.
            now: the clock.
            out: the folder that was built into.
            damage: `Cache.damage` of the cache now.
        """
        held = datetime.fromisoformat(self.since) <= now < datetime.fromisoformat(self.until)
        alike = inputs == self.inputs and damage == self.damage
        return held and alike and self.manifest == mark(out / MANIFEST) and self.state == state_of(out)

    def harmed(self, out: Path) -> Set[str]:
        """Return the ids of portals that somebody else changed since this build, where it was the last one there."""
        if self.manifest != mark(out / MANIFEST):
            return frozenset()
        now = state_of(out)
        changed = {name for name, state in self.state.items() if now.get(name) != state}
        return {name.removeprefix(f"{PORTALS}/") for name in changed if name.startswith(f"{PORTALS}/")}


def digest_of(revision: str, branches: bytes) -> str:
    """Return the digest of what a build depends on beside the clock.

    Args:
        revision: full object name of the commit.
        branches: where the repository's branches stand.
    """
    parts = (revision.encode(), branches, *(line.encode() for line in installed()))
    return sha256(b"\0".join(parts)).hexdigest()


def linked_to_damaged(last: LastBuild | None, damage: str) -> bool:
    """Tell whether a folder may have links to what a cache dropped as damaged.

    Args:
        last: what is noted of the folder.
        damage: `Cache.damage` of the cache now.
    """
    return damage != (last.damage if last is not None else "")


def until(now: datetime, due: datetime | None) -> datetime:
    """Return the instant from which a build may come out otherwise: when something is due, or the day ends (UTC)."""
    tomorrow = midnight_after(now)
    return tomorrow if due is None else min(tomorrow, due)


def recall(machine: Path, out: Path) -> LastBuild | None:
    """Return what was noted of a folder; None where nothing that can be read was.

    Args:
        machine: the cache's folder on this machine.
        out: the folder that was built into.
    """
    try:
        return LastBuild(**json.loads(note_of(machine, out, "last").read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def note(machine: Path, out: Path, last: LastBuild) -> None:
    """Note a build; where that cannot be done, the next one is a build like any other."""
    keep(note_of(machine, out, "last"), asdict(last))
