"""The values of front matter, ``course.yaml`` and ``quiz.yaml``."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from hashlib import sha256

from msgspec import Struct

from prmbuild.authored.document import Place
from prmbuild.authored.lifecycle import Lifecycle
from prmbuild.diagnostics import Diagnostic
from prmbuild.visibility.rules import Rule


class Status(Enum):
    """Where a version stands. Only approved versions are ever published."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    RETIRED = "retired"


class Standing(Struct, frozen=True, kw_only=True):
    """What a version says of its own publication.

    Attributes:
        status: None where not said.
        publish_at: UTC; None where not said.
    """

    status: Status | None
    publish_at: datetime | None


class PageMeta(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page's front matter.

    Attributes:
        title: None where the page leaves it to its first heading.
        status: None where not said; a resource is then a draft, a lesson follows its course.
        type: a slug such as ``price-list``, or None.
        topics: slugs.
        language: a BCP 47 tag, ``en`` where not said.
        audience: the front matter's rule, matching this very page; None where not said.
        publish_at: UTC; the version is not in force before.
        expire_at: UTC; the page is not published from then on.
        review_in: how long after `last_reviewed_on` the next review is due.
        file: repository path of the download this page presents.
        order: place among the pages of its folder; pages without one come after, by title.
    """

    title: str | None = None
    description: str = ""
    type: str | None = None
    topics: tuple[str, ...] = ()
    language: str = "en"
    status: Status | None = None
    audience: Rule | None = None
    owner: str | None = None
    publish_at: datetime | None = None
    expire_at: datetime | None = None
    last_reviewed_on: date | None = None
    review_in: timedelta | None = None
    file: str | None = None
    order: int | None = None

    @property
    def lifecycle(self) -> Lifecycle:
        """Its dates, and whom they concern."""
        return Lifecycle(
            owner=self.owner,
            publish_at=self.publish_at,
            expire_at=self.expire_at,
            last_reviewed_on=self.last_reviewed_on,
            review_in=self.review_in,
        )


class Front(Struct, frozen=True, kw_only=True):
    """What the front matter of a page says, and what is wrong with it.

    It depends on its text, the path of the page and the programme alone, so an edit of the body leaves it as it is.

    Attributes:
        text: see `front_digest`.
        meta: None where there are errors.
        places: where the values stand, by key; under the empty key where all of it stands; empty
            where there are errors.
    """

    text: str
    meta: PageMeta | None
    findings: tuple[Diagnostic, ...]
    places: Mapping[str, Place]


def front_digest(text: str | None) -> str:
    """Return what tells the front matter of a page from any other; empty where it has none."""
    return "" if text is None else sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class PageSource(Struct, frozen=True, kw_only=True):
    """A Markdown file, taken apart.

    Attributes:
        path: repository path.
        body_line: the line of the file on which `body` starts, counted from 1.
        read_body: returns `body`; many pages are never asked for theirs.
    """

    path: str
    meta: PageMeta
    body_line: int
    read_body: Callable[[], str]

    @property
    def body(self) -> str:
        """The Markdown after the front matter, ``\\n`` line ends."""
        return self.read_body()


class CourseSource(Struct, frozen=True, kw_only=True):
    """``course.yaml``.

    Attributes:
        id: the name of the course's folder.
        path: repository path of ``course.yaml``.
        required_for: a rule whose audience must do the course; None makes it optional for all.
        lessons: repository paths, in order.
        quiz: repository path, or None.
        pass_mark: share of right answers, 0 to 1.
        valid_for: how long a certificate holds; None for ever.
        prerequisites: ids of courses.
    """

    id: str
    path: str
    title: str
    description: str = ""
    status: Status
    required_for: Rule | None = None
    audience: Rule | None = None
    lessons: tuple[str, ...]
    quiz: str | None = None
    pass_mark: float = 0.8
    valid_for: timedelta | None = None
    prerequisites: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    language: str = "en"
    owner: str | None = None
    publish_at: datetime | None = None
    expire_at: datetime | None = None
    last_reviewed_on: date | None = None
    review_in: timedelta | None = None

    @property
    def lifecycle(self) -> Lifecycle:
        """Its dates, and whom they concern."""
        return Lifecycle(
            owner=self.owner,
            publish_at=self.publish_at,
            expire_at=self.expire_at,
            last_reviewed_on=self.last_reviewed_on,
            review_in=self.review_in,
        )


class Option(Struct, frozen=True, kw_only=True):
    """One answer to choose. ``correct`` must never reach a portal."""

    text: str
    correct: bool


class Question(Struct, frozen=True, kw_only=True):
    """One question; several options may be correct. ``explanation`` must never reach a portal."""

    id: str
    question: str
    options: tuple[Option, ...]
    explanation: str = ""


class QuizSource(Struct, frozen=True, kw_only=True):
    """``quiz.yaml``."""

    path: str
    questions: tuple[Question, ...]
