"""The rules as a whole: rules without effect, files that no rule speaks of, partners that see nothing."""

import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache, reduce
from itertools import islice
from operator import or_

from pathspec import GitIgnoreSpec

from prmbuild import codes
from prmbuild.authored.document import Path, Place
from prmbuild.authored.reading import marks_of
from prmbuild.check.written import Written
from prmbuild.desired import Desired
from prmbuild.diagnostics import Diagnostic
from prmbuild.source.snapshot import CONTENT, COURSES, Snapshot
from prmbuild.visibility.audience import Everyone, Nobody, admits, describe
from prmbuild.visibility.rules import folder_of
from prmbuild.visibility.sets import members

VISIBILITY = "visibility.yaml"


def check_rules(written: Written, state: Desired) -> Iterator[Diagnostic]:
    """Find rules, files and partners that the rules leave without effect."""
    programme = state.catalog.programme
    paths = rulable(written.snapshot)
    place = places_in_visibility(written.snapshot)
    viewers = programme.viewers()
    for index, rule in enumerate(programme.rules):
        origin = rule.origin
        idle = [position for position, glob in enumerate(rule.paths) if matches_none(glob, paths)]
        if len(idle) == len(rule.paths):
            meant = "" if isinstance(rule.audience, Everyone) else _meant(rule.paths, paths)
            message = f"no file matches {_all(rule.paths)}, so the rule {'protects' if meant else 'does'} nothing"
            code = codes.RULE_MISSPELT if meant else codes.RULE_MATCHES_NOTHING
            hint = _spelling(meant, rule.paths) if meant else "correct the paths, or remove the rule"
            yield code.at(origin.path, message, line=origin.line, column=origin.column, hint=hint)
        else:
            for position in idle:
                line, column = place(("rules", index, "paths", position))
                message = f"no file matches '{rule.paths[position]}'"
                hint = "correct the path, or remove it"
                yield codes.GLOB_MATCHES_NOTHING.at(origin.path, message, line=line, column=column, hint=hint)
        if not isinstance(rule.audience, Nobody) and not any(admits(rule.audience, viewer) for viewer in viewers):
            line, column = place(("rules", index, "show_to"))
            message = f"nobody is in the audience {describe(rule.audience)}"
            hint = "correct it, or write nobody"
            yield codes.RULE_FOR_NOBODY.at(origin.path, message, line=line, column=column, hint=hint)
    for path in written.publishable:
        if not state.catalog.policy.audiences(path):
            hint = "add a rule to visibility.yaml that matches it"
            yield codes.FILE_WITHOUT_RULE.at(path, "no rule matches the file, so nobody sees it", hint=hint)
    yield from _empty_portals(state)


def _empty_portals(state: Desired) -> Iterator[Diagnostic]:
    shown = state.shown
    masks = {portals for seen in (*shown.pages.values(), *shown.courses.values()) for portals, _ in seen}
    showing = members(reduce(or_, masks, 0))
    seeing = {viewer.partner for number in showing for viewer in shown.all[number].viewers}
    for partner in state.catalog.programme.partners:
        if partner.id not in seeing:
            message = f"nobody at the partner '{partner.id}' sees a page or a course"
            hint = "check its segment and attributes, and the rules"
            origin = partner.origin
            yield codes.PARTNER_SEES_NOTHING.at(origin.path, message, line=origin.line, column=origin.column, hint=hint)


def rulable(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the paths of the files that rules and assertions can speak of."""
    return tuple(
        path
        for path, file in sorted(snapshot.files.items())
        if file.regular and path.startswith((f"{CONTENT}/", f"{COURSES}/"))
    )


def matching(glob: str, paths: Sequence[str]) -> Iterator[str]:
    """Yield those of the sorted paths that a gitignore-style glob matches."""
    spec, folder = GitIgnoreSpec.from_lines([glob]), folder_of(glob)
    for path in islice(paths, bisect_left(paths, folder), None):
        if not path.startswith(folder):
            return
        if spec.match_file(path):
            yield path


def matches_none(glob: str, paths: Sequence[str]) -> bool:
    """Tell whether a gitignore-style glob matches none of the sorted paths."""
    return next(matching(glob, paths), None) is None


def _meant(globs: Collection[str], paths: Sequence[str]) -> str:
    """Return the spelling of one of the globs, none of which matches, that does match; empty where there is none."""
    folded = {_folded(path): path for path in paths}
    in_order = sorted(folded)
    for glob in globs:
        found = set(matching(_folded(glob), in_order))
        if found:
            path = next(path for name, path in folded.items() if name in found)
            respelt = _respelt(glob, path)
            return path if matches_none(respelt, (path,)) else respelt
    return ""


def _spelling(meant: str, globs: Collection[str]) -> str:
    alike = any(unicodedata.normalize("NFC", glob) == unicodedata.normalize("NFC", meant) for glob in globs)
    return f"did you mean '{meant}'{', with its accents as the files have them' if alike else ''}?"


def _respelt(glob: str, path: str) -> str:
    """Write the folders and the file that a glob names as a path writes them, up to its first wildcard."""
    segments = [segment.strip() for segment in glob.split("/") if segment.strip()]
    for index, part in enumerate(path.split("/")[: len(segments)]):
        if _folded(segments[index]) != _folded(part):
            break
        segments[index] = part
    return "/".join(segments)


def _folded(path: str) -> str:
    """Return a path or glob without what people do not see in it, or take for the same."""
    same = unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())
    kept = [segment.strip() for segment in same.split("/")]
    inner = "/".join(segment for segment in kept if segment)
    return f"{'/' if not kept[0] else ''}{inner}{'/' if not kept[-1] else ''}"


def places_in_visibility(snapshot: Snapshot) -> Callable[[Path], Place]:
    """Return what tells where a value of ``visibility.yaml`` stands; the file is read when the first is asked for."""
    marks = cache(lambda: marks_of(VISIBILITY, snapshot.read_path(VISIBILITY)))
    return lambda path: marks().value(path)


def _all(globs: Collection[str]) -> str:
    return " or ".join(f"'{glob}'" for glob in globs)
