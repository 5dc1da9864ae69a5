"""The exposure report as one HTML file: it asks for nothing, and works from a disk and in an e-mail's attachment.

Beside each change stands what its readers read before and after, as a comparison of words and as pages side by side.
A report of any size must open: previews give way first, then comparisons, then subjects; whatever is left out is told.
"""

import base64
from collections.abc import Iterator, Sequence
from hashlib import sha256
from importlib import resources

from markupsafe import Markup
from msgspec import Struct

from prmbuild.cache import Cache
from prmbuild.exposure.compare import Comparison
from prmbuild.exposure.gathering import Gathered, gathered
from prmbuild.exposure.model import Change, Effect, SubjectKind
from prmbuild.exposure.naming import everyone, named
from prmbuild.exposure.previews import Previews
from prmbuild.exposure.rewrites import Rewrite, Rewrites, Sight
from prmbuild.exposure.textdiff import Fate, Passage, TextDiff
from prmbuild.exposure.wording import DUE, HEADINGS, because, headline, place, summary
from prmbuild.templates import html_templates

PREVIEW_BYTES = 12_000_000
"""Bytes of all previews together; pages beyond are compared in words alone."""

COMPARED_BYTES = 8_000_000
"""Characters of all comparisons together; subjects beyond are named alone."""

LINES = 300
"""Lines of one comparison; the rest is counted."""

NEW_LINES = 60
"""Lines of a text that is all new, or all gone; the preview has the rest."""

READERS = 6
"""Ways of reading one subject that are told apart in one group; the rest is counted."""

SUBJECTS = 4_000
"""Subjects that are named."""

_MARKUP = 120
"""Characters of HTML around a piece of text, or so."""

CONTEXT = 1
"""Unchanged lines shown before and after a change."""


class Panel(Struct, frozen=True, kw_only=True):
    """What some viewers read before and after.

    Attributes:
        who: names them; empty where they are all of the group.
        passages: the lines that changed.
        left: how many lines were left out at the end.
        summary: in words.
        before: number of the preview of what they read before; None for none.
        after: likewise after.
        saw: whether they saw anything before.
        sees: whether they see anything after.
        pictures: the picture before and after as ``data:`` URLs; None for what is no picture.
    """

    who: str
    passages: tuple[Passage, ...]
    left: int
    summary: str
    before: int | None
    after: int | None
    saw: bool
    sees: bool
    pictures: tuple[str | None, str | None] | None


class Entry(Struct, frozen=True, kw_only=True):
    """A change in the report. ``panels`` is empty where nothing more is said than that it changes."""

    change: Change
    panels: tuple[Panel, ...]
    more: int


class Page(Struct, frozen=True):
    """A preview: the article as HTML, its language (a BCP 47 tag), and how many lines of text it has."""

    html: str
    language: str
    lines: int


class Room(Struct, kw_only=True):
    """How much more may be told, and what was left out.

    Attributes:
        previews: bytes of previews.
        compared: characters of comparisons.
        subjects: number of subjects that are named.
        without_preview: pages that are compared in words alone.
        without_comparison: subjects that are named alone.
        unnamed: subjects that are counted alone.
    """

    previews: int = PREVIEW_BYTES
    compared: int = COMPARED_BYTES
    subjects: int = SUBJECTS
    without_preview: int = 0
    without_comparison: int = 0
    unnamed: int = 0


def as_html(comparison: Comparison, cache: Cache, room: Room | None = None) -> str:
    """Write the report.

    Args:
        comparison: what changes, and both states; must be open.
        cache: keeps the pages that are rendered.
        room: how much may be told.

    Raises:
        RenderError: a page cannot be rendered.
        SourceError: a file cannot be read.
    """
    return _Writer(comparison, cache, room or Room()).report()


class _Writer:
    def __init__(self, comparison: Comparison, cache: Cache, room: Room) -> None:
        self._room = room
        self._previews: dict[object, int] = {}
        self._pages: list[Page] = []
        self._looks: tuple[str, str] | None = None
        self._exposure = comparison.exposure
        self._rewrites = Rewrites(comparison)
        self._head = comparison.head
        self._before = Previews(comparison.base, cache) if comparison.base is not None else None
        self._after = Previews(comparison.head, cache)

    def report(self) -> str:
        exposure = self._exposure
        script = resources.files(__package__).joinpath("templates", "report.js").read_text(encoding="utf-8")
        style = resources.files(__package__).joinpath("templates", "report.css").read_text(encoding="utf-8")
        sections = [
            (effect, HEADINGS[effect], summary(exposure, effect), list(self._groups(effect)))
            for effect in Effect
            if exposure.of(effect)
        ]
        look, body = self._looks or ("", "<body>")
        return (
            html_templates("prmbuild.exposure")
            .get_template("report.html")
            .render(
                vendor=self._head.programme.settings.vendor,
                exposure=exposure,
                headline=headline(exposure),
                sections=sections,
                partners=[one for one in exposure.viewers.partners if self._concerned(one.viewers)],
                segments=[one for one in exposure.viewers.segments if self._concerned(one.viewers)],
                due=[(one, self._who(one.viewers, one.effect), DUE[one.effect]) for one in exposure.due],
                pages=self._pages,
                look=Markup(look),
                frame=body,
                room=self._room,
                because=because,
                place=place,
                fate=Fate,
                script=Markup(script),
                script_hash=base64.b64encode(sha256(script.encode()).digest()).decode(),
                style=Markup(style),
            )
        )

    def _concerned(self, viewers: int) -> bool:
        return any(change.viewers & viewers for change in self._exposure.changes)

    def _groups(self, effect: Effect) -> Iterator[tuple[Gathered, str, int, str, str, Sequence[Entry]]]:
        viewers = self._exposure.viewers
        for group in gathered(self._exposure, effect):
            partners = viewers.partners_in(group.viewers)
            segments = [one.id for one in viewers.segments if one.viewers & group.viewers]
            entries = [self._entry(change) for change in group.changes[: self._named(len(group.changes))]]
            yield (
                group,
                self._who(group.viewers, effect),
                len(partners),
                " ".join(one.id for one in partners),
                " ".join(segments),
                entries,
            )

    def _named(self, number: int) -> int:
        """Return how many of some subjects there is room to name."""
        granted = min(number, self._room.subjects)
        self._room.subjects -= granted
        self._room.unnamed += number - granted
        return granted

    def _who(self, some: int, effect: Effect) -> str:
        viewers = self._exposure.viewers
        return named(viewers, some, everyone(viewers, effect))

    def _entry(self, change: Change) -> Entry:
        if self._room.compared <= 0:
            self._room.without_comparison += 1
            return Entry(change=change, panels=(), more=0)
        alike = _alike(self._rewrites.of(change))
        panels = [self._panel(change, some, alone=len(alike) == 1) for some in alike[:READERS]]
        return Entry(change=change, panels=tuple(panels), more=max(0, len(alike) - READERS))

    def _panel(self, change: Change, alike: Sequence[tuple[Rewrite, TextDiff]], *, alone: bool) -> Panel:
        rewrite, diff = alike[0]
        viewers = 0
        for one, _ in alike:
            viewers |= one.viewers
        passages, left = _cut(diff.passages(CONTEXT), NEW_LINES if _one_sided(rewrite) else LINES)
        lines = [line for passage in passages for line in passage.lines]
        self._room.compared -= sum(len(piece.text) + _MARKUP for line in lines for piece in line.pieces)
        is_file = change.subject.kind is SubjectKind.ASSET
        return Panel(
            who="" if alone else self._who(viewers, change.effect),
            passages=passages,
            left=left,
            summary=_told(change, rewrite, diff) + ("; the rest differs among them" if len(alike) > 1 else ""),
            before=self._preview(self._before, rewrite.before, rewrite.viewers),
            after=self._preview(self._after, rewrite.after, rewrite.viewers),
            saw=rewrite.before is not None,
            sees=rewrite.after is not None,
            pictures=(self._picture(self._before, rewrite.before), self._picture(self._after, rewrite.after))
            if is_file
            else None,
        )

    def _preview(self, previews: Previews | None, sight: Sight | None, viewers: int) -> int | None:
        """Return the number of a page's preview, which several panels may show; None where there is none."""
        if previews is None or sight is None or sight.variant is None:
            return None
        key = (previews is self._before, sight.variant.key)
        if key not in self._previews:
            if self._room.previews <= 0:
                self._room.without_preview += 1
                return None
            page = previews.page(sight.variant, viewers)
            self._room.previews -= len(page)
            self._looks = self._looks or previews.look(sight.variant)
            self._previews[key] = len(self._pages)
            self._pages.append(Page(page, sight.variant.article.language, len(sight.lines)))
        return self._previews[key]

    def _picture(self, previews: Previews | None, sight: Sight | None) -> str | None:
        url = previews.picture(sight) if previews is not None and sight is not None else None
        self._room.previews -= len(url or "")
        return url if self._room.previews > 0 else None


def _alike(rewrites: Sequence[Rewrite]) -> Sequence[Sequence[tuple[Rewrite, TextDiff]]]:
    """Put rewrites together in which the same changes, whatever else their readers read."""
    found: dict[object, list[tuple[Rewrite, TextDiff]]] = {}
    for rewrite in rewrites:
        diff = rewrite.diff()
        lines = tuple(passage.lines for passage in diff.passages(CONTEXT))
        same = (lines, rewrite.before and rewrite.before.version, rewrite.after and rewrite.after.version)
        found.setdefault(rewrite.viewers if _one_sided(rewrite) else same, []).append((rewrite, diff))
    return list(found.values())


def _one_sided(rewrite: Rewrite) -> bool:
    return rewrite.before is None or rewrite.after is None


def _cut(passages: Sequence[Passage], most: int) -> tuple[tuple[Passage, ...], int]:
    """Return the first lines of some passages, and how many changed ones were left out."""
    kept: list[Passage] = []
    left = 0
    for passage in passages:
        room = max(0, most - sum(len(one.lines) for one in kept))
        if room:
            kept.append(Passage(passage.skipped, passage.lines[:room]))
        left += sum(1 for line in passage.lines[room:] if line.changed)
    return tuple(kept), left


def _told(change: Change, rewrite: Rewrite, diff: TextDiff) -> str:
    """Say in a few words how a text changed."""
    if change.subject.kind is SubjectKind.ASSET:
        return "a file; its contents are not compared here"
    added, removed = diff.words(Fate.ADDED), diff.words(Fate.REMOVED)
    if rewrite.before is None:
        return f"new to them: {_words(added)}"
    if rewrite.after is None:
        return f"no longer there for them: {_words(removed)}"
    if not diff.changed:
        return "the words are the same: what changes is the place, a date or the look"
    return f"{_words(added)} added, {_words(removed)} removed"


def _words(number: int) -> str:
    return "1 word" if number == 1 else f"{number:,} words"
