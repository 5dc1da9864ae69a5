"""The audit of a built tree; see `prmbuild.audit`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from textwrap import shorten

from prmbuild.audit.allowed import allowed
from prmbuild.audit.canaries import Canary, Source
from prmbuild.audit.contents import Contents
from prmbuild.audit.control import Controls, blind_spots
from prmbuild.audit.gather import gather
from prmbuild.audit.inventory import HOME_PAGE, NAVIGATION, SEARCH, SEARCH_DATA, inventory, static_digests, unaccounted
from prmbuild.audit.parts import Part
from prmbuild.audit.quizzes import betrayals, unseen
from prmbuild.audit.readers import wrong_readers
from prmbuild.audit.references import LINK_SCHEMES, PRODUCT, Reference, address, in_file, resolve
from prmbuild.audit.report import AuditReport, Kind, Leak, Unread
from prmbuild.audit.scanner import Place, Scanner
from prmbuild.audit.trees import Forest, built_forest, written_forest
from prmbuild.build import Built
from prmbuild.catalog.address import address_of
from prmbuild.desired import Desired
from prmbuild.portals.portals import Portal
from prmbuild.portals.views import SeenPage
from prmbuild.progress import Progress
from prmbuild.render.look import LOOK_PREFIX

__all__ = ["AuditReport", "audit", "audit_directory"]

_TELLING = (Kind.ANSWER, Kind.TITLE, Kind.TEXT, Kind.PATH)
"""What to call something that is several of these, such as a title that is also the name of its file."""


def audit(built: Built, state: Desired, progress: Progress) -> AuditReport:
    """Search a build for what its portals may not hold.

    Args:
        built: the build.
        state: what it was built from.
        progress: hears of the stages.

    Raises:
        SourceError: a file of the programme cannot be read.
        AuditError: the build is not what it says.
    """
    progress.stage("collecting what must not leak")
    return _Audit(state, built_forest(built, state.portals)).report(progress)


def audit_directory(out: Path, state: Desired, progress: Progress) -> AuditReport:
    """Search a folder that `prmbuild.output.write` wrote for what its portals may not hold.

    Args:
        out: the folder.
        state: what it was built from.
        progress: hears of the stages.

    Raises:
        SourceError: a file of the programme cannot be read.
        AuditError: the folder cannot be read, or was not written by prmbuild.
    """
    progress.stage("reading what was built")
    forest = written_forest(out, state.portals)
    progress.stage("collecting what must not leak")
    return _Audit(state, forest).report(progress)


class _Audit:
    """An audit under way. Sets of portals are integers, with bit n for portal n of the desired state."""

    def __init__(self, state: Desired, forest: Forest) -> None:
        self._portals = state.portals
        self._site = state.site.url
        self._wrong_readers = tuple(wrong_readers(state))
        self._forest = forest
        self._contents = Contents(state.catalog.snapshot)
        self._scanner = Scanner(gather(state, self._contents))
        self._allowed = allowed(state, self._scanner, self._contents)
        self._controls = Controls(self._scanner, state.articles, state.engine.body)
        self._static = static_digests(state)
        self._theme = frozenset(digest for path, digest in self._static.items() if not path.startswith(LOOK_PREFIX))
        self._inventories = [inventory(portal, self._static, self._contents) for portal in self._portals]
        self._uses: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._holders: dict[str, int] = defaultdict(int)
        self._pages: dict[str, dict[str, tuple[int, SeenPage]]] = defaultdict(dict)
        for number, (portal, tree) in enumerate(zip(self._portals, forest.trees, strict=True)):
            for path, digest in tree.items():
                self._uses[digest][path] |= 1 << number
                self._holders[path] |= 1 << number
            for seen in portal.pages.values():
                at = self._pages[seen.page.address.file]
                at[seen.input.key] = at.get(seen.input.key, (0, seen))[0] | 1 << number, seen
        self._reachable: dict[str, int] = {address(path): portals for path, portals in self._holders.items()}
        self._quizzes = {
            address_of(shown.course.quiz.path).file: shown.course.quiz
            for portal in self._portals
            for shown in portal.courses.values()
            if shown.course.quiz is not None
        }
        self._searched: dict[int, set[int]] = {number: set() for number in range(len(self._portals))}
        self._unread: list[Unread] = []
        self._bytes = 0
        self._controlled = 0

    def report(self, progress: Progress) -> AuditReport:
        """Run the audit."""
        leaks = [*self._forest.leaks, *self._blind(), *self._wrong_readers]
        for portal, tree, known in zip(self._portals, self._forest.trees, self._inventories, strict=True):
            leaks += unaccounted(portal, tree, known)
        leaks += self._names()
        progress.stage("searching every file", len(self._uses))
        for digest, uses in self._uses.items():
            leaks += self._blob(digest, uses)
            progress.advance()
        leaks += self._controlled_search()
        return AuditReport(
            leaks=_distinct(leaks),
            unread=tuple(self._unread),
            portals=len(self._portals),
            files=sum(len(tree) for tree in self._forest.trees),
            blobs=len(self._uses),
            bytes=self._bytes,
            canaries=len(self._scanner.canaries),
            controls=self._controlled,
        )

    def _blind(self) -> Iterator[Leak]:
        for way in blind_spots(self._scanner):
            yield _blindness("", "", f"the audit does not find a text that is hidden as {way}")

    def _names(self) -> Iterator[Leak]:
        for path, portals in self._holders.items():
            opened = (Part(place="its name", text=path, read=False),)
            found = self._scanner.text(path)
            yield from self._betrayed("", found, opened, {path: portals})

    def _blob(self, digest: str, uses: Mapping[str, int]) -> Iterator[Leak]:
        data = self._forest.blobs[digest]
        self._bytes += len(data)
        if digest in self._theme:
            text = data.decode("utf-8", "replace")
            yield from self._references(text, {path: mask for path, mask in uses.items() if path in self._static})
            uses = {path: mask for path, mask in uses.items() if path not in self._static}
            if not uses:
                return
        opened = self._contents.opened(digest, data)
        self._unread += self._unopened(opened, uses)
        found = self._scanner.file(digest, opened)
        yield from self._betrayed(digest, found, opened, uses)
        yield from self._controlled_pages(found, uses)
        yield from self._controlled_documents(found, uses)
        text = opened[0].text if len(opened) == 1 else _read(opened) or data.decode("utf-8", "replace")
        yield from self._references(text, uses)
        for path in self._quizzes.keys() & uses:
            yield from self._quiz(text, path, uses[path])

    def _betrayed(
        self, digest: str, found: Iterable[int], opened: tuple[Part, ...], uses: Mapping[str, int]
    ) -> Iterator[Leak]:
        """Yield what portals may not hold of the canaries found in a file."""
        everyone = _union(uses.values())
        denied = {number: mask for number in found if (mask := everyone & ~self._allowed[number])}
        if not denied:
            return

        def alike(number: int) -> object:
            source = self._scanner.canaries[number].sources[0]
            return source.kind, source.path, denied[number]

        for number, place in self._scanner.places(sorted(denied), digest, opened, alike):
            for path, portals in uses.items():
                for portal in self._members(portals & denied[number]):
                    yield self._leak(self._scanner.canaries[number], place, portal, path)

    def _leak(self, canary: Canary, place: Place, portal: int, path: str) -> Leak:
        source = _hidden(canary, self._portals[portal])
        file = path in self._inventories[portal].fixed
        kind = Kind.METADATA if file and not place.read and source.kind is not Kind.ASSET else source.kind
        return Leak(
            portal=self._portals[portal].id,
            file=path,
            kind=kind,
            owner=source.path,
            line=source.line,
            found=f"the {source.kind.value} '{shorten(canary.text, 120, placeholder=' …')}' is not for this portal",
            place=place.part,
            excerpt=place.excerpt,
        )

    def _unopened(self, opened: Iterable[Part], uses: Mapping[str, int]) -> Iterator[Unread]:
        path, portals = next(iter(uses.items()))
        portal = next(self._members(portals))
        owner = self._inventories[portal].owners.get(path, "")
        for part in opened:
            if part.problem:
                yield Unread(
                    portal=self._portals[portal].id, file=path, place=part.place, owner=owner, reason=part.problem
                )

    def _controlled_pages(self, found: set[int], uses: Mapping[str, int]) -> Iterator[Leak]:
        for path, portals in uses.items():
            for holders, seen in self._pages.get(path, {}).values():
                if holders & portals:
                    yield from self._control(found, seen, path, holders & portals, text=True)

    def _controlled_documents(self, found: set[int], uses: Mapping[str, int]) -> Iterator[Leak]:
        for path, portals in uses.items():
            for portal in self._members(portals if SEARCH_DATA.fullmatch(path) else 0):
                self._searched[portal] |= found
        for portal in self._members(uses.get(NAVIGATION, 0)):
            for seen in self._portals[portal].pages.values():
                if seen.page.path != HOME_PAGE:
                    yield from self._control(found, seen, NAVIGATION, 1 << portal, text=False)

    def _controlled_search(self) -> Iterator[Leak]:
        """Yield what is not found in any file of a portal's search data and should be."""
        for portal, found in self._searched.items():
            for seen in self._portals[portal].pages.values():
                yield from self._control(found, seen, SEARCH, 1 << portal, text=True)

    def _control(self, found: set[int], seen: SeenPage, path: str, portals: int, *, text: bool) -> Iterator[Leak]:
        expected = self._controls.expected(seen)
        for what, group in (("title", expected.title), ("text", expected.text if text else frozenset())):
            if group:
                self._controlled += 1
                if group.isdisjoint(found):
                    portal = self._portals[next(self._members(portals))]
                    yield _blindness(portal.id, path, f"the {what} of {seen.page.path} is not found there")

    def _references(self, text: str, uses: Mapping[str, int]) -> Iterator[Leak]:
        for path, portals in uses.items():
            if path in self._static or SEARCH_DATA.fullmatch(path) or self._made(path, portals):
                folder = path[: path.rfind("/") + 1]
                for reference in in_file(path, text):
                    yield from self._reference(
                        reference, "" if path.endswith((".json", ".bin")) else folder, path, portals
                    )

    def _quiz(self, text: str, path: str, portals: int) -> Iterator[Leak]:
        for what in betrayals(text):
            yield from self._each(portals, path, Kind.ANSWER, what)
        self._controlled += 1
        if unseen(text, self._quizzes[path]):
            yield from self._each(portals, path, Kind.BLIND, "the audit does not recognise the options of the quiz")

    def _made(self, path: str, portals: int) -> bool:
        return any(path in self._inventories[portal].made for portal in self._members(portals))

    def _reference(self, reference: Reference, folder: str, path: str, portals: int) -> Iterator[Leak]:
        target, scheme = resolve(reference.url, folder, self._site)
        if target is None:
            if scheme == "#" or (scheme == "data" if reference.loads else scheme in LINK_SCHEMES):
                return
            what = "would make the browser load" if reference.loads else "leads to"
            yield from self._each(portals, path, Kind.REFERENCE, f"{what} '{reference.url}'")
        elif not target.startswith(PRODUCT):
            missing = portals & ~self._reachable.get(target, 0)
            yield from self._each(
                missing, path, Kind.REFERENCE, f"refers to '{reference.url}', which the portal does not have"
            )

    def _each(self, portals: int, path: str, kind: Kind, found: str) -> Iterator[Leak]:
        for portal in self._members(portals):
            owner = self._inventories[portal].owners.get(path, "")
            yield Leak(portal=self._portals[portal].id, file=path, kind=kind, owner=owner, line=1, found=found)

    def _members(self, portals: int) -> Iterator[int]:
        while portals:
            yield (portals & -portals).bit_length() - 1
            portals &= portals - 1


def _read(opened: Iterable[Part]) -> str:
    """Return what readers come for of a file that was packed."""
    return "\n".join(part.text for part in opened if part.read)


def _union(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union


def _hidden(canary: Canary, portal: Portal) -> Source:
    """Return the most telling place of a canary that the portal does not show."""
    hidden = [source for source in canary.sources if not portal.visible(source.path)] or canary.sources
    return min(hidden, key=lambda source: _TELLING.index(source.kind) if source.kind in _TELLING else len(_TELLING))


def _blindness(portal: str, file: str, found: str) -> Leak:
    return Leak(portal=portal, file=file, kind=Kind.BLIND, owner="", line=1, found=found)


def _distinct(leaks: Iterable[Leak]) -> tuple[Leak, ...]:
    """Return the leaks in order; of several of one kind, in one file and from one source, the first."""
    found: dict[tuple[object, ...], Leak] = {}
    for leak in sorted(
        leaks, key=lambda leak: (leak.portal, leak.file, leak.kind.value, leak.owner, leak.line, leak.found)
    ):
        same = leak.found if leak.kind in (Kind.REFERENCE, Kind.READER, Kind.BLIND, Kind.TAMPERED, Kind.ANSWER) else ""
        found.setdefault((leak.portal, leak.file, leak.kind, leak.owner, same), leak)
    return tuple(found.values())
