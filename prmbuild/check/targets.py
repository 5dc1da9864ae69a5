"""What the links of pages mean, whether it is published or not."""

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from msgspec import Raw, json

from prmbuild.authored.likeness import Names
from prmbuild.cache.facts import Facts, digest
from prmbuild.catalog.address import QUIZ_FILE, Address, address_of
from prmbuild.check.destinations import Destination
from prmbuild.check.written import Written, WrittenPage
from prmbuild.desired import Authored, Desired
from prmbuild.errors import RenderError
from prmbuild.render.article import Article, Reference, Rendered
from prmbuild.render.links import internal_path
from prmbuild.render.look import Look
from prmbuild.render.material import Toolchain
from prmbuild.render.page import Site
from prmbuild.render.paths import named_file
from prmbuild.render.stored import read_article, write_article
from prmbuild.source.snapshot import COURSE_FILE

NEAR = 0.85
"""How alike a path must be to be suggested, from 0 to 1."""

_RECENT = 512
"""Pages whose links are remembered: those of all pages of a large programme are hundreds of megabytes."""

_URL = "https://portal.invalid/"
_GENERIC = frozenset({"index.md", "README.md", COURSE_FILE, QUIZ_FILE})


class Meaning(NamedTuple):
    """What a link means.

    Attributes:
        target: a repository path; None where it leads to nothing.
        fragment: the part behind ``#``, decoded.
        written: the link itself where it leads to nothing, else empty.
    """

    target: str | None
    fragment: str
    written: str = ""


class Targets:
    """Every page of a revision rendered with all its audience blocks open, and what its links mean.

    Args:
        written: the revision.
        authored: its look is used where it is free of errors.
        state: articles that have been rendered already; None where the configuration has errors.
        facts: keeps articles that no portal shows.
    """

    def __init__(self, written: Written, authored: Authored, state: Desired | None, facts: Facts) -> None:
        self._facts = facts
        self.addresses: Mapping[str, Address] = {path: address_of(path) for path in written.publishable}
        self.unrenderable: dict[str, str] = {}
        self._by_place = {address.file.removesuffix("index.html"): path for path, address in self.addresses.items()}
        self.portal_url = authored.programme.settings.portal_url if authored.programme else _URL
        self._pages = written.pages
        self._look = authored.look or Look()
        self._state = state
        self._rendered = state.articles if state else {}
        self._articles: dict[str, Article | None] = {}
        self._links = lru_cache(maxsize=_RECENT)(self._links_on)
        self._places = lru_cache(maxsize=_RECENT)(self._places_on)

    @cached_property
    def names(self) -> str:
        """The digest of all that links can be looked up in."""
        return digest("\0".join(self.addresses).encode(), self.portal_url.encode())

    @cached_property
    def anchored(self) -> str:
        """The digest of all that links lead to: of `names`, what is published of them, the anchors on pages, the theme.

        Empty where the configuration has errors.
        """
        if self._state is None:
            return ""
        published = (part for path, at in sorted(self._state.catalog.addresses.items()) for part in (path, at.file))
        anchors = (part for path, page in self._pages.items() for part in (path, self._headings(page)))
        told = (self.names, self._state.engine.toolchain.fingerprint, *published, "", *anchors)
        return digest("\0".join(told).encode("utf-8", "surrogatepass"))

    def _headings(self, page: WrittenPage) -> str:
        """Return a digest that is the same where a page has the same anchors."""
        if page.retired:  # is rendered only where something links to it
            return page.facts.article
        article = self.article(page.path)
        return "" if article is None else article.headings

    def article(self, path: str) -> Article | None:
        """Return the article of a page; None where it cannot be rendered, or is no page that can be read."""
        if path not in self._articles:
            page = self._pages.get(path)
            self._articles[path] = self._render(page) if page else None
        return self._articles[path]

    def links(self, path: str) -> tuple[Meaning, ...]:
        """Return what the links of a page mean, each meaning once; nothing where it cannot be rendered."""
        return self._links(path)

    def files(self, path: str) -> Iterable[str | None]:
        """Return the repository paths of the files that the links of a page name, and of whatever else they may."""
        article = self.article(path)
        if article is None:
            return ()
        meant = (self.of_url(url, path) for url in article.dangling)
        return (*article.files, *(meaning.target for meaning in meant if meaning is not None))

    def of_reference(self, reference: Reference, path: str) -> Meaning:
        """Return what a reference of an article of the page at a path means."""
        if reference.target is not None:
            return Meaning(target=reference.target, fragment=reference.fragment)
        return self.of_url(reference.written, path) or Meaning(target=None, fragment="", written=reference.written)

    def of_url(self, url: str, path: str) -> Meaning | None:
        """Return what a URL on a page means; None for one that leaves the programme.

        An author's path from the page's own folder goes before a path from the page's address.
        """
        try:
            parts = urlsplit(url.strip())
        except ValueError:
            return Meaning(target=None, fragment="", written=url)
        absolute = bool(parts.scheme or parts.netloc)
        if absolute and internal_path(url, "", self.portal_url) is None:
            return None
        fragment = unquote(parts.fragment)
        if not parts.path and not absolute:
            return Meaning(target=path, fragment=fragment)
        file = named_file(url, path)
        if file is not None and file in self.addresses:
            return Meaning(target=file, fragment=fragment)
        place = internal_path(url, self.addresses[path].url, self.portal_url)
        target = self._by_place.get(place[0]) if place else None
        if target is None:
            return Meaning(target=None, fragment="", written=unquote(url.strip()))
        return Meaning(target=target, fragment=fragment)

    def places(self, path: str, meaning: Meaning) -> tuple[Destination, ...]:
        """Return where links of that meaning stand on a page, in order; empty where that cannot be told."""
        if meaning.target is None:
            meaning = Meaning(target=None, fragment="", written=unquote(meaning.written.strip()))
        return self._places(path).get(meaning, ())

    def _links_on(self, path: str) -> tuple[Meaning, ...]:
        article = self.article(path)
        meanings = (self.of_reference(reference, path) for reference in article.references) if article else ()
        return tuple(dict.fromkeys(meanings))

    def _places_on(self, path: str) -> Mapping[Meaning, tuple[Destination, ...]]:
        found: dict[Meaning, tuple[Destination, ...]] = {}
        for destination in self._pages[path].links:
            meant = self.of_url(destination.url, path)
            if meant is not None:
                found[meant] = (*found.get(meant, ()), destination)
        return found

    def suggested(self, written: str, path: str) -> str:
        """Return a hint for a link of a page that leads to nothing; empty where nothing is near."""
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(written).partition("#")[0]))
        name = posixpath.basename(wanted)
        if not posixpath.splitext(name)[1]:
            wanted = f"{wanted}/index.md" if f"{wanted}/index.md" in self.addresses else f"{wanted}.md"
        moved = [known for known in self._by_name.get(_name(wanted), ()) if known != path]
        near = moved[0] if len(moved) == 1 else self._names.nearest(wanted, NEAR, without=path)
        return f"did you mean '{posixpath.relpath(near, posixpath.dirname(path))}'?" if near else ""

    @cached_property
    def _names(self) -> Names:
        return Names(self.addresses)

    @cached_property
    def _by_name(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self.addresses:
            found.setdefault(_name(path), []).append(path)
        return found

    def _render(self, page: WrittenPage) -> Article | None:
        if page.facts.article in self._rendered:
            return self._rendered[page.facts.article]
        made = self._unpublished.get(page.path) or self._made(page)
        if isinstance(made, str):
            self.unrenderable[page.path] = made
            return None
        return made.article if isinstance(made, Rendered) else made

    def _made(self, page: WrittenPage) -> Rendered | str:
        """Render a page; what is wrong where that cannot be done."""
        try:
            return self._toolchain.article(page.whole)
        except RenderError as error:
            return error.message

    @cached_property
    def _unpublished(self) -> Mapping[str, Article | str]:
        """Path → article of the pages that stand here as no portal shows them."""
        wanted = {
            path: digest(page.facts.article.encode(), self.names.encode(), self._toolchain.fingerprint.encode())
            for path, page in self._pages.items()
            if not page.retired and page.facts.article not in self._rendered
        }

        def find_out(paths: Sequence[str]) -> Mapping[str, Raw]:
            return {path: _written(self._made(self._pages[path])) for path in paths}

        return {path: _read(made) for path, made in self._facts.recall("article", wanted, find_out, Raw).items()}

    @cached_property
    def _toolchain(self) -> Toolchain:
        return Toolchain(Site(name="", url=self.portal_url, look=self._look, addresses=self.addresses, preview=False))


def _written(made: Rendered | str) -> Raw:
    return Raw(json.encode(made) if isinstance(made, str) else write_article(made, ""))


def _read(written: Raw) -> Article | str:
    data = bytes(written)
    return json.decode(data, type=str) if data.startswith(b'"') else read_article(data).article


def is_readable(url: str) -> bool:
    """Tell whether a URL can be taken apart at all."""
    try:
        urlsplit(url.strip())
    except ValueError:
        return False
    return True


def _name(path: str) -> str:
    """Return what a file is known by: its name, or its folder's and its own where many have that name."""
    folder, name = posixpath.split(path)
    return (posixpath.join(posixpath.basename(folder), name) if name in _GENERIC else name).casefold()
