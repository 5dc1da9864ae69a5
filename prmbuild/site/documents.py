"""All documents of a portal."""

from collections.abc import Mapping
from urllib.parse import unquote

from prmbuild.portals.views import Portal
from prmbuild.render.article import Article
from prmbuild.render.material import Toolchain
from prmbuild.site import catalogue, home, not_found, search, whats_new
from prmbuild.site.contents import contents
from prmbuild.site.courses import course_documents
from prmbuild.site.navigation import CATALOGUE, WHATS_NEW, navigation, navigation_json
from prmbuild.site.sitemap import ROBOTS, sitemap


def documents(portal: Portal, articles: Mapping[str, Article], toolchain: Toolchain) -> Mapping[str, bytes]:
    """Make what is made per portal.

    Args:
        portal: the portal; its id and its viewers shape nothing.
        articles: input key → article, for every page of the portal.
        toolchain: the site's.

    Returns:
        Path below the portal's root → bytes, sorted by path.

    Raises:
        RenderError: the theme cannot be used.
    """
    shown = contents(portal, articles, toolchain)
    courses = dict(course_documents(shown))
    made = {
        home.PATH: home.home(shown),
        catalogue.PATH: catalogue.catalogue(shown),
        whats_new.PATH: whats_new.whats_new(shown),
        not_found.PATH: not_found.not_found(shown),
        **search.search_files(shown),
        "navigation.json": navigation_json(navigation(shown)),
        "sitemap.xml": sitemap(shown, ("", CATALOGUE, WHATS_NEW, *courses)),
        "robots.txt": ROBOTS,
    } | {f"{unquote(url)}index.html": data for url, data in courses.items()}
    return dict(sorted(made.items()))
