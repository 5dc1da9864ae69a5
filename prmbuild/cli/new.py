"""``prmbuild new``."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click
from msgspec import Struct

from prmbuild.cli import naming, questions
from prmbuild.cli.options import FINDINGS, now, repository_option

if TYPE_CHECKING:
    from prmbuild.authored.programme import Programme
    from prmbuild.diagnostics import Diagnostic
    from prmbuild.source.workfolder import WorkFolder
    from prmbuild.visibility.audience import Audience

_Answer = TypeVar("_Answer")

_no_input = click.option(
    "--no-input", is_flag=True, help="Ask nothing; take what is usual where an option is left out."
)
_audience = click.option("--audience", metavar="AUDIENCE", default="", help="Who alone sees it, as in {region: emea}.")
_owner = click.option("--owner", metavar="ADDRESS", help="Who answers for it. Default: you, as git knows you.")
_language = click.option("--language", metavar="TAG", default="en", show_default=True, help="Its language.")


class _Work(Struct, frozen=True):
    """The programme as it stands in the folder."""

    folder: "WorkFolder"
    programme: "Programme"
    inside: str
    asked: questions.Questions

    def files(self) -> Iterator[str]:
        """Yield the repository paths of all pages, courses and files beside them."""
        for top in ("content", "courses"):
            for place, _, names in os.walk(self.folder.root / top):
                inner = Path(place).relative_to(self.folder.root).as_posix()
                yield from (f"{inner}/{name}" for name in names)


@contextmanager
def _work(repo: Path, no_input: bool) -> Iterator[_Work]:
    from prmbuild.authored.reading import PROGRAMME_FILES, read_programme
    from prmbuild.cli.check import coloured
    from prmbuild.source.git import opened
    from prmbuild.source.workfolder import WorkFolder

    with opened(repo, history=False) as repository:
        folder = WorkFolder.of(repository)
    read = {name: data for name in PROGRAMME_FILES if (data := folder.read(name)) is not None}
    programme, findings = read_programme(read)
    if programme is None:
        click.echo(coloured(findings), nl=False)
        sys.exit(FINDINGS)
    here, root = repo.resolve(), folder.root.resolve()
    inside = here.relative_to(root).as_posix() if here.is_relative_to(root) and here != root else ""
    asked = questions.Questions(silent=no_input or not _on_terminal())
    yield _Work(folder=folder, programme=programme, inside=inside, asked=asked)


def _on_terminal() -> bool:
    return sys.stdin.isatty()


@click.group("new")
def new_command() -> None:
    """Begin a page, a course or a partner that passes the checks.

    Asks for what no option says; nothing that is there is ever overwritten.
    """


@new_command.command("page")
@click.argument("path")
@click.option("--title", metavar="TEXT", help="Title. Default: made of the file's name.")
@click.option("--type", "kind", metavar="TYPE", help="Kind of page, such as guide or price-list. Default: guide.")
@click.option("--topic", "topics", metavar="TOPIC", multiple=True, help="What it is about; repeat it.")
@click.option(
    "--status",
    type=click.Choice(["draft", "in_review", "approved"]),
    default="draft",
    show_default=True,
    help="Where it stands.",
)
@_audience
@_owner
@_language
@_no_input
@repository_option
def page(
    path: str,
    title: str | None,
    kind: str | None,
    topics: tuple[str, ...],
    status: str,
    audience: str,
    owner: str | None,
    language: str,
    no_input: bool,
    repo: Path,
) -> None:
    """Begin a page at PATH, such as content/pricing/emea.md."""
    from prmbuild.authored.reading import read_page
    from prmbuild.scaffold.page import NewPage, page_text
    from prmbuild.scaffold.place import page_path

    with _work(repo, no_input) as work:
        place = _usage(lambda: page_path(path, work.inside))
        _free(place, work)
        made = NewPage(
            path=place,
            title=work.asked.ask("Title", title, naming.title_of(place), questions.text),
            type=work.asked.ask("Kind of page", kind, "guide", naming.an_id),
            topics=_usage(lambda: tuple(map(naming.an_id, topics))),
            status=status,
            audience=_expression(audience, work.programme),
            owner=work.asked.ask("Who answers for it", owner, _own_email(work), str.strip),
            language=language,
        )
        data = page_text(made, now().date()).encode()
        source, findings = read_page(place, data, work.programme)
        _refuse(findings)
        _create(work, {place: data})
        narrowed = source.meta.audience if source else None
        _say(_readers(place, work.programme, [narrowed.audience] if narrowed else []))
        first = work.programme.partners[0].id if work.programme.partners else "PARTNER"
        _say(f"write it, see it with: prmbuild preview {place} --as {first}", f"then: git add {place} && git commit")


@new_command.command("course")
@click.argument("identifier", metavar="ID")
@click.option("--title", metavar="TEXT", help="Title. Default: made of the id.")
@click.option("--lesson", "lessons", metavar="TITLE", multiple=True, help="A lesson; repeat it, in order.")
@click.option("--quiz/--no-quiz", default=True, show_default=True, help="Whether it ends with a quiz.")
@click.option("--required-for", metavar="AUDIENCE", default="", help="Who must do it, as in {role: technical}.")
@click.option(
    "--prerequisite", "prerequisites", metavar="ID", multiple=True, help="A course to be passed before; repeat it."
)
@_audience
@_owner
@_language
@_no_input
@repository_option
def course(
    identifier: str,
    title: str | None,
    lessons: tuple[str, ...],
    quiz: bool,
    required_for: str,
    prerequisites: tuple[str, ...],
    audience: str,
    owner: str | None,
    language: str,
    no_input: bool,
    repo: Path,
) -> None:
    """Begin a course: courses/ID/ with course.yaml, lessons and a quiz."""
    from prmbuild.authored.reading import read_course, read_page, read_quiz
    from prmbuild.scaffold.course import NewCourse, course_files

    with _work(repo, no_input) as work:
        name = _usage(lambda: naming.an_id(identifier.strip("/").removeprefix("courses/")))
        there = sorted({path.split("/")[1] for path in work.files() if path.startswith("courses/")})
        if name in there:
            raise click.UsageError(f"there is a course '{name}' already; nothing was changed")
        for needed in prerequisites:
            _known(needed, there, "course")
        titles = ", ".join(lessons) or None
        made = NewCourse(
            id=name,
            title=work.asked.ask("Title", title, naming.title_of(name), questions.text),
            lessons=tuple(map(questions.text, lessons))
            if lessons
            else work.asked.ask("Titles of lessons, in order", titles, "First lesson", naming.titles),
            quiz=quiz,
            required_for=_expression(required_for, work.programme),
            audience=_expression(audience, work.programme),
            prerequisites=prerequisites,
            language=language,
            owner=work.asked.ask("Who answers for it", owner, _own_email(work), str.strip),
        )
        files = {path: text.encode() for path, text in course_files(made, now().date()).items()}
        findings: list[Diagnostic] = []
        for path, data in files.items():
            _free(path, work)
            if path.endswith(".md"):
                findings += read_page(path, data, work.programme)[1]
            elif path.endswith("quiz.yaml"):
                findings += read_quiz(path, data)[1]
            else:
                findings += read_course(path, data, work.programme)[1]
        _refuse(findings)
        _create(work, files)
        _say(_readers(f"courses/{name}/course.yaml", work.programme, []))
        _say("write lessons and quiz, see them with: prmbuild serve --worktree")
        _say(f"then: git add courses/{name} && git commit; 'status: approved' in course.yaml publishes all of it")


@new_command.command("partner")
@click.argument("name")
@click.option("--id", "identifier", metavar="ID", help="Id, used in rules and addresses. Default: made of the name.")
@click.option("--segment", metavar="ID", help="Its segment.")
@click.option(
    "--set", "given", metavar="DIMENSION=VALUE", multiple=True, help="A value its segment has not; repeat it."
)
@click.option("--domain", "domains", metavar="DOMAIN", multiple=True, help="Domain of its e-mail addresses; repeat it.")
@click.option("--language", "languages", metavar="TAG", multiple=True, help="Language of its people; repeat it.")
@_no_input
@repository_option
def partner(
    name: str,
    identifier: str | None,
    segment: str | None,
    given: tuple[str, ...],
    domains: tuple[str, ...],
    languages: tuple[str, ...],
    no_input: bool,
    repo: Path,
) -> None:
    """Add the partner NAME to partners.yaml; every other line of the file stays as it is."""
    from prmbuild.authored.reading import PARTNERS, PROGRAMME_FILES, read_programme
    from prmbuild.authored.text import slug
    from prmbuild.scaffold.partner import NewPartner, block_entry, with_partner

    with _work(repo, no_input) as work:
        programme = work.programme
        title = _usage(lambda: questions.text(name))
        made_id = work.asked.ask("Its id", identifier, slug(title), naming.new_id)
        if made_id in [known.id for known in programme.partners]:
            raise click.UsageError(f"there is a partner '{made_id}' already; choose another with --id")
        segments = [known.id for known in programme.segments]
        chosen = work.asked.ask(
            f"Its segment ({', '.join(segments)})",
            segment,
            "",
            lambda answer: naming.one_of_known(answer, segments, "segment"),
        )
        made = NewPartner(
            id=made_id,
            name=title,
            segment=chosen,
            attributes=_attributes(work, chosen, given),
            domains=domains,
            languages=languages,
        )
        data = work.folder.read(PARTNERS)
        assert data is not None
        changed = with_partner(data, made)
        if changed is None:
            by_hand = f"add this by hand:\n{block_entry(made)}"
            raise click.UsageError(f"nothing can be put into the list of {PARTNERS} as it is written; {by_hand}")
        files = {path: bytes_ for path in PROGRAMME_FILES if (bytes_ := work.folder.read(path)) is not None}
        known = set(read_programme(files)[1])
        after, findings = read_programme({**files, PARTNERS: changed})
        _refuse(findings)
        work.folder.write(PARTNERS, changed)
        click.echo(PARTNERS)
        for finding in findings:
            if finding not in known and finding.message not in {other.message for other in known}:
                _say(str(finding))
        assert after is not None
        _say(f"see what it will see with: prmbuild explain --partner {made_id} --worktree")
        _say(f"then: git add {PARTNERS} && git commit")


def _attributes(work: _Work, segment: str, given: tuple[str, ...]) -> Mapping[str, str]:
    """Return the values of dimensions that the segment does not give, or that somebody overrides."""
    dimensions = work.programme.dimensions
    said: dict[str, str] = {}
    for one in given:
        dimension, equals, value = (part.strip() for part in one.partition("="))
        _known(dimension, tuple(dimensions), "dimension")
        if not equals:
            raise click.UsageError(f"'{one}' is not DIMENSION=VALUE")
        said[dimension] = _known(value, dimensions[dimension], dimension)
    inherited = next(known.attributes for known in work.programme.segments if known.id == segment)
    for dimension, values in dimensions.items():
        if dimension not in said and dimension not in inherited:
            said[dimension] = _asked_value(work, segment, dimension, values)
    return said


def _asked_value(work: _Work, segment: str, dimension: str, values: Sequence[str]) -> str:
    question = f"Its {dimension} ({', '.join(values)})"
    try:
        return work.asked.ask(question, None, "", lambda answer: naming.one_of_known(answer, values, dimension))
    except click.UsageError as error:
        hint = f"add --set {dimension}=VALUE, one of {', '.join(values)}"
        raise click.UsageError(f"the segment '{segment}' says no {dimension}: {hint}") from error


def _known(word: str, known: Sequence[str], what: str) -> str:
    return _usage(lambda: naming.one_of_known(word, known, what))


def _own_email(work: _Work) -> str:
    from prmbuild.source.writing import identity

    return identity(work.folder.root) or ""


def _expression(written: str, programme: "Programme") -> str:
    """Return an audience as it is written in YAML, or fail as a usage error."""
    from prmbuild.authored.reading import parse_inline

    text = written.strip()
    if not text:
        return ""
    if ":" in text and not text.startswith("{"):
        text = f"{{{text}}}"
    if not text.isprintable() or "#" in text:
        raise click.UsageError(f"'{written}' is not an audience on one line")
    _, findings = parse_inline(text, programme, path="--audience", line=1)
    _refuse(findings)
    return text


def _free(path: str, work: _Work) -> None:
    from prmbuild.scaffold.place import objections

    for objection in objections(path, work.files()):
        raise click.UsageError(f"{path} cannot stand there: {objection}; nothing was changed")


def _refuse(findings: "tuple[Diagnostic, ...] | list[Diagnostic]") -> None:
    """Fail as a usage error where anything is wrong with what was asked for."""
    from prmbuild.diagnostics import Severity

    wrong = [finding for finding in findings if finding.severity is Severity.ERROR]
    if wrong:
        hints = (f"{finding.message} ({finding.hint})" if finding.hint else finding.message for finding in wrong)
        raise click.UsageError("\n".join(hints))


def _create(work: _Work, files: Mapping[str, bytes]) -> None:
    for path in files:
        work.folder.place(path)
    for path, data in files.items():
        work.folder.create(path, data)
        click.echo(path)


def _readers(path: str, programme: "Programme", narrowing: "list[Audience]") -> str:
    """Say who will see a new file once it is approved."""
    from prmbuild.calendar.formats import whom
    from prmbuild.visibility.rules import Policy
    from prmbuild.visibility.sets import Readership

    readership = Readership(programme.viewers())
    audiences = Policy(programme.rules, {}).audiences(path)
    viewers = readership.admitted_by_all((*audiences, *narrowing)) if audiences else 0
    if viewers:
        return f"once it is approved and merged, it appears for {whom(viewers, readership)}"
    return "nobody will see it: " + ("the rules admit nobody" if audiences else "no rule in visibility.yaml matches it")


def _usage(read: Callable[[], _Answer]) -> _Answer:
    try:
        return read()
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _say(*lines: str) -> None:
    for line in lines:
        click.echo(line, err=True)
