"""``index.html``: where a partner starts."""

from collections.abc import Callable

from markupsafe import Markup

from prmbuild.render.links import without_links
from prmbuild.render.variant import followable
from prmbuild.site.contents import Contents, Welcome
from prmbuild.site.templates import document, trusted

PATH = "index.html"
LATEST = 6

HtmlOf = Callable[[str], str]
"""Returns the HTML of an article by its key."""


def home(contents: Contents, html_of: HtmlOf) -> bytes:
    """Return the home document. The programme's own ``content/index.md`` stands in place of the general welcome.

    Args:
        contents: the portal's.
        html_of: reads articles.
    """
    common, welcome, numbers = contents.common, contents.welcome, contents.resources.numbers
    label = common.labels
    return document(
        common,
        url="",
        title=welcome.article.title if welcome is not None else common.words("home"),
        template="home",
        root="",
        welcome=_html(welcome, html_of, common.toolchain.site.url) if welcome is not None else None,
        lead=welcome.article.description if welcome is not None else common.words("home.lead"),
        required=[course for course in contents.courses if course.required],
        latest=contents.resources.latest[:LATEST],
        topics=sorted(numbers.topics.items(), key=lambda pair: (label(pair[0]).casefold(), pair[0])),
        examples={topic: [entry.title for entry in some] for topic, some in sorted(numbers.examples.items())},
        types=sorted(numbers.types.items(), key=lambda pair: (label(pair[0]).casefold(), pair[0])),
    )


def _html(welcome: Welcome, html_of: HtmlOf, portal_url: str) -> Markup:
    return trusted(without_links(html_of(welcome.article.key), followable(welcome.followed, portal_url)))
