"""``whats-new/``: changes by month and day, latest first."""

from itertools import groupby

from prmbuild.site.contents import Contents
from prmbuild.site.navigation import WHATS_NEW
from prmbuild.site.templates import document

PATH = f"{WHATS_NEW}index.html"


def whats_new(contents: Contents) -> bytes:
    """Return the list of changes. A page stands where its latest change does."""
    months = [
        (month, [(day, [entry for _, entry in same]) for day, same in groupby(changes, key=lambda change: change[0])])
        for month, changes in groupby(contents.changes(), key=lambda change: change[0].replace(day=1))
    ]
    return document(contents, url=WHATS_NEW, title=contents.words("new"), template="whats_new", months=months)
