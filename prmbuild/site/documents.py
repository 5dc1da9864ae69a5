"""All documents of all portals."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar
from urllib.parse import unquote

from prmbuild.portals.portals import Portals
from prmbuild.portals.variants import Destinations
from prmbuild.render.article import Article
from prmbuild.render.engine import Engine
from prmbuild.site import catalogue, home, navigation, not_found, search, whats_new
from prmbuild.site.contents import Common, Contents, contents
from prmbuild.site.courses import course_documents
from prmbuild.site.folders import FolderView, Segment

_Part = TypeVar("_Part", FolderView, Segment)

ROBOTS = b"User-agent: *\nDisallow: /\n"


class Document(NamedTuple):
    """A file of some portals.

    Attributes:
        path: below the portal's root.
        portals: the portals that have it.
    """

    path: str
    portals: int
    data: bytes


def documents(
    shown: Portals,
    articles: Mapping[str, Article],
    destinations: Destinations,
    engine: Engine,
) -> Iterator[Document]:
    """Make what differs from portal to portal; what comes out the same for several is made once.

    Args:
        shown: what the portals show; their ids and viewers shape nothing.
        articles: input key → article, for every page.
        destinations: tells which references lead somewhere.
        engine: the site's.

    Yields:
        Documents. A path has one for each portal that has it.

    Raises:
        RenderError: the theme cannot be used.
    """
    common = Common.of(engine.toolchain)
    yield Document("robots.txt", shown.everyone, ROBOTS)
    yield Document(not_found.PATH, shown.everyone, not_found.not_found(common))
    everything = contents(shown, articles, destinations, common)
    yield from _of_folders(everything, common)
    for number, one in enumerate(everything):
        for path, data in _of_portal(one, articles, engine):
            yield Document(path, 1 << number, data)


def _of_portal(
    portal: Contents, articles: Mapping[str, Article], engine: Engine
) -> Iterator[tuple[str, bytes]]:
    resources, common = portal.resources, portal.common
    yield home.PATH, home.home(portal, engine.body)
    yield catalogue.PATH, catalogue.catalogue(portal)
    yield whats_new.PATH, whats_new.whats_new(resources.latest, resources.count, common)
    yield whats_new.DATA, whats_new.whats_new_json(resources.latest)
    yield navigation.PATH, navigation.navigation_json(navigation.navigation(portal))
    yield search.PATH, search.search_index(portal, articles, engine.body)
    for url, data in course_documents(portal):
        yield f"{unquote(url)}index.html", data


def _of_folders(everything: Sequence[Contents], common: Common) -> Iterator[Document]:
    """Make the documents of folders: once for all portals that show the same in a folder."""
    segments = _holders((portal.resources.segments for portal in everything))
    for segment, portals in segments.items():
        if segment.path:
            path = f"{unquote(catalogue.section(segment, common.labels).url)}index.html"
            yield Document(path, portals, catalogue.part(segment, common))
    folders = _holders((navigation.apart(portal.resources) for portal in everything))
    for folder, portals in folders.items():
        yield Document(navigation.file_of(folder), portals, navigation.folder_json(folder, common.labels))


def _holders(parts: Iterable[Iterable[_Part]]) -> Mapping[_Part, int]:
    """Return which portals have each part, given the parts of every portal in order."""
    holders: dict[_Part, int] = {}
    for number, some in enumerate(parts):
        for part in some:
            holders[part] = holders.get(part, 0) | 1 << number
    return holders
