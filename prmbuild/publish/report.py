"""A plan for people and for machines."""

import json
from collections.abc import Callable, Iterator

from prmbuild.publish.plan import Plan, PortalPlan

_DATA = ("search/", "navigation", "assets/")
"""Where files lie that nobody opens by themselves; people are told of their number alone."""

_PATHS = 10
"""How many paths of a kind are named for each portal where people read."""


def as_text(plan: Plan) -> str:
    """Return a plan as lines of text."""
    return "\n".join(_lines(plan, "  ", "{}", str)) + "\n"


def as_markdown(plan: Plan) -> str:
    """Return a plan as Markdown."""
    return "\n".join(_lines(plan, "  - ", "**{}**", _code, "- ")) + "\n"


def as_json(plan: Plan) -> str:
    """Return a plan as JSON; every path is in it."""
    return json.dumps({"digest": plan.digest, **plan.document}, indent=2, ensure_ascii=False) + "\n"


def _lines(plan: Plan, inner: str, strong: str, code: Callable[[str], str], outer: str = "") -> Iterator[str]:
    if plan.same:
        yield f"nothing to do: {plan.revision[:10]} is live"
        return
    put = sum(item.source is None for one in plan.portals for item in one.objects)
    copied = sum(item.source is not None for one in plan.portals for item in one.objects)
    stay = sum(one.same for one in plan.portals)
    yield (
        f"plan {strong.format(plan.digest)} for {plan.revision[:10]}: "
        f"{len(plan.portals) - stay} portals change, {stay} stay; {put} objects are put, {copied} copied"
    )
    if outer:
        yield ""
    for one in plan.portals:
        if not one.same:
            yield f"{outer}{strong.format(one.portal)}: {_what(one)}"
            for sign, every in (("+", one.added), ("~", one.changed), ("-", one.dropped)):
                paths = [path for path in every if not path.startswith(_DATA)]
                yield from (f"{inner}{sign} {code(path)}" for path in paths[:_PATHS])
                if len(paths) > _PATHS:
                    yield f"{inner}{sign} and {len(paths) - _PATHS} more"


def _what(one: PortalPlan) -> str:
    if one.after is None:
        return "goes"
    if one.before is None:
        return f"is new, with {len(one.added)} files"
    return f"{len(one.added)} files come, {len(one.changed)} change, {len(one.dropped)} go"


def _code(text: str) -> str:
    """Return a code span. Source: CommonMark 0.31, section 6.1."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"
