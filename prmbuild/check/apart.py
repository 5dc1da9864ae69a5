"""Labels whose uses and definitions are not for the same readers, because an audience block parts them.

Whoever gets a use without its definition reads the brackets as they stand; whoever gets a note without a use of it
reads what was meant for the block.
"""

from collections.abc import Collection, Iterable, Iterator

from prmbuild import codes
from prmbuild.authored.programme import Programme
from prmbuild.check.labels import Label, Spot
from prmbuild.check.shown import Shown
from prmbuild.check.viewers import in_words
from prmbuild.check.written import Written
from prmbuild.diagnostics import Diagnostic
from prmbuild.visibility.audience import Viewer, admits


def check_labels(written: Written, shown: Shown, programme: Programme) -> Iterator[Diagnostic]:
    """Find uses of links and footnotes that some readers get without the definition, and notes without a use."""
    for path, page in written.pages.items():
        if page.facts.labels and not page.retired and path in shown.pages:
            readers = [viewer for variant in shown.pages[path] for viewer in shown.viewers(variant.portals)]
            for label in page.facts.labels:
                yield from _without_definition(path, label, readers, programme)
                yield from _without_use(path, label, readers, programme)


def _without_definition(
    path: str, label: Label, readers: Collection[Viewer], programme: Programme
) -> Iterator[Diagnostic]:
    for use in label.uses:
        left = [one for one in readers if _reads(one, (use,)) and not _reads(one, label.definitions)]
        if left:
            whom, where = in_words(left, programme), _where(label.definitions)
            message = f"{label.written} is plain text for {whom}: it is defined only {where}"
            hint = "define it outside the block, or use it within"
            yield codes.LABEL_DEFINED_IN_BLOCK.at(path, message, line=use.line, column=use.column, hint=hint)


def _without_use(path: str, label: Label, readers: Collection[Viewer], programme: Programme) -> Iterator[Diagnostic]:
    for note in label.definitions if label.written.startswith("[^") else ():
        more = [one for one in readers if _reads(one, (note,)) and not _reads(one, label.uses)]
        if more:
            whom = in_words(more, programme)
            message = f"{whom} get the text of the note {label.written}, which is used only {_where(label.uses)}"
            hint = "put the note into the block, too"
            yield codes.NOTE_OUTSIDE_ITS_BLOCK.at(path, message, line=note.line, column=note.column, hint=hint)


def _reads(viewer: Viewer, spots: Iterable[Spot]) -> bool:
    return any(all(admits(audience, viewer) for audience in spot.audiences) for spot in spots)


def _where(spots: Iterable[Spot]) -> str:
    return f"in an audience block (line {', '.join(str(spot.line) for spot in spots)})"
