"""``visibility.yaml``: audiences, rules and assertions."""

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from prmbuild import codes
from prmbuild.authored.audiences import read_audience, read_declared
from prmbuild.authored.document import Document, Path
from prmbuild.authored.models import AssertionModel, ClaimModel, VisibilityFile
from prmbuild.authored.programme import Assertion
from prmbuild.authored.shape import CONFIGURATION, check
from prmbuild.authored.vocabulary import Vocabulary
from prmbuild.diagnostics import Diagnostic, has_errors
from prmbuild.visibility.audience import Audience, Nobody
from prmbuild.visibility.rules import Origin, Rule


class Visibility(Struct, frozen=True, kw_only=True):
    """What ``visibility.yaml`` says; the fields are those of `prmbuild.authored.programme.Programme`."""

    audiences: Mapping[str, Audience]
    rules: tuple[Rule, ...]
    assertions: tuple[Assertion, ...]


def read_visibility(document: Document, vocabulary: Vocabulary) -> tuple[Visibility | None, tuple[Diagnostic, ...]]:
    """Read ``visibility.yaml``.

    Args:
        document: the file, complete.
        vocabulary: what ``partners.yaml`` declares.

    Returns:
        What it says, or None where there are errors; and the findings.
    """
    model, shape = check(VisibilityFile, document, CONFIGURATION)
    audiences, findings = read_declared(document, vocabulary)
    known = replace(vocabulary, audiences=audiences)
    expressions: dict[Path, Audience] = {}
    found = [*shape, *findings, *_claims(document)]
    for path in _expressions(document):
        audience, findings = read_audience(document, path, known)
        found += findings
        if audience is not None:
            expressions[path] = audience
    if model is None or has_errors(found):
        return None, tuple(found)
    return _converted(model, document, audiences, expressions), tuple(found)


def _expressions(document: Document) -> Iterator[Path]:
    """Yield the path of every audience of a rule or assertion, whatever else is wrong with it."""
    for section, key in (("rules", "show_to"), ("assertions", "seen_by")):
        entries = document.value.get(section) if isinstance(document.value, dict) else None
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if not isinstance(entry, dict):
                continue
            if section == "rules" and key in entry:
                yield (section, index, key)
            for side in ("never", "always") if section == "assertions" else ():
                if isinstance(claim := entry.get(side), dict) and key in claim:
                    yield (section, index, side, key)


def _claims(document: Document) -> Iterator[Diagnostic]:
    """Find assertions that do not say exactly one of `never` and `always`."""
    entries = document.value.get("assertions") if isinstance(document.value, dict) else None
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        path: Path = ("assertions", index)
        if not isinstance(entry, dict):
            continue
        if "never" in entry and "always" in entry:
            message = "an assertion is either 'never' or 'always'"
            yield document.at_key((*path, "always"), codes.INVALID_VALUE, message, "write two assertions")
        elif "never" not in entry and "always" not in entry:
            yield document.at_value(path, codes.MISSING_KEY, "'never' or 'always' is missing", "say which is claimed")


def _origin(document: Document, path: Path) -> Origin:
    line, column = document.marks.value(path)
    return Origin(path=document.path, line=line, column=column)


def _converted(
    model: VisibilityFile,
    document: Document,
    audiences: Mapping[str, Audience | None],
    expressions: Mapping[Path, Audience],
) -> Visibility:
    return Visibility(
        audiences={name: audience or Nobody() for name, audience in audiences.items()},
        rules=tuple(
            Rule(
                paths=tuple(rule.paths),
                audience=expressions["rules", index, "show_to"],
                origin=_origin(document, ("rules", index)),
            )
            for index, rule in enumerate(model.rules)
        ),
        assertions=tuple(
            _assertion(assertion, document, index, expressions) for index, assertion in enumerate(model.assertions)
        ),
    )


def _assertion(
    model: AssertionModel, document: Document, index: int, expressions: Mapping[Path, Audience]
) -> Assertion:
    claim: ClaimModel | None = model.never or model.always
    side = "never" if model.never else "always"
    return Assertion(
        never=model.never is not None,
        paths=tuple(claim.paths) if claim else (),
        seen_by=expressions["assertions", index, side, "seen_by"],
        origin=_origin(document, ("assertions", index)),
    )
