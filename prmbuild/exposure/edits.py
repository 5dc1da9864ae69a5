"""What was edited between two configurations: rules, audiences, segments, partners and roles."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from prmbuild.authored.document import Marks, Path
from prmbuild.authored.programme import Partner, Programme
from prmbuild.authored.reading import PARTNERS, VISIBILITY
from prmbuild.authored.yaml import read_yaml
from prmbuild.exposure.model import Cause, CauseKind
from prmbuild.source.snapshot import Snapshot
from prmbuild.visibility.audience import AllOf, AnyOf, Audience, Named, Not, describe
from prmbuild.visibility.rules import Origin, Rule

_NAMED = 3
"""So many ids stand in a text before the others are counted."""


class Configuration:
    """The configuration of one state, and where it says what.

    Args:
        programme: what it says.
        snapshot: where it stands.
    """

    def __init__(self, programme: Programme, snapshot: Snapshot) -> None:
        self.programme = programme
        self.partners = {partner.id: partner for partner in programme.partners}
        self.segments = {segment.id: segment for segment in programme.segments}
        self._snapshot = snapshot
        self._marks: dict[str, Marks] = {}

    def key(self, path: str, keys: Path) -> Origin:
        """Return where a key of one of its files stands."""
        line, column = self._of(path).key(keys)
        return Origin(path=path, line=line, column=column)

    def entry(self, section: str, number: int) -> Origin:
        """Return where an entry of a list in ``partners.yaml`` stands."""
        line, column = self._of(PARTNERS).value((section, number))
        return Origin(path=PARTNERS, line=line, column=column)

    def _of(self, path: str) -> Marks:
        if path not in self._marks:
            self._marks[path] = read_yaml(path, self._snapshot.read_path(path)).marks
        return self._marks[path]


class Edits:
    """Pairs what two configurations have in common, and names what differs.

    Args:
        base: the state before.
        head: the state after.
    """

    def __init__(self, base: Configuration, head: Configuration) -> None:
        self.base = base
        self.head = head

    def rule(self, rule: Rule, *, in_head: bool) -> Rule | None:
        """Return the rule of the other state that a rule was edited into, or from; None where there is none."""
        pairs = self._from_head if in_head else self._from_base
        return pairs.get(rule.origin)

    @cached_property
    def _from_base(self) -> Mapping[Origin, Rule]:
        return {before.origin: after for before, after in self._pairs}

    @cached_property
    def _from_head(self) -> Mapping[Origin, Rule]:
        return {after.origin: before for before, after in self._pairs}

    @cached_property
    def _pairs(self) -> Sequence[tuple[Rule, Rule]]:
        """First rules that read the same, then those with the same paths, then those with the same audience."""
        before, after = list(self.base.programme.rules), list(self.head.programme.rules)
        likenesses: tuple[Callable[[Rule], Hashable], ...] = (
            lambda rule: (rule.paths, written(rule.audience)),
            lambda rule: rule.paths,
            lambda rule: written(rule.audience),
        )
        found: list[tuple[Rule, Rule]] = []
        for likeness in likenesses:
            waiting: dict[Hashable, list[Rule]] = defaultdict(list)
            for rule in after:
                waiting[likeness(rule)].append(rule)
            for rule in list(before):
                alike = waiting.get(likeness(rule))
                if alike:
                    other = alike.pop(0)
                    found.append((rule, other))
                    before.remove(rule)
                    after.remove(other)
        return found

    def audiences(self, audience: Audience) -> Iterator[Cause]:
        """Yield the named audiences inside of one that mean something else in the other state."""
        for name in dict.fromkeys(_names(audience)):
            before = self.base.programme.audiences.get(name)
            after = self.head.programme.audiences.get(name)
            if before is None or after is None or written(before) == written(after):
                continue
            yield Cause(
                kind=CauseKind.AUDIENCE,
                origin=self.head.key(VISIBILITY, ("audiences", name)),
                text=f"audience {name}: {written(before)} → {written(after)}",
            )

    def existence(self, partner: str, role: str, *, gone: bool) -> Cause:
        """Say why a viewer is there in one of the states only.

        Args:
            partner: the viewer's.
            role: the viewer's.
            gone: whether the base has the viewer, and not the head.
        """
        having, lacking = (self.base, self.head) if gone else (self.head, self.base)
        if partner in lacking.partners:
            text = f"role {role} removed" if gone else f"new role {role}"
            return Cause(
                kind=CauseKind.ROLE, origin=having.key(PARTNERS, ("roles",)), text=text, in_base=gone
            )  # fmt: skip
        only = [one for one in having.partners if one not in lacking.partners]
        what = "partner" if len(only) == 1 else "partners"
        text = f"{what} removed: {some_of(only)}" if gone else f"new {what}: {some_of(only)}"
        return Cause(kind=CauseKind.PARTNER, origin=having.partners[only[0]].origin, text=text, in_base=gone)

    def attributes(self, partner: str) -> tuple[Cause, ...]:
        """Say what was edited about a partner that both states have, or about its segment."""
        return self._attributes.get(partner, ())

    @cached_property
    def _attributes(self) -> Mapping[str, tuple[Cause, ...]]:
        """Edits that read the same are one cause: who else was edited so, is told with it."""
        alike: dict[str, list[str]] = defaultdict(list)
        segments: dict[str, dict[str, None]] = defaultdict(dict)
        for identifier, after in self.head.partners.items():
            before = self.base.partners.get(identifier)
            if before is None or (before.segment, before.attributes) == (after.segment, after.attributes):
                continue
            own, inherited = self._differences(before, after)
            if inherited:
                segments[identifier][after.segment] = None
            if own:
                alike[", ".join(own)].append(identifier)
        found: dict[str, tuple[Cause, ...]] = {
            partner: tuple(self._segment(segment) for segment in names) for partner, names in segments.items()
        }
        for text, partners in alike.items():
            cause = Cause(
                kind=CauseKind.PARTNER,
                origin=self.head.partners[partners[0]].origin,
                text=f"{'partner' if len(partners) == 1 else 'partners'} {some_of(partners)}: {text}",
            )
            for partner in partners:
                found[partner] = (*found.get(partner, ()), cause)
        return found

    def _differences(self, before: Partner, after: Partner) -> tuple[list[str], list[str]]:
        """Return what differs of a partner: by its own edit, and by one of its segment."""
        if before.segment != after.segment:
            return [f"segment {before.segment} → {after.segment}"], []
        own: list[str] = []
        inherited: list[str] = []
        was, now = self.base.segments[before.segment].attributes, self.head.segments[after.segment].attributes
        for key in sorted({*before.attributes, *after.attributes}):
            old, new = before.attributes.get(key), after.attributes.get(key)
            if old == new:
                continue
            of_segment = (was.get(key), now.get(key)) == (old, new)
            (inherited if of_segment else own).append(f"{key} {old or 'none'} → {new or 'none'}")
        return own, inherited

    def _segment(self, identifier: str) -> Cause:
        was, now = self.base.segments[identifier].attributes, self.head.segments[identifier].attributes
        texts = [
            f"{key} {was.get(key, 'none')} → {now.get(key, 'none')}"
            for key in sorted({*was, *now})
            if was.get(key) != now.get(key)
        ]
        number = [segment.id for segment in self.head.programme.segments].index(identifier)
        return Cause(
            kind=CauseKind.SEGMENT,
            origin=self.head.entry("segments", number),
            text=f"segment {identifier}: {', '.join(texts)}",
        )


def written(audience: Audience) -> str:
    """Return an audience in words, by their names those that have one."""
    match audience:
        case Named(name, _):
            return name
        case AllOf(parts):
            return " and ".join(map(_bracketed, parts))
        case AnyOf(parts):
            return " or ".join(map(_bracketed, parts))
        case Not(part):
            return f"not {_bracketed(part)}"
        case _:
            return describe(audience)


def _bracketed(audience: Audience) -> str:
    text = written(audience)
    return f"({text})" if isinstance(audience, AllOf | AnyOf) else text


def _names(audience: Audience) -> Iterator[str]:
    match audience:
        case Named(name, inner):
            yield name
            yield from _names(inner)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _names(part)
        case Not(part):
            yield from _names(part)
        case _:
            pass


def some_of(ids: Sequence[str]) -> str:
    """Name a few ids, and count the others."""
    if len(ids) <= _NAMED + 1:
        return ", ".join(ids)
    return f"{', '.join(ids[:_NAMED])} and {len(ids) - _NAMED} more"


def paths_of(rule: Rule) -> str:
    """Return the paths of a rule, for people."""
    return some_of(rule.paths)


def distinct(causes: Iterable[Cause]) -> tuple[Cause, ...]:
    """Return each cause once, in order."""
    return tuple(dict.fromkeys(causes))
