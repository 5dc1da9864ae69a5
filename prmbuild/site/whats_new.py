"""``whats-new/``: the latest changes by month and day, and the same for the theme's script."""

import json
from collections.abc import Sequence
from datetime import date
from itertools import groupby

from prmbuild.site.contents import Common
from prmbuild.site.entries import Entry
from prmbuild.site.navigation import WHATS_NEW
from prmbuild.site.recipes import Recipe
from prmbuild.site.templates import document

PATH = f"{WHATS_NEW}index.html"
DATA = f"{WHATS_NEW}latest.json"


def whats_new(latest: Sequence[Entry], total: int, common: Common) -> Recipe:
    """Return the list of changes. A page stands where its latest change does.

    Args:
        latest: the latest changes, latest first.
        total: the number of pages, of which those that changed longer ago are not listed.
        common: what all portals have in common.
    """
    shortened = len(latest) < total

    def make() -> bytes:
        months = [
            (month, [(day, list(same)) for day, same in groupby(changes, key=_day)])
            for month, changes in groupby(latest, key=lambda entry: _day(entry).replace(day=1))
        ]
        return document(
            common,
            url=WHATS_NEW,
            title=common.words("new"),
            template="whats_new",
            months=months,
            shortened=shortened,
        )

    return Recipe(PATH, (shortened, *(entry.mark for entry in latest)), make)


def whats_new_json(latest: Sequence[Entry]) -> Recipe:
    """Return the changes for the theme's script, which marks what is new to a reader: ``[[url, day], …]``."""

    def make() -> bytes:
        changes = [[entry.url, _day(entry).isoformat()] for entry in latest]
        return json.dumps(changes, ensure_ascii=True, separators=(",", ":")).encode()

    return Recipe(DATA, tuple(entry.mark for entry in latest), make)


def _day(entry: Entry) -> date:
    assert entry.updated is not None, "lists of changes hold no courses"
    return entry.updated
