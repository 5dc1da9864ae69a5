"""The answers of the gateway, whatever carries them: which file a request gets, and receipts."""

import re
from urllib.parse import quote

from msgspec import Struct

from prmbuild.access.paths import NOT_FOUND, File, find
from prmbuild.access.rule import SIGN_IN, Get, Go, answer, prefix_of, signed_in
from prmbuild.gateway.live import Watch
from prmbuild.records.live import manifests
from prmbuild.records.receipts import Receipt, asked, receipt_for
from prmbuild.store.store import Store

_PORTALS = "portals/"

_LONGEST_NAME = 255
"""Bytes of a file's name on disks: asked for a longer one, they do not say that it is not there, but that they cannot.
Source: POSIX.1-2024, limits.h, NAME_MAX; ext4 and XFS have the same."""

_UNSAID = re.compile(r"[\x00-\x1f\x7f]|\A[ \t]|[ \t]\Z")
"""What a header, in which web servers are told of a file, cannot say of one. No file that is published has such a name
(`prmbuild.check.names`). Source: RFC 9110, section 5.5, ``field-value``."""


class Allowed(Struct, frozen=True, kw_only=True):
    """A request gets a file.

    Attributes:
        file: its key in the store, relative to the folder of all portals; it may not exist.
        tag: an entity tag (RFC 9110, section 8.8.3): the same for the same URL means the same bytes.
        missing: what is shown with status 404 where the file does not exist; relative likewise.
    """

    file: str
    tag: str
    missing: str


class Redirected(Struct, frozen=True, kw_only=True):
    """A request is sent to a path of this site."""

    location: str


class Refused(Struct, frozen=True, kw_only=True):
    """A request gets the answer for whatever does not exist.

    Attributes:
        missing: see `Allowed`; empty where nobody is signed in.
    """

    missing: str


class Gateway:
    """Answers for a store.

    Args:
        store: where portals are published.
        watch: follows what it shows.
    """

    def __init__(self, store: Store, watch: Watch) -> None:
        self._store = store
        self._watch = watch

    def check(self, method: str, raw: str, tokens: tuple[str, ...], now: int) -> Allowed | Redirected | Refused:
        """Tell what a request gets; see `prmbuild.access.rule.answer`.

        Raises:
            StoreError: what the store shows is not known, so nobody gets anything.
        """
        showing = self._watch.showing()
        lookup = self._watch.lookup(showing)
        session = signed_in(tokens, lookup, now)
        prefix = prefix_of(session, "", lookup) if session is not None else None
        missing = _below_portals(f"{prefix}/{NOT_FOUND}") if prefix is not None else ""
        match answer(method, raw, tokens, lookup, now):
            case Get(key):
                file = _below_portals(key)
                if _UNSAID.search(file) or any(len(part.encode()) > _LONGEST_NAME for part in file.split("/")):
                    return Refused(missing=missing)
                # a release never changes; servers may compress what they send, so the tag is a weak one
                return Allowed(file=file, tag=f'W/"{file.split("/")[1]}"', missing=missing)
            case Go(location):
                return Redirected(location=location)
        return Refused(missing=missing)

    def receipt(self, query: bytes, tokens: tuple[str, ...], now: int) -> Receipt | Redirected | Refused:
        """Return the receipt of a file of the viewer's own portal.

        Args:
            query: names the page, see `prmbuild.records.receipts.asked`.
            tokens: see `check`.
            now: seconds since 1970 UTC.

        Raises:
            StoreError: what the store shows is not known, or a manifest is lost.
        """
        showing = self._watch.showing()
        lookup = self._watch.lookup(showing)
        path = asked(query)
        if path is None:
            return Refused(missing="")
        session = signed_in(tokens, lookup, now)
        prefix = prefix_of(session, "", lookup) if session is not None else None
        if showing is None or prefix is None:
            return Redirected(location=f"{SIGN_IN}?to={quote(f'/{quote(path)}', safe='')}")
        portal, _ = _below_portals(prefix).split("/")
        files = manifests(self._store, showing.deployment)(portal, showing.deployment.portals[portal].release)
        match find(path, files):
            case File(file):
                return receipt_for(showing.deployment, portal, files, file)
        return Refused(missing="")


def _below_portals(key: str) -> str:
    """Return a key relative to the folder of all portals: no request leads anywhere else."""
    assert key.startswith(_PORTALS)
    return key.removeprefix(_PORTALS)
