"""``catalogue/``: everything a portal shows, to be searched and filtered."""

from collections import Counter
from collections.abc import Callable, Iterable

from prmbuild.site.contents import Contents
from prmbuild.site.navigation import CATALOGUE
from prmbuild.site.templates import document

PATH = f"{CATALOGUE}index.html"

Choices = list[tuple[str, str, int]]
"""Value, name and number of entries, by name."""


def catalogue(contents: Contents) -> bytes:
    """Return the catalogue. It is complete without JavaScript; filters are the script's."""
    entries = contents.entries
    label, say = contents.labels, contents.words

    def language(tag: str) -> str:
        key = f"language.{tag.split('-')[0]}"
        return say(key) if key in say.texts else tag

    def kind(slug: str) -> str:
        return say("course") if slug == "course" else label(slug)

    return document(
        contents,
        url=CATALOGUE,
        title=say("catalogue"),
        template="catalogue",
        entries=entries,
        facets=[
            ("type", say("catalogue.type"), _choices((entry.type for entry in entries if entry.type), kind)),
            ("topic", say("catalogue.topic"), _choices((topic for entry in entries for topic in entry.topics), label)),
            ("language", say("catalogue.language"), _choices((entry.language for entry in entries), language)),
        ],
    )


def _choices(values: Iterable[str], name: Callable[[str], str]) -> Choices:
    counted = Counter(values)
    return sorted(
        ((value, name(value), number) for value, number in counted.items()),
        key=lambda choice: (choice[1].casefold(), choice[0]),
    )
