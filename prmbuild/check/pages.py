"""Pages beside each other."""

from collections.abc import Iterator, Sequence

from prmbuild import codes
from prmbuild.check.shown import Mask, Shown, first
from prmbuild.check.written import Written
from prmbuild.diagnostics import Diagnostic


def check_titles(written: Written, shown: Shown) -> Iterator[Diagnostic]:
    """Find pages that the same readers see under the same title, in the same language."""
    entitled: dict[tuple[str, str], list[tuple[str, Mask]]] = {}
    for path, variants in sorted(shown.pages.items()):
        for page in variants:
            if page.seen.page.course is None:
                title = page.article.title.casefold(), page.seen.page.source.meta.language
                entitled.setdefault(title, []).append((path, page.portals))
    twice: dict[str, tuple[Mask, str]] = {}
    for pages in entitled.values():
        for path, portal, other in _shared(pages):
            if path not in twice or portal < twice[path][0]:
                twice[path] = portal, other
    for path, (_, other) in twice.items():
        if path in written.pages:
            line, column = written.pages[path].facts.title
            message = f"the page has the same title as '{other}'"
            hint = "say in one of the titles what is different"
            yield codes.DUPLICATE_TITLE.at(path, message, line=line, column=column, hint=hint)


def _shared(pages: Sequence[tuple[str, Mask]]) -> Iterator[tuple[str, Mask, str]]:
    """Yield each page that has its title from another in some portal, the first such portal, and the other page.

    Args:
        pages: of one title, in order of their paths.
    """
    taken: Mask = 0
    for path, portals in pages:
        if portals & taken:
            portal = first(portals & taken)
            yield path, portal, next(other for other, others in pages if others & portal)
        taken |= portals
