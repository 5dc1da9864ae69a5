"""CODEOWNERS: the same people are asked on the code host whom ``prm.yaml`` lets approve.

In ``prm.yaml`` everybody whose group matches a path may approve it. In CODEOWNERS only the last line counts that
matches. So paths which several groups match get a line of their own that names all their people, after the lines of
fewer people.

Source: GitHub Docs, "About code owners": patterns are those of gitignore without ``!``, ``[ ]`` and ``\\#``; ``a/*``
matches no nested files; the last match counts; owners are ``@name``, ``@org/team`` or an e-mail address; at most 3 MB.
Source: GitLab Docs, "CODEOWNERS syntax": ``/folder/`` is all below it, ``/file`` the file alone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum

from msgspec import Struct
from pathspec import GitIgnoreSpec

from prmbuild import codes
from prmbuild.authored.document import Document
from prmbuild.authored.programme import Approvers, Settings
from prmbuild.authored.settings import CONFIGURATION_FILES
from prmbuild.authored.text import quoted
from prmbuild.diagnostics import Diagnostic
from prmbuild.owners.globs import ANY, DEEP, Glob, Unsayable, common, read_glob, within

LARGEST = 3_000_000
"""The most bytes GitHub reads of a CODEOWNERS file."""

LINES = 4000
"""The most lines that overlapping patterns may lead to."""

MARK = "# Written by `prmbuild owners`"
"""How a file begins that may be written anew."""


class Host(Enum):
    """A code host, with where it looks for owners."""

    GITHUB = "github"
    GITLAB = "gitlab"

    @property
    def file(self) -> str:
        """The repository path of its CODEOWNERS."""
        return f".{self.value}/CODEOWNERS"


_OWN: Mapping[Host, tuple[Glob, ...]] = {
    Host.GITHUB: ((".github", ANY),),
    Host.GITLAB: ((".gitlab", ANY), (".gitlab-ci.yml",)),
}
_GOVERNING: tuple[Glob, ...] = (
    ("partners.yaml",),
    ("prm.yaml",),
    ("visibility.yaml",),
    ("schemas", ANY),
    ("site_overrides", ANY),
)
"""What decides over all pages: whoever may change it can show anything to anybody."""


class _Line(Struct, frozen=True):
    glob: Glob
    people: frozenset[str]


def entitled(approvers: Iterable[Approvers], path: str) -> tuple[str, ...]:
    """Return everybody who may approve a path, in authored order."""
    return tuple(
        dict.fromkeys(
            person
            for group in approvers
            if GitIgnoreSpec.from_lines(group.paths).match_file(path)
            for person in group.people
        )
    )


def codeowners(settings: Settings, document: Document, host: Host) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """Return the text of CODEOWNERS.

    Args:
        settings: names the approvers.
        document: ``prm.yaml``, which `settings` were read from.
        host: who will read it.

    Returns:
        The text, or None where it cannot say what ``prm.yaml`` says; and the findings.
    """
    spelt: dict[str, str] = {}
    for person in (person for group in settings.approvers for person in group.people):
        spelt.setdefault(person.casefold(), person)
    said: dict[Glob, frozenset[str]] = {}
    found: list[Diagnostic] = []
    for number, group in enumerate(settings.approvers):
        people = frozenset(person.casefold() for person in group.people)
        for index, pattern in enumerate(group.paths):
            try:
                # elsewhere a file of that name means nothing, and an own line for it in every folder helps nobody
                for glob in ((pattern,),) if pattern in CONFIGURATION_FILES else read_glob(pattern):
                    said[glob] = said.get(glob, frozenset()) | people
            except Unsayable as reason:
                place = ("approval", "approvers", number, "paths", index)
                message = f"CODEOWNERS cannot say the path {quoted(pattern)}: {reason}"
                hint = "write it without that, such as a folder and **"
                found.append(document.at_value(place, codes.PATTERN_WITHOUT_EQUAL, message, hint))
    if found:
        return None, tuple(found)
    lines = _disjoined(said)
    order = {person: number for number, person in enumerate(spelt)}
    names = {person: settings.handles.get(person, spelt[person]) for person in spelt}
    text = None if lines is None else _text(lines, _governors(settings, spelt), host, order, names)
    if text is None or len(text.encode()) >= LARGEST:
        message = "the approvers' paths overlap in too many ways for CODEOWNERS"
        hint = "use fewer wildcards, or fewer groups that overlap"
        return None, (document.at_key(("approval", "approvers"), codes.CODEOWNERS_TOO_LARGE, message, hint),)
    return text, ()


def _governors(settings: Settings, everybody: Iterable[str]) -> frozenset[str]:
    """Return who is asked about the configuration where ``prm.yaml`` does not say: who may approve that file itself."""
    named = entitled(settings.approvers, "prm.yaml")
    return frozenset(person.casefold() for person in named) or frozenset(everybody)


def _disjoined(said: Mapping[Glob, frozenset[str]]) -> Sequence[_Line] | None:
    """Return lines of which the last that matches a path names everybody who may approve it.

    Every overlap of two lines becomes a line with the people of both, until there is none left. So what matches a path
    never names anybody who may not approve it, one line names all who may, and it stands behind those with fewer.
    None where there would be too many.
    """
    people = dict(said)
    waiting = list(people)
    while waiting:
        glob = waiting.pop()
        for other in list(people):
            # where one names all whom the other names, it says what there is to say of what they have in common
            if people[glob] <= people[other] or people[other] <= people[glob]:
                continue
            both = people[glob] | people[other]
            for overlap in common(glob, other):
                known = people.get(overlap, frozenset())
                if not both <= known:
                    people[overlap] = known | both
                    waiting.append(overlap)
        if len(people) > LINES:
            return None
    lines = [_Line(glob, owners) for glob, owners in people.items()]
    return [line for line in lines if not any(_covers(other, line) for other in lines)]


def _covers(other: _Line, line: _Line) -> bool:
    return other.glob != line.glob and other.people == line.people and within(line.glob, other.glob)


def _text(
    lines: Sequence[_Line],
    governors: frozenset[str],
    host: Host,
    order: Mapping[str, int],
    names: Mapping[str, str],
) -> str:
    def written(line: _Line) -> Iterator[tuple[str, str]]:
        owners = " ".join(dict.fromkeys(names[person] for person in sorted(line.people, key=order.__getitem__)))
        for pattern in patterns(line.glob, host):
            yield pattern, owners

    governed = sorted((*_GOVERNING, *_OWN[host]))
    first = [_Line(glob, governors) for glob in governed if not any(within(glob, line.glob) for line in lines)]
    then = sorted(lines, key=lambda line: (len(line.people), line.glob))
    rows = [row for line in (*first, *then) for row in written(line)]
    width = max(len(pattern) for pattern, _ in rows)
    return "\n".join(
        (
            f"{MARK} from the approvers in prm.yaml; change them there and run it again.",
            "# The last line that matches a file counts. It names everybody who may approve that file.",
            *(f"{pattern:<{width}}  {owners}" for pattern, owners in rows),
            "",
        )
    )


def patterns(glob: Glob, host: Host) -> tuple[str, ...]:
    """Return a glob in the language of a code host."""
    names = list(glob)
    below = 0
    while names and names[-1] == ANY:
        names.pop()
        below += 1
    if not names:
        return ("*",) if below == 1 else ("/" + "*/" * (below - 1),)
    start = "/" if names[0] != DEEP or host is Host.GITLAB else ""
    text = (start + "/".join(names)).replace(" ", "\\ ")
    if below:
        return (f"{text}/" + "*/" * (below - 1),)
    return (text,) if host is Host.GITHUB else (text, f"{text}/")
