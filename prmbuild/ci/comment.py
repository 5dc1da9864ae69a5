"""One comment on a pull request that is kept up to date, written by a run that trusts nothing of the pull request."""

from collections.abc import Iterator
from urllib.parse import quote

from msgspec import Struct

from prmbuild.ci.document import Document, at, items_at, number_at, text_at
from prmbuild.ci.github import GitHub, RefusedError
from prmbuild.ci.inert import inert
from prmbuild.ci.report import NAME, ZIPPED, Report, UnreadableError, read_report
from prmbuild.errors import HostError

MARKER = "<!-- prmbuild:exposure -->"
"""What our comment starts with."""

AUTHOR = "github-actions[bot]"
"""Who a workflow's token writes as.

Source: https://docs.github.com/en/actions/concepts/security/github_token
"""

LONGEST = 65_536
"""Characters of the longest comment. Source: GitHub's answer to a longer one, "body is too long (maximum is 65536)"."""

_ROOM = 5_000
"""Characters kept free for what stands around the report."""

_TRIES = 3

OWN_MAKING = (".github/", "requirements.txt", "requirements.lock", "pyproject.toml", "Makefile", "prmbuild/")
"""Files that decide how a report is made; a pull request that touches one could have made it say anything."""


class Posted(Struct, frozen=True, kw_only=True):
    """What became of a comment.

    Attributes:
        done: what was done, for people.
        refused: whether the artifact was not what it should be.
    """

    done: str
    refused: bool = False


class _Run(Struct, frozen=True, kw_only=True):
    """The run that made the report, as GitHub itself says; its branch's name is the pull request's author's choice."""

    id: int
    head: str
    repository: str
    branch: str
    page: str


def comment(github: GitHub, event: Document) -> Posted:
    """Post the report of a finished run on its pull request, or bring the comment there up to date.

    Args:
        github: the API of the repository that the pull request is for.
        event: of ``workflow_run``.

    Raises:
        HostError: GitHub does not answer or refuses, or this is no such event.
    """
    run = _run(event)
    report, problem, refused = None, "the run left none", False
    try:
        left = _artifact(github, run)
        report = read_report(left) if left is not None else None
    except UnreadableError as error:
        problem, refused = str(error), True
    pull = _pull(github, run, report)
    if pull is None:
        said = f"no open pull request has {run.head[:10]} as its newest commit; nothing posted"
        return Posted(done=said, refused=report is not None and not _moved_on(github, run, report))
    number = number_at(pull, "number") or 0
    body = _body(run, report, problem, touched=_touched(github, number))
    return Posted(done=f"{_upsert(github, number, body)} on pull request {number}", refused=refused)


def _run(event: Document) -> _Run:
    number = number_at(event, "workflow_run", "id")
    if number is None or text_at(event, "workflow_run", "event") != "pull_request":
        raise HostError(
            "this run was not set off by a finished run of a pull request",
            hint="'prmbuild ci comment' is a step of the workflow comment.yml",
        )
    return _Run(
        id=number,
        head=text_at(event, "workflow_run", "head_sha"),
        repository=text_at(event, "workflow_run", "head_repository", "full_name"),
        branch=text_at(event, "workflow_run", "head_branch"),
        page=text_at(event, "workflow_run", "html_url"),
    )


def _artifact(github: GitHub, run: _Run) -> bytes | None:
    """Return what the run left, unread; None where it left nothing."""
    found = items_at(github.get(f"actions/runs/{run.id}/artifacts", name=NAME, per_page=100), "artifacts")
    kept = [one for one in found if text_at(one, "name") == NAME and at(one, "expired") is False]
    if not kept:
        return None
    newest = max(kept, key=lambda one: number_at(one, "id") or 0)
    if (number_at(newest, "size_in_bytes") or 0) > ZIPPED:
        raise UnreadableError(f"it is larger than {ZIPPED} bytes")
    try:
        return github.download(f"actions/artifacts/{number_at(newest, 'id') or 0}/zip", ZIPPED)
    except RefusedError:
        raise
    except HostError as error:
        raise UnreadableError("it cannot be downloaded") from error


def _pull(github: GitHub, run: _Run, report: Report | None) -> Document | None:
    """Return the open pull request whose newest commit the run looked at.

    A report says which one it is about, as one commit may be that of several; it is believed only where GitHub says
    that this pull request has the run's commit, from the run's repository, for this repository.
    """
    if report is None:
        owner = run.repository.partition("/")[0]
        found: Iterator[object] = github.pages("pulls", state="open", head=f"{owner}:{run.branch}")
    else:
        try:
            found = iter([github.get(f"pulls/{report.request}")])
        except RefusedError as error:
            if error.status != 404:
                raise
            return None
    return next((pull for pull in found if isinstance(pull, dict) and _is_of(pull, run, github.repository)), None)


def _is_of(pull: Document, run: _Run, repository: str) -> bool:
    return (
        bool(run.head and run.repository)
        and text_at(pull, "state") == "open"
        and text_at(pull, "head", "sha") == run.head
        and text_at(pull, "head", "repo", "full_name") == run.repository
        and text_at(pull, "base", "repo", "full_name") == repository
    )


def _moved_on(github: GitHub, run: _Run, report: Report) -> bool:
    """Tell whether the pull request merely is closed or has a newer commit, whose own run will report."""
    try:
        pull = github.get(f"pulls/{report.request}")
    except RefusedError:
        return False
    return text_at(pull, "head", "repo", "full_name") == run.repository and text_at(pull, "head", "ref") == run.branch


def _touched(github: GitHub, number: int) -> tuple[str, ...]:
    """Return the files of `OWN_MAKING` that a pull request changes."""
    changed = github.pages(f"pulls/{quote(str(number))}/files")
    names = (name for file in changed for name in (text_at(file, "filename"), text_at(file, "previous_filename")))
    return tuple(dict.fromkeys(place for name in names for place in OWN_MAKING if name and name.startswith(place)))


def _body(run: _Run, report: Report | None, problem: str, *, touched: tuple[str, ...]) -> str:
    """Return the comment: what we say first, as what follows could leave a block open."""
    lines = [
        MARKER,
        f"**Who will see what if this is merged** · commit {run.head[:10]} · [report and changed portals]({run.page})",
        "",
    ]
    if touched:
        places = ", ".join(f"`{place}`" for place in touched)
        lines += [
            f"> ⚠️ This pull request changes {places}, which decide how this report is made. Read those changes first: "
            "they could have made it say anything.",
            "",
        ]
    if report is None:
        lines.append(f"> ❌ There is no report of this commit: {problem}. What it exposes is not known; see the run.")
        return "\n".join(lines)
    text = inert(report.markdown)
    if len(text) > LONGEST - _ROOM:
        text = text[: LONGEST - _ROOM].rpartition("\n")[0]
        lines += ["> ✂️ The report is too long for a comment and is cut off here; the whole of it is with the run.", ""]
    return "\n".join([*lines, text])


def _upsert(github: GitHub, number: int, body: str) -> str:
    """Bring our comment up to date; where GitHub fails while making one, look first whether it made it."""
    for attempt in range(1, _TRIES + 1):
        ours = [found for found in github.pages(f"issues/{number}/comments") if _is_ours(found)]
        if ours:
            return _update(github, ours, body)
        try:
            github.send("POST", f"issues/{number}/comments", {"body": body})
            return "commented"
        except RefusedError as error:
            if error.status < 500 or attempt == _TRIES:
                raise
    raise AssertionError("unreachable")


def _update(github: GitHub, ours: list[object], body: str) -> str:
    first, *others = (number_at(found, "id") or 0 for found in ours)
    for other in others:
        github.send("DELETE", f"issues/comments/{other}")
    if text_at(ours[0], "body").rstrip() == body.rstrip():
        return "the comment is up to date"
    github.send("PATCH", f"issues/comments/{first}", {"body": body})
    return "updated the comment"


def _is_ours(found: object) -> bool:
    """Tell whether we wrote a comment: the marker alone proves nothing, as anybody can write it."""
    return (
        text_at(found, "user", "login") == AUTHOR
        and text_at(found, "user", "type") == "Bot"
        and text_at(found, "body").startswith(MARKER)
    )
