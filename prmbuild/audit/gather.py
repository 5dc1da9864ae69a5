"""Canaries of a programme: everything its repository says that some portal may have to keep quiet about."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from hashlib import sha256

import yaml
from msgspec import Struct

from prmbuild.audit.canaries import Collection
from prmbuild.audit.contents import Contents
from prmbuild.audit.layers import TAG
from prmbuild.audit.letters import words
from prmbuild.audit.parts import parts
from prmbuild.audit.prose import comments, destinations, first_heading, prose
from prmbuild.audit.report import Kind
from prmbuild.authored.markdown import split_markdown
from prmbuild.authored.programme import Programme
from prmbuild.authored.resource import QuizSource
from prmbuild.catalog.catalog import is_page
from prmbuild.desired import Desired
from prmbuild.source.history import Version
from prmbuild.source.snapshot import CONFIGURATION, CONTENT, COURSE_FILE, COURSES, PAGE_SUFFIX

SENTINEL = "prmbuild audit sentinel that stands in no programme at all"
"""Is searched for in every run, hidden in every way the audit claims to see through."""

_KINDS = {
    "title": Kind.TITLE,
    "description": Kind.TEXT,
    "owner": Kind.NAME,
    "question": Kind.TEXT,
    "text": Kind.TEXT,
    "explanation": Kind.ANSWER,
}
"""Keys of front matter, ``course.yaml`` and ``quiz.yaml`` whose values are prose or names."""

_OBJECT_NAME = re.compile(r"[0-9a-f]{40,}")
_YAML = (".yaml", ".yml")
_BLOCK_END = re.compile(r"</(?:\w+:)?(?:si|p|row|li|tr|h\d|div|text|title|desc)\s*>|<br\b[^>]*>", re.IGNORECASE)
_CELL_END = re.compile(r"</(?:\w+:)?(?:c|td|th|tspan)\s*>", re.IGNORECASE)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Origin(Struct, frozen=True, kw_only=True):
    """Something that canaries come from.

    Attributes:
        path: repository path; empty for the programme as a whole.
        blob: the version of the file whose contents count; None where they do not.
        named: whether its path counts.
        evidence: the commit that is evidence of approval, and who is named by it; empty for none.
    """

    path: str
    blob: str | None = None
    named: bool = False
    evidence: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The digest of all that its canaries depend on."""
        parts = (self.path, self.blob or "", str(self.named), *self.evidence)
        return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def origins(state: Desired) -> Iterator[Origin]:
    """Yield what canaries come from: the commit that is built, the files of its tree, and what else is published.

    Args:
        state: the programme.
    """
    snapshot = state.catalog.snapshot
    yield Origin(path="", evidence=(snapshot.revision.id,))
    for path, file in snapshot.files.items():
        if path.startswith((f"{CONTENT}/", f"{COURSES}/")):
            yield Origin(path=path, blob=file.blob if file.regular else None, named=True)
    for version in _published(state):
        head = snapshot.files.get(version.path)
        commit = version.commit
        yield Origin(
            path=version.path,
            blob=None if head is not None and head.blob == version.blob else version.blob,
            evidence=(
                commit.id,
                commit.author_name,
                commit.author_email,
                commit.committer_name,
                *sorted(commit.approved_by),
            ),
        )


def collected(origin: Origin, data: bytes) -> Collection:
    """Collect the canaries of a file.

    Args:
        origin: the file.
        data: its bytes; empty where they do not count.
    """
    found = Collection()
    if origin.named:
        _add_names(found, origin.path)
    if origin.blob is not None:
        _add_file(found, origin.path, data)
    if origin.evidence:
        commit, *names = origin.evidence
        _add_commit(found, commit, origin.path)
        for name in names:
            found.add(name, Kind.NAME, origin.path)
    return found


def general(state: Desired, contents: Contents) -> Mapping[str, Collection]:
    """Return path → canaries that come from no file alone, but from what the programme says.

    Args:
        state: the programme.
        contents: reads its configuration.
    """
    found: dict[str, Collection] = defaultdict(Collection)
    found[""].add_code(SENTINEL.replace(" ", ""), Kind.BLIND, "")
    snapshot = state.catalog.snapshot
    for course in state.catalog.courses.values():
        if course.quiz is not None:
            _add_answers(found[course.quiz.path], course.quiz)
    _add_programme(found, state.catalog.programme)
    for path in CONFIGURATION:
        if path in snapshot.files and snapshot.files[path].regular:
            for number, line in enumerate(contents.text(snapshot.files[path].blob).split("\n"), 1):
                found[path].add_line(line, Kind.TEXT, path, number)
    return found


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that readers of a text see, each with its number; those of XML without tags."""
    if "<" in text and TAG.search(text):
        text = TAG.sub("", _CELL_END.sub(" ", _BLOCK_END.sub("\n", text)))
    yield from enumerate(text.split("\n"), 1)


def _published(state: Desired) -> Iterator[Version]:
    yield from (page.version for page in state.catalog.pages.values())
    yield from (course.version for course in state.catalog.courses.values())
    yield from {version.blob: version for portal in state.portals for version in portal.assets.values()}.values()


def _add_names(found: Collection, path: str) -> None:
    """Add a file's path, its name, and the folders it stands in."""
    inner = path.removeprefix(f"{CONTENT}/")
    stem = inner.removesuffix(PAGE_SUFFIX) if is_page(path) else inner.removesuffix(f"/{COURSE_FILE}")
    found.add(stem, Kind.PATH, path)
    _add_name(found, posixpath.basename(stem), path)
    folder = posixpath.dirname(inner)
    while folder and folder != COURSES:
        found.add(folder, Kind.PATH, path)
        _add_name(found, posixpath.basename(folder), path)
        folder = posixpath.dirname(folder)


def _add_name(found: Collection, name: str, path: str) -> None:
    if len(words(name)) > 1:
        found.add(name, Kind.PATH, path)


def _add_file(found: Collection, path: str, data: bytes) -> None:
    if is_page(path):
        _add_page(found, path, data)
    elif path.endswith(_YAML):
        _add_yaml(found, path, data.decode("utf-8", "replace"), 1)
    else:
        found.add_digest(sha256(data).hexdigest(), path)
        for part in parts(data, hidden=False):
            if part.read:
                for number, line in lines_of(part.text):
                    found.add_line(line, Kind.TEXT, path, number)


def _add_page(found: Collection, path: str, data: bytes) -> None:
    halves, _ = split_markdown(path, data)
    if halves is None:
        body, first = data.decode("utf-8", "replace"), 1
    else:
        body, first = halves.body, halves.body_line
        _add_yaml(found, path, halves.front or "", 2)
    heading = first_heading(body)
    if heading is not None:
        number, text = heading
        found.add(text, Kind.TITLE, path, first + number)
    for number, line in (*prose(body, first), *comments(body, first), *destinations(body, first)):
        found.add_line(line, Kind.TEXT, path, number)


def _add_yaml(found: Collection, path: str, text: str, first_line: int) -> None:
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, RecursionError, ValueError):
        for number, line in enumerate(text.split("\n"), first_line):
            found.add_line(line, Kind.TEXT, path, number)
        return
    for key, value, number in _scalars(root):
        kind = _KINDS.get(key)
        if kind in (Kind.TITLE, Kind.NAME):
            found.add(value, kind, path, first_line + number)
        elif kind is not None:
            for offset, part in enumerate(value.split("\n")):
                found.add_line(part, kind, path, first_line + number + offset)


def _scalars(root: yaml.Node | None) -> Iterator[tuple[str, str, int]]:
    """Yield key, value and line (counted from 0) of every scalar in a mapping, however deep."""
    seen: set[int] = set()
    left = [root]
    while left:
        node = left.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            left += node.value
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                left.append(value)
                if isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode):
                    yield key.value, value.value, value.start_mark.line


def _add_commit(found: Collection, identifier: str, path: str) -> None:
    if _OBJECT_NAME.fullmatch(identifier):
        found.add_code(identifier[:10], Kind.NAME, path)


def _add_answers(found: Collection, quiz: QuizSource) -> None:
    for question in quiz.questions:
        for number, line in enumerate(question.explanation.split("\n"), 1):
            found.add_line(line, Kind.ANSWER, quiz.path, number)


def _add_programme(found: Mapping[str, Collection], programme: Programme) -> None:
    partners, visibility, settings = CONFIGURATION
    for segment in programme.segments:
        found[partners].add(segment.title, Kind.NAME, partners)
        found[partners].add(segment.id, Kind.NAME, partners)
    for partner in programme.partners:
        for text in (partner.name, partner.id, *partner.domains):
            found[partners].add(text, Kind.NAME, partners, partner.origin.line)
    for manager in programme.managers:
        found[partners].add(manager.name, Kind.NAME, partners)
        found[partners].add(manager.email, Kind.NAME, partners)
    for audience in programme.audiences:
        found[visibility].add(audience, Kind.NAME, visibility)
    for rule in programme.rules:
        for glob in rule.paths:
            found[rule.origin.path].add(glob, Kind.PATH, rule.origin.path, rule.origin.line)
    for approvers in (*programme.settings.approvers, *programme.settings.widening):
        for person in approvers.people:
            found[settings].add(person, Kind.NAME, settings)
