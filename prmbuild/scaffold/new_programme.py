"""The files of a new programme, and the folder they go into."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from msgspec import Struct
from msgspec.structs import asdict

from prmbuild.authored.reading import PRM, read_programme, read_settings
from prmbuild.authored.scalars import write_scalar
from prmbuild.authored.schemas import schemas
from prmbuild.diagnostics import Diagnostic, has_errors
from prmbuild.errors import SourceError, StoreError
from prmbuild.owners import codeowners as owners
from prmbuild.scaffold.answers import Answers
from prmbuild.scaffold.requirement import is_local, pins
from prmbuild.scaffold.workflows import Host, workflows
from prmbuild.source.snapshot import CONFIGURATION
from prmbuild.source.writing import begin_repository, commit_everything, has_commits, identity

TEMPLATES = Path(__file__).parent / "programme"

_RENDERED = ".jinja"
_HIDDEN = re.compile(r"(?:\A|(?<=/))dot-")


class Begun(Struct, frozen=True, kw_only=True):
    """A new programme on disk.

    Attributes:
        author: e-mail address of who committed its files; None where git does not know who you are.
        complaint: why git would not commit; empty where it was not asked, or did.
    """

    folder: Path
    author: str | None
    complaint: str = ""


def programme_files(answers: Answers, requirement: str, today: date) -> Mapping[str, str]:
    """Return path → text of everything a new programme has.

    Args:
        answers: what it is made of.
        requirement: the line of a requirements file that installs prmbuild.
        today: the day its pages were last reviewed on.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    environment.filters |= {"yaml": write_scalar, "markdown": _markdown}
    values = {
        **asdict(answers),
        "top": answers.tiers[-1],
        "initial": answers.vendor[:1].upper(),
        "requirement": requirement,
        "local": is_local(requirement),
        "pins": pins(),
        "today": today.isoformat(),
    }
    made = {f"schemas/{name}": text for name, text in schemas().items()}
    for file in sorted(path for path in TEMPLATES.rglob("*") if path.is_file()):
        name = file.relative_to(TEMPLATES).as_posix()
        text = (
            environment.get_template(name).render(values)
            if name.endswith(_RENDERED)
            else file.read_text(encoding="utf-8")
        )
        made[_HIDDEN.sub(".", name.removesuffix(_RENDERED))] = text
    if answers.host != "none":
        made |= workflows(Host(answers.host), branch=answers.branch)
        made |= _owners(made[PRM], owners.Host(answers.host))
    return dict(sorted(made.items()))


def _owners(settings: str, host: owners.Host) -> Mapping[str, str]:
    """Return the file by which the host asks the approvers for their review."""
    read, document, _ = read_settings(settings.encode())
    text = owners.codeowners(read, document, host)[0] if read is not None else None
    return {} if text is None else {host.file: text}


def mistakes(files: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """Return the errors that the answers lead to, such as two partners of one name."""
    _, found = read_programme({name: files[name].encode() for name in CONFIGURATION})
    return found if has_errors(found) else ()


def is_free(folder: Path) -> bool:
    """Tell whether a programme can begin in a folder: one that is not there, is empty, or is a repository's first."""
    if not folder.exists() and not folder.is_symlink():
        return True
    if not folder.is_dir():
        return False
    return not [entry for entry in folder.iterdir() if entry.name != ".git"] and not (
        (folder / ".git").exists() and has_commits(folder)
    )


def begin(folder: Path, files: Mapping[str, str], *, vendor: str, branch: str) -> Begun:
    """Write a new programme, and make its first commit where git knows who you are.

    The folder is there whole or not at all: it is made beside its place and moved there.

    Args:
        folder: where it goes; see `is_free`.
        files: path → text.
        vendor: named in the commit's message.
        branch: the branch that is published.

    Raises:
        StoreError: the folder cannot be written.
        SourceError: git is not there.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _beside(folder) as made:
            for path, text in files.items():
                place = made / path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(text.encode())
            own = not (folder / ".git").exists()
            begin_repository(made if own else folder, branch)
            begun = _commit(made, vendor) if own else None
            _move(made, folder)
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror or error}") from error
    begun = begun or _commit(folder, vendor)
    return Begun(folder=folder, author=begun.author, complaint=begun.complaint)


def _commit(folder: Path, vendor: str) -> Begun:
    author = identity(folder)
    if author is None:
        return Begun(folder=folder, author=None)
    try:
        commit_everything(folder, f"Begin the partner programme of {vendor}")
    except SourceError as error:
        return Begun(folder=folder, author=author, complaint=error.message)
    return Begun(folder=folder, author=author)


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """Give a folder on the same disk, for the time being."""
    made = Path(tempfile.mkdtemp(dir=folder.absolute().parent, prefix=f".{folder.absolute().name}."))
    made.chmod(0o777 & ~_umask())
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _move(made: Path, folder: Path) -> None:
    """Put what was made in its place: at one blow, or entry by entry into a folder that people may stand in."""
    if not folder.exists():
        made.rename(folder)
        return
    moved: list[str] = []
    try:
        for entry in sorted(made.iterdir()):
            entry.rename(folder / entry.name)
            moved.append(entry.name)
    except BaseException:
        for name in moved:
            (folder / name).rename(made / name)
        raise


def _markdown(text: str) -> str:
    """Return a text as Markdown that shows it and nothing else."""
    return re.sub(r"([\\`*_{}\[\]<>#|!&])", r"\\\1", text)
