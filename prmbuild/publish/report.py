"""A plan for people and for machines."""

import json
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from prmbuild.exposure.markdown import span
from prmbuild.exposure.model import Effect
from prmbuild.exposure.wording import plain
from prmbuild.publish.gains import DATA, Basis, Direction, Group, Thing, names_of
from prmbuild.publish.plan import Moved, Plan, PortalPlan

_PATHS = 10
"""How many paths of a kind are named for each portal where people read."""

_GROUPS, _THINGS = 30, 12
"""How many groups of an effect, and things of a group, are named where people read."""

_PORTALS = 40

_HEADINGS = {
    Effect.GAINS: "gained",
    Effect.LOSES: "lost",
    Effect.CHANGED: "changed",
    Effect.MOVED: "moved",
}

_VERBS = {
    Effect.GAINS: ("gains", "gain"),
    Effect.LOSES: ("loses", "lose"),
    Effect.CHANGED: ("sees a change in", "see a change in"),
    Effect.MOVED: ("finds elsewhere", "find elsewhere"),
}

_OTHERWISE = "otherwise (lists, links, the look, a name or the software)"

_TURNS = {
    Direction.BACK: "this leads back: what is live goes on from this commit",
    Direction.ASIDE: "this leads aside: what is live is from a branch that this commit has not taken in",
}

_COMPLETE = "--format json has everything"


class _Form(Struct, frozen=True, kw_only=True):
    """How a report is laid out.

    Attributes:
        title: writes the first line.
        heading: writes the heading of a section: its name, and what follows it.
        levels: what stands before a line of each depth.
        code: writes what was authored, or a name.
        quote: writes a title.
        strong: writes what matters.
    """

    title: Callable[[str], str]
    heading: Callable[[str, str], Sequence[str]]
    levels: tuple[str, str, str]
    code: Callable[[str], str]
    quote: Callable[[str], str]
    strong: Callable[[str], str]


_TEXT = _Form(
    title=str,
    heading=lambda name, rest: ("", f"{name.upper()}{rest}"),
    levels=("  ", "    ", "      "),
    code=plain,
    quote=lambda title: f"“{plain(title)}”",
    strong=str,
)
_MARKDOWN = _Form(
    title=lambda text: f"### {text}",
    heading=lambda name, rest: ("", f"#### {name.capitalize()}{rest}", ""),
    levels=("- ", "  - ", "    - "),
    code=span,
    quote=span,
    strong=lambda text: f"**{text}**",
)


def as_text(plan: Plan) -> str:
    """Return a plan as lines of text."""
    return "\n".join(_lines(plan, _TEXT)) + "\n"


def as_markdown(plan: Plan) -> str:
    """Return a plan as Markdown."""
    return "\n".join(_lines(plan, _MARKDOWN)) + "\n"


def as_json(plan: Plan) -> str:
    """Return a plan as JSON; every path is in it. ``deploy --approve`` takes it as a file."""
    return json.dumps({"digest": plan.digest, **plan.document}, indent=2, ensure_ascii=False) + "\n"


def headline(plan: Plan) -> str:
    """Say in one line what the plan does to partners."""
    if plan.same:
        return f"Nothing to do: {plan.revision[:10]} is live"
    gains = plan.gains
    partners = {partner for one in plan.portals if one.after is not None for partner, _ in one.after.viewers}
    if gains.basis is Basis.FIRST:
        verb = "gets" if len(partners) == 1 else "get"
        return f"First deployment: {_count(len(partners), 'partner')} {verb} {_count(len(plan.portals), 'portal')}"
    if gains.basis is Basis.UNKNOWN:
        will = f"{_count(len(partners), 'partner')} will see {_count(len(plan.portals), 'portal')}"
        return f"Nobody can tell who gains or loses what; {will}"
    told = [_summary(gains.of(effect), effect) for effect in Effect if gains.of(effect)]
    pages, portals = len({path for some in plan.otherwise.values() for path in some}), len(plan.otherwise)
    if pages:
        verb = "changes" if pages == 1 else "change"
        told = told or ["Nobody gains or loses anything"]
        told.append(f"{_count(pages, 'page')} in {_count(portals, 'portal')} {verb} {_OTHERWISE}")
    elif not told and not all(one.same for one in plan.portals):
        told = [f"Nobody gains or loses anything; files beside the pages change {_OTHERWISE}"]
    return "; ".join(told) or "Nobody gains, loses or sees anything changed"


def _lines(plan: Plan, form: _Form) -> Iterator[str]:
    yield form.title(headline(plan))
    if plan.same:
        return
    yield ""
    over = "" if not plan.live else f", in place of deployment {plan.live[:10]}"
    yield f"plan {form.strong(plan.digest)} for commit {plan.revision[:10]}{over}"
    if plan.pinned:
        yield ""
        yield f"deployment {plan.live[:10]} was put back by a person and is pinned: {form.strong('this is refused')}"
        yield "until prmbuild rollback --unpin lets deployments go on"
    if plan.gains.direction in _TURNS:
        yield ""
        yield form.strong(_TURNS[plan.gains.direction])
    if plan.gains.undone:
        yield ""
        yield form.strong(f"this leads back in time: what is live was built after {plan.gains.undone}")
    if plan.gains.lacking:
        yield ""
        yield f"{form.code(plan.gains.lacking)},"
        if plan.gains.basis is Basis.UNKNOWN:
            yield "so every portal is told of as if it were new"
        else:
            yield "so this is read from the files of the portals, which do not say why"
    for effect in Effect:
        groups = plan.gains.of(effect)
        if groups:
            yield from form.heading(_HEADINGS[effect], f": {_summary(groups, effect)}")
            for group in groups[:_GROUPS]:
                yield from _group(group, form)
            if len(groups) > _GROUPS:
                yield f"{form.levels[0]}and {len(groups) - _GROUPS} more groups; {_COMPLETE}"
    if plan.moved:
        yield from form.heading("another portal", "")
        everybody = {viewer for one in plan.portals if one.after is not None for viewer in one.after.viewers}
        everybody |= {viewer for one in plan.moved for viewer in one.viewers}
        yield from (f"{form.levels[0]}{_move(one, everybody, form)}" for one in plan.moved[:_GROUPS])
        if len(plan.moved) > _GROUPS:
            yield f"{form.levels[0]}and {len(plan.moved) - _GROUPS} more; {_COMPLETE}"
    yield from _files(plan, form)


def _group(group: Group, form: _Form) -> Iterator[str]:
    first, second, third = form.levels
    where = f" under {form.code(group.folder)}" if group.folder else ""
    yield f"{first}{form.strong(form.code(group.who))}: {group.counted}{where}"
    yield from (f"{second}because {form.code(text)}" for text in group.because)
    yield from (f"{third}{_thing(thing, form)}" for thing in group.things[:_THINGS])
    if len(group.things) > _THINGS:
        yield f"{third}and {len(group.things) - _THINGS} more; {_COMPLETE}"


def _thing(thing: Thing, form: _Form) -> str:
    place = thing.path if thing.line is None else f"{thing.path}:{thing.line}"
    moved = f"  from {form.code(thing.moved_from)}" if thing.moved_from else ""
    title = "" if thing.kind in ("asset", "file") or not thing.title else f"  {form.quote(thing.title)}"
    return f"{form.code(place)}{moved}{title}"


def _move(one: Moved, everybody: set[tuple[str, str]], form: _Form) -> str:
    who = form.strong(form.code(names_of(one.viewers, everybody)))
    if one.after is None:
        return f"{who}: no portal any more (had {form.code(one.before or '')})"
    if one.before is None:
        return f"{who}: {form.code(one.after)}, and had none"
    return f"{who}: {form.code(one.before)} → {form.code(one.after)}"


def _files(plan: Plan, form: _Form) -> Iterator[str]:
    put = sum(item.source is None for one in plan.portals for item in one.objects)
    copied = sum(item.source is not None for one in plan.portals for item in one.objects)
    stay = sum(one.same for one in plan.portals)
    first, second, third = form.levels
    changing = [one for one in plan.portals if not one.same]
    some = _count(len(changing), "portal")
    changes = f"{some} {'changes' if len(changing) == 1 else 'change'}" if changing else "no portal changes"
    stays = f", {stay} {'stays' if stay == 1 else 'stay'}" if stay else ""
    yield from form.heading("files", f": {changes}{stays}; {_count(put, 'object')} put, {copied} copied")
    shown = 0
    for alike in _alike(changing):
        told = alike[: max(0, _PORTALS - shown)]
        shown += len(told)
        yield from (f"{first}{form.strong(one.portal)}: {_what(one)}" for one in told)
        paths = list(_paths(alike[0], form)) if told and alike[0].before is not None else []
        if paths and len(alike) > 1:
            yield f"{second}in each of these {len(alike)} portals:"
        yield from (f"{third}{line}" for line in paths)
    if len(changing) > shown:
        yield f"{first}and {len(changing) - shown} more portals; {_COMPLETE}"


def _alike(changing: Sequence[PortalPlan]) -> Sequence[Sequence[PortalPlan]]:
    """Put portals in which the same paths come, change and go together; those that go or are new by themselves."""
    found: dict[object, list[PortalPlan]] = {}
    for one in changing:
        whole = one.before is None or one.after is None
        key = one.portal if whole else tuple(tuple(_shown(paths)) for paths in (one.added, one.changed, one.dropped))
        found.setdefault(key, []).append(one)
    return tuple(found.values())


def _paths(one: PortalPlan, form: _Form) -> Iterator[str]:
    if one.after is None:
        return
    for sign, every in (("+", one.added), ("~", one.changed), ("-", one.dropped)):
        paths = _shown(every)
        yield from (f"{sign} {form.code(path)}" for path in paths[:_PATHS])
        if len(paths) > _PATHS:
            yield f"{sign} and {len(paths) - _PATHS} more; {_COMPLETE}"


def _shown(paths: Sequence[str]) -> Sequence[str]:
    return [path for path in paths if not path.startswith(DATA)]


def _what(one: PortalPlan) -> str:
    put = sum(item.source is None for item in one.objects)
    moved = f" ({put} put, {len(one.objects) - put} copied)"
    if one.after is None:
        return f"goes, with {_count(one.pages[0], 'page')}"
    if one.before is None:
        partners = len({partner for partner, _ in one.after.viewers})
        return f"is new: {_count(one.pages[1], 'page')} for {_count(partners, 'partner')}{moved}"
    return f"{_count(len(one.added), 'file')} come, {len(one.changed)} change, {len(one.dropped)} go{moved}"


_NOUNS = (("page", "page"), ("block", "block"), ("asset", "file"), ("course", "course"), ("file", "file"))


def _summary(groups: Sequence[Group], effect: Effect) -> str:
    partners = {partner for group in groups for partner, _ in group.viewers}
    things = {(thing.kind, thing.path, thing.line) for group in groups for thing in group.things}
    counted = [_count(number, noun) for kind, noun in _NOUNS if (number := sum(one[0] == kind for one in things))]
    return f"{_count(len(partners), 'partner')} {_VERBS[effect][len(partners) != 1]} {', '.join(counted)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
