"""``index.html``: where a partner starts."""

from collections.abc import Callable

from markupsafe import Markup

from prmbuild.render.article import ArticleBody
from prmbuild.render.variant import seen_html
from prmbuild.site.contents import Contents, Welcome
from prmbuild.site.templates import document, trusted

PATH = "index.html"
LATEST = 6

BodyOf = Callable[[str], ArticleBody]
"""Returns the body of an article by its key."""


def home(contents: Contents, body_of: BodyOf) -> bytes:
    """Return the home document. The programme's own ``content/index.md`` stands in place of the general welcome.

    Args:
        contents: the portal's.
        body_of: reads articles.
    """
    common, welcome, numbers = contents.common, contents.welcome, contents.resources.numbers
    label = common.labels
    return document(
        common,
        url="",
        title=welcome.article.title if welcome is not None else common.words("home"),
        template="home",
        root="",
        welcome=_html(welcome, body_of, common.toolchain.site.url) if welcome is not None else None,
        lead=welcome.article.description if welcome is not None else common.words("home.lead"),
        required=[course for course in contents.courses if course.required],
        latest=contents.resources.latest[:LATEST],
        topics=sorted(numbers.topics.items(), key=lambda pair: (label(pair[0]).casefold(), pair[0])),
        examples={topic: [entry.title for entry in some] for topic, some in sorted(numbers.examples.items())},
        types=sorted(numbers.types.items(), key=lambda pair: (label(pair[0]).casefold(), pair[0])),
    )


def _html(welcome: Welcome, body_of: BodyOf, portal_url: str) -> Markup:
    return trusted(seen_html(welcome.article, body_of(welcome.article.key), welcome.followed, portal_url))
