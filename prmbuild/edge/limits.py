"""What CloudFront takes. It is checked here before anything goes live, as what stands in for AWS in tests does not."""

from collections.abc import Mapping
from importlib.resources import files

import prmbuild.access
from prmbuild.access.entries import LARGEST_VALUE
from prmbuild.errors import StoreError

LARGEST_NAME = 512
"""Bytes of a name. Source: Amazon CloudFront Developer Guide, "Quotas", key value stores."""

LARGEST_STORE = 5_000_000
"""Bytes of a key-value store. Source: likewise, "5 MB"."""

LARGEST_FUNCTION = 10 * 1024
"""Bytes of a function's code. Source: likewise, CloudFront Functions."""


_RESERVE = 50
"""Of so many bytes that an edge holds, one is kept for sessions."""


def reserved(holds: int) -> int:
    """Return the bytes that no deployment may take, so that there is always room for keys and revocations.

    In a key-value store that is 100 KB: more than a thousand revocations, which are forgotten after half a day.

    Args:
        holds: see `prmbuild.edge.edge.Edge.holds`.
    """
    return holds // _RESERVE


def function_code() -> str:
    """Return the code of the edge's function, as it is sent: comments stay, so that people can read it in the console.

    Raises:
        StoreError: CloudFront would not take it.
    """
    code = files(prmbuild.access).joinpath("edge.js").read_text("utf-8")
    if len(code.encode()) > LARGEST_FUNCTION:
        message = f"the edge's function has {len(code.encode())} bytes, and CloudFront takes {LARGEST_FUNCTION}"
        raise StoreError(message, hint="this is a defect of prmbuild")
    return code


def size(entries: Mapping[str, str]) -> int:
    """Return the bytes of names and entries."""
    return sum(len(name.encode()) + len(entry.encode()) for name, entry in entries.items())


def check_entries(entries: Mapping[str, str]) -> None:
    """Refuse what CloudFront would refuse.

    Raises:
        StoreError: a name or an entry is too long; nothing of a key's secret is said.
    """
    for name, entry in entries.items():
        if len(name.encode()) > LARGEST_NAME:
            message = f"'{name[:80]}...' has {len(name.encode())} bytes, and a name at the edge has {LARGEST_NAME}"
            raise StoreError(message, hint="shorten the ids of the partner, the role or the segment")
        if len(entry.encode()) > LARGEST_VALUE:
            message = f"the entry '{name}' has {len(entry.encode())} bytes, and one at the edge has {LARGEST_VALUE}"
            raise StoreError(message, hint="shorten the ids that it is made of")


def check_room(wanted: int, holds: int, name: str) -> None:
    """Refuse more than an edge holds.

    Args:
        wanted: bytes of all entries that have to be there at once.
        holds: see `prmbuild.edge.edge.Edge.holds`.
        name: of the edge.

    Raises:
        StoreError: there is not enough room.
    """
    if wanted > holds:
        raise StoreError(
            f"{name} would have to hold {wanted:,} bytes, and holds {holds:,}",
            hint="it keeps two lines for each partner and role, and one for each revocation of the last twelve hours; "
            "fewer roles, or shorter ids, make it smaller",
        )
