"""``prmbuild init``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from prmbuild.cli import questions
from prmbuild.cli.options import now

if TYPE_CHECKING:
    from prmbuild.scaffold.answers import Answers, Evidence, Host
    from prmbuild.scaffold.new_programme import Begun

_VENDOR = "Example Company"
_TIERS = "silver, gold"
_ROLES = "sales, technical"
EVIDENCE = ("merge", "trailer")
HOSTS = ("github", "gitlab", "none")


@click.command("init")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--vendor", metavar="NAME", help="Name of your company, as partners read it.")
@click.option("--portal-url", metavar="URL", help="Address that partners will open.")
@click.option("--tier", "tiers", metavar="NAME", multiple=True, help="A tier of partners; repeat it, lowest first.")
@click.option("--partner", "partners", metavar="NAME[=TIER]", multiple=True, help="A partner, and its tier; repeat it.")
@click.option("--role", "roles", metavar="NAME", multiple=True, help="What people do at a partner; repeat it.")
@click.option("--approver", "approvers", metavar="EMAIL", multiple=True, help="Who may approve changes; repeat it.")
@click.option("--evidence", type=click.Choice(EVIDENCE), help="What proves an approval.")
@click.option("--host", type=click.Choice(HOSTS), help="Where the repository will live.")
@click.option("--branch", default="main", show_default=True, help="The branch that is published.")
@click.option(
    "--tool-source",
    metavar="SOURCE",
    help="What installs prmbuild in the programme: a version, a folder, or git+https://…@TAG. "
    "Default: where this prmbuild came from.",
)
@click.option("--no-input", is_flag=True, help="Ask nothing; take what is usual where an option is left out.")
def init_command(
    directory: Path,
    vendor: str | None,
    portal_url: str | None,
    tiers: tuple[str, ...],
    partners: tuple[str, ...],
    roles: tuple[str, ...],
    approvers: tuple[str, ...],
    evidence: str | None,
    host: str | None,
    branch: str,
    tool_source: str | None,
    no_input: bool,
) -> None:
    """Begin a new programme in DIR, a folder that is not there yet or is empty.

    Asks a few questions; what an option answers is not asked. check, build and serve work in it at once.
    """
    from prmbuild.scaffold.new_programme import begin, is_free, mistakes, programme_files
    from prmbuild.scaffold.requirement import is_local, requirement

    if not is_free(directory):
        raise click.UsageError(f"{directory} is not empty; a programme begins in a folder of its own")
    line = requirement(tool_source)
    if line is None:
        raise click.UsageError(f"'{tool_source}' is no version, no folder, and nothing that pip can install")
    answers = _answers(
        questions.Questions(silent=no_input or not sys.stdin.isatty()),
        directory,
        vendor=vendor,
        portal_url=portal_url,
        tiers=tiers,
        partners=partners,
        roles=roles,
        approvers=approvers,
        evidence=evidence,
        host=host,
        branch=branch,
    )
    files = programme_files(answers, line, now().date())
    if wrong := mistakes(files):
        raise click.UsageError("these answers do not go together:\n" + "\n".join(f"  {finding}" for finding in wrong))
    begun = begin(directory, files, vendor=answers.vendor, branch=branch)
    click.echo(directory)
    _say_what_is_next(begun, answers, local=is_local(line))


def _answers(
    asked: questions.Questions,
    directory: Path,
    *,
    vendor: str | None,
    portal_url: str | None,
    tiers: tuple[str, ...],
    partners: tuple[str, ...],
    roles: tuple[str, ...],
    approvers: tuple[str, ...],
    evidence: str | None,
    host: str | None,
    branch: str,
) -> "Answers":
    """Ask for what no option said."""
    from prmbuild.authored.text import slug
    from prmbuild.scaffold.answers import Answers

    company = asked.ask("Your company's name, as partners read it", vendor, _VENDOR, questions.text)
    domain = f"{slug(company) or 'vendor'}.example"
    levels = asked.ask("Tiers of partners, lowest first", _joined(tiers), _TIERS, questions.tiers)
    return Answers(
        vendor=company,
        portal_url=asked.ask("Address partners will open", portal_url, f"https://partners.{domain}/", questions.url),
        tiers=levels,
        partners=asked.ask(
            "Partners, each as NAME=TIER (none: two examples)",
            _joined(partners),
            "",
            lambda answer: questions.partners(answer, levels),
        ),
        roles=asked.ask("What people do at a partner; the first see prices", _joined(roles), _ROLES, questions.slugs),
        approvers=asked.ask(
            "E-mail of those who approve changes",
            _joined(approvers),
            _own_email(directory) or f"partners@{domain}",
            questions.emails,
        ),
        evidence=cast(
            "Evidence",
            asked.ask("What proves an approval: merge or trailer", evidence, "merge", questions.one_of(*EVIDENCE)),
        ),
        host=cast(
            "Host",
            asked.ask("Where it will live: github, gitlab or none", host, "github", questions.one_of(*HOSTS)),
        ),
        branch=branch,
    )


def _joined(given: tuple[str, ...]) -> str | None:
    return ", ".join(given) or None


def _own_email(directory: Path) -> str | None:
    """Return the address of the person at the keyboard, as git knows it."""
    from prmbuild.source.writing import identity

    folder = next((parent for parent in (directory, *directory.absolute().parents) if parent.is_dir()), Path())
    return identity(folder)


def _say_what_is_next(begun: "Begun", answers: "Answers", *, local: bool) -> None:
    """Tell the person what was done, and what to do now."""
    say = [f"The programme of {answers.vendor} is in {begun.folder}."]
    if begun.author is None:
        say.append(
            "Its files are not committed: git does not know who you are. Tell it, and make the first commit:\n"
            f"  cd {begun.folder}\n"
            '  git config user.name "Your Name" && git config user.email you@example.com\n'
            "  git add --all && git commit --message 'Begin the programme'"
        )
    elif begun.complaint:
        say.append(f"Its files are not committed ({begun.complaint}). Mend that, then: git add --all && git commit")
    elif answers.evidence == "trailer":
        others = [approver for approver in answers.approvers if approver.casefold() != begun.author.casefold()]
        say.append(
            "Nothing is published before somebody entitled, who is not you, has approved it. When they have:\n"
            f"  git commit --amend --no-edit --trailer 'Approved-by: {others[0]}'"
            if others
            else "Nobody but you may approve, and nobody approves their own work: name somebody else in prm.yaml."
        )
    if local:
        say.append(
            "requirements.txt installs prmbuild from a folder of this computer. Before others use the repository, name "
            "a place that they can reach (--tool-source says how)."
        )
    here = begun.folder.resolve() == Path.cwd()
    say.append("Next:" + ("" if here else f"\n  cd {begun.folder}"))
    click.echo("\n".join(say) + "\n  make setup    # installs prmbuild\n  make serve    # shows the portals", err=True)
    click.echo("\n".join(say), err=True)
