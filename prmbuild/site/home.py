"""``index.html``: where a partner starts."""

from markupsafe import Markup

from prmbuild.render.engine import Engine
from prmbuild.render.variant import seen_html
from prmbuild.site.contents import Contents, Welcome
from prmbuild.site.recipes import Recipe
from prmbuild.site.templates import document, trusted

PATH = "index.html"
LATEST = 6


def home(contents: Contents, engine: Engine) -> Recipe:
    """Return the home document. The programme's own ``content/index.md`` stands in place of the general welcome.

    Args:
        contents: the portal's.
        engine: has the bodies of articles.
    """
    common, welcome, numbers = contents.common, contents.welcome, contents.resources.numbers
    label = common.labels
    title = welcome.article.title if welcome is not None else common.words("home")
    lead = welcome.article.description if welcome is not None else common.words("home.lead")
    required = [course for course in contents.courses if course.required]
    latest = contents.resources.latest[:LATEST]
    topics = sorted(numbers.topics.items(), key=lambda pair: (label(pair[0]).casefold(), pair[0]))
    examples = {topic: [entry.title for entry in some] for topic, some in sorted(numbers.examples.items())}
    types = sorted(numbers.types.items(), key=lambda pair: (label(pair[0]).casefold(), pair[0]))

    def make() -> bytes:
        return document(
            common,
            url="",
            title=title,
            template="home",
            root="",
            welcome=_html(welcome, engine) if welcome is not None else None,
            lead=lead,
            required=required,
            latest=latest,
            topics=topics,
            examples=examples,
            types=types,
        )

    greeting = None
    if welcome is not None:
        greeting = engine.body_digest(welcome.article.key), sorted(welcome.followed), welcome.pictures
    marks = [course.shows for course in required], [entry.mark for entry in latest]
    return Recipe(PATH, (greeting, title, lead, marks, topics, examples, types), make)


def _html(welcome: Welcome, engine: Engine) -> Markup:
    body = engine.body(welcome.article.key)
    return trusted(seen_html(welcome.article, body, welcome.followed, welcome.pictures))
