"""Every problem of a programme at once."""

from collections.abc import Iterator

from prmbuild.cache import Cache
from prmbuild.cache.facts import Facts
from prmbuild.check.apart import check_labels
from prmbuild.check.approval import check_authority, check_signers
from prmbuild.check.assertions import check_assertions
from prmbuild.check.assets import check_freshness, check_reachable, check_unused
from prmbuild.check.courses import check_courses, check_shown_courses
from prmbuild.check.files import check_files
from prmbuild.check.lifecycle import check_lifecycle
from prmbuild.check.links import check_followed, check_links
from prmbuild.check.look import check_templates
from prmbuild.check.pages import check_titles
from prmbuild.check.revision import check_revision
from prmbuild.check.rules import check_rules
from prmbuild.check.shown import Shown
from prmbuild.check.targets import Targets
from prmbuild.check.written import MapItems, Written, read_written
from prmbuild.desired import Authored, Desired
from prmbuild.diagnostics import Diagnostic, ordered


def findings(
    authored: Authored,
    state: Desired | None,
    cache: Cache | None = None,
    map_items: MapItems = map,
) -> tuple[Diagnostic, ...]:
    """Check a programme.

    Args:
        authored: the programme as written.
        state: what follows from it; None where its configuration or its look has errors, and then only what can be
            told without it is checked.
        cache: keeps what is found out about each file; None keeps nothing.
        map_items: looks at files, possibly in other processes.

    Returns:
        Everything found, in order of its place.

    Raises:
        SourceError: git cannot answer.
    """
    facts = authored.snapshot.facts(cache)
    reader = state.reader if state else None
    written = read_written(authored.snapshot, authored.programme, facts, map_items, reader)
    targets = Targets(written, authored, state, facts)
    return ordered(
        (
            *authored.diagnostics,
            *written.diagnostics,
            *written.others,
            *_of_the_revision(written, targets, facts),
            *(_of_the_portals(written, targets, state, facts) if state else ()),
        )
    )


def _of_the_revision(written: Written, targets: Targets, facts: Facts) -> Iterator[Diagnostic]:
    """Find what is wrong with the files, whoever sees them."""
    yield from check_files(written, facts)
    yield from check_links(written, targets, facts)
    yield from check_unused(written, targets)
    yield from check_courses(written)
    yield from check_signers(written)


def _of_the_portals(written: Written, targets: Targets, state: Desired, facts: Facts) -> Iterator[Diagnostic]:
    """Find what is wrong with what partners get."""
    yield from check_revision(written, state)
    yield from check_lifecycle(written, state)
    yield from check_authority(state)
    yield from check_rules(written, state)
    yield from check_assertions(written, state)
    shown = Shown(state)
    yield from check_followed(written, targets, shown, state, facts)
    yield from check_labels(written, shown, state.catalog.programme)
    yield from check_reachable(shown)
    yield from check_freshness(written, targets, shown, state)
    yield from check_titles(written, shown)
    yield from check_shown_courses(written, state)
    yield from check_templates(state)
