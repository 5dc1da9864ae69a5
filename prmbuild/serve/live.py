"""What is served right now, and telling open pages when it changes."""

import asyncio
import json
from collections.abc import AsyncIterator
from hashlib import sha256

from prmbuild.serve.edition import Edition, ViewerId
from prmbuild.serve.making import Made

KEEP_ALIVE = 15.0
"""Seconds after which a quiet stream says that it is still there, so that a closed one is noticed."""

RETRY = 1000
"""Milliseconds after which a browser that lost the stream asks again."""


class Live:
    """The edition that is served. All of it happens on the event loop.

    Pages are told the state, never a change: whoever missed something knows everything with the next message.
    """

    def __init__(self) -> None:
        self.edition: Edition | None = None
        self.findings: tuple[str, ...] = ()
        self._failed = False
        self._building = False
        self._closed = False
        self._changed = asyncio.Event()

    @property
    def failed(self) -> bool:
        """Whether the last build made no edition, so that an earlier one is served, or none."""
        return self._failed

    def begin(self) -> None:
        """A build starts."""
        self._building = True
        self._tell()

    def finish(self, made: Made) -> None:
        """A build ended: serve its edition from now on; where it made none, go on with the last good one."""
        self._building = False
        self._failed = made.edition is None
        self.findings = made.findings
        if made.edition is not None:
            self.edition = made.edition
        self._tell()

    def close(self) -> None:
        """End all streams."""
        self._closed = True
        self._tell()

    def mark(self, viewer: ViewerId | None) -> str:
        """Return what changes when a page of this viewer must be loaded again."""
        portal = self.edition.portal(viewer) if self.edition is not None else None
        return f"{portal.id}/{portal.release}" if portal is not None else ""

    def start_mark(self) -> str:
        """Return what changes when the start page must be loaded again."""
        shown = (self.edition.digest if self.edition is not None else None, self._failed, self.findings)
        return sha256(repr(shown).encode("utf-8", "surrogatepass")).hexdigest()

    async def events(self, viewer: ViewerId | None) -> AsyncIterator[bytes]:
        """Yield server-sent events: the state now, and whenever it changed.

        Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
        """
        yield f"retry: {RETRY}\n\n".encode()
        told = None
        while not self._closed:
            changed = self._changed
            state = self._state(viewer)
            if state != told:
                told = state
                yield f"event: state\ndata: {state}\n\n".encode()
            try:
                await asyncio.wait_for(changed.wait(), KEEP_ALIVE)
            except TimeoutError:
                yield b": still here\n\n"

    def _state(self, viewer: ViewerId | None) -> str:
        return json.dumps(
            {
                "building": self._building,
                "failed": self._failed,
                "findings": self.findings if self._failed else (),
                "portal": self.mark(viewer),
                "start": self.start_mark(),
            }
        )

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
