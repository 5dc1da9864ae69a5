"""Front matter as what JSON can hold, to be remembered from run to run."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from prmbuild.authored.resource import PageMeta, Standing, Status
from prmbuild.visibility.audience import AllOf, AnyOf, Audience, Everyone, Named, Nobody, Not, OneOf
from prmbuild.visibility.rules import Origin, Rule


def write_standing(standing: Standing) -> list[object]:
    """Write a standing."""
    return [standing.status and standing.status.value, _written(standing.publish_at)]


def read_standing(written: Sequence[Any]) -> Standing:
    """Read what `write_standing` wrote.

    Raises:
        TypeError, ValueError: it is none.
    """
    status, publish_at = written
    return Standing(status=Status(status) if status else None, publish_at=_instant(publish_at))


def write_meta(meta: PageMeta) -> list[object]:
    """Write front matter."""
    return [
        meta.title,
        meta.description,
        meta.type,
        meta.topics,
        meta.language,
        meta.status and meta.status.value,
        meta.audience and _write_rule(meta.audience),
        meta.owner,
        _written(meta.publish_at),
        _written(meta.expire_at),
        _written(meta.last_reviewed_on),
        None if meta.review_in is None else [meta.review_in.days, meta.review_in.seconds],
        meta.file,
        meta.order,
    ]


def read_meta(written: Sequence[Any]) -> PageMeta:
    """Read what `write_meta` wrote.

    Raises:
        TypeError, ValueError: it is none.
    """
    title, description, kind, topics, language, status, audience, owner, begin, end, reviewed, review, file, order = (
        written
    )
    return PageMeta(
        title=title,
        description=description,
        type=kind,
        topics=tuple(topics),
        language=language,
        status=Status(status) if status else None,
        audience=_read_rule(*audience) if audience else None,
        owner=owner,
        publish_at=_instant(begin),
        expire_at=_instant(end),
        last_reviewed_on=date.fromisoformat(reviewed) if reviewed else None,
        review_in=timedelta(days=review[0], seconds=review[1]) if review else None,
        file=file,
        order=order,
    )


def _write_rule(rule: Rule) -> list[object]:
    origin = rule.origin
    return [rule.paths, _write_audience(rule.audience), origin.path, origin.line, origin.column]


def _read_rule(paths: Sequence[str], audience: Sequence[Any], path: str, line: int, column: int) -> Rule:
    origin = Origin(path=path, line=line, column=column)
    return Rule(paths=tuple(paths), audience=_read_audience(audience), origin=origin)


def _write_audience(audience: Audience) -> list[object]:
    match audience:
        case Everyone():
            return ["everyone"]
        case Nobody():
            return ["nobody"]
        case OneOf(key, values):
            return ["one", key, *values]
        case AllOf(parts):
            return ["all", *map(_write_audience, parts)]
        case AnyOf(parts):
            return ["any", *map(_write_audience, parts)]
        case Not(part):
            return ["not", _write_audience(part)]
        case Named(name, inner):
            return ["named", name, _write_audience(inner)]


def _read_audience(written: Sequence[Any]) -> Audience:
    match written:
        case ["everyone"]:
            return Everyone()
        case ["nobody"]:
            return Nobody()
        case ["one", str(key), *values]:
            return OneOf(key, tuple(values))
        case ["all", *parts]:
            return AllOf(tuple(map(_read_audience, parts)))
        case ["any", *parts]:
            return AnyOf(tuple(map(_read_audience, parts)))
        case ["not", part]:
            return Not(_read_audience(part))
        case ["named", str(name), inner]:
            return Named(name, _read_audience(inner))
    raise ValueError("this is no audience")


def _written(moment: date | datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _instant(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written)
