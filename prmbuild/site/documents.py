"""All documents of all portals."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple, TypeVar
from urllib.parse import unquote

from prmbuild.cache import Cache
from prmbuild.portals.portals import Portals
from prmbuild.portals.variants import Destinations
from prmbuild.render.article import Article
from prmbuild.render.engine import Engine
from prmbuild.site import catalogue, home, navigation, not_found, whats_new
from prmbuild.site.contents import Common, Contents, contents
from prmbuild.site.courses import course_documents
from prmbuild.site.fingerprint import fingerprint
from prmbuild.site.folders import FolderView, Segment
from prmbuild.site.search import PATH as SEARCH
from prmbuild.site.search import SearchData, files_of

_Part = TypeVar("_Part", FolderView, Segment, str)

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
    engine: Engine,
    kept: Cache,
) -> Iterator[Document]:
    """Make what differs from portal to portal; what comes out the same for several is made once.

    Args:
        shown: what the portals show; their ids and viewers shape nothing.
        articles: input key → article, for every page.
        destinations: tells which references lead somewhere.
        engine: the site's.
        kept: is given the bytes.

    Yields:
        Documents. A path has one for each portal that has it.

    Raises:
        RenderError: the theme cannot be used.
    """
    common = Common.of(engine.toolchain)
    keep = kept.put_object
    yield Document("robots.txt", shown.everyone, keep(ROBOTS))
    yield Document(not_found.PATH, shown.everyone, keep(not_found.not_found(common)))
    everything = contents(shown, articles, destinations, common)
    yield from _of_folders(everything, common, kept)
    for number, one in enumerate(everything):
        for path, data in _of_portal(one, engine):
            yield Document(path, 1 << number, keep(data))
    yield from _for_search(everything, SearchData(common, engine, kept), keep)


def _of_portal(portal: Contents, engine: Engine) -> Iterator[tuple[str, bytes]]:
    resources, common = portal.resources, portal.common
    yield home.PATH, home.home(portal, engine.body)
    yield catalogue.PATH, catalogue.catalogue(portal)
    yield whats_new.PATH, whats_new.whats_new(resources.latest, resources.count, common)
    yield whats_new.DATA, whats_new.whats_new_json(resources.latest)
    yield navigation.PATH, navigation.navigation_json(navigation.navigation(portal))
    for url, data in course_documents(portal):
        yield f"{unquote(url)}index.html", data


def _of_folders(everything: Sequence[Contents], common: Common, kept: Cache) -> Iterator[Document]:
    """Make the documents of folders, once for all portals that show the same in a folder."""
    segments = _holders(portal.resources.segments for portal in everything)
    keys = {segment: _key(segment, common) for segment in segments if segment.path}
    kept.fetch(keys.values())
    known = kept.digests(keys.values())
    for segment, key in keys.items():
        path = f"{unquote(catalogue.section(segment, common.labels).url)}index.html"
        yield Document(path, segments[segment], known.get(key) or kept.put(key, catalogue.part(segment, common)))
    for folder, portals in _holders(navigation.apart(portal.resources) for portal in everything).items():
        data = navigation.folder_json(folder, common.labels)
        yield Document(navigation.file_of(folder), portals, kept.put_object(data))


def _key(segment: Segment, common: Common) -> str:
    """Return the digest of all that the document of a segment depends on."""
    toolchain = common.toolchain
    about = (fingerprint(), toolchain.fingerprint, repr(toolchain.site.preview), segment.path, *segment.folders)
    parts = (*about, *map(repr, segment.entries))
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _for_search(everything: Sequence[Contents], search: SearchData, keep: Callable[[bytes], str]) -> Iterator[Document]:
    parts = [
        [part for part in (*portal.resources.segments, *portal.lessons.segments) if part.entries]
        for portal in everything
    ]
    made = search.segments(dict.fromkeys(part for some in parts for part in some))
    own = [search.own(portal) for portal in everything]
    found = [
        {one.folder: one for one in (*(made[part] for part in some), mine) if one is not None}
        for some, mine in zip(parts, own, strict=True)
    ]
    for folder, portals in _holders(found).items():
        segment = next(some[folder] for some in found if folder in some)
        for path, digest in files_of(segment):
            yield Document(path, portals, digest)
    for number, (portal, some) in enumerate(zip(everything, found, strict=True)):
        yield Document(SEARCH, 1 << number, keep(search.index(list(some.values()), portal)))


def _holders(parts: Iterable[Iterable[_Part]]) -> Mapping[_Part, int]:
    """Return which portals have each part, given the parts of every portal in order."""
    holders: dict[_Part, int] = {}
    for number, some in enumerate(parts):
        for part in some:
            holders[part] = holders.get(part, 0) | 1 << number
    return holders
