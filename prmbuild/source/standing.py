"""What a version of a file says of its own publication."""

from prmbuild.authored.reading import Standing, read_status
from prmbuild.authored.resource import Status
from prmbuild.source.git import REGULAR_MODES
from prmbuild.source.history import Version
from prmbuild.source.snapshot import CONTENT, COURSE_FILE, COURSES, PAGE_SUFFIX, Snapshot

UNREADABLE = Standing(status=Status.DRAFT, publish_at=None)
"""What a version counts as whose status cannot be made out: never approved."""


def standing_in(snapshot: Snapshot, version: Version) -> Standing:
    """Return the status that a version of a page, course or quiz gives itself; a draft where none can be read."""
    if version.blob is None or version.mode not in REGULAR_MODES:
        return UNREADABLE
    return read_status(version.path, snapshot.read(version.blob)) or UNREADABLE


def has_standing(path: str) -> bool:
    """Tell whether a file may say a status: pages, courses and quizzes do, assets and settings do not."""
    if path.endswith(PAGE_SUFFIX):
        return path.startswith((f"{CONTENT}/", f"{COURSES}/"))
    return path.startswith(f"{COURSES}/") and path.endswith((".yaml", ".yml"))


def course_file_of(path: str) -> str | None:
    """Return the ``course.yaml`` of the course in whose folder a file stands; None for one that stands in no such."""
    parts = path.split("/")
    return f"{COURSES}/{parts[1]}/{COURSE_FILE}" if len(parts) > 2 and parts[0] == COURSES else None


def followed(path: str) -> str | None:
    """Return the ``course.yaml`` that a lesson or quiz without a status follows; None for every other file."""
    course = course_file_of(path)
    return course if has_standing(path) and path != course else None
