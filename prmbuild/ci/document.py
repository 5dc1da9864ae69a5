"""Reading JSON that somebody else wrote: whatever is not what was expected is absent."""

from collections.abc import Mapping

Document = Mapping[str, object]
"""A JSON object: key → value."""


def at(document: object, *keys: str) -> object:
    """Return the value below keys, one inside the other; None where there is none."""
    for key in keys:
        if not isinstance(document, Mapping):
            return None
        document = document.get(key)
    return document


def text_at(document: object, *keys: str) -> str:
    """Return the text below keys; empty where there is none."""
    found = at(document, *keys)
    return found if isinstance(found, str) else ""


def number_at(document: object, *keys: str) -> int | None:
    """Return the whole number below keys; None where there is none."""
    found = at(document, *keys)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def items_at(document: object, *keys: str) -> tuple[object, ...]:
    """Return the list below keys; empty where there is none."""
    found = at(document, *keys)
    return tuple(found) if isinstance(found, list) else ()
