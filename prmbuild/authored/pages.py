"""The front matter of a page, and the standing of any version of it."""

import posixpath
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from pydantic import ConfigDict, ValidationError

from prmbuild import codes
from prmbuild.authored.audiences import read_audience
from prmbuild.authored.document import TOP, Document, Path, Place
from prmbuild.authored.lifecycle import DATES
from prmbuild.authored.markdown import FRONT, LIMIT, split_markdown
from prmbuild.authored.models import FrontMatter, Mapped, StatusWord
from prmbuild.authored.programme import Programme
from prmbuild.authored.resource import Front, PageMeta, Standing, Status, front_digest
from prmbuild.authored.shape import FRONT_MATTER, check, together
from prmbuild.authored.text import KIB, quoted
from prmbuild.authored.values import Instant
from prmbuild.authored.vocabulary import Vocabulary
from prmbuild.authored.yaml import parse_yaml, read_yaml
from prmbuild.diagnostics import Code, Diagnostic, has_errors
from prmbuild.visibility.audience import Nobody
from prmbuild.visibility.rules import Origin, Rule

_REMEMBERED_LENGTH = 4 * KIB
_SPECIAL = re.compile(r"([\\*?\[\] ])")


def read_status(path: str, data: bytes) -> Standing | None:
    """Return the standing of a version of a page or of a ``course.yaml``; cheap, and never raises.

    Args:
        path: repository path; a ``.yaml`` file is read as a course, anything else as Markdown.
        data: the file, possibly any bytes at all.

    Returns:
        The standing, or None where it cannot be made out; that is never an approval.
    """
    if path.endswith((".yaml", ".yml")):
        return _standing(data)
    if len(data) > LIMIT:
        return None
    parts, _ = split_markdown(path, data)
    if parts is None:
        return None
    return _standing(parts.front.encode()) if parts.front else Standing(status=None, publish_at=None)


class _StandingModel(Mapped):
    model_config = ConfigDict(extra="ignore", strict=True, defer_build=True)

    status: StatusWord | None = None
    publish_at: Instant | None = None


def _standing(data: bytes) -> Standing | None:
    """Read the standing out of YAML; versions that differ in their body alone share one reading."""
    return _remembered_standing(data) if len(data) <= _REMEMBERED_LENGTH else _read_standing(data)


@lru_cache(maxsize=4096)
def _remembered_standing(data: bytes) -> Standing | None:
    return _read_standing(data)


def _read_standing(data: bytes) -> Standing | None:
    document = read_yaml("", data, dates=DATES)
    if not document.complete or has_errors(document.diagnostics):
        return None
    try:
        model = _StandingModel.model_validate({} if document.value is None else document.value)
    except ValidationError:
        return None
    return Standing(status=Status(model.status) if model.status else None, publish_at=model.publish_at)


def read_front(path: str, text: str | None, programme: Programme | None) -> Front:
    """Read the front matter of a page.

    Args:
        path: repository path of the page.
        text: the YAML; None where the page has no front matter.
        programme: what the audience is checked against. Without one an audience is taken to admit nobody.
    """
    if text is None:
        return Front(text=front_digest(text), meta=PageMeta(), findings=(), places={"": TOP})
    document = parse_yaml(path, text, start=FRONT, dates=DATES)
    meta, findings = _meta(path, document, programme)
    return Front(text=front_digest(text), meta=meta, findings=findings, places=_places(document) if meta else {})


def _places(document: Document) -> Mapping[str, Place]:
    keys = document.value if isinstance(document.value, dict) else {}
    return {"": document.marks.value(()), **{str(key): document.marks.value((str(key),)) for key in keys}}


def _meta(path: str, document: Document, programme: Programme | None) -> tuple[PageMeta | None, tuple[Diagnostic, ...]]:
    if not document.complete:
        return None, document.diagnostics
    model, shape = check(FrontMatter, document, FRONT_MATTER)
    found = [*shape, *lifecycle(document)]
    rule, problems = own_rule(document, "audience", (literal_glob(path),), programme)
    found += problems
    file, problems = _file(document)
    found += problems
    findings = together(document, found)
    if model is None or has_errors(findings):
        return None, findings
    return PageMeta(
        title=model.title,
        description=model.description.strip(),
        type=model.type,
        topics=tuple(model.topics),
        language=model.language,
        status=Status(model.status) if model.status else None,
        audience=rule,
        owner=model.owner,
        publish_at=model.publish_at,
        expire_at=model.expire_at,
        last_reviewed_on=model.last_reviewed_on,
        review_in=model.review_in,
        file=file,
        order=model.order,
    ), findings


def own_rule(
    document: Document, key: str, paths: tuple[str, ...], programme: Programme | None
) -> tuple[Rule | None, tuple[Diagnostic, ...]]:
    """Return the rule that a file writes about itself under a key; None where the key is not there or wrong."""
    if not isinstance(document.value, dict) or key not in document.value:
        return None, ()
    line, column = document.marks.key((key,))
    origin = Origin(path=document.path, line=line, column=column)
    if programme is None:
        return Rule(paths=paths, audience=Nobody(), origin=origin), ()
    audience, findings = read_audience(document, (key,), Vocabulary.of(programme))
    if audience is None:
        return None, findings
    return Rule(paths=paths, audience=audience, origin=origin), findings


def lifecycle(document: Document) -> tuple[Diagnostic, ...]:
    """Find dates that contradict each other, or lack what they need."""
    value = document.value if isinstance(document.value, dict) else {}
    found = []
    begin, end = (_instant(value.get(key)) for key in ("publish_at", "expire_at"))
    if begin and end and end <= begin:
        message = "expire_at is not after publish_at, so this would never be shown"
        found.append(document.at_value(("expire_at",), codes.EXPIRES_BEFORE_PUBLISHED, message, "correct one of them"))
    if "review_in" in value and "last_reviewed_on" not in value:
        message = "review_in counts from last_reviewed_on, which is not there"
        hint = "add last_reviewed_on, or remove review_in"
        found.append(document.at_key(("review_in",), codes.REVIEW_WITHOUT_DATE, message, hint))
    follows_course = document.path.startswith("courses/") and document.path.endswith(".md")
    if "review_in" in value and "owner" not in value and not follows_course:
        message = "a review is asked for, but nobody is named to do it"
        hint = "add owner, such as an e-mail address"
        found.append(document.at_key(("review_in",), codes.REVIEW_WITHOUT_OWNER, message, hint))
    if "last_reviewed_on" in value and "review_in" not in value:
        message = "no next review is asked for"
        hint = "add review_in, as in 180d"
        found.append(document.at_key(("last_reviewed_on",), codes.NO_NEXT_REVIEW, message, hint))
    return tuple(found)


def _instant(value: object) -> datetime | None:
    try:
        return _StandingModel.model_validate({"publish_at": value}).publish_at
    except ValidationError:
        return None


def literal_glob(path: str) -> str:
    """Return a gitignore-style pattern that matches the path and nothing else."""
    return "/" + _SPECIAL.sub(r"\\\1", path)


def relative(
    document: Document, path: Path, value: str, *, within: str, code: Code
) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """Resolve a path written relative to its file.

    Args:
        document: the file.
        path: where in the document it is written.
        value: the path as written.
        within: the folder it must stay in, with a ``/`` at its end; empty for the whole repository.
        code: the code of a finding.

    Returns:
        The repository path, or None and what is wrong.
    """
    written = value.strip()
    if "\\" in written or written.startswith("/") or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", written):
        hint = "write it from the folder of this file, with /"
        return None, (document.at_value(path, code, f"the path {quoted(written)} is not relative", hint),)
    resolved = posixpath.normpath(posixpath.join(posixpath.dirname(document.path), written))
    if resolved == ".." or resolved.startswith(("../", "/")) or not resolved.startswith(within) or resolved == ".":
        outside = f"outside {within}" if within else "out of the repository"
        return None, (document.at_value(path, code, f"the path {quoted(written)} leads {outside}"),)
    return resolved, ()


def _file(document: Document) -> tuple[str | None, tuple[Diagnostic, ...]]:
    value: Mapping[str, object] = document.value if isinstance(document.value, dict) else {}
    file = value.get("file")
    if not isinstance(file, str) or not file.strip():
        return None, ()
    return relative(document, ("file",), file, within="", code=codes.FILE_OUTSIDE)
