"""An edition: the portals of one build, as they are served, and who sees which."""

from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

from msgspec import Struct

from prmbuild.authored.programme import Partner, Programme, Segment
from prmbuild.authored.resource import Question
from prmbuild.build import Blobs, Built, SiteTree


class ViewerId(NamedTuple):
    """A partner's id and a role."""

    partner: str
    role: str


class Quiz(Struct, frozen=True, kw_only=True):
    """A quiz with its answer key, which never leaves. ``pass_mark`` is a share of right answers, 0 to 1."""

    questions: tuple[Question, ...]
    pass_mark: float


class ServedPortal(Struct, frozen=True, kw_only=True):
    """A portal as it is served.

    Attributes:
        files: path relative to its root → SHA-256 of the bytes.
        pages: how many resources and lessons it shows.
        quizzes: course id → quiz, for the courses it shows.
    """

    id: str
    release: str
    files: Mapping[str, str]
    pages: int
    quizzes: Mapping[str, Quiz]


class Edition(Struct, frozen=True, kw_only=True):
    """Everything that is served until the next build.

    Attributes:
        preview: whether uncommitted files are in it.
        portals: portal id → portal.
        viewers: every viewer → portal id.
        blobs: SHA-256 → bytes.
        notes: what readers of a preview must know of what they see, for people.
    """

    vendor: str
    revision: str
    preview: bool
    segments: tuple[Segment, ...]
    partners: tuple[Partner, ...]
    roles: tuple[str, ...]
    portals: Mapping[str, ServedPortal]
    viewers: Mapping[ViewerId, str]
    blobs: Blobs
    notes: tuple[str, ...] = ()

    def portal(self, viewer: ViewerId | None) -> ServedPortal | None:
        """Return the portal that a viewer sees; None for a viewer that does not exist."""
        return self.portals[self.viewers[viewer]] if viewer is not None and viewer in self.viewers else None

    def partner(self, viewer: ViewerId) -> Partner:
        """Return the partner of a viewer that exists."""
        return next(partner for partner in self.partners if partner.id == viewer.partner)

    @property
    def digest(self) -> str:
        """Changes when anything does that a viewer or the start page shows."""
        shown = (
            self.vendor,
            self.revision,
            self.segments,
            tuple((partner.id, partner.name, sorted(partner.attributes.items())) for partner in self.partners),
            tuple(partner.segment for partner in self.partners),
            self.roles,
            tuple((portal.id, portal.release, portal.pages) for portal in self.portals.values()),
            tuple(self.viewers.items()),
        )
        return sha256(repr(shown).encode("utf-8", "surrogatepass")).hexdigest()


def edition_of(built: Built, programme: Programme, notes: tuple[str, ...] = ()) -> Edition:
    """Return the edition that a build makes."""
    return Edition(
        vendor=programme.settings.vendor,
        revision=built.revision,
        preview=built.preview,
        segments=programme.segments,
        partners=programme.partners,
        roles=programme.roles,
        portals={tree.portal.id: _served(tree) for tree in built.trees},
        viewers={
            ViewerId(viewer.partner, viewer.role): tree.portal.id
            for tree in built.trees
            for viewer in tree.portal.viewers
        },
        blobs=built.blobs,
        notes=notes,
    )


def _served(tree: SiteTree) -> ServedPortal:
    courses = {identifier: seen.course for identifier, seen in tree.portal.courses.items()}
    return ServedPortal(
        id=tree.portal.id,
        release=tree.release,
        files=tree.files,
        pages=len(tree.portal.pages),
        quizzes={
            identifier: Quiz(questions=course.quiz.questions, pass_mark=course.source.pass_mark)
            for identifier, course in courses.items()
            if course.quiz is not None
        },
    )
