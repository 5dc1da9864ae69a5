"""All documents of all portals."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import islice
from typing import NamedTuple, TypeVar

from prmbuild.cache import Cache
from prmbuild.portals.pictures import Pictures
from prmbuild.portals.portals import Portals
from prmbuild.portals.variants import Destinations
from prmbuild.render.article import Article
from prmbuild.render.engine import Engine
from prmbuild.site import catalogue, home, navigation, not_found, whats_new
from prmbuild.site.contents import Common, Contents, contents
from prmbuild.site.courses import course_documents
from prmbuild.site.fingerprint import fingerprint
from prmbuild.site.folders import FolderView, Segment
from prmbuild.site.recipes import Recipe
from prmbuild.site.search import PATH as SEARCH
from prmbuild.site.search import Group, SearchData, files_of

_Part = TypeVar("_Part", FolderView, Segment, Group, tuple[str, str])

AT_ONCE = 64
"""Documents that are kept in one go; more would only take memory."""

ROBOTS = b"User-agent: *\nDisallow: /\n"


class Document(NamedTuple):
    """A file of some portals.

    Attributes:
        path: below the portal's root.
        portals: the portals that have it.
        digest: SHA-256 of its bytes, which the cache has.
    """

    path: str
    portals: int
    digest: str


def documents(
    shown: Portals,
    articles: Mapping[str, Article],
    destinations: Destinations,
    pictures: Pictures,
    engine: Engine,
    kept: Cache,
) -> Iterator[Document]:
    """Make what differs from portal to portal; what comes out the same for several is made once.

    Args:
        shown: what the portals show; their ids and viewers shape nothing.
        articles: input key → article, for every page.
        destinations: tells which references lead somewhere.
        pictures: tells how large those of an article are.
        engine: the site's.
        kept: is given the bytes.

    Yields:
        Documents. A path has one for each portal that has it.

    Raises:
        RenderError: the theme cannot be used.
    """
    common = Common.of(engine.toolchain)
    everything = contents(shown, articles, destinations, pictures, common)
    yield from _made(_recipes(everything, common, engine), common, kept)
    yield from _for_search(everything, SearchData(common, engine, kept), kept)


def _recipes(everything: Sequence[Contents], common: Common, engine: Engine) -> Iterator[tuple[int, Recipe]]:
    """Yield how to make the documents, each with the portals that have it."""
    everyone = (1 << len(everything)) - 1
    yield everyone, Recipe("robots.txt", (), lambda: ROBOTS)
    yield everyone, not_found.not_found(common)
    for segment, portals in _holders(portal.resources.segments for portal in everything).items():
        if segment.path:
            yield portals, catalogue.part(segment, common)
    for folder, portals in _holders(navigation.apart(portal.resources) for portal in everything).items():
        yield portals, navigation.of_folder(folder, common.labels)
    for number, portal in enumerate(everything):
        for recipe in _of_portal(portal, engine):
            yield 1 << number, recipe


def _of_portal(portal: Contents, engine: Engine) -> Iterator[Recipe]:
    resources, common = portal.resources, portal.common
    yield home.home(portal, engine)
    yield catalogue.catalogue(portal)
    yield whats_new.whats_new(resources.latest, resources.count, common)
    yield whats_new.whats_new_json(resources.latest)
    yield navigation.top(portal)
    yield from course_documents(portal)


def _made(recipes: Iterable[tuple[int, Recipe]], common: Common, kept: Cache) -> Iterator[Document]:
    """Make documents, those apart that were made before from the same."""
    about = (fingerprint(), common.toolchain.fingerprint, repr(common.toolchain.site.preview))
    wanted: dict[str, Recipe] = {}
    holders: dict[str, int] = {}
    for portals, recipe in recipes:
        parts = (*about, recipe.path, repr(recipe.shows))
        key = sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
        wanted.setdefault(key, recipe)
        holders[key] = holders.get(key, 0) | portals
    kept.fetch(wanted)
    known = kept.digests(wanted)
    for key, digest in known.items():
        yield Document(wanted[key].path, holders[key], digest)
    missing = (key for key in wanted if key not in known)
    while batch := {key: wanted[key].make() for key in islice(missing, AT_ONCE)}:
        for key, digest in kept.put_many(batch).items():
            yield Document(wanted[key].path, holders[key], digest)


def _for_search(everything: Sequence[Contents], search: SearchData, kept: Cache) -> Iterator[Document]:
    parts = [_searched(portal) for portal in everything]
    made = search.made(dict.fromkeys(part for some in parts for part in some))
    files: dict[tuple[str, str], int] = {}
    for group, portals in _holders(parts).items():
        for file in files_of(made[group]):
            files[file] = files.get(file, 0) | portals
    yield from (Document(path, portals, digest) for (path, digest), portals in files.items())
    listings = search.listings([[made[part] for part in some] for some in parts])
    listed = _holders([file for one in some for file in one.files] for some in listings)
    yield from (Document(path, portals, digest) for (path, digest), portals in listed.items())
    starts = [search.index(some, portal) for portal, some in zip(everything, listings, strict=True)]
    for number, digest in enumerate(kept.put_objects(starts)):
        yield Document(SEARCH, 1 << number, digest)


def _searched(portal: Contents) -> list[Group]:
    """Return what a portal's search finds, in segments; its welcome and its courses, which are its own, make one."""
    own = (*portal.course_entries, *((portal.welcome.entry,) if portal.welcome is not None else ()))
    groups = [
        *(Group(f"content/{segment.path}", segment.entries) for segment in portal.resources.segments),
        *(Group(f"courses/{segment.path}", segment.entries) for segment in portal.lessons.segments),
        Group("", own),
    ]
    return [group for group in groups if group.entries]


def _holders(parts: Iterable[Iterable[_Part]]) -> Mapping[_Part, int]:
    """Return which portals have each part, given the parts of every portal in order."""
    holders: dict[_Part, int] = {}
    for number, some in enumerate(parts):
        for part in some:
            holders[part] = holders.get(part, 0) | 1 << number
    return holders
