"""Everything authored, read: the one door to this package.

What checks files is imported when the first one is read: it takes longer than all else does where nothing is new.
"""

from collections.abc import Collection, Mapping

from prmbuild import codes
from prmbuild.authored.document import Document, Marks
from prmbuild.authored.markdown import MarkdownParts, split_markdown
from prmbuild.authored.programme import Programme, Settings
from prmbuild.authored.resource import CourseSource, Front, PageSource, QuizSource, Standing, front_digest
from prmbuild.diagnostics import Diagnostic, has_errors, ordered
from prmbuild.visibility.audience import Audience

__all__ = [
    "PROGRAMME_FILES",
    "Standing",
    "marks_of",
    "page_of",
    "parse_inline",
    "read_course",
    "read_front",
    "read_page",
    "read_programme",
    "read_quiz",
    "read_settings",
    "read_status",
]

PARTNERS = "partners.yaml"
VISIBILITY = "visibility.yaml"
PRM = "prm.yaml"
PROGRAMME_FILES = (PARTNERS, VISIBILITY, PRM)
"""The files at the root of every programme."""

_TO_CREATE: Mapping[str, str] = {
    PARTNERS: "create it with dimensions, roles, segments and partners",
    VISIBILITY: "create it with rules: a list of paths and show_to",
    PRM: "create it with vendor and portal_url",
}


def read_programme(files: Mapping[str, bytes]) -> tuple[Programme | None, tuple[Diagnostic, ...]]:
    """Read the three files at the root of a programme.

    Args:
        files: path → bytes; paths other than `PROGRAMME_FILES` are left alone.

    Returns:
        The programme, or None where there are errors; and the findings about all three files.
    """
    from prmbuild.authored.partners import read_partners
    from prmbuild.authored.settings import read_settings
    from prmbuild.authored.shape import together
    from prmbuild.authored.visibility import read_visibility
    from prmbuild.authored.vocabulary import Vocabulary, written_vocabulary
    from prmbuild.authored.yaml import read_yaml

    found = [
        codes.MISSING_FILE.at(name, f"there is no {name} at the root of the repository", hint=_TO_CREATE[name])
        for name in PROGRAMME_FILES
        if name not in files
    ]
    documents = {name: read_yaml(name, files[name]) for name in PROGRAMME_FILES if name in files}
    for document in documents.values():
        found += document.diagnostics
    complete = {name: document for name, document in documents.items() if document.complete}
    vocabulary, partners, visibility, settings = Vocabulary(), None, None, None
    if PARTNERS in complete:
        document = complete[PARTNERS]
        vocabulary = written_vocabulary(document.value, complete=True)
        partners, findings = read_partners(document, vocabulary)
        found += together(document, findings)
    if VISIBILITY in complete:
        visibility, findings = read_visibility(complete[VISIBILITY], vocabulary)
        found += together(complete[VISIBILITY], findings)
    if PRM in complete:
        settings, findings = read_settings(complete[PRM])
        found += together(complete[PRM], findings)
    findings = ordered(found)
    if partners is None or visibility is None or settings is None or has_errors(findings):
        return None, findings
    return Programme(
        settings=settings,
        dimensions=partners.dimensions,
        roles=partners.roles,
        segments=partners.segments,
        partners=partners.partners,
        managers=partners.managers,
        audiences=visibility.audiences,
        rules=visibility.rules,
        assertions=visibility.assertions,
    ), findings


def read_settings(data: bytes) -> tuple[Settings | None, Document, tuple[Diagnostic, ...]]:
    """Read ``prm.yaml`` by itself.

    Returns:
        What it says, or None where there are errors; the document; and the findings.
    """
    from prmbuild.authored import settings
    from prmbuild.authored.shape import together
    from prmbuild.authored.yaml import read_yaml

    document = read_yaml(PRM, data)
    if not document.complete:
        return None, document, document.diagnostics
    found, findings = settings.read_settings(document)
    return found, document, together(document, findings)


def read_page(path: str, data: bytes, programme: Programme | None) -> tuple[PageSource | None, tuple[Diagnostic, ...]]:
    """Read a Markdown file.

    Args:
        path: repository path.
        data: the file.
        programme: what the audience is checked against. Without one an audience is taken to admit nobody.

    Returns:
        The page, or None where there are errors; and the findings.
    """
    parts, problems = split_markdown(path, data)
    if parts is None:
        return None, problems
    front = read_front(path, parts, programme)
    return page_of(path, parts, front), front.findings


def read_front(path: str, parts: MarkdownParts, programme: Programme | None, known: Front | None = None) -> Front:
    """Read the front matter of a page.

    Args:
        path: repository path of the page.
        parts: the page.
        programme: what the audience is checked against.
        known: the front matter that the page had at another time, read with the same programme: mostly it still has it.
    """
    if known is not None and known.text == front_digest(parts.front):
        return known
    from prmbuild.authored import pages

    return pages.read_front(path, parts.front, programme)


def page_of(path: str, parts: MarkdownParts, front: Front) -> PageSource | None:
    """Return a page of its front matter and its body; None where its front matter has errors."""
    if front.meta is None:
        return None
    return PageSource(path=path, meta=front.meta, body_line=parts.body_line, read_body=lambda: parts.body)


def read_status(path: str, data: bytes) -> Standing | None:
    """Return the standing of a version of a page or course; see `prmbuild.authored.pages.read_status`."""
    from prmbuild.authored import pages

    return pages.read_status(path, data)


def read_course(
    path: str, data: bytes, programme: Programme | None
) -> tuple[CourseSource | None, tuple[Diagnostic, ...]]:
    """Read a ``course.yaml``; see `prmbuild.authored.courses.read_course`."""
    from prmbuild.authored import courses

    return courses.read_course(path, data, programme)


def read_quiz(path: str, data: bytes) -> tuple[QuizSource | None, tuple[Diagnostic, ...]]:
    """Read a ``quiz.yaml``; see `prmbuild.authored.courses.read_quiz`."""
    from prmbuild.authored import courses

    return courses.read_quiz(path, data)


def parse_inline(
    text: str, programme: Programme, *, path: str, line: int, column: int = 1
) -> tuple[Audience | None, tuple[Diagnostic, ...]]:
    """Read an audience written in one line; see `prmbuild.authored.audiences.parse_inline`."""
    from prmbuild.authored import audiences

    return audiences.parse_inline(text, programme, path=path, line=line, column=column)


def marks_of(path: str, data: bytes, dates: Collection[str] = ()) -> Marks:
    """Return where the keys and values of a YAML file stand; see `prmbuild.authored.yaml.read_yaml`."""
    from prmbuild.authored.yaml import read_yaml

    return read_yaml(path, data, dates=dates).marks
