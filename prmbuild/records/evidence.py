"""What approved the contents of a deployment: for every published file the commits that brought and approved it.

Commits are named, never people: git knows who they are by, and the record outlives whatever git forgets.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from msgspec import Struct, convert

from prmbuild.authored.programme import Evidence as Proof
from prmbuild.desired import Desired
from prmbuild.errors import ChangedError
from prmbuild.records.layout import evidence_key
from prmbuild.records.recorded import written
from prmbuild.records.records import BACKUP, CHANGED, UNREADABLE, canonical
from prmbuild.source.history import Version
from prmbuild.store.store import Store

UNPROVEN = "unproven"
"""Kind of what a merge should have approved, and nobody knows that it was merged."""


class Approval(Struct, frozen=True, kw_only=True):
    """What approved a version of a file.

    Attributes:
        kind: ``merge``, ``trailer`` or ``signature``, as `prm.yaml` asked for it; or `UNPROVEN`.
        commit: full object name of the commit that brought the version.
        by: full object names of the commits that carry the approval; with ``merge``, that same commit; with `UNPROVEN`,
            none.
    """

    kind: str
    commit: str
    by: tuple[str, ...]


class Approved(Struct, frozen=True, kw_only=True):
    """A version of a file that somebody could see.

    Attributes:
        blob: git's object name of its bytes.
    """

    blob: str
    approval: Approval


class Evidence(Struct, frozen=True, kw_only=True):
    """What approved the contents of a deployment.

    Attributes:
        files: repository path → every version of it that somebody could see, newest first.
    """

    files: Mapping[str, tuple[Approved, ...]]

    @property
    def digest(self) -> str:
        """The digest by which a deployment's record names it."""
        return sha256(self.text()).hexdigest()

    def text(self) -> bytes:
        """Return it as it is stored: each approval once, and files naming it by its number."""
        approvals = sorted(
            {one.approval for some in self.files.values() for one in some},
            key=lambda one: (one.commit, one.kind, one.by),
        )
        numbers = {approval: number for number, approval in enumerate(approvals)}
        return canonical(
            {
                "version": 1,
                "approvals": [{"kind": one.kind, "commit": one.commit, "by": one.by} for one in approvals],
                "files": {
                    path: [[one.blob, numbers[one.approval]] for one in some] for path, some in self.files.items()
                },
            }
        )


def evidence_of(state: Desired) -> Evidence:
    """Return what approved all that somebody sees.

    Raises:
        SourceError: git cannot answer.
    """
    approvals = state.catalog.approvals
    merged = state.catalog.snapshot.tips_of(state.catalog.programme.settings.branch) or frozenset()

    def approved(version: Version, pages: Iterable[Version] = ()) -> Approved:
        if approvals.asked(version) is Proof.MERGE and version.commit.id not in merged:
            unproven = Approval(kind=UNPROVEN, commit=version.commit.id, by=())
            return Approved(blob=version.blob or "", approval=unproven)
        commits = approvals.approved_in(version).union(*(approvals.approved_in(version, page) for page in pages))
        approval = Approval(kind=approvals.asked(version).value, commit=version.commit.id, by=tuple(sorted(commits)))
        return Approved(blob=version.blob or "", approval=approval)

    found: dict[str, tuple[Approved, ...]] = {version.path: (approved(version),) for version in _ruled(state)}
    shown_by = _shown_by(state)
    for path, versions in state.shown.assets.items():
        found[path] = tuple(approved(version, shown_by.get(version, ())) for _, version in versions)
    return Evidence(files=dict(sorted(found.items())))


def _ruled(state: Desired) -> Iterator[Version]:
    """Yield the versions of pages, courses and quizzes that somebody sees."""
    catalog, shown = state.catalog, state.shown
    yield from (catalog.pages[path].version for path in shown.pages)
    for identifier in shown.courses:
        course = catalog.courses[identifier]
        yield course.version
        if course.quiz is not None:
            yield from catalog.approvals.course_part(course.quiz.path, course.source.path).versions[:1]


def _shown_by(state: Desired) -> Mapping[Version, Iterable[Version]]:
    """Return version of an asset → the versions of pages that show it and whose approval may be the asset's too.

    Where a merge is the approval, nothing else is asked about.
    """
    catalog = state.catalog
    found: dict[Version, dict[Version, None]] = {}
    for seen in state.shown.pages.values():
        for _, one in seen:
            file = one.page.source.meta.file
            wanted = {*state.articles[one.input.key].files, *((file,) if file is not None else ())}
            for path in wanted & state.shown.assets.keys():
                version = catalog.asset(one.page, path)
                if version is not None and catalog.approvals.asked(version) is not Proof.MERGE:
                    found.setdefault(version, {})[one.page.version] = None
    return found


def evidence(store: Store, digest: str) -> Evidence:
    """Return what approved a deployment.

    Raises:
        ChangedError: it is not there, or not what was written.
        StoreError: the store does not answer.
    """
    return read_evidence(digest, written(store, evidence_key(digest)))


def read_evidence(digest: str, data: bytes) -> Evidence:
    """Read what approved a deployment.

    Raises:
        ChangedError: it is not the one of that digest.
    """
    try:
        read = json.loads(data)
        if read["version"] != 1:
            raise ValueError
        approvals = convert(read["approvals"], list[Approval])
        files = {
            path: tuple(Approved(blob=blob, approval=approvals[number]) for blob, number in some)
            for path, some in convert(read["files"], dict[str, list[tuple[str, int]]]).items()
        }
        found = Evidence(files=files)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise ChangedError(evidence_key(digest), UNREADABLE, hint=BACKUP) from error
    if sha256(data).hexdigest() != digest:
        raise ChangedError(evidence_key(digest), CHANGED, hint=BACKUP)
    return found
