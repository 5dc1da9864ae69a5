"""What a change is compared with, where nobody says."""

from msgspec.structs import replace

from prmbuild.desired import Authored
from prmbuild.errors import SourceError
from prmbuild.request import Request
from prmbuild.source.git import GitRepository
from prmbuild.source.snapshot import propose, take


def merge_base(repository: GitRepository, head: str, branch: str, *, worktree: bool) -> str:
    """Return the commit at which a revision left the publishing branch.

    Where the branch is here and at ``origin``, the later of the two counts, as either may be out of date. Where the
    revision is on the branch already, it counts itself: nothing differs, or what is not committed does.

    Args:
        repository: holds all of them.
        head: the revision.
        branch: short name of the publishing branch.
        worktree: whether uncommitted files are compared.

    Raises:
        SourceError: there is no such branch, or nothing that both have in common.
    """
    tips = [name for name in (f"refs/heads/{branch}", f"refs/remotes/origin/{branch}") if repository.has(name)]
    if not tips:
        raise SourceError(
            f"there is no branch '{branch}' here or at origin to compare with",
            hint="name what to compare with, as in: prmbuild diff HEAD~1; prm.yaml says which branch is published",
        )
    commit = repository.resolve(head)
    found = {base for tip in tips if (base := repository.merge_base(commit, tip)) is not None}
    if not found:
        raise SourceError(
            f"{head} and {branch} have no commit in common",
            hint=f"name what to compare with, as in: prmbuild diff {branch}",
        )
    if worktree and commit in found:
        return commit
    others = sorted(found - {commit})
    if not others:
        return commit
    latest = others[0]
    for other in others[1:]:
        if repository.merge_base(latest, other) == latest:
            latest = other
    return latest


def proposal(repository: GitRepository, authored: Authored, start: str) -> bool:
    """Tell whether a state is proposed: it goes on from where it starts, and the publishing branch does not have it.

    Args:
        repository: holds both.
        authored: the state; its programme must be free of errors.
        start: full object name.
    """
    assert authored.programme is not None
    head = authored.snapshot.revision.id
    on_branch = repository.on_branch(authored.programme.settings.branch, head)
    return not on_branch and repository.merge_base(head, start) == start


def as_proposed(repository: GitRepository, authored: Authored, start: str, request: Request) -> Authored:
    """Return a state as if it were merged onto what it is proposed to; its files say what they said.

    Args:
        repository: holds it.
        authored: the state by its own history.
        start: full object name of what it is proposed to.
        request: the request that it was read with.

    Raises:
        SourceError: git cannot answer.
    """
    if not request.worktree:
        return replace(authored, snapshot=propose(authored.snapshot, repository, start, request.cache))
    snapshot = take(
        repository, request.revision, worktree=True, now=request.now, cache=request.cache, proposed_to=start
    )
    return replace(authored, snapshot=snapshot)
