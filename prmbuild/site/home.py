"""``index.html``: where a partner starts."""

from collections import Counter

from markupsafe import Markup

from prmbuild.portals.variants import followed
from prmbuild.render.variant import seen_html
from prmbuild.site.contents import HOME, Contents
from prmbuild.site.templates import document, trusted

PATH = "index.html"
LATEST = 6


def home(contents: Contents) -> bytes:
    """Return the home document. The programme's own ``content/index.md`` stands in place of the general welcome."""
    topics = Counter(topic for entry in contents.resources for topic in entry.topics)
    types = Counter(entry.type for entry in contents.resources if entry.type is not None)
    label = contents.labels
    return document(
        contents,
        url="",
        title=contents.pages[HOME][1].title if HOME in contents.pages else contents.words("home"),
        template="home",
        root="",
        welcome=_welcome(contents),
        lead=contents.pages[HOME][1].description if HOME in contents.pages else contents.words("home.lead"),
        required=[course for course in contents.courses if course.required],
        latest=contents.changes()[:LATEST],
        topics=sorted(topics.items(), key=lambda pair: (label(pair[0]).casefold(), pair[0])),
        examples={
            topic: [entry.title for entry in contents.resources if topic in entry.topics][:3]
            for topic in sorted(topics)
        },
        types=sorted(types.items(), key=lambda pair: (label(pair[0]).casefold(), pair[0])),
    )


def _welcome(contents: Contents) -> Markup | None:
    if HOME not in contents.pages:
        return None
    _, article = contents.pages[HOME]
    links = followed(article, contents.portal, contents.articles)
    return trusted(seen_html(article, contents.body(article.key), links, contents.toolchain.site.url))
