"""The exposure report as Markdown, for a comment on a pull request.

What people authored (titles, subjects of commits, names) must not mention anybody, load an image or break out of its
line, so it stands in code spans, in which GitHub obeys nothing. A comment holds so much and no more: details give way
first, then what narrows, changes and moves; widening last, and whatever is left out is counted.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from prmbuild.diagnostics import Diagnostic, Severity
from prmbuild.exposure.excerpts import ExcerptOf, nothing
from prmbuild.exposure.gathering import Gathered, gathered
from prmbuild.exposure.model import Cause, Change, Due, Effect, Exposure, State, SubjectKind
from prmbuild.exposure.naming import everyone, named
from prmbuild.exposure.wording import DUE, HEADINGS, headline, place, plain, summary

LIMIT = 65_536
"""Characters of a comment on GitHub; counted here as bytes of UTF-8, of which there are never fewer.

Source: https://docs.github.com/rest/issues/comments#create-an-issue-comment answers a longer one with "Body is too long
(maximum is 65536 characters)", see https://github.com/orgs/community/discussions/27190
"""

_SPARE = 1_536
"""Bytes left to whoever posts the report, for a marker or a link of their own."""

_LEVELS = ((20, 40), (8, 20), (3, 10), (0, 5), (0, 0))
"""Subjects of a group, and groups of a section other than widening, that are listed: tried in turn."""

_LONGEST = 160
"""Characters of one authored text."""

_FINDINGS = 50
"""Errors that are listed before the others are counted."""

_COMPLETE = "`prmbuild diff --format json` has everything"
_TICKS = re.compile(r"`+")


def as_markdown(exposure: Exposure, excerpt: ExcerptOf = nothing, limit: int = LIMIT - _SPARE) -> str:
    """Write the report as GitHub Flavored Markdown.

    Args:
        exposure: what changes.
        excerpt: shows what a change changes in a text; left out first where there is no room.
        limit: bytes that it may have.
    """
    groups = {effect: gathered(exposure, effect) for effect in Effect}
    widening = len(groups[Effect.GAINS])
    for subjects, others, shows in ((*_LEVELS[0], excerpt), *((*level, nothing) for level in _LEVELS)):
        text = _within(limit, _lines(exposure, groups, subjects, others, widening, shows))
        if text is not None:
            return text
    while widening:
        widening //= 2
        text = _within(limit, _lines(exposure, groups, 0, 0, widening))
        if text is not None:
            return text
    return "".join(f"{line}\n" for line in _lines(exposure, groups, 0, 0, 0))


def as_markdown_findings(diagnostics: Sequence[Diagnostic]) -> str:
    """Say that nothing can be compared, and why: errors in the configuration of the head."""
    errors = [found for found in diagnostics if found.severity is Severity.ERROR]
    lines = ["### Exposure is not known: the configuration has errors", ""]
    for found in errors[:_FINDINGS]:
        lines.append(f"- {span(f'{found.path}:{found.line}:{found.column}')} {found.code} {span(found.message)}")
    if len(errors) > _FINDINGS:
        lines.append(f"- and {len(errors) - _FINDINGS} more; `prmbuild check` has them all")
    return "\n".join(lines) + "\n"


def _within(limit: int, lines: Iterator[str]) -> str | None:
    """Put lines together; None, and at once, where they take too many bytes."""
    text: list[str] = []
    size = 0
    for line in lines:
        size += len(line.encode()) + 1
        if size > limit:
            return None
        text.append(f"{line}\n")
    return "".join(text)


def span(text: str) -> str:
    """Return authored text as a code span, on one line and not too long.

    Source: https://spec.commonmark.org/0.31.2/#code-spans
    """
    text = plain(text[: 2 * _LONGEST]).strip()
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - 1]}…"
    if not text:
        return "` `"
    ticks = "`" * (max((len(run) for run in _TICKS.findall(text)), default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}"


_Groups = Mapping[Effect, Sequence[Gathered]]


def _lines(
    exposure: Exposure, groups: _Groups, subjects: int, others: int, widening: int, excerpt: ExcerptOf = nothing
) -> Iterator[str]:
    yield f"### {headline(exposure)}"
    yield ""
    at = f"judged at {exposure.now:%Y-%m-%d %H:%M} UTC"
    yield f"{_state(exposure.head)} since {_state(exposure.base)}, {at}."
    if exposure.base.missing is not None:
        yield ""
        yield f"**The base cannot be compared**: {span(exposure.base.missing)}"
        yield "Everything that the head shows counts as gained."
    for effect, found in groups.items():
        if found:
            shown = widening if effect is Effect.GAINS else others
            yield ""
            yield f"#### {HEADINGS[effect]}: {summary(exposure, effect)}"
            yield ""
            for group in found[:shown]:
                yield from _group(exposure, group, subjects, excerpt)
            if len(found) > shown:
                yield f"- **and {len(found) - shown} more groups that are not listed here**; {_COMPLETE}"
    yield from _due(exposure, others)
    if exposure.notes:
        yield ""
        yield "#### Also"
        yield ""
        yield from (f"- {span(note)}" for note in exposure.notes[: max(others, 3)])
        if len(exposure.notes) > max(others, 3):
            yield f"- and {len(exposure.notes) - max(others, 3)} more; {_COMPLETE}"


def _state(state: State) -> str:
    files = " with uncommitted files" if state.preview else ""
    return f"`{state.commit.short}` {span(state.commit.subject)}{files}"


def _group(exposure: Exposure, group: Gathered, subjects: int, excerpt: ExcerptOf) -> Iterator[str]:
    who = named(exposure.viewers, group.viewers, everyone(exposure.viewers, group.effect))
    only = group.changes[0] if len(group.changes) == 1 else None
    where = f" under {span(group.folder)}" if group.folder else ""
    yield f"- **{span(who)}**: {group.counted}{where if only is None else f' {_subject(only)}'}"
    for cause in group.causes:
        yield f"  - because {_because(cause)}"
    if only is not None:
        yield from _excerpt(excerpt(only), "  ")
    if only is not None or not subjects:
        return
    yield ""
    yield "  <details><summary>Which</summary>"
    yield ""
    for change in group.changes[:subjects]:
        yield f"  - {_subject(change)}"
        yield from _excerpt(excerpt(change), "    ")
    if len(group.changes) > subjects:
        yield f"  - and {len(group.changes) - subjects} more; {_COMPLETE}"
    yield ""
    yield "  </details>"
    yield ""


def _excerpt(lines: Sequence[str], inset: str) -> Iterator[str]:
    """Yield lines as a fenced block, in which GitHub colours what went and what came, and obeys nothing."""
    if lines:
        fence = "`" * max(3, *(len(run) + 1 for line in lines for run in ("", *_TICKS.findall(line))))
        yield ""
        yield f"{inset}{fence}diff"
        yield from (f"{inset}{line}" for line in lines)
        yield f"{inset}{fence}"
        yield ""


def _because(cause: Cause) -> str:
    if cause.origin is None:
        return span(cause.text)
    return f"{span(str(cause.origin))}{' of the base' if cause.in_base else ''} {span(cause.text)}"


def _subject(change: Change | Due) -> str:
    subject = change.subject
    moved = change.moved_from if isinstance(change, Change) else None
    came = f" from {span(moved)}" if moved is not None else ""
    title = "" if subject.kind is SubjectKind.ASSET else f" {span(subject.title)}"
    return f"{span(place(subject))}{came}{title}"


def _due(exposure: Exposure, shown: int) -> Iterator[str]:
    if not exposure.due:
        return
    yield ""
    yield f"#### Due before {exposure.until:%Y-%m-%d}, by dates alone"
    yield ""
    for due in exposure.due[: max(shown, 3)]:
        who = named(exposure.viewers, due.viewers, everyone(exposure.viewers, due.effect))
        yield f"- {due.instant:%Y-%m-%d %H:%M} UTC: {span(who)} {DUE[due.effect]} {_subject(due)}"
    if len(exposure.due) > max(shown, 3):
        yield f"- and {len(exposure.due) - max(shown, 3)} more; {_COMPLETE}"
