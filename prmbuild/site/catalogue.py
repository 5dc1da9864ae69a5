"""``catalogue/``: everything a portal shows, to be searched and filtered.

A portal with few pages has one document. In a larger one it names the parts that have the rows, which the script loads.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote, unquote

from msgspec import Struct

from prmbuild.render.words import Labels
from prmbuild.site.contents import Common, Contents
from prmbuild.site.entries import COURSE_TYPE, Download, Entry
from prmbuild.site.folders import Numbers, Segment
from prmbuild.site.navigation import CATALOGUE
from prmbuild.site.recipes import Recipe
from prmbuild.site.templates import document

PATH = f"{CATALOGUE}index.html"

PARTS = 40
"""The most parts whose rows the script loads to filter them, a few hundred KB; with more, each has filters."""

Choices = list[tuple[str, str, int]]
"""Value, name and number of entries, by name."""


class Section(Struct, frozen=True, kw_only=True):
    """A part of the catalogue that has a document of its own.

    Attributes:
        url: relative to the portal's root.
        above: names of the folders that it stands in, from the top.
        name: its own.
        count: how many pages it lists.
    """

    url: str
    above: tuple[str, ...]
    name: str
    count: int

    @property
    def group(self) -> str:
        """What all parts of a top folder have in common, and no other."""
        return self.url.split("/")[1]

    @property
    def top(self) -> str:
        """The name of the outermost folder."""
        return (*self.above, self.name)[0]

    @property
    def title(self) -> str:
        """Its name among all parts."""
        return " › ".join((*self.above, self.name))


def catalogue(contents: Contents) -> Recipe:
    """Return the catalogue. It is complete without JavaScript, with the parts that it names; the script filters."""
    segments, numbers = contents.resources.segments, contents.resources.numbers
    inline = [segment for segment in segments if not segment.path]
    listed = (*contents.course_entries, *(entry for segment in inline for entry in segment.entries))
    sections = [section(segment, contents.common.labels) for segment in segments if segment.path]

    def make() -> bytes:
        return document(
            contents.common,
            url=CATALOGUE,
            title=contents.common.words("catalogue"),
            template="catalogue",
            entries=sorted(listed, key=lambda entry: entry.by_title),
            total=contents.resources.count + len(contents.course_entries),
            sections=sections,
            most=PARTS,
            facets=_facets(numbers, contents.course_entries, contents.common),
            downloads=_downloads(inline),
        )

    counted = sorted(numbers.types.items()), sorted(numbers.topics.items()), sorted(numbers.languages.items())
    marks = tuple(entry.mark for entry in listed)
    return Recipe(PATH, (contents.resources.count, sections, counted, marks), make)


def part(segment: Segment, common: Common) -> Recipe:
    """Return the document of a part of the catalogue."""
    named = section(segment, common.labels)

    def make() -> bytes:
        return document(
            common,
            url=named.url,
            title=named.title,
            template="catalogue_part",
            part=named,
            entries=segment.by_title,
            total=named.count,
            sections=(),
            most=PARTS,
            facets=_facets(Numbers.of(segment.entries, ()), (), common),
            downloads=_downloads((segment,)),
        )

    return Recipe(f"{unquote(named.url)}index.html", segment.shows, make)


def section(segment: Segment, labels: Labels) -> Section:
    """Return how the catalogue names a part of it."""
    names = segment.path.split("/") if segment.path else []
    if segment.folders:
        first, last = segment.folders
        above = names[:-1] if names[-1:] == [first] else names
        titles = [*map(labels, above), labels(first) if first == last else f"{labels(first)} – {labels(last)}"]
    else:
        titles = [*map(labels, names)]
    *above, name = titles
    return Section(url=f"{CATALOGUE}{quote(segment.path)}/", above=tuple(above), name=name, count=len(segment.entries))


def _facets(numbers: Numbers, courses: Sequence[Entry], common: Common) -> list[tuple[str, str, Choices]]:
    label, say = common.labels, common.words

    def language(tag: str) -> str:
        key = f"language.{tag.split('-')[0]}"
        return say(key) if key in say.texts else tag

    def kind(slug: str) -> str:
        return say("course") if slug == COURSE_TYPE else label(slug)

    def counted(known: Mapping[str, int], more: Iterator[str]) -> Mapping[str, int]:
        found = dict(known)
        for value in more:
            found[value] = found.get(value, 0) + 1
        return found

    types = counted(numbers.types, (COURSE_TYPE for _ in courses))
    topics = counted(numbers.topics, (topic for course in courses for topic in course.topics))
    languages = counted(numbers.languages, (course.language for course in courses))
    return [
        ("type", say("catalogue.type"), _choices(types, kind)),
        ("topic", say("catalogue.topic"), _choices(topics, label)),
        ("language", say("catalogue.language"), _choices(languages, language)),
    ]


def _choices(numbers: Mapping[str, int], name: Callable[[str], str]) -> Choices:
    return sorted(
        ((value, name(value), number) for value, number in numbers.items()),
        key=lambda choice: (choice[1].casefold(), choice[0]),
    )


def _downloads(segments: Iterable[Segment]) -> list[tuple[Download, Entry]]:
    """Return the files that pages offer, each with the page that presents it or else the first that links to it."""
    found: dict[str, tuple[Download, Entry]] = {}
    for segment in segments:
        for entry in segment.entries:
            for download in entry.downloads:
                if download.url not in found or download.presented:
                    found[download.url] = download, entry
    return sorted(found.values(), key=lambda pair: (pair[0].name.casefold(), pair[0].url))
