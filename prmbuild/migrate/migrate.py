"""A folder of documentation into a programme: all of it made elsewhere first, and then brought in at once."""

import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from msgspec import Struct
from msgspec.structs import replace

from prmbuild import codes
from prmbuild.authored.text import slug
from prmbuild.diagnostics import Diagnostic, Severity, ordered
from prmbuild.errors import SourceError
from prmbuild.migrate.docusaurus import read_docusaurus
from prmbuild.migrate.history import SIDE, Rewritten, rewrite
from prmbuild.migrate.layout import Kind, Layout, kind_of, plain
from prmbuild.migrate.mkdocs import read_mkdocs
from prmbuild.migrate.origin import Origin, origin_at
from prmbuild.migrate.pages import pages
from prmbuild.migrate.placing import Placing, is_page, placed
from prmbuild.migrate.rule import VISIBILITY, with_rule
from prmbuild.migrate.stream import Blob, Change, CommitRecord, quoted_path, write_blob, write_commit
from prmbuild.progress import Progress
from prmbuild.publishable import checked
from prmbuild.request import Request
from prmbuild.source.git import REGULAR_MODES, GitRepository, opened
from prmbuild.source.snapshot import CONFIGURATION
from prmbuild.source.transfer import committer, exported, importing, receive, scratch, tree_at

_FIRST_OWN_MARK = 1 << 40
"""Marks from here on are ours; git counts its own from 1."""

_BROKEN = frozenset({codes.BROKEN_LINK.id, codes.MISSING_ASSET.id})
"""What a check says of a link to nothing, which need not be said twice."""


class Wanted(Struct, frozen=True, kw_only=True):
    """What a person asks for.

    Attributes:
        folder: what is imported.
        into: the folder of the programme it goes to.
        kind: the tool it was made for; None finds out.
        sites: addresses of the old site.
        status: the status of pages that the old site showed.
        history: whether their history comes along.
        branch: a new branch to begin for it; None stays on the present one.
        dry_run: make nothing, and only tell.
    """

    folder: Path
    into: str
    kind: Kind | None
    sites: tuple[str, ...]
    status: str
    history: bool
    branch: str | None
    dry_run: bool


class Migration(Struct, frozen=True, kw_only=True):
    """What came of it.

    Attributes:
        pages: how many pages were imported.
        files: how many other files.
        commits: how many commits of their history.
        before: the commit the programme was at.
        findings: what needs a decision, or is good to know.
    """

    kind: Kind
    pages: int
    files: int
    commits: int
    before: str
    findings: tuple[Diagnostic, ...]


def migrate(repository: GitRepository, wanted: Wanted, request: Request, progress: Progress) -> Migration:
    """Import a folder.

    The history becomes a line of commits beside the programme's own, ends with one that brings every page into its new
    form, and is merged: approval goes by the first-parent history, which has that merge alone.

    Args:
        repository: the programme; its `HEAD` is what is added to.
        wanted: what is asked for.
        request: how the result is checked.
        progress: is told of the stages.

    Raises:
        SourceError: a repository cannot be read, or the programme has errors.
    """
    assert repository.root is not None
    progress.stage("reading the folder")
    with origin_at(wanted.folder, history=wanted.history) as origin:
        layout = _layout(origin, wanted)
        texts = dict(_texts(origin, layout))
        if not texts:
            where = _by_person(layout.pages, origin, wanted)
            raise SourceError(f"there are no pages in {where}", hint="name the folder of the Markdown files")
        placing = placed(origin, layout, wanted.into, "\n".join(texts.values()))
        texts = {path: text for path, text in texts.items() if path in placing.places}
        progress.stage("converting pages")
        made = {page.path: page for page in pages(texts, placing, wanted.status, request.now)}
        files = {
            place: made[place].text.encode() if place in made else origin.read(path)
            for path, place in placing.places.items()
        }
        before = repository.resolve("HEAD")
        with scratch(repository.root, before) as aside:
            progress.stage("importing history")
            rewritten = _import(aside, repository, origin, placing, files, wanted)
            found = [
                *(_there(finding, origin, wanted) for finding in (*layout.findings, *placing.findings)),
                *(finding for page in made.values() for finding in page.findings),
                *_about_history(origin, wanted),
            ]
            in_check = _checked(aside, wanted.into, request, progress)
            found += [*in_check, *_only_old(rewritten.findings, in_check)]
            broken = {(finding.path, finding.line, finding.column) for finding in in_check if finding.code in _BROKEN}
            if not wanted.dry_run:
                receive(repository.root, aside, branch=wanted.branch)
    return Migration(
        kind=layout.kind,
        pages=len(made),
        files=len(files) - len(made),
        commits=rewritten.commits,
        before=before,
        findings=ordered(
            finding
            for finding in found
            if finding.code != codes.OLD_ADDRESS.id or (finding.path, finding.line, finding.column) not in broken
        ),
    )


def _layout(origin: Origin, wanted: Wanted) -> Layout:
    match wanted.kind or kind_of(origin):
        case "mkdocs":
            return read_mkdocs(origin, wanted.sites)
        case "docusaurus":
            return read_docusaurus(origin, wanted.sites)
        case _:
            return plain(origin, wanted.sites)


def _texts(origin: Origin, layout: Layout) -> Iterator[tuple[str, str]]:
    """Yield path and text of every page; what is no text comes along as it is, and the check tells of it."""
    for path, file in sorted(origin.files.items()):
        if is_page(path, layout) and file.mode in REGULAR_MODES:
            try:
                text = origin.read(path).decode("utf-8-sig")
            except UnicodeDecodeError:
                continue
            yield path, text.replace("\r\n", "\n").replace("\r", "\n")


def _import(
    aside: Path, repository: GitRepository, origin: Origin, placing: Placing, files: Mapping[str, bytes], wanted: Wanted
) -> Rewritten:
    """Make the commits in the scratch repository, on top of its ``main``."""
    assert repository.root is not None
    person = f"committer {committer(repository.root)}".encode()
    name = wanted.folder.resolve().name
    with importing(aside) as target:
        if origin.revision is None:
            rewritten = _as_it_lies(target, origin, placing, person, name)
        else:
            folders = () if not placing.layout.pages else (placing.layout.pages, *placing.layout.statics)
            with exported(origin.top, origin.revision, folders) as source:
                rewritten = rewrite(source, target, placing.place_of)
        tip = () if rewritten.tip is None else (rewritten.tip,)
        message = f"Bring {name} into the form of a programme\n\nThe pages of {wanted.into} as prmbuild reads them.\n"
        _commit_all(target, files, _FIRST_OWN_MARK, tip, person, message)
    head = repository.resolve("HEAD")
    tree = repository.tree(head, CONFIGURATION)
    visibility = with_rule({path: repository.read(file.blob) for path, file in tree.items()}, wanted.into)
    with importing(aside) as target:
        _merge(target, head, aside, wanted.into, visibility, person, name)
    return rewritten


def _as_it_lies(target: IO[bytes], origin: Origin, placing: Placing, person: bytes, name: str) -> Rewritten:
    """Write the files of a folder without history as one commit, so that the next one shows what was changed."""
    raw = {place: origin.read(path) for path, place in placing.places.items()}
    mark = _FIRST_OWN_MARK << 1
    _commit_all(target, raw, mark, (), person, f"Take over the files of {name}\n")
    return Rewritten(tip=mark, commits=0, findings=())


def _commit_all(
    target: IO[bytes], files: Mapping[str, bytes], mark: int, parents: tuple[int, ...], person: bytes, message: str
) -> None:
    """Write a commit that has these files and no others."""
    blobs = {path: mark + number for number, path in enumerate(files, 1)}
    for path, data in files.items():
        write_blob(target, Blob(mark=blobs[path], data=data))
    record = CommitRecord(
        mark=mark,
        people=(person,),
        message=message.encode(),
        parents=parents,
        changes=tuple(Change(path=path, mode="100644", blob=blob) for path, blob in blobs.items()),
    )
    write_commit(target, record, SIDE, afresh=True)


def _merge(target: IO[bytes], head: str, aside: Path, into: str, visibility: bytes, person: bytes, name: str) -> None:
    """Write the rule, and on top of it the merge, so that no state ever has the pages without the rule."""
    rule = f"Keep {into} for nobody\n".encode()
    merge = (
        f"Import {name} into {into}\n\n"
        "Its history is the second parent. Bring this to other branches with a merge commit:\n"
        "squashed or rebased, the history is lost.\n"
    )
    message = merge.encode()
    target.write(b"commit refs/heads/main\nmark :1\n%s\ndata %d\n%s\n" % (person, len(rule), rule))
    target.write(b"from %s\nM 100644 inline %s\ndata %d\n" % (head.encode(), VISIBILITY.encode(), len(visibility)))
    target.write(visibility + b"\n\n")
    target.write(b"commit refs/heads/main\nmark :2\n%s\ndata %d\n%s\n" % (person, len(message), message))
    tree = tree_at(aside, SIDE, into)
    target.write(b"from :1\nmerge %s\nM 040000 %s %s\n\n" % (SIDE.encode(), tree.encode(), quoted_path(into)))


def _there(finding: Diagnostic, origin: Origin, wanted: Wanted) -> Diagnostic:
    """Return a finding about a file of the old folder with the path by which the person finds it."""
    if finding.path.startswith(f"{wanted.into}/") and finding.code == codes.FILE_RENAMED.id:
        return finding
    return replace(finding, path=_by_person(finding.path, origin, wanted))


def _by_person(path: str, origin: Origin, wanted: Wanted) -> str:
    """Return a path of the old folder as the person who named the folder would write it."""
    inner = posixpath.relpath(f"/{path}", f"/{origin.inside}")
    return posixpath.normpath(posixpath.join(wanted.folder.as_posix(), inner))


def _about_history(origin: Origin, wanted: Wanted) -> Iterator[Diagnostic]:
    folder = wanted.folder.as_posix()
    if origin.revision is None and wanted.history:
        message = "the folder has no history in git, so none was imported"
        yield codes.NO_HISTORY.at(folder, message, hint="nothing, if there is none")
    if origin.uncommitted:
        files = "1 file is" if origin.uncommitted == 1 else f"{origin.uncommitted} files are"
        message = f"{files} changed or not committed there; what was committed was imported"
        yield codes.NO_HISTORY.at(folder, message, hint="commit there first, if the changes matter")


def _checked(aside: Path, into: str, request: Request, progress: Progress) -> tuple[Diagnostic, ...]:
    """Return what a check finds wrong with the imported files."""
    there = replace(request, revision="HEAD", worktree=False)
    with opened(aside) as repository, checked(repository, there, progress) as (_, _, found):
        return tuple(
            finding
            for finding in found
            if finding.severity is not Severity.INFO and finding.path.startswith(f"{into}/")
        )


def _only_old(found: tuple[Diagnostic, ...], now: tuple[Diagnostic, ...]) -> Iterator[Diagnostic]:
    """Yield the secrets of older versions that are not told of as those of the present one."""
    told = {(finding.path, finding.message) for finding in now if finding.code == codes.SECRET.id}
    for finding in found:
        if not any(path == finding.path and finding.message.endswith(message) for path, message in told):
            yield finding


def default_place(folder: Path) -> str:
    """Return where a folder goes unless somebody says otherwise."""
    whole = folder.resolve()
    names = (name for name in (whole.name, whole.parent.name) if slug(name) not in ("docs", "content", "website", ""))
    return posixpath.join("content", slug(next(names, whole.name)) or "imported")
