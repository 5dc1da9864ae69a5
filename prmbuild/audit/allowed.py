"""What each portal may say: everything that its visible pages, courses and assets say themselves.

Portals are numbered, and sets of portals are integers with a bit for each, so the work does not grow with their number.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

import prmbuild
from prmbuild.audit.contents import Contents
from prmbuild.audit.gather import lines_of
from prmbuild.audit.layers import embedded, layers
from prmbuild.audit.parts import parts
from prmbuild.audit.prose import prose, quoted
from prmbuild.audit.scanner import Scanner
from prmbuild.catalog.address import Address, address_of
from prmbuild.catalog.catalog import Course
from prmbuild.desired import Desired
from prmbuild.portals.portals import Portal
from prmbuild.portals.views import SeenPage
from prmbuild.render.material import MATERIAL
from prmbuild.source.history import Version
from prmbuild.source.snapshot import OVERRIDES

_PACKAGES = ("site", "render")
_SUFFIXES = (".html", ".json", ".js")
"""Where the interface's own words stand: in templates, lists of texts and scripts."""


_RENDERED = (
    "text-align: left",
    "text-align: center",
    "text-align: right",
    "Permanent link",
    "Jump back to footnote 1 in the text",
)
"""What the Markdown renderer writes of its own accord."""


def allowed(state: Desired, scanner: Scanner, contents: Contents) -> Sequence[int]:
    """Work out which canaries each portal may hold.

    Args:
        state: the programme and its portals.
        scanner: knows the canaries.
        contents: opens the programme's files.

    Returns:
        For each canary the set of portals that may hold it: bit n stands for portal n of `state`.
    """
    masks = [0] * len(scanner.canaries)
    everyone = (1 << len(state.portals)) - 1
    _allow(masks, everyone, scanner, _baseline(state, contents))
    said: dict[object, tuple[int, SeenPage | Course | Version]] = {}
    for number, portal in enumerate(state.portals):
        for key, item in _holdings(portal):
            said[key] = (said[key][0] if key in said else 0) | 1 << number, item
    for mask, item in said.values():
        if isinstance(item, SeenPage):
            _allow(masks, mask, scanner, _page(item))
        elif isinstance(item, Course):
            _allow(masks, mask, scanner, _course(item))
        elif item.blob is not None:
            _allow(masks, mask, scanner, _address(address_of(item.path)))
            _allow(masks, mask, scanner, _read(contents, item.blob))
            whole = scanner.whole(contents.digest(item.blob))
            if whole is not None:
                masks[whole] |= mask
    return masks


def _holdings(portal: Portal) -> Iterator[tuple[object, SeenPage | Course | Version]]:
    for seen in portal.pages.values():
        meta = seen.page.source.meta
        yield (seen.input.key, meta.type, meta.topics), seen
    for shown in portal.courses.values():
        yield shown.course.id, shown.course
    for path, version in portal.assets.items():
        yield (path, version.blob), version


def _allow(masks: list[int], portals: int, scanner: Scanner, texts: Iterable[str]) -> None:
    for text in texts:
        for canary in scanner.spoken(text):
            masks[canary] |= portals


def _page(seen: SeenPage) -> Iterator[str]:
    meta = seen.page.source.meta
    yield "\n".join(line for _, line in prose(seen.input.text))
    known: set[str] = set()
    for layer in layers(quoted(seen.input.text)):
        lines = layer.split("\n")
        yield "\n".join(line for line in lines if line not in known)
        known.update(lines)
        yield from (part.text for data in embedded(layer) for part in parts(data))
    yield seen.input.title or ""
    yield seen.input.description
    yield " ".join((meta.type or "", *meta.topics))
    yield from _address(seen.page.address)


def _course(course: Course) -> Iterator[str]:
    source = course.source
    yield source.title
    yield source.description
    yield " ".join(source.topics)
    yield from _address(course.address)
    if course.quiz is not None:
        yield from _address(address_of(course.quiz.path))
        for question in course.quiz.questions:
            yield question.id
            yield question.question
            yield from (option.text for option in question.options)


def _address(address: Address) -> Iterator[str]:
    yield unquote(address.url)
    yield address.file


def _read(contents: Contents, blob: str) -> Iterator[str]:
    for part in contents.parts(blob):
        if part.read:
            yield part.text
            yield "\n".join(line for _, line in lines_of(part.text))


def _baseline(state: Desired, contents: Contents) -> Iterator[str]:
    """Yield what every portal may say: the interface's words, and what the programme's look shows to everyone."""
    settings = state.catalog.programme.settings
    yield from _RENDERED
    yield settings.vendor
    yield settings.portal_url
    yield from _own_words()
    yield from state.engine.toolchain.static_files()
    snapshot = state.catalog.snapshot
    for path, file in snapshot.files.items():
        if path.startswith(f"{OVERRIDES}/") and file.regular:
            yield path.removeprefix(f"{OVERRIDES}/")
            yield from _read(contents, file.blob)


@lru_cache(maxsize=1)
def _own_words() -> tuple[str, ...]:
    package = Path(prmbuild.__file__).parent
    files = [path for folder in _PACKAGES for path in sorted((package / folder).rglob("*"))]
    files += sorted((MATERIAL / "partials").rglob("*.html")) + sorted(MATERIAL.glob("*.html"))
    return tuple(
        path.read_text(encoding="utf-8")
        for path in files
        if path.suffix in _SUFFIXES and not path.name.endswith(".min.js")
    )
