"""The one rule of visibility.

A viewer sees a file when at least one rule matches it and every rule that matches it admits the viewer.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import takewhile

from msgspec import Struct
from pathspec import GitIgnoreSpec

from prmbuild.visibility.audience import Audience, Viewer, admits

_WILD = re.compile(r"[\\*?\[\]!#]")


class Origin(Struct, frozen=True, kw_only=True):
    """Where a rule was written: a repository path, line and column, both counted from 1."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Rule(Struct, frozen=True, kw_only=True, dict=True):
    """Paths, and the audience they are shown to.

    Attributes:
        paths: gitignore-style globs relative to the repository's root. Case matters; ``!`` is not allowed.
        audience: whom the rule admits.
        origin: where it was written.
    """

    paths: tuple[str, ...]
    audience: Audience
    origin: Origin

    @cached_property
    def _spec(self) -> GitIgnoreSpec:
        return GitIgnoreSpec.from_lines(self.paths)

    @cached_property
    def _folders(self) -> tuple[str, ...]:
        return tuple(map(folder_of, self.paths))

    @cached_property
    def of_folders(self) -> bool:
        """Whether the rule speaks of all files in a folder alike."""
        return all(glob.endswith("/**") for glob in self.paths)

    @cached_property
    def _whole_folders(self) -> bool:
        """Whether the rule speaks of some folders and all in them, which their names tell; patterns take far longer."""
        return all(glob.removeprefix("/") == f"{folder_of(glob)}**" != "**" for glob in self.paths)

    @cached_property
    def _by_folder(self) -> dict[str, bool]:
        """Folder → whether the rule speaks of the files in it, as far as that was asked."""
        return {}

    def matches(self, path: str) -> bool:
        """Tell whether the rule speaks of the file at the repository path."""
        if not path.startswith(self._folders):
            return False
        if self._whole_folders:
            return True
        if not self.of_folders:
            return self._spec.match_file(path)
        folder, known = path.rpartition("/")[0], self._by_folder
        if folder not in known:
            known[folder] = self._spec.match_file(path)
        return known[folder]


def folder_of(glob: str) -> str:
    """Return the folder, with a ``/`` at its end, in which all lies that a gitignore-style glob matches; may be empty.

    Far quicker to compare than the glob is to match, and enough to rule most files out.
    """
    if "/" not in glob.rstrip().rstrip("/"):
        return ""
    folders = glob.removeprefix("/").split("/")[:-1]
    plain = list(takewhile(lambda folder: folder and folder == folder.strip() and not _WILD.search(folder), folders))
    return "".join(f"{folder}/" for folder in plain)


class Outcome(Struct, frozen=True, kw_only=True):
    """What one matching rule says of one viewer."""

    rule: Rule
    admits: bool


class Decision(Struct, frozen=True, kw_only=True):
    """Whether a viewer sees a file, with the outcome of every rule that matches it."""

    path: str
    viewer: Viewer
    outcomes: tuple[Outcome, ...]

    @property
    def visible(self) -> bool:
        """At least one rule matches, and every one that matches admits."""
        return bool(self.outcomes) and all(outcome.admits for outcome in self.outcomes)


def decide(path: str, viewer: Viewer, rules: Iterable[Rule], narrowing: Iterable[Rule] = ()) -> Decision:
    """Decide whether the viewer sees the file.

    Args:
        path: the file, relative to the repository's root.
        viewer: who asks.
        rules: the rules of ``visibility.yaml``; those that do not match are left out of the decision.
        narrowing: rules that match this very file from its front matter. They narrow; alone they show nothing.
    """
    matched = tuple(rule for rule in rules if rule.matches(path))
    if not matched:
        return Decision(path=path, viewer=viewer, outcomes=())
    outcomes = tuple(Outcome(rule=rule, admits=admits(rule.audience, viewer)) for rule in (*matched, *narrowing))
    return Decision(path=path, viewer=viewer, outcomes=outcomes)


class Policy:
    """The rules of a programme, prepared to decide many files for many viewers.

    A file's decision depends only on the set of audiences that match it, and a viewer's on the audiences that
    admit them, so both are worked out once and compared.

    Args:
        rules: the rules of ``visibility.yaml``.
        narrowing: path → the rule in that file's own front matter.
    """

    def __init__(self, rules: Iterable[Rule], narrowing: Mapping[str, Rule]) -> None:
        self.rules = tuple(rules)
        self.narrowing = narrowing
        self._matched: dict[str, frozenset[Audience]] = {}
        self._of_folders: dict[str, frozenset[Audience]] = {}
        self._by_path = tuple(rule for rule in self.rules if not rule.of_folders)
        self._by_folder = tuple(rule for rule in self.rules if rule.of_folders)

    def audiences(self, path: str) -> frozenset[Audience]:
        """Return the audiences that must all admit a viewer of the file; empty where no rule matches it."""
        found = self._matched.get(path)
        if found is None:
            matched = self._in_folder(path)
            alone = [rule.audience for rule in self._by_path if rule.matches(path)]
            matched = matched.union(alone) if alone else matched
            own = self.narrowing.get(path)
            found = matched | {own.audience} if matched and own else matched
            self._matched[path] = found
        return found

    def _in_folder(self, path: str) -> frozenset[Audience]:
        """Return the audiences of the rules that speak of all files in a folder or of none, asked of one of them."""
        folder = path.rpartition("/")[0]
        found = self._of_folders.get(folder)
        if found is None:
            found = frozenset(rule.audience for rule in self._by_folder if rule.matches(path))
            self._of_folders[folder] = found
        return found

    def decide(self, path: str, viewer: Viewer) -> Decision:
        """Decide with the reasons; see `decide`."""
        own = self.narrowing.get(path)
        return decide(path, viewer, self.rules, (own,) if own else ())
