"""The interface's own words, in the languages it speaks, and how it writes dates and names."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from json import loads

from msgspec import Struct

DEFAULT = "en"


class Words(Struct, frozen=True, eq=False):
    """The interface's words in one language.

    Attributes:
        language: a BCP 47 tag.
        texts: key → text; ``{}`` marks where a value goes.
    """

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, *values: object) -> str:
        """Return a text with its values filled in."""
        return self.texts[key].format(*values)

    def count(self, key: str, number: int) -> str:
        """Return a text about a number of things; ``key.one`` and ``key.other`` hold its two forms."""
        return self.texts[f"{key}.one" if number == 1 else f"{key}.other"].format(number)

    def day(self, day: date) -> str:
        """Write a date out, with its year."""
        return self.texts["date"].format(day=day.day, month=self.texts[f"month.{day.month}"], year=day.year)

    def iso(self, day: str) -> str:
        """Write out a date given in ISO 8601."""
        return self.day(date.fromisoformat(day))

    def size(self, number: int) -> str:
        """Write a number of bytes for people."""
        if number < 1_000_000:
            return self("page.kilobytes", max(1, round(number / 1000)))
        return self("page.megabytes", f"{number / 1_000_000:.1f}")

    def month(self, day: date) -> str:
        """Write the month of a date and its year."""
        return self.texts["date.month"].format(month=self.texts[f"month.{day.month}"], year=day.year)


@cache
def words(language: str) -> Words:
    """Return the words in a language; in English where the interface does not speak it."""
    folder = resources.files(__package__) / "words"
    for candidate in (language, language.split("-")[0], DEFAULT):
        file = folder / f"{candidate}.json"
        if candidate.replace("-", "").isalnum() and file.is_file():
            own = loads(file.read_text(encoding="utf-8"))
            return Words(candidate, {**loads((folder / f"{DEFAULT}.json").read_text(encoding="utf-8")), **own})
    raise AssertionError("English is missing")


@cache
def spoken() -> tuple[Words, ...]:
    """Return the words in every language that the interface speaks."""
    files = (resources.files(__package__) / "words").iterdir()
    return tuple(words(name) for name in sorted(file.name.removesuffix(".json") for file in files))


class Labels(Struct, frozen=True, eq=False):
    """Names of slugs such as topics, types and folders.

    Attributes:
        given: slug → name, from the look's ``extra.labels``.
    """

    given: Mapping[str, str]

    def __call__(self, slug: str) -> str:
        """Return the name given to a slug, or one made of it."""
        if slug in self.given:
            return self.given[slug]
        spaced = slug.replace("-", " ").replace("_", " ").strip()
        return spaced[:1].upper() + spaced[1:]
