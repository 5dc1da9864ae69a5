"""What was read of authored files, as what JSON can hold, to be remembered from run to run."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from prmbuild.authored.document import Place
from prmbuild.authored.programme import (
    Approvers,
    Assertion,
    Connection,
    Evidence,
    Partner,
    Programme,
    RelationManager,
    Segment,
    Settings,
    Shows,
)
from prmbuild.authored.resource import CourseSource, Front, Option, PageMeta, Question, QuizSource, Standing, Status
from prmbuild.codes.stored import read_findings, write_findings
from prmbuild.diagnostics import Diagnostic
from prmbuild.visibility.audience import AllOf, AnyOf, Audience, Everyone, Named, Nobody, Not, OneOf
from prmbuild.visibility.rules import Origin, Rule

_PLAIN = (
    "id", "path", "title", "description", "lessons", "quiz", "pass_mark", "prerequisites", "topics", "language",
    "owner",
)  # fmt: skip
"""What a course says that JSON can hold as it is, but for tuples."""

STATUSES = {status.value: status for status in Status}
"""Statuses by how they are written; an enumeration takes several times as long to look one up."""


def write_standing(standing: Standing) -> list[object]:
    """Write a standing."""
    return [standing.status and standing.status.value, _written(standing.publish_at)]


def read_standing(written: Sequence[Any]) -> Standing:
    """Read what `write_standing` wrote.

    Raises:
        LookupError, TypeError, ValueError: it is none.
    """
    status, publish_at = written
    return Standing(status=STATUSES[status] if status else None, publish_at=_instant(publish_at))


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
        _write_span(meta.review_in),
        meta.file,
        meta.order,
    ]


def read_meta(written: Sequence[Any]) -> PageMeta:
    """Read what `write_meta` wrote.

    Raises:
        LookupError, TypeError, ValueError: it is none.
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
        status=STATUSES[status] if status else None,
        audience=_read_rule(*audience) if audience else None,
        owner=owner,
        publish_at=_instant(begin),
        expire_at=_instant(end),
        last_reviewed_on=date.fromisoformat(reviewed) if reviewed else None,
        review_in=_read_span(review),
        file=file,
        order=order,
    )


def write_front(front: Front) -> str:
    """Write front matter, and what is wrong with it, as JSON that is not taken apart before somebody asks."""
    meta = front.meta and write_meta(front.meta)
    return json.dumps([front.text, meta, write_findings(front.findings), front.places])


def read_front(written: str) -> Front:
    """Read what `write_front` wrote.

    Raises:
        AttributeError, LookupError, TypeError, ValueError: it is none.
    """
    text, meta, findings, places = json.loads(written)
    return Front(
        text=text,
        meta=meta and read_meta(meta),
        findings=read_findings(findings),
        places={key: Place(*place) for key, place in places.items()},
    )


def write_course(course: tuple[CourseSource | None, tuple[Diagnostic, ...]]) -> list[object]:
    """Write what a ``course.yaml`` says, and what is wrong with it."""
    source, findings = course
    return [source and _write_course(source), write_findings(findings)]


def read_course(written: Sequence[Any]) -> tuple[CourseSource | None, tuple[Diagnostic, ...]]:
    """Read what `write_course` wrote.

    Raises:
        AttributeError, LookupError, TypeError, ValueError: it is none.
    """
    source, findings = written
    return source and _read_course(source), read_findings(findings)


def write_quiz(quiz: tuple[QuizSource | None, tuple[Diagnostic, ...]]) -> list[object]:
    """Write what a quiz says, and what is wrong with it."""
    source, findings = quiz
    return [source and [source.path, list(map(_write_question, source.questions))], write_findings(findings)]


def read_quiz(written: Sequence[Any]) -> tuple[QuizSource | None, tuple[Diagnostic, ...]]:
    """Read what `write_quiz` wrote.

    Raises:
        AttributeError, LookupError, TypeError, ValueError: it is none.
    """
    source, findings = written
    return source and _read_quiz(*source), read_findings(findings)


def write_configuration(configuration: tuple[Programme | None, tuple[Diagnostic, ...]]) -> list[object]:
    """Write what the files that configure a programme say, and what is wrong with them."""
    programme, findings = configuration
    return [programme and _write_programme(programme), write_findings(findings)]


def read_configuration(written: Sequence[Any]) -> tuple[Programme | None, tuple[Diagnostic, ...]]:
    """Read what `write_configuration` wrote.

    Raises:
        AttributeError, LookupError, TypeError, ValueError: it is none.
    """
    programme, findings = written
    return programme and _read_programme(programme), read_findings(findings)


def _write_programme(programme: Programme) -> Mapping[str, object]:
    settings = programme.settings
    return {
        "settings": {
            "vendor": settings.vendor,
            "portal_url": settings.portal_url,
            "branch": settings.branch,
            "evidence": settings.evidence.value,
            "approvers": [[entry.paths, entry.people] for entry in settings.approvers],
            "widening": [[entry.paths, entry.people] for entry in settings.widening],
            "handles": settings.handles,
            "publish_to": settings.publish_to,
            "publish_edge": settings.publish_edge,
        },
        "dimensions": programme.dimensions,
        "roles": programme.roles,
        "segments": [[segment.id, segment.title, segment.attributes] for segment in programme.segments],
        "partners": [_write_partner(partner) for partner in programme.partners],
        "managers": [[one.id, one.name, one.email, one.partners] for one in programme.managers],
        "audiences": {name: _write_audience(audience) for name, audience in programme.audiences.items()},
        "rules": [_write_rule(rule) for rule in programme.rules],
        "assertions": [
            [one.never, one.paths, _write_audience(one.seen_by), _write_origin(one.origin)]
            for one in programme.assertions
        ],
    }


def _read_programme(written: Mapping[str, Any]) -> Programme:
    settings = written["settings"]
    return Programme(
        settings=Settings(
            **{
                **settings,
                "evidence": Evidence(settings["evidence"]),
                "approvers": _read_approvers(settings["approvers"]),
                "widening": _read_approvers(settings["widening"]),
            }
        ),
        dimensions={name: tuple(values) for name, values in written["dimensions"].items()},
        roles=tuple(written["roles"]),
        segments=tuple(Segment(id=id_, title=title, attributes=own) for id_, title, own in written["segments"]),
        partners=tuple(_read_partner(partner) for partner in written["partners"]),
        managers=tuple(
            RelationManager(id=id_, name=name, email=email, partners=tuple(partners))
            for id_, name, email, partners in written["managers"]
        ),
        audiences={name: _read_audience(audience) for name, audience in written["audiences"].items()},
        rules=tuple(_read_rule(*rule) for rule in written["rules"]),
        assertions=tuple(
            Assertion(never=never, paths=tuple(paths), seen_by=_read_audience(seen_by), origin=_read_origin(*origin))
            for never, paths, seen_by, origin in written["assertions"]
        ),
    )


def _write_course(course: CourseSource) -> Mapping[str, object]:
    return {
        **{field: getattr(course, field) for field in _PLAIN},
        "status": course.status.value,
        "required_for": course.required_for and _write_rule(course.required_for),
        "audience": course.audience and _write_rule(course.audience),
        "valid_for": _write_span(course.valid_for),
        "publish_at": _written(course.publish_at),
        "expire_at": _written(course.expire_at),
        "last_reviewed_on": _written(course.last_reviewed_on),
        "review_in": _write_span(course.review_in),
    }


def _read_course(written: Mapping[str, Any]) -> CourseSource:
    required_for, audience, reviewed = (written[key] for key in ("required_for", "audience", "last_reviewed_on"))
    return CourseSource(
        **{
            **written,
            "status": Status(written["status"]),
            "required_for": _read_rule(*required_for) if required_for else None,
            "audience": _read_rule(*audience) if audience else None,
            "valid_for": _read_span(written["valid_for"]),
            "publish_at": _instant(written["publish_at"]),
            "expire_at": _instant(written["expire_at"]),
            "last_reviewed_on": date.fromisoformat(reviewed) if reviewed else None,
            "review_in": _read_span(written["review_in"]),
            **{field: tuple(written[field]) for field in ("lessons", "prerequisites", "topics")},
        }
    )


def _write_question(question: Question) -> list[object]:
    options = [[option.text, option.correct] for option in question.options]
    return [question.id, question.question, options, question.explanation]


def _read_quiz(path: str, questions: Sequence[Any]) -> QuizSource:
    return QuizSource(
        path=path,
        questions=tuple(
            Question(
                id=id_,
                question=question,
                options=tuple(Option(text=text, correct=correct) for text, correct in options),
                explanation=explanation,
            )
            for id_, question, options, explanation in questions
        ),
    )


def _write_partner(partner: Partner) -> Mapping[str, object]:
    return {
        "id": partner.id,
        "name": partner.name,
        "segment": partner.segment,
        "attributes": partner.attributes,
        "domains": partner.domains,
        "languages": partner.languages,
        "connections": [[edge.to, edge.shows.value] for edge in partner.connections],
        "origin": _write_origin(partner.origin),
    }


def _read_partner(written: Mapping[str, Any]) -> Partner:
    return Partner(
        **{
            **written,
            "domains": tuple(written["domains"]),
            "languages": tuple(written["languages"]),
            "connections": tuple(Connection(to=to, shows=Shows(shows)) for to, shows in written["connections"]),
            "origin": _read_origin(*written["origin"]),
        }
    )


def _read_approvers(written: Sequence[Sequence[Sequence[str]]]) -> tuple[Approvers, ...]:
    return tuple(Approvers(paths=tuple(paths), people=tuple(people)) for paths, people in written)


def _write_rule(rule: Rule) -> list[object]:
    return [rule.paths, _write_audience(rule.audience), *_write_origin(rule.origin)]


def _read_rule(paths: Sequence[str], audience: Sequence[Any], path: str, line: int, column: int) -> Rule:
    return Rule(paths=tuple(paths), audience=_read_audience(audience), origin=_read_origin(path, line, column))


def _write_origin(origin: Origin) -> list[object]:
    return [origin.path, origin.line, origin.column]


def _read_origin(path: str, line: int, column: int) -> Origin:
    return Origin(path=path, line=line, column=column)


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


def _write_span(span: timedelta | None) -> list[int] | None:
    return None if span is None else [span.days, span.seconds]


def _read_span(written: Sequence[int] | None) -> timedelta | None:
    return None if written is None else timedelta(days=written[0], seconds=written[1])


def _written(moment: date | datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _instant(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written)
