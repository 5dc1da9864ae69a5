"""What a partner could see, for people and for machines."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from prmbuild.catalog.address import url_of
from prmbuild.exposure.markdown import span
from prmbuild.exposure.wording import plain
from prmbuild.publish.gains import DATA
from prmbuild.records.evidence import UNPROVEN, Approved
from prmbuild.records.history import Gap, Maybe, Span
from prmbuild.records.live import Untold
from prmbuild.records.records import BACKUP
from prmbuild.records.seen import Answer, Interval, Stretch, View

_NAMED = "put back from a backup what prmbuild verify names"

_SHORT = 16
"""Digits of a digest that people see; JSON has all 64."""


class Question(Struct, frozen=True, kw_only=True):
    """What somebody asks about.

    Attributes:
        start: UTC.
        end: UTC, no longer part of it; the same as `start` for an instant.
        day: whether a whole day is meant.
        begins: the first instant that the records tell of, UTC.
        complete: whether nothing is lost that could tell of more, at any time.
        aside: what may have been live then besides, see `prmbuild.records.seen.Past.aside`.
        gaps: when nothing proves what was live, as far as that was asked about.
    """

    partner: str
    role: str | None
    path: str | None
    start: datetime
    end: datetime
    day: bool
    begins: datetime
    complete: bool
    aside: tuple[Maybe, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def when(self) -> str:
        """The time, for people."""
        return f"on {self.start:%Y-%m-%d} (a day in UTC)" if self.day else f"at {_time(self.start)}"

    @property
    def who(self) -> str:
        """Whose view, for people."""
        return self.partner if self.role is None else f"{self.partner} ({self.role})"


def listed(question: Question, intervals: Sequence[Interval], form: str) -> str:
    """List all that could be seen.

    Args:
        question: what was asked.
        intervals: the answer.
        form: ``text``, ``markdown`` or ``json``.
    """
    if form == "json":
        return _json(question, {"intervals": [_interval(one) for one in intervals]})
    lines = _intervals(question, intervals, marked=form == "markdown")
    return "\n".join(lines) + "\n"


def answered(question: Question, answers: Sequence[Answer], form: str) -> str:
    """Tell whether a path could be seen; see `listed`."""
    if form == "json":
        return _json(question, {"answers": [_answer(one) for one in answers]})
    lines = _answers(question, answers, marked=form == "markdown")
    return "\n".join(lines) + "\n"


def _reach(question: Question, *, nothing: bool) -> Iterator[str]:
    """Be honest about what the records do not reach."""
    if question.begins > question.start:
        lost = any(gap.since is None for gap in question.gaps)
        before = "what was live before is lost" if lost else "before that nothing was deployed here"
        yield f"the records begin at {_time(question.begins)}; {before}"
    elif nothing and not question.aside:
        yield "nothing was live"
    for one in question.aside:
        told = "no turn tells that it was made live"
        why = told if one.turn is None else "its turn is on record; whether, or until when, it was is not"
        during = _during(one.since, one.until)
        yield f"deployment {one.deployment[:_SHORT]} may have been live in place of that {during}: {why}"


def _intervals(question: Question, intervals: Sequence[Interval], *, marked: bool) -> Iterator[str]:
    code, first, second = (span, "- ", "  - ") if marked else (plain, "  ", "    ")
    head = f"what {code(question.who)} could see {question.when}"
    yield f"### {head[:1].upper()}{head[1:]}" if marked else head
    yield from (f"{'' if marked else first}{line}" for line in _reach(question, nothing=not intervals))
    told: set[tuple[str, str]] = set()
    for one in intervals:
        yield ""
        during = _during(one.span.since, one.span.until)
        if isinstance(one.span, Gap):
            yield from (f"**{during}**", "") if marked else (during,)
            yield f"{'' if marked else first}what could be seen {_untold(Untold.UNTURNED)}"
            continue
        commit = f" of commit {one.deployment.revision[:10]}" if one.deployment is not None else ""
        deployed = f"deployment {one.span.turn.deployment[:_SHORT]}{commit}"
        yield from (f"**{during}**", "", f"{deployed}:") if marked else (f"{during}, {deployed}",)
        if one.deployment is None:
            yield "" if marked else f"{first}what could be seen {_untold(Untold.UNRECORDED)}"
            continue
        if not one.views:
            yield "" if marked else f"{first}nothing: no portal was theirs"
            continue
        yield from ("",) if marked else ()
        for view in one.views:
            yield f"{first}{', '.join(view.roles)}: portal {code(view.portal)}, {_contents(view)}"
            if not isinstance(view.files, Untold) and (view.portal, view.release) not in told:
                told.add((view.portal, view.release))
                yield from (f"{second}{line}" for line in _paths(view.files, marked=marked))


def _contents(view: View) -> str:
    if isinstance(view.files, Untold):
        return f"release {view.release[:_SHORT]}; the list of its files {_untold(view.files)}"
    pages = sum(path.endswith(".html") for path in view.files)
    return f"{pages} pages and {len(view.files) - pages} other files (release {view.release[:_SHORT]})"


def _untold(why: Untold) -> str:
    hints = {Untold.COLLECTED: "", Untold.UNRECORDED: f"; {BACKUP}", Untold.UNTURNED: f"; {_NAMED}"}
    return f"{why.value}{hints.get(why, '; prmbuild mend puts right what is live')}"


def _paths(files: Mapping[str, str], *, marked: bool) -> Iterator[str]:
    named = {f"/{url_of(path)}": digest for path, digest in files.items() if not path.startswith(DATA)}
    for url, digest in sorted(named.items()):
        yield f"{span(digest[:_SHORT])} {span(url)}" if marked else f"{digest[:_SHORT]}  {plain(url)}"
    others = len(files) - len(named)
    if others:
        yield f"and {others} files of search, navigation and looks; --format json has them, and whole digests"


def _answers(question: Question, answers: Sequence[Answer], *, marked: bool) -> Iterator[str]:
    code = span if marked else plain
    for number, one in enumerate(answers):
        if number:
            yield ""
        who = code(f"{question.partner} ({', '.join(one.roles)})")
        word = {True: "yes", False: "no", None: "not known"}[one.seen]
        place = code(f"/{url_of(one.file)}")
        yield f"{f'**{word}**' if marked else word}: {who}, {place} {question.when}"
        yield from ("",) if marked else ()
        for part in one.stretches:
            yield from _stretch(part, marked=marked)
    yield from (
        f"{'- ' if marked else '  '}{line}"
        for line in _reach(question, nothing=not any(one.stretches for one in answers))
    )


def _stretch(part: Stretch, *, marked: bool) -> Iterator[str]:
    first, second = ("- ", "  - ") if marked else ("  ", "    ")
    during = _during(part.since, part.until, "" if part.begins else " or before")
    if part.untold is not None:
        unlisted = part.untold not in (Untold.UNRECORDED, Untold.UNTURNED)
        what = "the list of the files of then" if unlisted else "what could be seen"
        yield f"{first}{during}: {what} {_untold(part.untold)}"
        return
    if part.digest is None:
        yield f"{first}{during}: could not be seen"
        return
    yield f"{first}{during}: could be seen, version {part.digest[:_SHORT]}"
    code = span if marked else plain
    for path, versions in (part.sources or {}).items():
        yield from (f"{second}{code(path)}: {_approved(version)}" for version in versions)
    if part.sources is None:
        yield f"{second}of commit {part.revision[:10]}; the evidence of who approved it is lost or was changed"
    elif not part.sources:
        yield f"{second}made by prmbuild from commit {part.revision[:10]}"


def _approved(version: Approved) -> str:
    approval = version.approval
    if approval.kind == UNPROVEN:
        return f"commit {approval.commit[:10]}, not known to have been merged"
    by = [commit[:10] for commit in approval.by if commit != approval.commit]
    how = f" of {', '.join(by)}" if by else ""
    return f"commit {approval.commit[:10]}, approved by {approval.kind}{how}"


def _during(since: datetime | None, until: datetime | None, before: str = "") -> str:
    begins = f"from {_time(since)}{before} " if since is not None else ""
    return f"{begins}until {_time(until) if until is not None else 'now'}"


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _json(question: Question, found: Mapping[str, object]) -> str:
    document = {
        "version": 1,
        "partner": question.partner,
        "role": question.role,
        "path": question.path,
        "from": question.start.isoformat(),
        "to": question.end.isoformat(),
        "records": {
            "begin": question.begins.isoformat(),
            "complete": question.complete,
            "gaps": [_times(one) for one in question.gaps],
            "aside": [
                {
                    "deployment": one.deployment,
                    "turn": one.turn.id if one.turn is not None else None,
                    **_times(one),
                }
                for one in question.aside
            ],
        },
        **found,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _times(one: Span | Gap | Maybe | Stretch) -> Mapping[str, str | None]:
    return {
        "from": one.since.isoformat() if one.since is not None else None,
        "to": one.until.isoformat() if one.until is not None else None,
    }


def _interval(one: Interval) -> Mapping[str, object]:
    turn = one.span.turn if isinstance(one.span, Span) else None
    return {
        **_times(one.span),
        "turn": turn.id if turn is not None else None,
        "kind": turn.kind.value if turn is not None else None,
        "by": turn.by if turn is not None else None,
        "deployment": turn.deployment if turn is not None else None,
        "commit": one.deployment.revision if one.deployment is not None else None,
        "views": [
            {
                "roles": list(view.roles),
                "portal": view.portal,
                "release": view.release,
                "files": dict(view.files) if not isinstance(view.files, Untold) else None,
            }
            for view in one.views
        ],
    }


def _answer(one: Answer) -> Mapping[str, object]:
    return {
        "roles": list(one.roles),
        "file": one.file,
        "seen": one.seen,
        "stretches": [
            {
                **_times(part),
                "begins": part.begins,
                "told": part.untold is None,
                "digest": part.digest,
                "commit": part.revision or None,
                "evidence_lost": part.sources is None,
                "sources": [
                    {
                        "path": path,
                        "blob": version.blob,
                        "commit": version.approval.commit,
                        "evidence": version.approval.kind,
                        "approved_in": list(version.approval.by),
                    }
                    for path, versions in (part.sources or {}).items()
                    for version in versions
                ],
            }
            for part in one.stretches
        ],
    }
