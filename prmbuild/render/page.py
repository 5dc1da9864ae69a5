"""What a page in the theme depends on beside its article."""

from collections.abc import Mapping

from msgspec import Struct

from prmbuild.catalog.address import Address
from prmbuild.render.look import Look


class Site(Struct, frozen=True, kw_only=True):
    """What every page of every portal has in common.

    Attributes:
        name: the vendor's name for the portal.
        url: absolute URL of the portal, with a trailing slash.
        look: the programme's look.
        addresses: repository path → address of everything a link may name.
        preview: whether pages must say that they show uncommitted files.
    """

    name: str
    url: str
    look: Look
    addresses: Mapping[str, Address]
    preview: bool


class PageFacts(Struct, frozen=True, kw_only=True):
    """What a page says about itself beside its article.

    Attributes:
        updated: the day its text last changed, ISO 8601.
        type: a slug, or None.
        topics: slugs.
        download: URL relative to the portal's root, file name and size in bytes of the file it presents.
        course: title and URL of the course it is a lesson of.
        lesson: place among the lessons of its course (counted from 1) and their number.
    """

    updated: str
    type: str | None = None
    topics: tuple[str, ...] = ()
    download: tuple[str, str, int] | None = None
    course: tuple[str, str] | None = None
    lesson: tuple[int, int] | None = None
