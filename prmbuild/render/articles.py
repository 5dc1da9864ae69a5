"""Articles: a page's Markdown rendered, and all that is to be known of it read off in one pass over its HTML."""

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, partial
from html import unescape

from prmbuild.catalog.address import Address
from prmbuild.errors import RenderError
from prmbuild.render.article import Article, ArticleBody, Consulted, PageInput, Reference, Rendered, Ties
from prmbuild.render.comments import without_comments
from prmbuild.render.late import Late
from prmbuild.render.links import dropped, followable, internal_path, urls_and_ids, without_links
from prmbuild.render.markup import Markdown
from prmbuild.render.page import Site
from prmbuild.render.paths import Links
from prmbuild.render.sections import sections
from prmbuild.render.tokens import Tag, tokens


class Articles:
    """Renders articles of a site.

    Args:
        site: whose addresses links lead to.
        markup: renders Markdown.
    """

    def __init__(self, site: Site, markup: Markdown) -> None:
        self._site = site
        self._markup = markup
        self._places: dict[str, str | None] = {}

    def render(self, page: PageInput) -> Rendered:
        """Render a page's Markdown.

        Raises:
            RenderError: an extension failed on it.
        """
        links = Links(page.path, self._site.addresses)
        self._places.clear()
        try:
            content, toc, heading = self._markup.convert(without_comments(page.text), links.url_of, page.language)
        except Exception as error:
            raise RenderError(f"{page.path}: the page cannot be rendered: {_reason(error)}") from error
        title = page.title
        if title is None:
            title = unescape(heading) if heading else _named(page.path, self._site.addresses[page.path])
        read = tuple(tokens(content))
        urls, ids = urls_and_ids(read)
        references = self._references(urls, self._site.addresses[page.path].url)
        safe, undone = self._safe(content, read, references)
        parts = sections(read, title)
        gone = dropped(read) if safe != content else ()
        ties = Ties(references=references, anchors=frozenset(ids), undone=undone, dropped=gone)
        article = Article(
            key=page.key,
            path=page.path,
            title=title,
            description=page.description,
            language=page.language,
            headings=ties.headings,
            files=ties.files,
            dangling=ties.dangling,
            read_ties=Late(partial(Ties, *ties)),
            mermaid='<pre data-search-exclude class="mermaid">' in content,
            words=sum(len(section.text.split()) for section in parts),
        )
        return Rendered(
            article=article,
            body=ArticleBody(html=content, safe=safe, toc=toc, sections=parts),
            consulted=Consulted(files=links.consulted, places=dict(self._places)),
        )

    def _safe(
        self, content: str, read: Sequence[str | Tag], references: tuple[Reference, ...]
    ) -> tuple[str, Mapping[str, bool]]:
        """Return the content without what no reader may be given, and the URLs that went."""
        judge = followable(frozenset(reference.written for reference in references), self._site.url)
        undone: dict[str, bool] = {}

        def noted(url: str, embedded: bool) -> bool:
            if not judge(url, embedded):
                undone[url] = undone.get(url, False) or embedded
            return True

        safe = without_links(content, noted, read)
        return without_links(content, judge, read) if undone else safe, undone

    def target(self, url: str, page_url: str) -> tuple[str | None, str] | None:
        """Return what a URL on a page leads to.

        Returns:
            The repository path (None where it is nothing published) and the fragment; None for a URL that leaves the
            programme.
        """
        resolved = internal_path(url, page_url, self._site.url)
        if resolved is None:
            return None
        path, fragment = resolved
        self._places[path] = self._by_path.get(path)
        return self._places[path], fragment

    @cached_property
    def _by_path(self) -> Mapping[str, str]:
        return {address.file.removesuffix("index.html"): path for path, address in self._site.addresses.items()}

    def _references(self, urls: Iterable[str], page_url: str) -> tuple[Reference, ...]:
        found: dict[str, Reference] = {}
        for url in urls:
            if url in found:
                continue
            leads = self.target(url, page_url)
            if leads is not None:
                found[url] = Reference(written=url, target=leads[0], fragment=leads[1])
        return tuple(found.values())


def _reason(error: Exception) -> str:
    """Return why a page cannot be rendered, for its author."""
    return "lists, quotes or tags are nested too deeply" if isinstance(error, RecursionError) else str(error)


def _named(path: str, address: Address) -> str:
    """Return the title of a page that gives itself none."""
    if address.file == "index.html":
        return "Home"
    stem = posixpath.splitext(posixpath.basename(path))[0]
    title = ("index" if stem == "README" else stem).replace("-", " ").replace("_", " ")
    return title.capitalize() if title.lower() == title else title
